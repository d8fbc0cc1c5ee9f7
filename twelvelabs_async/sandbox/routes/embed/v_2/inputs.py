"""What embeddings of the second generation may ask for, by model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ....checks import (
    Fields,
    array,
    as_object,
    boolean,
    integer,
    needed,
    number,
    obj,
    one_of,
    optional,
    text,
)
from ....errors import invalid, missing
from ....media.language.embeddings import Form
from ....media.measure.document import Document
from ....request import RequestContext
from ....sources import SOURCES

__all__ = [
    "AUDIO",
    "DOCUMENT",
    "FORM",
    "KIND",
    "MODELS",
    "NEWER",
    "PICTURE",
    "SOURCE",
    "VIDEO",
    "document_plan",
    "film_plan",
    "form_of",
    "input_of",
    "picture_plan",
]

NEWER: Final = "marengo3.5"
KIND: Final[Mapping[str, Any]] = {"category": "embed", "shape": "nested"}
MODELS: Final = ("marengo3.0", NEWER)
SOURCE: Final = needed(obj(SOURCES))
FORM: Final[Fields] = {
    "embedding_uncertainty": optional(boolean),
    "embedding_dimension": optional(integer(1)),
}
_TYPES: Final = optional(array(one_of("separate_embedding", "fused_embedding"), 1, 2, unique=True))
_FIXED: Final = needed(obj({"duration_sec": needed(integer(2, 10))}))
_DYNAMIC: Final = needed(obj({"min_duration_sec": needed(integer(2, 5))}))
_NOTE: Final[Fields] = {
    "start": needed(number(0)),
    "end": needed(number(0)),
    "text": needed(text(1)),
}
_DEFAULT_CUTS: Final[Mapping[tuple[str, str], Mapping[str, float]]] = {
    ("marengo3.0", "video"): {"min_duration": 4.0},
    ("marengo3.0", "audio"): {"fixed": 6.0},
    (NEWER, "video"): {"min_duration": 2.0},
    (NEWER, "audio"): {"min_duration": 2.0},
}


def _strategy(value: Any, name: str, textual: bool) -> dict[str, Any]:
    """Fixed or dynamic, by its ``strategy``."""
    strategy = (as_object(value) or {}).get("strategy")
    fields: Fields = {
        "strategy": needed(one_of("fixed", "dynamic")),
        **({"dynamic": _DYNAMIC} if strategy == "dynamic" else {"fixed": _FIXED}),
    }
    found: dict[str, Any] = obj(fields)(value, name, textual)
    return found


_TEMPORAL: Final = obj({"temporal": needed(_strategy)})


def _segmentation(value: Any, name: str, textual: bool) -> dict[str, Any]:
    """The strategy itself, as marengo3.0 has it, or in ``temporal``, as marengo3.5 does."""
    form = _TEMPORAL if "temporal" in (as_object(value) or {}) else _strategy
    found: dict[str, Any] = form(value, name, textual)
    return found


def _media(*options: str) -> Fields:
    return {
        "media_source": SOURCE,
        "start_sec": optional(number(0), 0.0),
        "end_sec": optional(number(0)),
        "segmentation": optional(_segmentation),
        "embedding_option": optional(array(one_of(*options), 1, unique=True)),
        "embedding_scope": optional(
            array(one_of("clip", "local", "asset"), 1, unique=True), ["clip", "asset"]
        ),
        "embedding_type": _TYPES,
        "time_based_metadata": optional(array(obj(_NOTE), 1)),
    }


AUDIO: Final = obj(_media("audio", "transcription"))
VIDEO: Final = obj(_media("visual", "audio", "transcription"))
PICTURE: Final = obj(
    {
        "media_source": SOURCE,
        "embedding_option": optional(array(one_of("visual"), 1, 1), ["visual"]),
        "embedding_type": optional(array(one_of("separate_embedding"), 1, 1)),
        "embedding_scope": optional(array(one_of("asset"), 1, 1), ["asset"]),
    }
)
DOCUMENT: Final = obj(
    {
        "media_source": SOURCE,
        "segmentation": optional(
            obj(
                {
                    "spatial": optional(
                        obj({"strategy": optional(one_of("standard", "quadrants"), "standard")})
                    ),
                    "sequential": optional(
                        obj(
                            {
                                "strategy": needed(one_of("sentence")),
                                "max_sentences": needed(integer(1)),
                                "overlap_sentences": optional(integer(0), 0),
                            }
                        )
                    ),
                }
            )
        ),
        "embedding_option": optional(array(one_of("visual", "text"), 1, unique=True)),
        "embedding_type": optional(array(one_of("separate_embedding"), 1, 1)),
        "embedding_scope": optional(array(one_of("local", "asset"), 1, unique=True)),
    }
)


def input_of(ctx: RequestContext) -> tuple[str, dict[str, Any]]:
    """The kind of input, and what was sent of it."""
    kind = ctx.body["input_type"]
    given: dict[str, Any] | None = ctx.body.get(kind)
    if given is None:
        raise missing(kind)
    return kind, given


def form_of(ctx: RequestContext) -> Form:
    """How the embeddings are to be shown, which only the newer model lets callers choose."""
    model, body = ctx.body["model_name"], ctx.body
    dimension, uncertain = body["embedding_dimension"], body["embedding_uncertainty"]
    if model != NEWER:
        for name in ("embedding_dimension", "embedding_uncertainty", "auto_truncate"):
            if body.get(name) not in (None, False):
                raise invalid(name, f"It is for the model {NEWER} only.")
        return Form()
    allowed = ctx.sandbox.settings.embedding_dimensions
    if dimension is not None and dimension not in allowed:
        known = ", ".join(f"{size:g}" for size in allowed)
        raise invalid("embedding_dimension", f"It must be one of: {known}.")
    return Form(dimension or 512, bool(uncertain))


def film_plan(kind: str, given: Mapping[str, Any], model: str, form: Form) -> dict[str, Any]:
    """How a film or sound is embedded; what the model does not have is refused."""
    newer = model == NEWER
    options = (
        given["embedding_option"]
        or {
            ("marengo3.0", "video"): ["visual", "audio", "transcription"],
            ("marengo3.0", "audio"): ["audio", "transcription"],
            (NEWER, "video"): ["visual", "audio"],
            (NEWER, "audio"): ["audio"],
        }[model, kind]
    )
    scopes = given["embedding_scope"]
    if newer and "transcription" in options:
        raise invalid(f"{kind}.embedding_option", "transcription is for the model marengo3.0 only.")
    if not newer and "local" in scopes:
        raise invalid(f"{kind}.embedding_scope", f"local is for the model {NEWER} only.")
    if form.uncertain and "asset" in scopes:
        raise invalid(
            "embedding_uncertainty", f"It needs an embedding_scope of the {kind} without asset."
        )
    start, end = given["start_sec"], given["end_sec"]
    if end is not None and end <= start:
        raise invalid(f"{kind}.end_sec", "It must be after start_sec.")
    return {
        "newer": newer,
        "start_sec": start,
        "end_sec": end,
        "cut": _cut(kind, given["segmentation"], model),
        "embedding_option": options,
        "embedding_scope": scopes,
        "embedding_type": _types(kind, given, options, newer=newer),
        "time_based_metadata": given["time_based_metadata"] or [],
    }


def _cut(kind: str, given: Mapping[str, Any] | None, model: str) -> dict[str, float]:
    """How ``segments`` is to cut."""
    if given is None:
        return dict(_DEFAULT_CUTS[model, kind])
    name = f"{kind}.segmentation"
    if ("temporal" in given) is not (model == NEWER):
        form = "in an object temporal" if model == NEWER else "without an object temporal"
        raise invalid(name, f"The model {model} takes the strategy {form}.")
    strategy = given.get("temporal", given)
    if strategy["strategy"] == "fixed":
        return {"fixed": float(strategy["fixed"]["duration_sec"])}
    if kind == "audio" and model != NEWER:
        raise invalid(name, f"The model {model} cuts sounds by the strategy fixed only.")
    return {"min_duration": float(strategy["dynamic"]["min_duration_sec"])}


def _types(
    kind: str, given: Mapping[str, Any], options: Sequence[str], *, newer: bool
) -> list[str]:
    types: list[str] | None = given["embedding_type"]
    notes = given["time_based_metadata"]
    if notes is not None:
        name = f"{kind}.time_based_metadata"
        if not newer:
            raise invalid(name, f"It is for the model {NEWER} only.")
        if "fused_embedding" not in (types or ()):
            raise invalid(name, "It needs the embedding_type fused_embedding.")
        for number_, note in enumerate(notes):
            if note["end"] <= note["start"]:
                raise invalid(f"{name}[{number_}].end", "It must be after start.")
    if types is None:
        return ["separate_embedding"]
    name = f"{kind}.embedding_type"
    # The caller's own text is a second thing to fuse.
    if len(options) < 2 and notes is None:
        raise invalid(name, "It needs at least 2 values of embedding_option.")
    if newer and "fused_embedding" in types and notes is None:
        raise invalid(name, f"fused_embedding of {NEWER} needs time_based_metadata.")
    return types


def picture_plan(given: Mapping[str, Any]) -> dict[str, Any]:
    """How a picture is embedded, which leaves no choice."""
    return {name: given[name] for name in ("embedding_option", "embedding_scope")}


def document_plan(given: Mapping[str, Any], document: Document, form: Form) -> dict[str, Any]:
    """How a document is embedded, by what it is; pairs that there are not are refused."""
    is_pdf = document.is_pdf
    options = given["embedding_option"] or (["visual"] if is_pdf else ["text"])
    scopes = given["embedding_scope"] or (["local"] if is_pdf else ["asset"])
    divided: Mapping[str, Any] = given["segmentation"] or {}
    spatial, sequential = divided.get("spatial"), divided.get("sequential")
    kind = "a PDF file" if is_pdf else "a text file"
    allowed = (
        {("visual", "local"), ("visual", "asset"), ("text", "asset")}
        if is_pdf
        else {("text", "asset"), ("text", "local")}
    )
    for option in options:
        for scope in scopes:
            if (option, scope) not in allowed:
                raise invalid(
                    "document.embedding_scope", f"{kind} has no {option} embedding of {scope}."
                )
    if spatial is not None and ("visual" not in options or "local" not in scopes):
        raise invalid("document.segmentation.spatial", "It is for visual embeddings of pages.")
    if sequential is not None and (is_pdf or "local" not in scopes):
        raise invalid("document.segmentation.sequential", "It is for chunks of text files.")
    if not is_pdf and "local" in scopes and sequential is None:
        raise missing("document.segmentation.sequential")
    if sequential is not None and sequential["overlap_sentences"] >= sequential["max_sentences"]:
        raise invalid(
            "document.segmentation.sequential.overlap_sentences",
            "It must be less than max_sentences.",
        )
    if form.uncertain and (is_pdf or scopes != ["local"]):
        raise invalid("embedding_uncertainty", "Of documents it is for chunks of text files only.")
    return {
        "embedding_option": options,
        "embedding_scope": scopes,
        "quadrants": spatial is not None and spatial["strategy"] == "quadrants",
        "max_sentences": None if sequential is None else sequential["max_sentences"],
        "overlap_sentences": 0 if sequential is None else sequential["overlap_sentences"],
    }

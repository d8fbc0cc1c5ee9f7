"""What an analysis comes to: made of measurements only, in threads and processes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson
from attrs import frozen

from .analysis_records import AnalysisTask
from .media.json_schema import SchemaError, fill_within_limits, standard
from .media.language.references import about_pictures, appearances
from .media.language.segments import (
    MOST_TOKENS,
    Segmentation,
    SegmentDefinition,
    segments,
)
from .media.language.writing import Answer, count_tokens, limit, respond
from .media.measure.film import Film
from .media.measure.processes import Limit, run
from .preset_answers import write_preset

__all__ = ["AnswerError", "answer", "asked_of", "compose"]

_GENERAL_TOKENS: Final = 4_096
_SEGMENT_TOKENS: Final = 32_768
_SEGMENTS: Final = Limit(120.0)
"""What all segments of one analysis may take; no pattern of a caller's is in them."""


class AnswerError(Exception):
    """An analysis that comes to nothing; the message says why."""


@frozen(kw_only=True)
class Composed:
    """A result as a reply shows it, but for its id, and a warning."""

    result: dict[str, Any]
    warning: str | None = None


def compose(
    film: Film | None,
    images: Mapping[str, Film],
    references: Mapping[str, Film],
    prompt: str,
    schema: Mapping[str, Any] | None,
    max_tokens: int | None,
    fences: str,
    preset: Any = None,
) -> Answer:
    """Text about a film, or about pictures, as ``prompt`` and ``schema`` ask.

    ``preset`` is the answer that is set for the prompt, if any.
    """
    about = film if film is not None else next(iter(images.values()))
    wanted = None if schema is None else standard(schema)
    if preset is not None:
        return limit(write_preset(preset, wanted, about, prompt), max_tokens)
    if wanted is not None:
        value = fill_within_limits(wanted, about, prompt)
        return limit(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode(), max_tokens)
    if film is None:
        return limit(about_pictures(images, prompt, fences), max_tokens)
    text = respond(film, prompt, fences=fences)
    if references and not text.startswith(("{", "[", "```")):
        text = f"{text}\n{appearances(film, references)}"
    return limit(text, max_tokens)


def answer(
    task: AnalysisTask,
    film: Film | None,
    images: Mapping[str, Film],
    references: Mapping[str, Film],
    fences: str,
    preset: Any = None,
) -> Composed:
    """The result of a task; raises ``AnswerError`` where it has none.

    ``preset`` is the answer that is set for :func:`asked_of` the task, if any.
    """
    params = task.params
    part = None if film is None else film.window(params.get("start_time"), params.get("end_time"))
    if task.mode == "general":
        return _general(params, part, images, references, fences, preset)
    assert part is not None
    return _segmented(params, part, preset)


def asked_of(task: AnalysisTask) -> str:
    """The words of a task: its prompt, or the descriptions of its segments."""
    if task.mode == "general":
        return str(task.params.get("prompt") or task.params["prompt_v2"]["input_text"])
    return "\n".join(_words(task.params["response_format"]["segment_definitions"]))


def _general(
    params: Mapping[str, Any],
    film: Film | None,
    images: Mapping[str, Film],
    references: Mapping[str, Film],
    fences: str,
    preset: Any,
) -> Composed:
    prompt: str = params.get("prompt") or params["prompt_v2"]["input_text"]
    wanted: Mapping[str, Any] = params.get("response_format") or {}
    schema = wanted.get("json_schema")
    most = params.get("max_tokens") or _GENERAL_TOKENS
    try:
        made = compose(film, images, references, prompt, schema, most, fences, preset)
    except SchemaError as error:
        raise AnswerError(str(error)) from error
    warning = None
    if made.finish_reason == "length":
        warning = f"The text was cut off at {made.output_tokens} tokens."
    return Composed(
        result={
            "data": made.text,
            "finish_reason": made.finish_reason,
            "usage": {"output_tokens": made.output_tokens, "input_tokens": count_tokens(prompt)},
        },
        warning=warning,
    )


def segmented(
    film: Film, wanted: Mapping[str, Any], low: float | None, high: float | None, most: int
) -> Segmentation:
    """The segments of a film, as a ``response_format`` asks for them."""
    definitions = [
        SegmentDefinition(
            id=each["id"],
            description=each["description"],
            fields=each.get("fields") or (),
            ranges=[(one["start_time"], one["end_time"]) for one in each.get("time_ranges") or ()],
        )
        for each in wanted["segment_definitions"]
    ]
    time_format = wanted.get("segment_time_format") or "seconds"
    return run(_SEGMENTS, segments, film, definitions, time_format, low, high, most)


def _segmented(params: Mapping[str, Any], film: Film, preset: Any) -> Composed:
    wanted, given = params["response_format"], params.get("max_tokens")
    unlimited = given == "unlimited"
    most = MOST_TOKENS if unlimited else given or _SEGMENT_TOKENS
    low, high = params.get("min_segment_duration"), params.get("max_segment_duration")
    if preset is None:
        found = segmented(film, wanted, low, high, most)
    else:
        made = limit(write_preset(preset), most)
        whole = made.finish_reason == "stop"
        found = Segmentation(
            text=made.text, whole=whole, output_tokens=made.output_tokens, found={}
        )
    if not found.whole and not unlimited:
        raise AnswerError(f"The segments have more than {most} tokens.")
    words = sum(count_tokens(part) for part in _words(wanted["segment_definitions"]))
    return Composed(
        result={
            "data": found.text,
            "finish_reason": "stop",
            "usage": {"output_tokens": found.output_tokens, "input_tokens": words},
        },
        warning=None if found.whole else "The segments are not complete.",
    )


def _words(definitions: Sequence[Mapping[str, Any]]) -> list[str]:
    return [
        *(each["description"] for each in definitions),
        *(one["description"] for each in definitions for one in each.get("fields") or ()),
    ]

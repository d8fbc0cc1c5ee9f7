"""What an analysis may ask for: parameters, and the rules that tie them together."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from .analysis_schema import check_output_schema
from .checks import (
    Check,
    Fields,
    array,
    as_object,
    integer,
    needed,
    number,
    obj,
    one_of,
    optional,
    text,
)
from .errors import ApiError, invalid, missing
from .media.json_schema import TIMES
from .media.language.references import referred
from .media.language.writing import count_tokens
from .sources import SOURCES

__all__ = [
    "ANSWER",
    "GENERAL_TOKENS",
    "IMAGES",
    "MODES",
    "PEGASUS",
    "PROMPT_V2",
    "SYNC_FORMAT",
    "VIDEO",
    "check_analysis",
    "check_images",
    "check_prompt",
    "check_prompt_sources",
    "custom_id",
    "one_of_sources",
    "source_name",
]

PEGASUS: Final = ("pegasus1.2", "pegasus1.5", "pegasus1.6")
"""The models that analyse, the oldest first."""
MODES: Final = ("general", "time_based_metadata")
_PROMPT_TOKENS: Final = 2000
GENERAL_TOKENS: Final = (512, 98_304)
OLDER_TOKENS: Final = (2, 4_096)
SEGMENT_TOKENS: Final = (2_048, 98_304)
_SHORTEST_SEGMENT: Final = 2.0
_SCALARS: Final = ("string", "number", "boolean", "integer")
_KINDS: Final = (*_SCALARS, "array", "timestamp", "time_array")
_RESERVED: Final = ("start_time", "end_time", "metadata")
_CUSTOM_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NAME: Final = re.compile(r"\w+")


def custom_id(value: Any, name: str, textual: bool) -> str:
    """A caller's own id: 1 to 64 letters, digits, hyphens and underscores."""
    if not isinstance(value, str) or _CUSTOM_ID.fullmatch(value) is None:
        raise invalid(name, "It must have 1 to 64 letters, digits, hyphens or underscores.")
    return value


def _schema(value: Any, name: str, textual: bool) -> Any:
    given = as_object(value)
    if given is None:
        raise invalid(name, "It must be a JSON schema.")
    return given


def _tokens(value: Any, name: str, textual: bool) -> Any:
    return value if value == "unlimited" else integer(1)(value, name, textual)


def source_name(value: Any, name: str, textual: bool) -> str:
    """The name by which words refer to a medium: letters, digits and underscores."""
    if not isinstance(value, str) or _NAME.fullmatch(value) is None:
        raise invalid(name, "It must have letters, digits and underscores only.")
    return value


VIDEO: Final = obj({"type": needed(one_of(*SOURCES)), **SOURCES})
_PICTURE: Final[Fields] = {
    "name": needed(source_name),
    "media_type": needed(one_of("image")),
    **SOURCES,
}
_PICTURES: Final = array(obj(_PICTURE), 0, 4)
IMAGES: Final = array(obj({"name": needed(source_name), **SOURCES}), 1, 20)
PROMPT_V2: Final = obj({"input_text": needed(text(1)), "media_sources": optional(_PICTURES)})
_RANGE: Final = obj({"start_time": needed(number(0)), "end_time": needed(number(0))})


def _objects(fields: Fields) -> Check:
    return array(obj(fields))


_FIELD: Final[Fields] = {
    "name": needed(text(1)),
    "type": needed(one_of(*_KINDS)),
    "description": needed(text(1)),
    "format": optional(text()),
    "enum": optional(array(text(), 0, 100)),
    "items": optional(
        obj(
            {
                "type": needed(one_of(*_SCALARS, "object")),
                "fields": optional(
                    _objects(
                        {
                            "name": needed(text(1)),
                            "type": needed(one_of(*_SCALARS, "array")),
                            "description": needed(text(1)),
                            "enum": optional(array(text(), 0, 100)),
                            "items": optional(obj({"type": needed(one_of(*_SCALARS))})),
                        }
                    )
                ),
            }
        )
    ),
}
_DEFINITION: Final[Fields] = {
    "id": needed(text(1)),
    "description": needed(text(1)),
    "fields": optional(_objects(_FIELD)),
    "media_sources": optional(_PICTURES),
    "time_ranges": optional(array(_RANGE, 1)),
}
_FORMAT: Final = obj(
    {
        "type": needed(one_of("json_schema", "segment_definitions")),
        "json_schema": optional(_schema),
        "segment_definitions": optional(array(obj(_DEFINITION), 1, 20)),
        "segment_time_format": optional(one_of(*TIMES)),
    }
)
SYNC_FORMAT: Final = obj(
    {"type": optional(one_of("json_schema"), "json_schema"), "json_schema": needed(_schema)}
)
_SECONDS: Final = number(_SHORTEST_SEGMENT)
_LIMITS: Final[Fields] = {
    "temperature": optional(number(0, 1)),
    "max_tokens": optional(_tokens),
    "min_segment_duration": optional(_SECONDS),
    "max_segment_duration": optional(_SECONDS),
    "start_time": optional(number(0)),
    "end_time": optional(number(0)),
}
ANSWER: Final[Fields] = {"response_format": optional(_FORMAT), **_LIMITS}


def one_of_sources(body: Mapping[str, Any], *names: str) -> str:
    """Which of the sources is given; none and more than one are refused."""
    given = [name for name in names if body[name] is not None]
    if not given:
        raise missing("video")
    if len(given) > 1:
        raise _not_with(given[1], given[0])
    return given[0]


def check_prompt(words: str) -> None:
    """Refuse a prompt that is too long."""
    if count_tokens(words) > _PROMPT_TOKENS:
        raise ApiError("token_limit_exceeded", f"The prompt has more than {_PROMPT_TOKENS} tokens.")


def check_analysis(
    body: Mapping[str, Any], mode: str, model: str, prefix: str = "", *, images: bool = False
) -> None:
    """Refuse what does not go together; ``body`` has ``ANSWER``'s fields and a prompt."""
    prompt, prompt_v2 = body.get("prompt"), body.get("prompt_v2")
    if prompt is not None and prompt_v2 is not None:
        raise _not_with(f"{prefix}prompt_v2", "prompt")
    wanted = body["response_format"]
    if mode == "general":
        if prompt is None and (prompt_v2 is None or images):
            raise missing(f"{prefix}prompt")
        words = prompt_v2["input_text"] if prompt_v2 is not None else prompt or ""
        check_prompt(words)
        for name in ("min_segment_duration", "max_segment_duration"):
            if body[name] is not None:
                raise invalid(f"{prefix}{name}", "It is for the mode time_based_metadata only.")
        _check_general(wanted, f"{prefix}response_format")
        bounds = OLDER_TOKENS if model == "pegasus1.2" else GENERAL_TOKENS
        _check_tokens(body["max_tokens"], bounds, f"{prefix}max_tokens")
    else:
        if model == "pegasus1.2":
            raise invalid(f"{prefix}model_name", f"{model} has no mode {mode}.")
        for name in ("prompt", "prompt_v2"):
            if body.get(name) is not None:
                raise invalid(f"{prefix}{name}", "The mode time_based_metadata has no prompt.")
        if wanted is None:
            raise missing(f"{prefix}response_format")
        if wanted["type"] != "segment_definitions":
            raise invalid(f"{prefix}response_format.type", "It must be segment_definitions.")
        if body["max_tokens"] == "unlimited" and model != "pegasus1.6":
            raise invalid(f"{prefix}max_tokens", "unlimited is for the model pegasus1.6 only.")
        if body["max_tokens"] != "unlimited":
            _check_tokens(body["max_tokens"], SEGMENT_TOKENS, f"{prefix}max_tokens")
        _check_lengths(body, prefix)
        _check_definitions(body, wanted, model, prefix)


def _check_general(wanted: Mapping[str, Any] | None, path: str) -> None:
    if wanted is None:
        return
    if wanted["type"] != "json_schema":
        raise invalid(f"{path}.type", "The mode general takes json_schema.")
    for name in ("segment_definitions", "segment_time_format"):
        if wanted[name] is not None:
            raise invalid(f"{path}.{name}", "It is for the type segment_definitions only.")
    if wanted["json_schema"] is None:
        raise missing(f"{path}.json_schema")
    check_output_schema(wanted["json_schema"], f"{path}.json_schema")


def _check_tokens(given: Any, bounds: tuple[int, int], name: str) -> None:
    if given is None:
        return
    if given == "unlimited":
        raise invalid(name, "unlimited is for the mode time_based_metadata only.")
    integer(*bounds)(given, name, False)


def _check_lengths(body: Mapping[str, Any], prefix: str) -> None:
    low, high = body["min_segment_duration"], body["max_segment_duration"]
    if low is not None and high is not None and high < low:
        raise invalid(f"{prefix}max_segment_duration", "It is less than min_segment_duration.")


def _check_definitions(
    body: Mapping[str, Any], wanted: Mapping[str, Any], model: str, prefix: str
) -> None:
    path = f"{prefix}response_format"
    if wanted["json_schema"] is not None:
        raise invalid(f"{path}.json_schema", "It is for the type json_schema only.")
    definitions = wanted["segment_definitions"]
    if definitions is None:
        raise missing(f"{path}.segment_definitions")
    seen: set[str] = set()
    for number_, definition in enumerate(definitions):
        here = f"{path}.segment_definitions[{number_}]"
        if definition["id"] in seen:
            raise invalid(f"{here}.id", "Another definition has it.")
        seen.add(definition["id"])
        _check_fields(definition["fields"] or [], model, f"{here}.fields")
        check_prompt_sources(
            definition["description"], definition["media_sources"], f"{here}.media_sources"
        )
        if definition["time_ranges"] is not None:
            for name in (
                *("start_time", "end_time", "min_segment_duration", "max_segment_duration"),
                "max_tokens",
            ):
                if body[name] is not None and (name != "max_tokens" or body[name] == "unlimited"):
                    raise _not_with(f"{here}.time_ranges", f"{prefix}{name}")
            _check_ranges(definition["time_ranges"], f"{here}.time_ranges")


def _check_ranges(ranges: Sequence[Mapping[str, float]], path: str) -> None:
    for number_, each in enumerate(ranges):
        if each["end_time"] - each["start_time"] < _SHORTEST_SEGMENT:
            raise invalid(f"{path}[{number_}]", "A range lasts at least 2 seconds.")
    ordered = sorted((each["start_time"], each["end_time"]) for each in ranges)
    if any(after[0] < before[1] for before, after in pairwise(ordered)):
        raise invalid(path, "The ranges of a definition must not overlap.")


def _check_fields(fields: Sequence[Mapping[str, Any]], model: str, path: str) -> None:
    names: set[str] = set()
    for number_, given in enumerate(fields):
        here = f"{path}[{number_}]"
        _check_name(given["name"], names, here)
        kind = given["type"]
        if kind == "timestamp":
            if given["format"] not in TIMES:
                raise invalid(
                    f"{here}.format",
                    f"format is required for timestamp type; allowed values: {', '.join(TIMES)}",
                )
        elif given["format"] is not None:
            raise invalid(f"{here}.format", "It is for the type timestamp only.")
        _check_enum(given, here)
        items = given["items"]
        if kind == "time_array":
            if model != "pegasus1.6":
                raise invalid(f"{here}.type", "time_array is for the model pegasus1.6 only.")
            if items is None:
                raise missing(f"{here}.items")
            if items["type"] != "object":
                raise invalid(f"{here}.items.type", "It must be object.")
            if not items["fields"]:
                raise invalid(f"{here}.items.fields", "It must have at least 1 item.")
            inner: set[str] = set()
            for place, part in enumerate(items["fields"]):
                there = f"{here}.items.fields[{place}]"
                _check_name(part["name"], inner, there)
                _check_enum(part, there)
                _check_items(part, there)
        else:
            _check_items(given, here)
            if items is not None and (items["type"] == "object" or items["fields"] is not None):
                raise invalid(f"{here}.items", "Objects are for the type time_array only.")


def _check_name(name: str, seen: set[str], path: str) -> None:
    if name in _RESERVED:
        raise invalid(f"{path}.name", f"{name} is reserved.")
    if name in seen:
        raise invalid(f"{path}.name", "Another field has it.")
    seen.add(name)


def _check_enum(given: Mapping[str, Any], path: str) -> None:
    if given["enum"] is None:
        return
    kind = given["type"]
    if kind == "array" and given["items"] is not None:
        kind = given["items"]["type"]
    if kind != "string":
        raise invalid(f"{path}.enum", f"It is not supported for the type {given['type']}.")


def _check_items(given: Mapping[str, Any], path: str) -> None:
    if given["type"] == "array" and given["items"] is None:
        raise missing(f"{path}.items")
    if given["type"] != "array" and given["items"] is not None:
        raise invalid(f"{path}.items", f"It is not supported for the type {given['type']}.")


def check_images(body: Mapping[str, Any], model: str) -> None:
    """Refuse images that the rest of a request rules out."""
    images = body["image"]
    if model != "pegasus1.6":
        raise invalid("image", "It is for the model pegasus1.6 only.")
    for name in ("prompt_v2", "start_time", "end_time"):
        if body[name] is not None:
            raise _not_with("image", name)
    _check_unique(images, "image")
    prompt = body["prompt"] or ""
    names = {each["name"] for each in images}
    used = set(referred(prompt))
    if used - names:
        raise invalid("prompt", f"There is no image {min(used - names)}.")
    if used and used != names:
        raise invalid("prompt", "It must refer to all images or to none.")


def check_prompt_sources(words: str, given: Sequence[Mapping[str, Any]] | None, path: str) -> None:
    """Refuse pictures whose names are not unique, or a reference to one that is not there."""
    pictures = given or []
    _check_unique(pictures, path)
    for name in referred(words):
        if name not in {each["name"] for each in pictures}:
            raise invalid(path, f"There is no media source {name}.")


def _check_unique(given: Sequence[Mapping[str, Any]], path: str) -> None:
    seen: set[str] = set()
    for number_, each in enumerate(given):
        if each["name"] in seen:
            raise invalid(f"{path}[{number_}].name", "Another one has it.")
        seen.add(each["name"])


def _not_with(name: str, other: str) -> ApiError:
    return invalid(name, f"It cannot be given together with {other}.")

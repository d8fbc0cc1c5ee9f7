"""A film in segments with fields: its shots, as definitions of segments ask for them.

A segment begins and ends at a cut, or where the stretch that was asked for does. One shorter than
the least belongs to its neighbour, and one longer than the most is divided evenly. Where the words
of a definition name something that can be measured, and some segments show it, only those count.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, cast

import orjson
from attrs import field, frozen

from ..json_schema import SchemaError, fill, standard, time_value
from ..measure.film import Clip, Film
from .facts import shots
from .words import concepts, content, degree
from .writing import count_tokens

__all__ = ["MOST_TOKENS", "SegmentDefinition", "Segmentation", "segments", "stretches"]

MOST_TOKENS: Final = 98_304
"""What one answer has at most, also where no limit is asked for."""

_MOST_EVENTS: Final = 12
_SHOWN: Final = 0.4


@frozen(kw_only=True)
class SegmentDefinition:
    """What one kind of segment is: its name, its words, its fields and where it may be."""

    id: str
    description: str
    fields: Sequence[Mapping[str, Any]] = ()
    ranges: Sequence[tuple[float, float]] = ()


@frozen(kw_only=True)
class Segmentation:
    """Segments by the ids of their definitions, as JSON, and whether all of them are there."""

    text: str
    output_tokens: int
    whole: bool
    found: Mapping[str, Sequence[Mapping[str, object]]] = field(repr=False)


def segments(
    film: Film,
    definitions: Sequence[SegmentDefinition],
    time_format: str,
    shortest: float | None,
    longest: float | None,
    max_tokens: int,
) -> Segmentation:
    """The segments of each definition in order, until they have ``max_tokens``."""
    found: dict[str, list[Mapping[str, object]]] = {each.id: [] for each in definitions}
    tokens = count_tokens(orjson.dumps(found).decode())
    for definition in definitions:
        for clip in stretches(film, definition, shortest, longest):
            segment = _segment(film, clip, definition, time_format)
            tokens += count_tokens(orjson.dumps(segment).decode()) + 1
            if tokens > max_tokens:
                return _made(found, whole=False)
            found[definition.id].append(segment)
    return _made(found, whole=True)


def _made(found: Mapping[str, Sequence[Mapping[str, object]]], *, whole: bool) -> Segmentation:
    text = orjson.dumps(found).decode()
    return Segmentation(text=text, output_tokens=count_tokens(text), whole=whole, found=found)


def stretches(
    film: Film, definition: SegmentDefinition, shortest: float | None, longest: float | None
) -> list[Clip]:
    """The parts of the film that the segments of a definition are."""
    clips = [
        film.clip(start, end)
        for low, high in sorted(definition.ranges) or [(film.start, film.end)]
        for start, end in _parts(film.window(low, high), shortest or 0.0, longest or math.inf)
    ]
    wanted = concepts(content(definition.description))
    shown = [clip for clip in clips if all(degree(clip, one) >= _SHOWN for one in wanted)]
    return shown or clips


def _parts(film: Film, shortest: float, longest: float) -> Iterator[tuple[float, float]]:
    starts = [clip.start for clip in _shots(film)]
    edges = [film.start]
    for start in starts[1:]:
        if start - edges[-1] >= shortest:
            edges.append(start)
    if len(edges) > 1 and film.end - edges[-1] < shortest:
        edges.pop()
    for start, end in zip(edges, [*edges[1:], film.end], strict=True):
        yield from _divided(start, end, shortest, longest)


def _shots(film: Film) -> list[Clip]:
    # An uncut film has clips, but it is one segment.
    return shots(film) if film.cuts else [film.clip(film.start, film.end)]


def _divided(
    start: float, end: float, shortest: float, longest: float
) -> Iterator[tuple[float, float]]:
    length = end - start
    if length < shortest:
        return
    if length <= longest:
        yield start, end
        return
    count = math.ceil(length / longest)
    # Where no even division is long enough, the rest of the shot belongs to no segment.
    size = length / count if length / count >= shortest else longest
    count = count if size < longest else int(length / longest)
    for number in range(count):
        low = start + number * size
        yield round(low, 3), round(min(low + size, end), 3)


def _segment(
    film: Film, clip: Clip, definition: SegmentDefinition, time_format: str
) -> dict[str, object]:
    part = film.window(clip.start, clip.end)
    metadata: dict[str, object] = {}
    plain = [each for each in definition.fields if each["type"] != "time_array"]
    filled = _filled(part, plain, definition.description)
    for each in definition.fields:
        name = str(each["name"])
        if each["type"] != "time_array":
            metadata[name] = filled[name]
        else:
            metadata[name] = [
                {
                    **_times(event, time_format),
                    **_filled(
                        part.window(event.start, event.end),
                        each["items"]["fields"],
                        each["description"],
                    ),
                }
                for event in part.clips[:_MOST_EVENTS]
            ]
    return {**_times(clip, time_format), "metadata": metadata}


def _times(clip: Clip, time_format: str) -> dict[str, object]:
    return {
        "start_time": time_value(clip.start, time_format),
        "end_time": time_value(clip.end, time_format),
    }


def _filled(part: Film, fields: Sequence[Mapping[str, Any]], prompt: str) -> dict[str, object]:
    schema = {
        "type": "object",
        "properties": {each["name"]: _schema(each) for each in fields},
        "required": [each["name"] for each in fields],
    }
    value = fill(standard(schema), part, prompt)
    if not isinstance(value, dict):
        raise SchemaError("The fields make no object.")
    return cast("dict[str, object]", value)


def _schema(given: Mapping[str, Any]) -> dict[str, object]:
    kind, choices = given["type"], given.get("enum")
    if kind == "timestamp":
        return {"type": kind, "format": given["format"]}
    if kind == "array":
        items: dict[str, object] = {"type": given["items"]["type"]}
        if choices:
            items["enum"] = choices
        return {"type": "array", "items": items}
    return {"type": kind, "enum": choices} if choices else {"type": kind}

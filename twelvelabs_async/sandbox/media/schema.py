"""Fills a JSON schema with what was measured in a film.

A property's name says what goes in: ``title``, ``colors``, ``start_sec``, ``scene_count``,
``has_audio``, and the like get facts; lists of scenes, chapters or highlights get one item for each
shot, whose properties are about that shot; what is not understood gets a sentence, or the nearest
number that is allowed. The value is checked before it is handed out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, cast
from uuid import UUID

from attrs import evolve, frozen

from .facts import (
    clip_sentence,
    clip_title,
    light_word,
    motion_word,
    sentences,
    shots,
    sound_word,
    title,
    topics,
    whole,
)
from .film import Clip, Film
from .pattern import PatternError, example
from .validity import Schema, SchemaError, listed, mapped, resolve, same, satisfies
from .words import AUDIO, VISUAL, concepts, degree

__all__ = ["SchemaError", "fill"]

# Below the first depth nothing optional is filled, so that recursive schemas come to an end.
_PLAIN: Final = 8
_DEEPEST: Final = 40
_MOST_ITEMS: Final = 12
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_MIDNIGHT: Final = datetime(2000, 1, 1, tzinfo=UTC)

_SCENES: Final = {"scene", "shot", "chapter", "segment", "clip", "event", "moment", "highlight"}
_LINES: Final = {"line", "subtitle", "dialogue", "dialog", "quote", "transcript", "speech"}
_COLOURS: Final = {"color", "colour", "palette"}
_VAGUE: Final = ("name", "value", "label", "text")
_LEAST: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_MOST: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")


def fill(schema: Mapping[str, object], film: Film, prompt: str = "") -> object:
    """A value that satisfies the schema, made of what was measured in the film.

    The ``prompt`` counts where the schema gives no name to go by. Raises ``SchemaError`` for a
    schema that no value satisfies, that is none, or whose pattern is not understood.
    """
    here = _Place(whole(film), tuple(_words(prompt)))
    value = _Filler(schema, film).value(schema, here)
    if not satisfies(value, schema, schema):
        raise SchemaError("No value was found that satisfies the schema.")
    return value


@frozen
class _Place:
    """Where in the value we are: which stretch of film it is about, and by what name.

    ``index`` is the place in the innermost list; ``turn`` too, but only where all items of the list
    are about the same stretch, and are to differ all the same. ``within`` is the list's name.
    """

    clip: Clip
    words: tuple[str, ...]
    depth: int = 0
    index: int = 0
    turn: int = 0
    within: tuple[str, ...] = ()

    def named(self, name: str) -> _Place:
        return evolve(self, words=tuple(_words(name)), depth=self.depth + 1)

    def says(self, *words: str) -> bool:
        return any(word in self.words for word in words)

    def tells(self, *words: str) -> bool:
        """Whether its name says one of the words, or is "name" or the like in a list of such."""
        listed = self.says(*_VAGUE) and any(word in self.within for word in words)
        return listed or self.says(*words)


class _Filler:
    """Fills the parts of one schema."""

    def __init__(self, root: Schema, film: Film) -> None:
        self._root = root
        self._film = film

    def value(self, schema: object, place: _Place, but: Sequence[object] = ()) -> object:
        """A value for one part, none of ``but``; raises ``SchemaError`` where none is found."""
        if place.depth > _DEEPEST:
            raise SchemaError("The schema refers to itself without end.")
        if schema is True:
            return self._text(place)
        if not isinstance(schema, Mapping):
            raise SchemaError(f"{schema!r} is satisfied by nothing.")
        rules = self._flat(cast("Schema", schema))
        for candidate in self._candidates(rules, place, but):
            if satisfies(candidate, rules, self._root) and not _among(candidate, but):
                return candidate
        raise SchemaError(f"Nothing was found for {' '.join(place.words) or 'the schema'}.")

    def _candidates(self, rules: Schema, place: _Place, but: Sequence[object]) -> Iterator[object]:
        if "const" in rules:
            yield rules["const"]
        elif "enum" in rules:
            yield from sorted(listed(rules, "enum"), key=lambda one: -self._truth(one, place))
        elif choices := next((key for key in ("anyOf", "oneOf") if key in rules), None):
            rest = {key: value for key, value in rules.items() if key != choices}
            options = listed(rules, choices)
            for option in sorted(options, key=_is_null):
                try:
                    deeper = evolve(place, depth=place.depth + 1)
                    yield self.value(_merged(rest, option), deeper, but)
                except SchemaError:
                    continue
        else:
            for name in sorted(_types(rules), key=lambda name: name == "null"):
                try:
                    yield from self._typed(name, rules, place)
                except SchemaError:
                    continue

    def _typed(self, name: str, rules: Schema, place: _Place) -> Iterator[object]:
        match name:
            case "object":
                yield self._object(rules, place)
            case "array":
                yield self._array(rules, place)
            case "string":
                yield from self._strings(rules, place)
            case "integer" | "number":
                wanted = self._number(place)
                yield from _numbers(rules, wanted, whole=name == "integer")
                # For lists whose items must differ.
                for other in (wanted + place.index, _bound(rules, "minimum", 0) + place.index):
                    yield from _numbers(rules, other, whole=name == "integer")
            case "boolean":
                truth = self._boolean(place)
                yield truth
                yield not truth
            case "null":
                yield None
            case _:
                raise SchemaError(f"{name!r} is no type.")

    def _flat(self, schema: Schema) -> Schema:
        """The schema with its references and its ``allOf`` merged into it."""
        seen = 0
        rules = schema
        while "$ref" in rules or "allOf" in rules:
            seen += 1
            if seen > _DEEPEST:
                raise SchemaError("The schema refers to itself without end.")
            parts = list(listed(rules, "allOf"))
            if "$ref" in rules:
                parts.append(resolve(rules["$ref"], self._root))
            rules = {key: value for key, value in rules.items() if key not in ("$ref", "allOf")}
            for part in parts:
                rules = _merged(rules, part)
        return rules

    def _object(self, rules: Schema, place: _Place) -> dict[str, object]:
        properties = mapped(rules, "properties")
        required = [name for name in listed(rules, "required") if isinstance(name, str)]
        value: dict[str, object] = {}
        for name, schema in properties.items():
            if name not in required and place.depth >= _PLAIN:
                continue
            try:
                value[name] = self.value(schema, place.named(name))
            except SchemaError:
                if name in required:
                    raise
        for name in required:
            if name not in value:
                other = rules.get("additionalProperties", True)
                value[name] = self.value(other, place.named(name))
        return value

    def _array(self, rules: Schema, place: _Place) -> list[object]:
        first, items = listed(rules, "prefixItems"), rules.get("items", True)
        least, most = _bound(rules, "minItems", 0), _bound(rules, "maxItems", math.inf)
        singular = evolve(place, words=tuple(_singular(word) for word in place.words))
        about = self._stretches(singular)
        told = self._list(singular)
        natural = len(about)
        if natural == 1 and (self._is_text(items) or not _COLOURS.isdisjoint(singular.words)):
            natural = len(told)
        if place.depth >= _PLAIN:
            natural = 0
        count = int(min(most, max(least, natural, len(first))))
        values: list[object] = []
        for number in range(count):
            part = _Place(
                clip=about[number] if number < len(about) else place.clip,
                words=singular.words,
                depth=place.depth + 1,
                index=number,
                turn=number if len(about) == 1 else 0,
                within=singular.words,
            )
            schema = first[number] if number < len(first) else items
            but = values if rules.get("uniqueItems") else []
            fitting = number < len(told) and satisfies(told[number], schema, self._root)
            if fitting and not _among(told[number], but):
                values.append(told[number])
                continue
            try:
                values.append(self.value(schema, part, but))
            except SchemaError:
                if number < least:
                    raise
                break
        return values

    def _is_text(self, items: object) -> bool:
        return satisfies("a", items, self._root)

    def _stretches(self, place: _Place) -> list[Clip]:
        """What the items of a list are about: the film's shots or lines, if it lists such."""
        if self._is_whole(place) and not _SCENES.isdisjoint(place.words):
            return shots(self._film)[:_MOST_ITEMS]
        if place.clip.lines and not _LINES.isdisjoint(place.words):
            lines = place.clip.lines[:_MOST_ITEMS]
            return [self._film.clip(line.start, line.end) for line in lines]
        return [place.clip]

    def _is_whole(self, place: _Place) -> bool:
        return place.clip.end - place.clip.start >= self._film.info.duration

    def _list(self, place: _Place) -> list[str]:
        """The texts of a list of plain strings."""
        clip = place.clip
        if not _COLOURS.isdisjoint(place.words):
            return [colour.name for colour in clip.colours] or ["none"]
        if not _LINES.isdisjoint(place.words):
            return [line.text for line in clip.lines[:_MOST_ITEMS]] or [""]
        if place.says("keyword", "tag", "topic", "theme", "category", "genre", "label"):
            return topics(self._film)
        if place.says("hashtag"):
            return [f"#{word.replace(' ', '')}" for word in topics(self._film)]
        if not _SCENES.isdisjoint(place.words):
            return [clip_sentence(one) for one in self._stretches(place)]
        return list(sentences(self._film).values())

    def _strings(self, rules: Schema, place: _Place) -> Iterator[str]:
        told = [self._text(place), *self._list(place)]
        pattern, named = rules.get("pattern"), rules.get("format")
        if isinstance(named, str):
            told = [*_formatted(named, place), *told]
        yield from told
        least = int(_bound(rules, "minLength", 0))
        most = _bound(rules, "maxLength", math.inf)
        for text in told:
            longer = text.ljust(least, ".")
            yield longer if len(longer) <= most else longer[: int(most)]
        if isinstance(pattern, str):
            try:
                found = example(pattern)
            except PatternError as error:
                raise SchemaError(str(error)) from error
            yield found
            yield found.ljust(least, found[-1:] or "a")
        # Where each must differ, a number tells them apart.
        yield f"{told[0]} {place.index + 1}"

    def _text(self, place: _Place) -> str:
        clip, film = place.clip, self._film
        if place.tells(*_COLOURS):
            return clip.colours[place.turn % len(clip.colours)].name if clip.colours else "none"
        if place.tells(*_LINES, "transcription"):
            return clip.transcription or ""
        if place.says("title", "headline", "name", "label"):
            return title(film) if self._is_whole(place) else clip_title(clip)
        if place.says("brightness", "lighting", "light", "exposure"):
            return light_word(clip) or "none"
        if place.says("motion", "pace", "movement", "action", "speed"):
            return motion_word(clip) or "none"
        if place.says("sound", "audio", "loudness", "volume", "music"):
            return sound_word(clip)
        if place.says("mood", "atmosphere", "style", "tone"):
            return ", ".join(filter(None, [light_word(clip), motion_word(clip), sound_word(clip)]))
        if place.says("start", "begin", "from", "timestamp", "time"):
            return _timecode(clip.start)
        if place.says("end", "to", "until", "stop"):
            return _timecode(clip.end)
        if place.says("duration", "length"):
            return _timecode(clip.end - clip.start)
        if place.says("hashtag"):
            return f"#{topics(film)[place.turn % len(topics(film))].replace(' ', '')}"
        if place.says("keyword", "tag", "topic", "theme", "category", "genre", "type"):
            return topics(film)[place.turn % len(topics(film))]
        if not self._is_whole(place):
            return clip_sentence(clip)
        return " ".join(sentences(film).values())

    def _number(self, place: _Place) -> float:
        clip, info = place.clip, self._film.info
        scale = 1000 if place.says("ms", "millisecond", "milliseconds") else 1
        counting = place.says("count", "total", "num", "many") or (
            place.says("number") and place.says("of")
        )
        if counting:
            return self._count(place)
        facts = {
            ("start", "begin", "from", "timestamp"): clip.start * scale,
            ("end", "to", "until", "stop"): clip.end * scale,
            ("duration", "length", "second", "seconds", "sec"): (clip.end - clip.start) * scale,
            ("width",): info.width,
            ("height",): info.height,
            ("fps", "rate"): info.fps,
            ("size", "byte", "bytes"): info.size,
            ("brightness", "lightness"): clip.brightness or 0.0,
            ("motion", "speed", "movement"): clip.motion or 0.0,
            ("loudness", "db", "dbfs", "volume"): -90.0 if clip.loudness is None else clip.loudness,
            ("share", "percentage", "percent", "ratio"): self._share(place),
            ("index", "id", "number", "order", "position", "rank"): place.index,
        }
        if not _SCENES.isdisjoint(map(_singular, place.words)):
            scenes: float = place.index if place.clip.end < info.duration else self._count(place)
        else:
            scenes = 0.0
        return next((fact for words, fact in facts.items() if place.says(*words)), scenes)

    def _share(self, place: _Place) -> float:
        colours = place.clip.colours
        share = colours[place.turn % len(colours)].share if colours else 0.0
        return 100 * share if place.says("percent", "percentage") else share

    def _count(self, place: _Place) -> int:
        singular = {_singular(word) for word in place.words}
        counts = {
            "cut": len(self._film.cuts),
            "shot": len(self._film.cuts) + 1,
            "color": len(place.clip.colours),
            "colour": len(place.clip.colours),
            "line": len(place.clip.lines),
            "subtitle": len(place.clip.lines),
        }
        for word, count in counts.items():
            if word in singular:
                return count
        return len(shots(self._film)) if singular & _SCENES else 0

    def _boolean(self, place: _Place) -> bool:
        if place.says("audio", "sound") and not concepts(place.words):
            return self._film.info.has_audio
        if place.says("subtitle", "subtitles", "speech", "dialogue", "captions"):
            return bool(place.clip.lines)
        if place.says("cuts", "scenes", "shots"):
            return bool(self._film.cuts)
        named = concepts(place.words)
        return bool(named) and all(degree(place.clip, concept) >= 0.4 for concept in named)

    def _truth(self, value: object, place: _Place) -> float:
        """How far one of several allowed values is true of the film: the words of it that are."""
        if isinstance(value, bool):
            return float(value is self._boolean(place))
        if isinstance(value, int | float):
            return -abs(value - self._number(place))
        if not isinstance(value, str):
            return 0.0
        measured = {light_word(place.clip), motion_word(place.clip), sound_word(place.clip)}
        named = [name for name in concepts(_words(value)) if name in (*VISUAL, *AUDIO)]
        true = sum(degree(place.clip, name) for name in named) / max(1, len(named))
        return max(true, float(value.lower() in measured))


def _formatted(name: str, place: _Place) -> Iterator[str]:
    # No film says when it was made: its times are told from a midnight that is plainly nobody's.
    moment = _MIDNIGHT + timedelta(seconds=place.clip.start)
    match name:
        case "date-time":
            yield moment.isoformat()
        case "date":
            yield moment.date().isoformat()
        case "time":
            yield moment.timetz().isoformat()
        case "uuid":
            yield str(UUID(int=(place.depth << 64) + place.index + 1, version=4))
        case _:
            return


def _among(value: object, values: Sequence[object]) -> bool:
    return any(same(value, other) for other in values)


def _numbers(rules: Schema, wanted: float, *, whole: bool) -> Iterator[float]:
    low, high = _bound(rules, "minimum", -math.inf), _bound(rules, "maximum", math.inf)
    above, below = (
        _bound(rules, "exclusiveMinimum", -math.inf),
        _bound(rules, "exclusiveMaximum", math.inf),
    )
    step = _bound(rules, "multipleOf", 0.0)
    low, high = max(low, above), min(high, below)
    nearest = min(max(wanted, low), high)
    near = [nearest, low, high, (low + high) / 2, low + 1, high - 1, 0.0]
    grid = step or (1.0 if whole else 0.0)
    for value in near:
        if not math.isfinite(value):
            continue
        if not grid:
            yield value if isinstance(value, int) else round(value, 3)
            yield value
            yield math.nextafter(value, math.inf)
            yield math.nextafter(value, -math.inf)
            continue
        for times in (round(value / grid), math.floor(value / grid), math.ceil(value / grid)):
            for near_by in (times, times + 1, times - 1):
                number = near_by * grid
                yield int(number) if whole or float(number).is_integer() else number


def _types(rules: Schema) -> list[str]:
    named = rules.get("type")
    if isinstance(named, str):
        return [named]
    if isinstance(named, list):
        return [name for name in cast("list[object]", named) if isinstance(name, str)]
    if "properties" in rules or "required" in rules:
        return ["object"]
    if "items" in rules or "prefixItems" in rules or "minItems" in rules:
        return ["array"]
    if "multipleOf" in rules or any(key in rules for key in (*_LEAST[:2], *_MOST[:2])):
        return ["number"]
    # Whatever is not excluded: "not" and the like say what a value may not be.
    return ["string", "number", "boolean", "null", "object", "array"]


def _merged(one: Schema, other: object) -> Schema:
    """A schema that asks for what both ask for, as far as two can be written as one."""
    if other is True:
        return one
    if not isinstance(other, Mapping):
        raise SchemaError(f"{other!r} is satisfied by nothing.")
    merged: dict[str, object] = dict(one)
    for key, value in cast("Schema", other).items():
        mine = merged.get(key)
        if key not in merged or same(mine, value):
            merged[key] = value
        elif key in ("properties", "$defs", "patternProperties"):
            merged[key] = _merged_properties(mapped(one, key), cast("Schema", value))
        elif key == "required":
            both = [*listed(one, key), *cast("list[object]", value)]
            merged[key] = list(dict.fromkeys(cast("list[str]", both)))
        elif key in _LEAST:
            merged[key] = max(_bound(one, key, 0), _bound(cast("Schema", other), key, 0))
        elif key in _MOST:
            merged[key] = min(_bound(one, key, 0), _bound(cast("Schema", other), key, 0))
        elif key == "type":
            types = _types(cast("Schema", other))
            merged[key] = [name for name in _types(one) if name in types]
        elif key == "enum":
            values = cast("list[object]", value)
            merged[key] = [a for a in listed(one, key) if any(same(a, b) for b in values)]
        elif key not in ("title", "description", "$comment", "default", "examples"):
            # Kept whole, to be checked: what is found must satisfy both.
            merged["allOf"] = [*listed(merged, "allOf"), {key: value}]
    return merged


def _merged_properties(one: Schema, other: Schema) -> Schema:
    merged: dict[str, object] = dict(one)
    for name, schema in other.items():
        mine = merged.get(name)
        merged[name] = (
            _merged(cast("Schema", mine), schema) if isinstance(mine, Mapping) else schema
        )
    return merged


def _is_null(schema: object) -> bool:
    return isinstance(schema, Mapping) and cast("Schema", schema).get("type") == "null"


def _bound(rules: Schema, name: str, otherwise: float) -> float:
    value = rules.get(name, otherwise)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise SchemaError(f"{name} is {value!r}, which is no number.")
    return value


def _words(name: str) -> list[str]:
    """The words of a property's name: ``sceneCount``, ``scene_count`` and ``scene-count`` alike."""
    return [word.lower() for word in _WORD.findall(name)]


def _singular(word: str) -> str:
    return f"{word[:-3]}y" if word.endswith("ies") else word.removesuffix("s")


def _timecode(seconds: float) -> str:
    minutes, rest = divmod(round(seconds, 1), 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"{hours:02}:{minutes:02}:{rest:04.1f}"

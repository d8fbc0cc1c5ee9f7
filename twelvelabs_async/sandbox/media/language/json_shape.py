"""Reads the shape of JSON that people write into prompts, as a JSON schema.

Such a shape is JSON only nearly: values are examples (``"Intro"``, ``12.5``), types (``string``,
``"number"``, ``string[]``), ranges (``<0-100>``), choices (``"low|medium|high"``) or dots; keys may
be bare or in any quotes; comments, trailing commas and the doubled braces of templates occur.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

__all__ = ["Schema", "shapes", "value_schema"]

Schema = dict[str, object]

_DEEPEST: Final = 20
_MOST_TRIES: Final = 50
_QUOTES: Final = {
    # What has no end is taken whole too, so that each character is read only once.
    begin: re.compile(rf"{begin}((?:[^{end}\\]|\\.)*+)({end}|\\?\Z)", re.DOTALL)
    for begin, end in ('""', "''", "``", "\u201c\u201d", "\u2018\u2019")
}
_SPACE: Final = re.compile(r"(?:\s+|//[^\n]*|/\*[^*]*\*/|(?<=\s)#[^\n]*)")
_BEGINNING: Final = re.compile(r"[{\[]")
_KEY: Final = re.compile(r"(?<![\w$-])([^\W\d][\w$-]*+)\??+\s*+:")
_BARE: Final = re.compile(r"[^,\[\]{}\n\"]+")
_DOTS: Final = re.compile(r"(?:\.{2,}|\u2026)(?:[^,\]}\n\"]*)")
_NUMBER: Final = re.compile(
    r"(?<!\d)[+-]?\d++(?:\.\d++)?+(?:[eE][+-]?\d++)?+(?=\s*(?:[,\]}\n]|$|//|/\*|#))"
)

# "0-100", but neither "2-3 sentences" nor "0:10-0:20".
_RANGE: Final = re.compile(
    r"(?<![\w.:])([+-]?\d+(?:\.\d+)?)\s*(?:-|\u2013|\.\.|to|and)\s*([+-]?\d+(?:\.\d+)?)(?![\w:])"
    r"(?!\s+(?:[a-z]+\s+)?(?:word|sentence|item|character|tag|keyword|bullet|point|paragraph|line))",
    re.IGNORECASE,
)
# A type stands at the beginning, or in brackets after a description.
_TYPES: Final = {
    name: re.compile(rf"(?:^(?:an?\s+|the\s+)?|\()(?:{words})\b", re.IGNORECASE)
    for name, words in {
        "boolean": r"bool(?:ean)?|true|false",
        "integer": r"int(?:eger)?|whole number|count|how many",
        "number": r"num(?:ber|eric)?|float|double|decimal|seconds|percent(?:age)?",
        "string": r"str(?:ing)?|text|sentence",
    }.items()
}
_LIST: Final = re.compile(r"^(?:an?\s+|the\s+)?(?:array|list)\b(?:\s+of\b)?|\[\]$", re.IGNORECASE)
_ONE_OF: Final = re.compile(r"\b(?:one of|either|enum)\b[:\s]*(.+)", re.IGNORECASE)
_CHOICE: Final = re.compile(r"\w[\w &+-]{0,30}")
_SLASHED: Final = re.compile(
    r"(?<![a-z_-])[a-z][a-z_-]++(?:\s*+/\s*+[a-z][a-z_-]++)++", re.IGNORECASE
)
_OR: Final = re.compile(r"(?<!\w)\w++(?:,? or \w++|, \w++)++", re.IGNORECASE)
_TIMES: Final = frozenset({"start", "end", "time", "timestamp", "duration", "second", "seconds"})
_WORD: Final = re.compile(r"[A-Za-z]+")


class _ShapeError(ValueError):
    """What stands there is no shape."""


def shapes(text: str) -> Iterator[tuple[str, Schema]]:
    """The outermost objects and arrays in a text that have a shape, with what they stand for."""
    if "{{" in text:
        text = text.replace("{{", "{").replace("}}", "}")
    place = 0
    for _ in range(_MOST_TRIES):
        found = _BEGINNING.search(text, place)
        if found is None:
            return
        reader = _Reader(text, found.start())
        try:
            schema = reader.value("", 0)
        except _ShapeError:
            place = found.end()
        else:
            yield text[found.start() : reader.place], schema
            place = reader.place


def value_schema(said: str, key: str = "") -> Schema:
    """A schema for a value by what is said of it: a type, a range, choices, or an example."""
    said = said.strip().strip("<>:=").strip()
    if said.startswith("(") and said.endswith(")"):
        said = said[1:-1].strip()
    if _LIST.search(said):
        item = _LIST.sub("", said)
        return {"type": "array", "items": value_schema(item, key), "minItems": 1}
    choices = _choices(said)
    if choices:
        return {"enum": choices}
    if _TYPES["boolean"].search(said):
        return {"type": "boolean"}
    if bounds := _RANGE.search(said):
        return _ranged(bounds[1], bounds[2])
    named = next((name for name, pattern in _TYPES.items() if pattern.search(said)), "string")
    return {"type": _numeric(named, key)}


def _ranged(low: str, high: str) -> Schema:
    least, most = sorted((float(low), float(high)))
    # From 0 to 1 are shares.
    if "." not in low + high and (least, most) != (0, 1):
        return {"type": "integer", "minimum": int(least), "maximum": int(most)}
    return {"type": "number", "minimum": least, "maximum": most}


def _choices(said: str) -> list[str]:
    listed = _ONE_OF.search(said)
    if listed is not None:
        parts = re.split(r"[,|/]|\bor\b", listed[1])
    elif "|" in said:
        parts = said.split("|")
    elif _SLASHED.fullmatch(said):
        parts = said.split("/")
    elif " or " in said and _OR.fullmatch(said):
        parts = re.split(r",|\bor\b", said)
    else:
        return []
    choices = [part.strip(" \t\"'`.()[]") for part in parts]
    choices = [choice for choice in choices if choice]
    plain = all(_CHOICE.fullmatch(choice) for choice in choices)
    types = any(pattern.fullmatch(choice) for pattern in _TYPES.values() for choice in choices)
    boolean = {choice.lower() for choice in choices} <= {"true", "false"}
    return choices if len(choices) > 1 and plain and not types and not boolean else []


def _numeric(name: str, key: str) -> str:
    """Times are seconds with a fraction, even where the example is a whole number."""
    words = {word.lower() for word in _WORD.findall(key.replace("_", " "))}
    return "number" if name == "integer" and words & _TIMES else name


class _Reader:
    """Reads one value of a text, from a place on."""

    def __init__(self, text: str, place: int) -> None:
        self._text = text
        self.place = place

    def value(self, key: str, depth: int) -> Schema:
        """The schema of the value that begins here."""
        if depth > _DEEPEST:
            raise _ShapeError
        self._space()
        match self._text[self.place : self.place + 1]:
            case "{":
                return self._object(depth)
            case "[":
                return self._array(key, depth)
            case quote if quote in _QUOTES:
                return self._said(key)
            case _:
                return self._bare(key)

    def _said(self, key: str) -> Schema:
        """Text in quotes, with alternatives beside it: ``"low" | "high"``."""
        said = [self._quoted()]
        while self._take("|"):
            self._space()
            said.append(self._quoted() if self._next() in _QUOTES else self._word())
        if len(said) > 1:
            return {"enum": said}
        return value_schema(said[0], key)

    def _bare(self, key: str) -> Schema:
        if number := _NUMBER.match(self._text, self.place):
            self.place = number.end()
            whole = number[0].lstrip("+-").isdigit()
            return {"type": _numeric("integer" if whole else "number", key)}
        word = self._word()
        if word in ("true", "false"):
            return {"type": "boolean"}
        if word == "null":
            return {"type": ["string", "null"]}
        return value_schema(word, key)

    def _object(self, depth: int) -> Schema:
        self._expect("{")
        properties: dict[str, Schema] = {}
        while not self._take("}"):
            self._space()
            if dots := _DOTS.match(self._text, self.place):
                self.place = dots.end()
            else:
                key = self._key()
                properties[key] = self.value(key, depth + 1)
            self._separator("}")
        return {
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        }

    def _array(self, key: str, depth: int) -> Schema:
        self._expect("[")
        items: list[Schema] = []
        while not self._take("]"):
            self._space()
            if dots := _DOTS.match(self._text, self.place):
                self.place = dots.end()
            elif len(items) < 1:
                items.append(self.value(key, depth + 1))
            else:
                self.value(key, depth + 1)
            self._separator("]")
        return {"type": "array", "items": items[0] if items else {"type": "string"}}

    def _key(self) -> str:
        if self._next() in _QUOTES:
            key = self._quoted()
            self._take("?")
            self._expect(":")
            return key
        found = _KEY.match(self._text, self.place)
        if found is None:
            raise _ShapeError
        self.place = found.end()
        return found[1]

    def _quoted(self) -> str:
        quoted = _QUOTES[self._next()].match(self._text, self.place)
        if quoted is None or quoted[2] in ("", "\\"):
            raise _ShapeError
        self.place = quoted.end()
        return quoted[1]

    def _word(self) -> str:
        found = _BARE.match(self._text, self.place)
        if found is None:
            raise _ShapeError
        word = re.split(r"\s//|\s/\*|\s#", found[0])[0]
        self.place += len(word)
        if self._text[self.place : self.place + 2] == "[]":
            self.place += 2
            word += "[]"
        return word.strip()

    def _next(self) -> str:
        self._space()
        return self._text[self.place : self.place + 1] or "\0"

    def _separator(self, end: str) -> None:
        """A comma, the end, or the end of a line, where people leave commas out."""
        before = self.place
        ended = self._take(",") or self._next() == end
        if not ended and "\n" not in self._text[before : self.place]:
            raise _ShapeError

    def _take(self, mark: str) -> bool:
        if self._next() != mark:
            return False
        self.place += 1
        return True

    def _expect(self, mark: str) -> None:
        if not self._take(mark):
            raise _ShapeError

    def _space(self) -> None:
        while space := _SPACE.match(self._text, self.place):
            self.place = space.end()

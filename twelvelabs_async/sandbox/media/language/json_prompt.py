"""Whether a prompt asks for JSON, and of which shape.

The shape is what the prompt shows (see ``json_shape``), else made of the keys that it names, else
one that suits any film. Answers may stand in a code fence, as the service's often do.
"""

from __future__ import annotations

import re
from typing import Any, Final, cast

import orjson

from .json_shape import Schema, shapes, value_schema

__all__ = ["asked_schema", "forbids_fences", "starts"]

_JSON: Final = re.compile(r"\bjson\b|json(?=[^\x00-\x7f])", re.IGNORECASE)
_NOT_JSON: Final = re.compile(
    r"\b(?:no|not|never|without|instead of|don't|do not|avoid|rather than)\b[^.;:\n]{0,20}\bjson\b",
    re.IGNORECASE,
)
# "Is there JSON on the screen?" asks about the film.
_ABOUT_JSON: Final = re.compile(
    r"^\s*(?:is|are|does|do|what|which|where|who|how|why)\b(?=[^.:{\[\n]*\bjson\b)[^.:{\[\n]*\?\s*$",
    re.IGNORECASE,
)
_AS_JSON: Final = re.compile(r"\b(?:as|in|into|to|using|with)\s+(?:valid\s+)?json\b", re.IGNORECASE)
_NO_FENCES: Final = re.compile(
    r"\b(?:no|not|without|don't|do not|avoid)\b[^.\n]{0,40}"
    r"(?:markdown|fence|backtick|code block|```)",
    re.IGNORECASE,
)
_MANY: Final = re.compile(
    r"\bjson\s+(?:array|list)\b|\b(?:array|list)\s+of\s+(?:json\s+)?(?:object|item|record|dict)"
    r"|\bas an? (?:array|list)\b|\bjson\b[^.\n]{0,30}\b(?:array|list)\b",
    re.IGNORECASE,
)
_MANY_SUCH: Final = re.compile(
    r"\b(?:array|list) of (?:such |these |the following |json )*objects?\b", re.IGNORECASE
)
_KEYS: Final = re.compile(
    r"\b(?:keys?|fields?|propert(?:y|ies)|attributes?|columns?|elements?|members?)\b"
    r"(?:\s+(?:called|named|like|such as|are|is|of))?\s*(?:\([^)\n]{0,200}\))?\s*[:\-\u2013]?\s*",
    re.IGNORECASE,
)
_WITH: Final = re.compile(
    r"\bjson\b[^.:{\n]{0,40}?\b(?:with|containing|including|contains|includes|having|of)\s*:?\s+",
    re.IGNORECASE,
)
_LISTED: Final = re.compile(
    r"\b(?:array|list)\s+of\s+(?:json\s+)?(?:objects|items|records|dicts|dictionaries)\b"
    r"[^.:\n]{0,30}?\b(?:with|containing|having|including|has|have)\b\s*(?:the\s+|following\s+)*",
    re.IGNORECASE,
)
_PLAIN_LIST: Final = re.compile(r"\b(?:array|list)\s+of\s+(?:the\s+|short\s+)*(\w+)", re.IGNORECASE)
_BULLET: Final = re.compile(r"^[ \t]*(?:[-*\u2022]|\d+[.)])[ \t]+(.+)$", re.MULTILINE)
_NAME: Final = re.compile(
    r"(?<![\"'`*\u201c])[\"'`*\u201c]*+([^\W\d]\w*+(?:[ -][^\W\d]\w*+){0,2})[\"'`*\u201d]*+"
)
# Not within brackets.
_AND: Final = re.compile(r",(?![^()]{0,200}+\))|\band\b(?![^()]{0,200}+\))|&")
_QUOTED: Final = re.compile(r"[\"'`\u201c]([^\W\d]\w*)[\"'`\u201d]")
_FILLER: Final = {
    *("the", "a", "an", "its", "their", "these", "this", "that", "each", "and", "or", "for", "of"),
    *("with", "following", "exactly", "only", "just", "keys", "key", "fields", "field"),
}
_KEYED: Final = re.compile(
    r"\b(?:key|field|property)\s+(?:called\s+|named\s+)?([A-Za-z_]\w*)", re.IGNORECASE
)
_OBJECTS: Final = ("object", "item", "record", "dict", "entrie", "entry", "chapter", "scene")
_ENOUGH: Final = 40
# Characters of a prompt that are looked at.
_READ: Final = 16_000
_STRING: Final = re.compile(r"\b(?:str(?:ing)?|text)\b", re.IGNORECASE)
_WORDS: Final = re.compile(r"[^\W\d_]+")
_NUMBERS: Final = {
    *("start", "end", "time", "timestamp", "duration", "second", "seconds", "count", "number"),
    *("score", "rating", "width", "height", "fps", "confidence", "percentage", "length"),
}
_STARTS: Final = (["start"], ["begin"], ["from"], ["timestamp"], ["time"])
_LISTS: Final = {
    *("tags", "keywords", "topics", "colors", "colours", "hashtags", "scenes", "shots", "objects"),
    *("people", "highlights", "notes", "labels", "themes", "categories", "lines", "quotes"),
}


def asked_schema(prompt: str) -> Schema | None:
    """A schema of the JSON that the prompt asks for; None when it asks for none."""
    prompt = prompt[:_READ]
    shown = [(text, schema) for text, schema in shapes(prompt) if _is_shape(text, schema)]
    if not (_asks(prompt) or any('"' in text and ":" in text for text, _ in shown)):
        return None
    if shown:
        return _shown(*max(shown, key=lambda each: len(each[0])), prompt)
    return _described(prompt)


def forbids_fences(prompt: str) -> bool:
    """Whether the prompt wants no code fence around the JSON."""
    return _NO_FENCES.search(prompt) is not None


def starts(schema: Schema) -> bool:
    """Whether a schema is of a list of objects that begin at a time."""
    properties = _part(_part(schema, "items"), "properties")
    return any(_WORDS.findall(name.lower())[:1] in _STARTS for name in properties)


def _part(schema: Schema, name: str) -> Schema:
    """A part of a schema that is an object; an empty one where there is none."""
    part = schema.get(name)
    return cast("Schema", part) if isinstance(part, dict) else {}


def _asks(prompt: str) -> bool:
    if _JSON.search(prompt) is None or _NOT_JSON.search(prompt) is not None:
        return False
    return _ABOUT_JSON.search(prompt) is None or _AS_JSON.search(prompt) is not None


def _is_shape(text: str, schema: Schema) -> bool:
    """An object with keys, or a list of such; other brackets are the prompt's own words."""
    if schema["type"] == "object":
        return bool(schema["properties"])
    return _part(schema, "items").get("type") == "object" and ":" in text


def _shown(text: str, schema: Schema, prompt: str) -> Schema:
    try:
        value: Any = orjson.loads(text)
    except orjson.JSONDecodeError:
        value = None
    if isinstance(value, dict) and _is_json_schema(cast("Schema", value)):
        return cast("Schema", value)
    many = _MANY_SUCH.search(prompt)
    if schema["type"] == "object" and many is not None and not _has_list(schema):
        return _array(schema)
    return schema


def _is_json_schema(value: dict[str, object]) -> bool:
    return value.get("type") in ("object", "array") and ("properties" in value or "items" in value)


def _has_list(schema: Schema) -> bool:
    properties = _part(schema, "properties")
    return any(_part(properties, name).get("type") == "array" for name in properties)


def _described(prompt: str) -> Schema:
    inner = _LISTED.search(prompt)
    if inner is not None and (names := _named(_after_keys(prompt, inner.end()))):
        items = _object(names)
        outer = _outer_key(prompt[: inner.start()])
        return _array(items) if outer is None else _object({outer: _array(items)})
    many = _MANY.search(prompt)
    plain = _PLAIN_LIST.search(prompt, many.start()) if many else None
    if plain is not None and not plain[1].lower().startswith(_OBJECTS):
        return {"type": "array", "items": value_schema(plain[1].removesuffix("s")), "minItems": 1}
    names = _named_anywhere(prompt) or (_MOMENT if many else _ANY_FILM)
    return _array(_object(names)) if many else _object(names)


def _after_keys(prompt: str, place: int) -> str:
    """What follows, without the word "keys" where it begins with that."""
    keys = _KEYS.match(prompt, place)
    return prompt[keys.end() if keys else place :]


def _outer_key(before: str) -> str | None:
    """The key that holds the list: 'a key "scenes" with an', 'scenes: an'."""
    sentence = re.split(r"[.\n]", before)[-1][-80:]
    quoted = _QUOTED.findall(sentence)
    if quoted:
        return str(quoted[-1])
    keyed = _KEYED.findall(sentence)
    return str(keyed[-1]) if keyed else None


def _named_anywhere(prompt: str) -> dict[str, Schema]:
    for pattern in (_KEYS, _WITH):
        for found in pattern.finditer(prompt):
            names = _named(prompt[found.end() :])
            if names:
                return names
    return {name: _described_value("", name) for name in _QUOTED.findall(prompt)[:_ENOUGH]}


def _named(text: str) -> dict[str, Schema]:
    """The keys that a text begins with: in a sentence, or as a list of lines."""
    head, _, rest = text.partition("\n")
    bullets = _BULLET.findall(rest) if not head.strip(" :") or head.rstrip().endswith(":") else []
    lines = (
        _BULLET.findall(text) if text.lstrip(" ").startswith(("\n", "-", "*", "1.")) else bullets
    )
    if lines:
        return dict(_line(line) for line in lines[:_ENOUGH] if _NAME.match(line))
    sentence = re.split(r"\.(?:\s|$)|\n\s*\n|[;!?]|\n", text)[0]
    parts = _AND.split(sentence)
    names: dict[str, Schema] = {}
    for part in parts[:_ENOUGH]:
        found = _NAME.match(part.strip())
        if found is None:
            continue
        words = [word for word in found[1].split() if word.lower() not in _FILLER]
        if not words:
            continue
        key = words[0] if _QUOTED.match(part.strip()) else "_".join(words)
        names[key] = _described_value(part.strip()[found.end() :], key)
    return names


def _line(line: str) -> tuple[str, Schema]:
    found = _NAME.match(line)
    assert found is not None
    key = found[1].replace(" ", "_")
    return key, _described_value(line[found.end() :].lstrip(" :*-\u2013"), key)


def _described_value(said: str, key: str) -> Schema:
    """A value by what is said of it, and by its name where nothing is."""
    schema = value_schema(said, key)
    if schema != {"type": "string"} or _STRING.search(said):
        return schema
    words = _WORDS.findall(key.replace("_", " ").lower())
    if words and words[0] in ("is", "has", "contains"):
        return {"type": "boolean"}
    if not _NUMBERS.isdisjoint(words):
        return {"type": "number"}
    if words and words[-1] in _LISTS:
        return {"type": "array", "items": {"type": "string"}, "minItems": 1}
    return schema


def _object(properties: dict[str, Schema]) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _array(items: Schema) -> Schema:
    return {"type": "array", "items": items, "minItems": 1}


_MOMENT: Final[dict[str, Schema]] = {
    "start": {"type": "number"},
    "end": {"type": "number"},
    "title": {"type": "string"},
    "description": {"type": "string"},
}
_ANY_FILM: Final[dict[str, Schema]] = {
    "title": {"type": "string"},
    "summary": {"type": "string"},
    "topics": {"type": "array", "items": {"type": "string"}},
    "scenes": _array(_object(_MOMENT)),
}

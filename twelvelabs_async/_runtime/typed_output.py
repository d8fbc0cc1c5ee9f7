"""Answers in the user's own types: a class's schema goes out, the answer's text becomes a value.

Classes of pydantic are read by pydantic; dataclasses, attrs classes and TypedDicts by msgspec,
which the extra `typed` brings. Neither is imported before it is needed.

The service takes a part of JSON Schema only. What it does not take is left out of what is sent, and
checked when the answer comes.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final, Generic, TypeVar, cast, get_origin, get_type_hints, is_typeddict

import attrs

from ..errors import ConfigurationError, OutputInvalidError, OutputTruncatedError
from .json_values import is_array, is_object
from .model import Model

__all__ = ["OutputType", "format_and_output", "is_output_type", "output_type", "service_schema"]

T = TypeVar("T")
Json = dict[str, Any]

# What the service takes, by the type of a schema.
_KEYWORDS: Final[Mapping[str, frozenset[str]]] = {
    "array": frozenset({"items"}),
    "boolean": frozenset(),
    "integer": frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}),
    "null": frozenset(),
    "number": frozenset(),
    "object": frozenset({"properties", "required"}),
    "string": frozenset({"pattern", "format"}),
}
_ALWAYS: Final = ("title", "description", "const", "enum", "$ref")
_FORMATS: Final = frozenset({"uuid", "date-time", "date", "time"})
_FENCE: Final = re.compile(r"\A\s*```[\w-]*+[ \t]*+\n(.*)\n[ \t]*+```\s*\Z", re.DOTALL)
_PATH: Final = re.compile(r" - at (?:key in )?`(.*)`\Z", re.DOTALL)


class OutputType(Generic[T]):
    """A class for answers."""

    def __init__(self, form: type[T], schema: Json, read: Callable[[str], T]) -> None:
        self.form = form
        self.schema = schema
        """What is sent: the part of its JSON Schema that the service takes."""
        self._read = read

    @property
    def name(self) -> str:
        """The class's name, for where the service wants one."""
        return re.sub(r"[^A-Za-z0-9_-]", "_", getattr(self.form, "__name__", "answer"))[:64]

    def parse(self, text: str | None, finish_reason: str | None = None) -> T:
        """The value that a text holds; a code fence around it is taken off.

        OutputTruncatedError when the answer was cut off, however it looks; OutputInvalidError when
        it does not fit.
        """
        answer = text or ""
        if finish_reason == "length":
            raise OutputTruncatedError(
                "the answer was cut off at its maximum length",
                text=answer,
                finish_reason=finish_reason,
            )
        fenced = _FENCE.match(answer)
        problem: str
        path: str | None
        try:
            return self._read(fenced[1] if fenced else answer)
        except ValueError as error:  # of msgspec as of pydantic
            problem, path = _told(error)
        raise OutputInvalidError(
            f"the answer is no {self.name}: {problem}",
            path=path,
            text=answer,
            finish_reason=finish_reason,
        )


def is_output_type(value: object) -> bool:
    """Whether this is a class to put answers into, and not a format's description."""
    return isinstance(value, type) or is_typeddict(value) or get_origin(value) is not None


@lru_cache(maxsize=256)
def output_type(form: type[T]) -> OutputType[T]:
    """What a class means for answers; ConfigurationError for one that has no object's schema."""
    given: Any = form  # it may be generic, as Box[int] is, which is no class
    if isinstance(given, type) and issubclass(given, Model):
        raise ConfigurationError("the answer's class is one of yours, not a model of the API")
    if hasattr(form, "__pydantic_core_schema__") or hasattr(form, "__pydantic_validator__"):
        return _by_pydantic(form)
    kind: Any = form  # not narrowed
    if not (is_typeddict(kind) or attrs.has(kind) or hasattr(kind, "__dataclass_fields__")):
        raise ConfigurationError(
            "the answer's class is a pydantic model, a dataclass, an attrs class or a TypedDict, "
            f"not {getattr(form, '__name__', form)!r}"
        )
    return _by_msgspec(form)


def format_and_output(given: Any) -> tuple[Any, OutputType[Any] | None]:
    """The response format that is sent, and what its answers become, of a format or a class."""
    if not is_output_type(given):
        return given, None
    output: OutputType[Any] = output_type(given)
    return {"type": "json_schema", "json_schema": output.schema}, output


def _by_pydantic(form: type[T]) -> OutputType[T]:
    # It is imported already, since the class is one of its own.
    adapter: Any = sys.modules["pydantic"].TypeAdapter(form)
    return OutputType(form, service_schema(adapter.json_schema()), adapter.validate_json)


def _by_msgspec(form: type[T]) -> OutputType[T]:
    try:
        import msgspec
    except ModuleNotFoundError:
        raise ConfigurationError(
            "answers in dataclasses, attrs classes and TypedDicts need an extra: "
            "python -m pip install 'twelvelabs-async[typed]'"
        ) from None
    try:
        schema = msgspec.json.schema(form)
        decoder = msgspec.json.Decoder(form)
    except (TypeError, NameError) as error:
        raise ConfigurationError(f"{form.__name__} has no JSON Schema: {error}") from error
    _complete(msgspec.inspect.type_info(form), schema, schema.get("$defs", {}), set())
    return OutputType(form, service_schema(schema), decoder.decode)


def _complete(info: Any, schema: Any, definitions: Json, seen: set[str]) -> None:
    """Add what msgspec leaves out: that times are times where any zone will do, and the order."""
    kind = type(info).__name__
    if not is_object(schema):
        return
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name not in seen:
            seen.add(name)
            _complete(info, definitions[name], definitions, seen)
    elif kind in ("DateTimeType", "TimeType"):
        cast("Json", schema).setdefault("format", "date-time" if kind == "DateTimeType" else "time")
    elif kind == "UnionType":
        members = cast("list[Any]", schema.get("anyOf", []))
        for member in info.types:
            _complete(member, _member_for(member, info.types, members), definitions, seen)
    elif hasattr(info, "fields"):
        properties = cast("Json", schema.get("properties", {}))
        if kind == "TypedDictType":  # msgspec sorts its keys, and the service keeps their order
            order = [name for name in get_type_hints(info.cls) if name in properties]
            properties = {name: properties[name] for name in order}
            cast("Json", schema)["properties"] = properties
        for field in info.fields:
            _complete(field.type, properties.get(field.encode_name), definitions, seen)
    elif hasattr(info, "item_type"):
        _complete(info.item_type, schema.get("items"), definitions, seen)


def _member_for(member: Any, types: Any, schemas: list[Any]) -> Any:
    """The schema of a member of a union; None when it cannot be told from another's."""
    if hasattr(member, "cls") and hasattr(member, "fields"):
        name = f"#/$defs/{member.cls.__name__}"
        return next((each for each in schemas if each.get("$ref") == name), None)
    wanted = {"DateTimeType": "string", "TimeType": "string", "ListType": "array"}
    kind = wanted.get(type(member).__name__)
    same = [each for each in schemas if each.get("type") == kind and "format" not in each]
    texts = [each for each in types if type(each).__name__ == "StrType"]
    return same[0] if len(same) == 1 and not (kind == "string" and texts) else None


def service_schema(schema: Json) -> Json:
    """The part of a JSON Schema that the service takes; it takes an object at the top.

    References to the top are written out, unions become ``anyOf``, and what else it does not know
    is left out.
    """
    definitions: Json = {**schema.get("$defs", {}), **schema.get("definitions", {})}
    top = schema
    seen: set[str] = set()
    while "$ref" in top and top["$ref"] not in seen:
        seen.add(top["$ref"])
        top = definitions[top["$ref"].rpartition("/")[2]]
    if top.get("type") != "object" or "properties" not in top:
        raise ConfigurationError("the answer's class must be an object with named fields")
    sent = _narrowed(top)
    if definitions:
        sent["$defs"] = {name: _narrowed(each) for name, each in definitions.items()}
    return sent


def _narrowed(schema: Any) -> Json:
    if not is_object(schema):  # true: anything
        return {}
    union = schema.get("anyOf") or schema.get("oneOf")
    parts = schema.get("allOf")
    if parts and len(parts) == 1 and not union:
        return _narrowed({**parts[0], **{k: v for k, v in schema.items() if k != "allOf"}})
    sent: Json = {key: schema[key] for key in _ALWAYS if key in schema}
    if "$ref" in sent:
        sent["$ref"] = f"#/$defs/{sent['$ref'].rpartition('/')[2]}"
    if union:
        sent["anyOf"] = [_narrowed(member) for member in union]
        return sent
    kind = schema.get("type")
    if is_array(kind):
        sent["anyOf"] = [_narrowed({**schema, "type": each}) for each in kind]
        return sent
    if kind is None and "enum" in sent:
        kind = _kind_of(sent["enum"])
    if kind is None:
        return sent
    sent["type"] = kind
    for key in _KEYWORDS.get(kind, ()):
        if key in schema:
            sent[key] = schema[key]
    if sent.get("format") not in (None, *_FORMATS):
        del sent["format"]
    if kind == "object":
        _fill_object(schema, sent)
    elif kind == "array":
        _fill_array(schema, sent)
    return sent


def _fill_object(schema: Mapping[str, Any], sent: Json) -> None:
    properties = schema.get("properties")
    if properties is not None:
        sent["properties"] = {name: _narrowed(each) for name, each in properties.items()}
    if "required" in sent:
        sent["required"] = [*sent["required"]]


def _fill_array(schema: Mapping[str, Any], sent: Json) -> None:
    # Of a tuple each place has a type of its own: the service takes one for all.
    places = schema.get("prefixItems")
    if places:
        kinds = [_narrowed(each) for each in places]
        unique = [kind for at, kind in enumerate(kinds) if kind not in kinds[:at]]
        sent["items"] = unique[0] if len(unique) == 1 else {"anyOf": unique}
    elif is_object(schema.get("items")):
        sent["items"] = _narrowed(schema["items"])
    else:
        sent.pop("items", None)
    if schema.get("minItems", 0) >= 1:
        sent["minItems"] = 1


def _kind_of(values: Any) -> str | None:
    """The type that all values of an enumeration have."""
    kinds: set[type] = {type(value) for value in cast("list[object]", values)}
    if kinds == {str}:
        return "string"
    if kinds == {bool}:
        return "boolean"
    if kinds == {int}:
        return "integer"
    return "number" if kinds and kinds <= {int, float} else None


def _told(error: ValueError) -> tuple[str, str | None]:
    """What is wrong with an answer, and the JSON path to it."""
    errors: Any = getattr(error, "errors", None)
    if callable(errors):  # pydantic's
        first = cast("list[Any]", errors())[0]
        steps = (f"[{at}]" if isinstance(at, int) else f".{at}" for at in first["loc"])
        return str(first["msg"]), "$" + "".join(steps)
    text = str(error)
    found = _PATH.search(text)
    return (text[: found.start()], found[1]) if found else (text, None)

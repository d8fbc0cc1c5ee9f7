"""Models as fields of pydantic's models and in FastAPI's routes.

pydantic asks for these: it is imported only where it has been imported already.
"""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Container, Mapping
from contextvars import ContextVar
from datetime import datetime
from itertools import count
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Literal,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
)

from ..errors import ArgumentTypeError, TwelveLabsError
from .convert import bound_type, structure
from .json_values import is_object
from .model import Model, is_model, wire_fields

if TYPE_CHECKING:
    from pydantic import GetJsonSchemaHandler
    from pydantic_core import CoreSchema, SchemaSerializer
    from pydantic_core import core_schema as schemas

__all__ = ["core_schema", "json_schema", "json_schema_by", "serializer", "validated"]

M = TypeVar("M", bound=Model)
Json = dict[str, Any]
Refer = Callable[[Any], Json]
"""Gives the JSON Schema of a model that is within another."""

_SCALARS = {str: "string", int: "integer", float: "number", bool: "boolean"}
_serializers: dict[type[Model], Any] = {}
_above: ContextVar[tuple[type[Model], ...]] = ContextVar("above", default=())
"""The classes that pydantic is making the JSON Schema of, from the outermost."""


def core_schema(source: Any) -> CoreSchema:
    """The schema of a class of models: an instance is taken as it is, a dict makes one."""
    from pydantic_core import core_schema as made

    return made.no_info_plain_validator_function(
        _validator(source),
        ref=_reference(source) if isinstance(source, type) else None,
        serialization=made.plain_serializer_function_ser_schema(_dump, info_arg=True),
    )


def serializer(cls: type[Model]) -> SchemaSerializer:
    """What serializes a value of a class; AttributeError where pydantic is not installed."""
    found = _serializers.get(cls)
    if found is None:
        try:
            from pydantic_core import SchemaSerializer
        except ImportError:
            raise AttributeError("__pydantic_serializer__: pydantic is not installed") from None
        found = _serializers[cls] = SchemaSerializer(core_schema(cls))
    return cast("SchemaSerializer", found)


def _validator(source: Any) -> Any:
    cls: type[Model] = get_origin(source) or source

    def validate(value: Any) -> Model:
        return validated(cls, value, source)

    return validate


def validated(cls: type[M], value: Any, source: Any = None) -> M:
    """The model that a dict holds, by the names of the wire or those of Python; a model itself.

    ArgumentTypeError, with the JSON path of what does not fit.
    """
    if isinstance(value, cls):
        return value
    problem = f"{cls.__name__} is made of an object, not {type(value).__name__}"
    if isinstance(value, Model) and issubclass(cls, type(value)):  # a page without its rows' class
        value = value.model_dump(mode="json", by_alias=True, exclude_unset=True)
    if is_object(value):
        try:
            # By any names first, and then strictly, as a reply.
            given = cls(**value).model_dump(mode="json", by_alias=True, exclude_unset=True)
            made: M = structure(source or cls, given)
            return made
        except (TwelveLabsError, TypeError) as error:
            problem = str(error)
    raise ArgumentTypeError(problem)


def _dump(value: Any, info: schemas.SerializationInfo) -> Any:
    if not isinstance(value, Model):  # pydantic passes values that it did not validate
        return value
    as_json: Literal["json", "python"] = "json" if info.mode == "json" else "python"
    return value.model_dump(
        mode=as_json,
        include=info.include,
        exclude=info.exclude,
        by_alias=bool(info.by_alias),
        exclude_unset=info.exclude_unset,
        exclude_defaults=info.exclude_defaults,
        exclude_none=info.exclude_none,
    )


def json_schema(form: Any, *, by_alias: bool = True) -> Json:
    """The JSON Schema of a type; by the names of the wire, or those of Python.

    The models within it are definitions, as pydantic has them.
    """
    names: dict[Any, str] = {}
    definitions: dict[str, Json] = {}

    def refer(model: Any) -> Json:
        if model not in names:
            names[model] = name = _free_name(model, definitions)
            definitions[name] = {}  # a model may hold itself
            definitions[name] = _object(model, refer, by_alias=by_alias)
        return {"$ref": f"#/$defs/{names[model]}"}

    make = _object if is_model(form) else _of_type
    made = make(form, refer, by_alias=by_alias)
    return {"$defs": definitions, **made} if definitions else made


def json_schema_by(cls: type[Model], handler: GetJsonSchemaHandler) -> Json:
    """The JSON Schema of a class for pydantic, which names and keeps those of the models in it."""
    from pydantic import TypeAdapter
    from pydantic_core import core_schema as made

    above = _above.get()

    def refer(model: Any) -> Json:
        if model in (*above, cls):
            within: CoreSchema = made.definition_reference_schema(_reference(model))
        else:
            within = TypeAdapter(model).core_schema
        # Of what is within a list pydantic makes a definition; of what it is given here, none.
        found: Json = handler(made.list_schema(within))["items"]
        return found

    token = _above.set((*above, cls))
    try:
        return _object(cls, refer, by_alias=True)
    finally:
        _above.reset(token)


def _reference(cls: Any) -> str:
    """What pydantic calls a class of models, and makes a name of."""
    return f"{cls.__module__}.{cls.__qualname__}:{id(cls)}"


def _free_name(model: Any, taken: Container[str]) -> str:
    """A name for the definition of a model, like that of its class."""
    name = re.sub(r"\W", "_", (get_origin(model) or model).__name__)
    names = (f"{name}_{number}" if number > 1 else name for number in count(1))
    return next(each for each in names if each not in taken)


def _of_type(form: Any, refer: Refer, *, by_alias: bool) -> Json:
    if get_origin(form) is Annotated:
        return _of_type(get_args(form)[0], refer, by_alias=by_alias)
    if is_model(form):
        return refer(form)
    origin = get_origin(form)
    if origin in (Union, types.UnionType):
        members = [_of_type(m, refer, by_alias=by_alias) for m in get_args(form)]
        unique = [m for at, m in enumerate(members) if m not in members[:at]]
        return unique[0] if len(unique) == 1 else {"anyOf": unique}
    if form is type(None):
        return {"type": "null"}
    if origin is Literal:
        # Open: the service may send a value that this version does not know.
        return {"type": _SCALARS[type(get_args(form)[0])]}
    if form in _SCALARS:
        return {"type": _SCALARS[form]}
    if form is datetime:
        return {"type": "string", "format": "date-time"}
    if isinstance(origin, type) and issubclass(origin, Mapping):
        values = _of_type(get_args(form)[1], refer, by_alias=by_alias)
        return {"type": "object", "additionalProperties": values}
    if isinstance(origin, type) and len(get_args(form)) == 1:
        return {"type": "array", "items": _of_type(get_args(form)[0], refer, by_alias=by_alias)}
    return {}


def _object(form: Any, refer: Refer, *, by_alias: bool) -> Json:
    cls: type[Model] = get_origin(form) or form
    generics = dict(zip(getattr(cls, "__parameters__", ()), get_args(form), strict=False))
    fields = wire_fields(cls)
    properties: Json = {}
    for field in fields:
        kind = bound_type(field.type, generics)
        schema = _of_type(kind, refer, by_alias=by_alias)
        if get_origin(kind) is list and not field.required:  # null is an empty list, too
            schema = {"anyOf": [schema, {"type": "null"}]}
        properties[field.wire if by_alias else field.name] = schema
    made: Json = {"type": "object", "title": cls.__name__, "properties": properties}
    if required := [f.wire if by_alias else f.name for f in fields if f.required]:
        made["required"] = required
    return made

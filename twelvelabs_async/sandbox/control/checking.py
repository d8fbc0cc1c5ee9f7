"""Checks what a control call was given against its JSON Schema."""

# jsonschema leaves some of its types open.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Generator, Mapping, Sequence
from typing import Any, Final, cast

import orjson
from aiohttp import web

from ..bodies import parse_json
from ..errors import ApiError, clean
from .call import Call, Parameter, Schema

__all__ = ["argument_errors", "checked", "read_body", "read_query"]

_LONGEST: Final = 300
_LONGEST_VALUE: Final = 100
_INTEGER: Final = re.compile(r"-?[0-9]{1,15}", re.ASCII)


@contextlib.contextmanager
def argument_errors() -> Generator[None]:
    """Answer with what the sandbox's objects refuse, as they do in Python, or do not find."""
    try:
        yield
    except LookupError as error:
        raise ApiError("not_found", clean(str(error.args[0])), 404) from error
    except (ValueError, TypeError) as error:
        raise _invalid(clean(str(error))) from error


def checked(value: Any, schema: Schema, what: str = "The body") -> Any:
    """The value, with 1.0 as 1 where the schema wants an integer.

    Raises ``ApiError``, which says where the value does not fit and why.
    """
    # Here, since it takes long to import, and a sandbox may never need it.
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    error: Any = best_match(Draft202012Validator(schema).iter_errors(value))
    if error is not None:
        path = ".".join(str(step) for step in error.absolute_path)
        raise _invalid(f"{path or what}: {clean(_reason(error))}")
    return _with_integers(value, schema)


def _reason(error: Any) -> str:
    """What jsonschema says, with values as JSON has them; a long one is cut off.

    What is wrong with a value comes after it.
    """
    said: str = error.message
    shown = repr(error.instance)
    if said.startswith(shown):
        said = _cut(_json(error.instance), _LONGEST_VALUE) + said.removeprefix(shown)
    if error.validator == "anyOf":  # here, of names of which one must be given
        return f"It must have {' or '.join(each['required'][0] for each in error.validator_value)}."
    if error.validator == "enum":
        said = said.replace(repr(error.validator_value), _json(error.validator_value))
    return _cut(said, _LONGEST)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)  # orjson takes no half of a surrogate pair


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[:length]}…"


def _with_integers(value: Any, schema: Schema) -> Any:
    kinds = schema.get("type", ())
    if isinstance(value, float) and "integer" in kinds and "number" not in kinds:
        return int(value)
    if isinstance(value, dict):
        given = cast("dict[str, Any]", value)
        own: Schema = schema.get("properties", {})
        other = schema.get("additionalProperties")
        rest: Schema = cast("Schema", other) if isinstance(other, Mapping) else {}
        return {name: _with_integers(each, own.get(name, rest)) for name, each in given.items()}
    return value


def _invalid(message: str) -> ApiError:
    return ApiError("parameter_invalid", message)


async def read_body(request: web.Request, call: Call) -> Any:
    """The body of a call, checked; None where it takes none."""
    raw = await request.read()
    if raw and request.content_type != "application/json":
        raise ApiError(
            "content_type_invalid", "The Content-Type header must be application/json.", 415
        )
    if call.body is None or (call.optional_body and not raw):
        if raw and raw.strip() != b"{}":
            raise _invalid("This call takes no body.")
        return None
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise _invalid("The body must not be compressed.")
    try:
        value, _ = parse_json(raw)
    except orjson.JSONDecodeError as error:
        raise _invalid(f"The body is not valid JSON: {error.msg}.") from None
    return checked(value, call.body)


def read_query(request: web.Request, parameters: Sequence[Parameter]) -> dict[str, str]:
    """The parameters of the query, checked."""
    known = {each.name: each for each in parameters}
    found: dict[str, str] = {}
    for name, text in request.query.items():
        if name not in known:
            raise _invalid(f"There is no query parameter {clean(name)!r}.")
        if name in found:
            raise _invalid(f"The query parameter {name} is given twice.")
        schema = known[name].schema
        number = int(text) if _INTEGER.fullmatch(text) else text
        checked(number if schema.get("type") == "integer" else text, schema, name)
        found[name] = clean(text)
    return found

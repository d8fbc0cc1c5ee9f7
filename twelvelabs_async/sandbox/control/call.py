"""What a control call is: its verb and path, what it takes, and who answers it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

from aiohttp import web
from attrs import field, frozen

from ..context import SandboxContext

__all__ = ["Asked", "Call", "Calls", "Parameter", "Schema", "nullable", "obj"]

Schema = Mapping[str, Any]
"""A JSON Schema (Draft 2020-12)."""


@frozen(kw_only=True)
class Asked:
    """A control call as it came: its body and query fit the schemas."""

    sandbox: SandboxContext
    request: web.Request
    local: bool
    """Whether it comes from this machine."""
    body: Any = None
    query: Mapping[str, str] = field(factory=dict[str, str])


Handler = Callable[[Asked], Awaitable[Any]]
H = TypeVar("H", bound=Handler)


@frozen(kw_only=True)
class Parameter:
    """A parameter of the query, whose text the schema is of."""

    name: str
    description: str
    schema: Schema


@frozen(kw_only=True)
class Call:
    """A control call. Its handler returns a JSON value, or a response of its own."""

    method: str
    path: str
    summary: str
    handler: Handler
    body: Schema | None = None
    """None where it takes none; ``optional_body`` where it may be left out."""
    optional_body: bool = False
    query: Sequence[Parameter] = ()
    reply: Schema = field(factory=dict[str, Any])
    reply_type: str = "application/json"
    status: int = 200
    open_to_all: bool = False
    """Whether other machines may call it as well."""


class Calls(list[Call]):
    """The calls of one subject."""

    def __call__(self, method: str, path: str, summary: str, **more: Any) -> Callable[[H], H]:
        """Make a function the handler of a call."""

        def register(handler: H) -> H:
            call = Call(method=method, path=path, summary=summary, handler=handler, **more)
            self.append(call)
            return handler

        return register


def obj(properties: Mapping[str, Schema], *required: str, **more: Any) -> dict[str, Any]:
    """The schema of an object with these properties and no other."""
    schema: dict[str, Any] = {
        "type": "object",
        "properties": dict(properties),
        "additionalProperties": False,
        **more,
    }
    return {**schema, "required": list(required)} if required else schema


def nullable(schema: Schema) -> dict[str, Any]:
    """The same schema, or null."""
    found: dict[str, Any] = {**schema, "type": [schema["type"], "null"]}
    if "enum" in schema:
        found["enum"] = [*schema["enum"], None]
    return found

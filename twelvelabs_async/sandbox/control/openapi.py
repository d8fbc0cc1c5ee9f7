"""The control calls as an OpenAPI 3.1 document, whose schemas are those that bodies are held to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from .call import Call

__all__ = ["document"]

_ERROR: Final = {
    "type": "object",
    "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
    "required": ["code", "message"],
}


def document(calls: Sequence[Call], prefix: str) -> dict[str, Any]:
    """The document that describes these calls."""
    paths: dict[str, dict[str, Any]] = {}
    for call in calls:
        paths.setdefault(prefix + call.path, {})[call.method.lower()] = _operation(call)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Control of the TwelveLabs sandbox", "version": "1"},
        "paths": paths,
        "components": {
            "schemas": {"Error": _ERROR},
            "responses": {
                "Refused": {
                    "description": "What is wrong with the call",
                    "content": {"application/json": {"schema": _reference("schemas/Error")}},
                }
            },
        },
    }


def _reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{name}"}


def _operation(call: Call) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "summary": call.summary,
        "operationId": f"{call.method.lower()}{call.path.replace('/', '_').replace('{id}', 'id')}",
        "responses": {
            str(call.status): {"description": call.summary, **_content(call)},
            "4XX": _reference("responses/Refused"),
        },
    }
    names = [part[1:-1] for part in call.path.split("/") if part.startswith("{")]
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in names
    ]
    parameters += [
        {
            "name": each.name,
            "in": "query",
            "description": each.description,
            "schema": dict(each.schema),
        }
        for each in call.query
    ]
    if parameters:
        shown["parameters"] = parameters
    if call.body is not None:
        shown["requestBody"] = {
            "required": not call.optional_body,
            "content": {"application/json": {"schema": dict(call.body)}},
        }
    return shown


def _content(call: Call) -> dict[str, Any]:
    if not call.reply:
        return {}
    return {"content": {call.reply_type: {"schema": dict(call.reply)}}}

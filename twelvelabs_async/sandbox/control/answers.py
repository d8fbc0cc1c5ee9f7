"""``/_sandbox/answers``: what analyses and responses say."""

from __future__ import annotations

from typing import Any

from .call import Asked, Calls
from .checking import argument_errors

__all__ = ["calls"]

calls: Calls = Calls()
_ANSWER = {"type": ["string", "number", "boolean", "object", "array"]}
_ANSWERS = {
    "type": "object",
    "description": "Answers by prompt pattern, a regular expression; `text` is for all others. "
    "Text is returned as it is, and any other value as JSON.",
    "properties": {"text": _ANSWER},
    "propertyNames": {"maxLength": 1_000},
    "additionalProperties": _ANSWER,
    "maxProperties": 1_000,
}


@calls("GET", "/answers", "The answers that are set", reply=_ANSWERS)
async def show(asked: Asked) -> dict[str, Any]:
    """Show what is set."""
    return asked.sandbox.answers.all()


@calls(
    "PUT",
    "/answers",
    "Set these answers and forget all others; {} forgets all",
    body=_ANSWERS,
    reply=_ANSWERS,
)
async def put(asked: Asked) -> dict[str, Any]:
    """Replace all answers."""
    with argument_errors():
        asked.sandbox.answers.set(asked.body)
    return await show(asked)

"""``/_sandbox/seed``: films that are indexed, to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from attrs import asdict

from ..errors import ApiError
from ..seeding import MOST_FILMS, SEED_INDEX, add_films
from .call import Asked, Calls, obj
from .checking import argument_errors

__all__ = ["calls"]

calls: Calls = Calls()
_TEXT = {"type": "string"}


@calls(
    "POST",
    "/seed",
    "Add films that are indexed and ready, made or given",
    body=obj(
        {
            "films": {
                "type": "integer",
                "minimum": 0,
                "maximum": MOST_FILMS,
                "description": "How many to make.",
            },
            "paths": {
                "type": "array",
                "items": {"type": "string", "minLength": 1, "maxLength": 4_096},
                "maxItems": MOST_FILMS,
                "description": "Files on the machine of the sandbox. Only it may name them.",
            },
            "index_name": {
                "type": "string",
                "minLength": 1,
                "maxLength": 255,
                "default": SEED_INDEX,
                "description": "The index, which is made unless it is there.",
            },
        },
        anyOf=[{"required": ["films"]}, {"required": ["paths"]}],
    ),
    reply=obj(
        {
            "index_id": _TEXT,
            "films": {
                "type": "array",
                "items": obj(
                    {"filename": _TEXT, "asset_id": _TEXT, "video_id": _TEXT},
                    *("filename", "asset_id", "video_id"),
                ),
            },
        },
        "index_id",
        "films",
    ),
    status=201,
)
async def seed(asked: Asked) -> dict[str, Any]:
    """Add films; it answers once they are ready."""
    paths = [Path(path) for path in asked.body.get("paths", ())]
    if paths and not asked.local:
        raise ApiError(
            "paths_not_allowed", "Only programs on the sandbox's machine may name its files.", 403
        )
    with argument_errors():
        seeded = await add_films(
            asked.sandbox,
            asked.body.get("films", 0),
            paths,
            asked.body.get("index_name", SEED_INDEX),
        )
    found: dict[str, Any] = asdict(seeded)
    return {**found, "films": list(found["films"])}

"""``/_sandbox/overview`` and ``/_sandbox/connection``: what the page shows, in one call."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any, Final

from ..clock import timestamp
from ..context import SandboxContext
from ..control import faults, limits
from ..control.call import Asked, Calls, Parameter, obj
from ..errors import ApiError
from ..limits import CATEGORIES
from ..records import Asset, Index, Video, kind_of

__all__ = ["calls"]

calls: Calls = Calls()
_MOST: Final = 1_000
_SHOWN: Final = 100
_TEXT: Final = {"type": "string"}
_FILM: Final = {
    "type": "object",
    "properties": {
        "id": _TEXT,
        "asset_id": {"type": ["string", "null"]},
        "name": _TEXT,
        "kind": _TEXT,
        "status": _TEXT,
        "error": {"type": ["string", "null"]},
        "duration": {"type": ["number", "null"]},
        "width": {"type": ["integer", "null"]},
        "height": {"type": ["integer", "null"]},
        "size": {"type": ["integer", "null"]},
        "playable": {"type": "boolean"},
        "created_at": {"type": "string", "format": "date-time"},
    },
    "required": ["id", "name", "status"],
}
_FILMS: Final = {"type": "array", "items": _FILM}
_INDEX: Final = {
    "type": "object",
    "properties": {
        "id": _TEXT,
        "name": _TEXT,
        "models": {"type": "array", "items": {"type": "object"}},
        "film_count": {"type": "integer"},
        "films": _FILMS,
    },
    "required": ["id", "name", "films"],
}


@calls(
    "GET",
    "/overview",
    "The indexes with their films and the assets, newest first, the faults and the limits",
    query=(
        Parameter(
            name="limit",
            description=f"At most so many indexes, films of each, and assets; {_SHOWN} without it.",
            schema={"type": "integer", "minimum": 1, "maximum": _MOST},
        ),
    ),
    reply=obj(
        {
            "indexes": {"type": "array", "items": _INDEX},
            "assets": _FILMS,
            "asset_count": {"type": "integer"},
            **faults.LIST["properties"],
            "limits": limits.REPLY,
            "time": {"type": "string", "format": "date-time"},
            "speed": {"type": "number"},
            "categories": {"type": "array", "items": _TEXT, "description": "What can be limited."},
        },
        "indexes",
        "assets",
    ),
)
async def overview(asked: Asked) -> dict[str, Any]:
    """Show the films and their states, and what spoils or limits calls."""
    sandbox, limit = asked.sandbox, int(asked.query.get("limit", _SHOWN))
    repository = sandbox.repository
    indexes = list(repository.indexes.values())[-limit:][::-1]
    assets = list(repository.assets.values())[-limit:][::-1]
    films = {index.id: _newest(sandbox, index, limit) for index in indexes}
    await sandbox.lifecycle.settle(*assets, *chain.from_iterable(films.values()))
    return {
        "indexes": [_index(sandbox, index, films[index.id]) for index in indexes],
        "assets": [_shown(sandbox, asset, asset.file_type) for asset in assets],
        "asset_count": len(repository.assets),
        **await faults.show_all(asked),
        "limits": await limits.show(asked),
        "time": timestamp(sandbox.clock.now()),
        "speed": sandbox.clock.speed,
        "categories": [*CATEGORIES],
    }


@calls("GET", "/videos/{id}", "A film of an index, as the overview shows it", reply=_FILM)
async def video(asked: Asked) -> dict[str, Any]:
    """Show one film."""
    sandbox = asked.sandbox
    found = sandbox.repository.video(asked.request.match_info["id"])
    if found is None:
        raise ApiError("not_found", "There is no film with this id.", 404)
    await sandbox.lifecycle.settle(found)
    return _shown(sandbox, found, _type(sandbox, found))


@calls(
    "GET",
    "/connection",
    "What a client needs: the API's URL and its key",
    reply=obj({"base_url": _TEXT, "api_key": _TEXT}, "base_url", "api_key"),
)
async def connection(asked: Asked) -> dict[str, Any]:
    """Show the settings of a client."""
    return {"base_url": asked.sandbox.base_url, "api_key": asked.sandbox.repository.api_key}


def _newest(sandbox: SandboxContext, index: Index, limit: int) -> list[Video]:
    return list(sandbox.repository.videos[index.id].values())[-limit:][::-1]


def _index(sandbox: SandboxContext, index: Index, films: Sequence[Video]) -> dict[str, Any]:
    return {
        "id": index.id,
        "name": index.name,
        "models": index.models,
        "film_count": len(sandbox.repository.videos[index.id]),
        "films": [_shown(sandbox, film, _type(sandbox, film)) for film in films],
    }


def _type(sandbox: SandboxContext, video: Video) -> str:
    asset = sandbox.repository.assets.get(video.asset_id or "")
    return "video/mp4" if asset is None else asset.file_type


def _shown(sandbox: SandboxContext, item: Asset | Video, file_type: str) -> dict[str, Any]:
    lifecycle = sandbox.lifecycle
    info, failure = lifecycle.info_of(item), lifecycle.failure(item)
    kind = kind_of(file_type) if info is None else info.kind
    return {
        "id": item.id,
        "asset_id": item.id if isinstance(item, Asset) else item.asset_id,
        "name": item.filename,
        "kind": kind,
        "status": lifecycle.status(item)[0],
        "error": None if failure is None else failure.message,
        "duration": None if info is None else info.duration,
        "width": None if info is None else info.width,
        "height": None if info is None else info.height,
        "size": None if info is None else info.size,
        # What was not looked at yet may be no film at all.
        "playable": info is not None and kind in ("video", "audio", "image"),
        "created_at": timestamp(item.created_at),
    }

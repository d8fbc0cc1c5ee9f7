"""The calls of the API, one module an area."""

from __future__ import annotations

from ..call import Route
from . import (
    analyze,
    assets,
    embed,
    embed_v2,
    entities,
    indexes,
    multipart,
    search,
    tasks,
    videos,
)

__all__ = ["ALL"]

ALL: list[Route] = [
    *indexes.routes,
    *videos.routes,
    *assets.routes,
    *multipart.routes,
    *search.routes,
    *analyze.routes,
    *tasks.routes,
    *entities.routes,
    *embed.routes,
    *embed_v2.routes,
]

"""What a search found, kept for its pages."""

from __future__ import annotations

from typing import Any

from attrs import define

from .media.language.query import Hit
from .records import Index, Video

__all__ = ["SearchResults"]


@define
class SearchResults:
    """All that a search found, kept for its pages."""

    index: Index
    hits: list[Hit]
    videos: dict[str, Video]
    by_video: bool
    sort_by_count: bool
    limit: int
    metadata: bool
    scored: bool
    expires_at: float
    pool: dict[str, Any]

    def groups(self) -> list[list[tuple[int, Hit]]]:
        """The hits of each video with their ranks, best video first."""
        groups: dict[str, list[tuple[int, Hit]]] = {}
        for place, hit in enumerate(self.hits, 1):
            groups.setdefault(hit.key, []).append((place, hit))
        found = list(groups.values())
        return sorted(found, key=len, reverse=True) if self.sort_by_count else found

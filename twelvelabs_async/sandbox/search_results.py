"""What a search found, kept for its pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import define, field

from .media.language.query import Ranking
from .records import Index, Video

__all__ = ["SearchResults"]


@define
class SearchResults:
    """All that a search found, kept for its pages."""

    index: Index
    hits: Ranking
    videos: dict[str, Video]
    by_video: bool
    sort_by_count: bool
    limit: int
    metadata: bool
    scored: bool
    expires_at: float
    pool: dict[str, Any]

    _groups: Sequence[Sequence[int]] | None = field(default=None, init=False)

    def groups(self) -> Sequence[Sequence[int]]:
        """The places of each video's hits, best video first."""
        if self._groups is None:
            self._groups = self._grouped()
        return self._groups

    def _grouped(self) -> Sequence[Sequence[int]]:
        films = self.hits.clips.film[self.hits.rows]
        _, first, group, counts = np.unique(
            films, return_index=True, return_inverse=True, return_counts=True
        )
        places = np.split(np.argsort(group, kind="stable"), np.cumsum(counts)[:-1])
        order = np.lexsort((first, -counts)) if self.sort_by_count else np.argsort(first)
        return [[int(place) for place in places[int(number)]] for number in order]

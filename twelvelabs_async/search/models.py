"""Models of search: hits, their clips and pages of them."""

from __future__ import annotations

from typing import Any, Literal

from attrs import define, field

from .._runtime.model import Model, shown_url
from .._runtime.pager import BasePage, PageInfo

__all__ = [
    "SearchCreateRequestGroupBy",
    "SearchCreateRequestOperator",
    "SearchCreateRequestQueryMediaType",
    "SearchCreateRequestSearchOptionsItem",
    "SearchCreateRequestSortOption",
    "SearchCreateRequestTranscriptionOptionsItem",
    "SearchItem",
    "SearchItemClipsItem",
    "SearchPool",
    "SearchResults",
    "SearchResultsPageInfo",
    "SearchRetrieveResponse",
    "SearchRetrieveResponsePageInfo",
    "ThresholdSearch",
]


SearchCreateRequestGroupBy = Literal["video", "clip"] | str
SearchCreateRequestOperator = Literal["or", "and"] | str
SearchCreateRequestQueryMediaType = Literal["image"] | str
SearchCreateRequestSearchOptionsItem = Literal["visual", "audio", "transcription"] | str
SearchCreateRequestSortOption = Literal["score", "clip_count"] | str
SearchCreateRequestTranscriptionOptionsItem = Literal["lexical", "semantic"] | str
ThresholdSearch = Literal["high", "medium", "low", "none"] | str


@define(kw_only=True)
class SearchItemClipsItem(Model):
    """A clip that fits, inside its video: seconds from its beginning, ``rank`` from 1, the best."""

    score: float | None = None
    start: float | None = None
    end: float | None = None
    confidence: str | None = None
    rank: int | None = None
    thumbnail_url: str | None = field(default=None, repr=shown_url)
    transcription: str | None = None
    video_id: str | None = None
    user_metadata: dict[str, Any] | None = None


@define(kw_only=True)
class SearchItem(Model):
    """A clip that fits: seconds from the video's beginning, ``rank`` from 1, the best.

    When grouped by video it is a video instead: ``id`` and ``clips`` then take the place of the
    rest. ``score`` and ``confidence`` come from Marengo 2.7 only. A thumbnail is available for an
    hour.
    """

    score: float | None = None
    start: float | None = None
    end: float | None = None
    video_id: str | None = None
    confidence: str | None = None
    rank: int | None = None
    thumbnail_url: str | None = field(default=None, repr=shown_url)
    transcription: str | None = None
    id: str | None = None
    user_metadata: dict[str, Any] | None = None
    clips: list[SearchItemClipsItem] | None = None


@define(kw_only=True)
class SearchPool(Model):
    """What was searched: how many videos, how many seconds, in which index."""

    total_count: int | None = None
    total_duration: float | None = None
    index_id: str | None = None


@define(kw_only=True)
class SearchResults(BasePage[SearchItem]):
    """A page of hits, the best first. Its tokens are good until ``page_info.page_expires_at``."""

    data: list[SearchItem] | None = None
    search_pool: SearchPool | None = None

    @property
    def items(self) -> list[SearchItem]:
        """The hits of this page."""
        return self.data or []


# The vendor has classes of their own for what `Search.retrieve` gives, and for its page_info.
SearchRetrieveResponse = SearchResults
SearchResultsPageInfo = PageInfo
SearchRetrieveResponsePageInfo = PageInfo

"""The vendor's names for plain values: times are RFC 3339 strings, offsets are seconds."""

from __future__ import annotations

from typing import Literal

__all__ = [
    "Confidence",
    "CreatedAt",
    "EndOffsetSec",
    "EndTime",
    "ExpiresAt",
    "LimitPerPageSimple",
    "NextPageToken",
    "PrevPageToken",
    "Rank",
    "ScoreSearchTerms",
    "StartOffsetSec",
    "StartTime",
    "ThumbnailUrl",
    "TotalInnerMatches",
    "TotalPage",
    "TotalResults",
    "UpdatedAt",
]

Confidence = Literal["high", "medium", "low"] | str
CreatedAt = str
EndOffsetSec = float
EndTime = float
ExpiresAt = str
LimitPerPageSimple = int
NextPageToken = str
PrevPageToken = str
Rank = int
ScoreSearchTerms = float
StartOffsetSec = float
StartTime = float
ThumbnailUrl = str
TotalInnerMatches = int
TotalPage = int
TotalResults = int
UpdatedAt = str

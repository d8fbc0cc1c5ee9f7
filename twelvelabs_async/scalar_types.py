"""The vendor's names for plain values: offsets are seconds."""

from __future__ import annotations

from datetime import datetime
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
CreatedAt = datetime
EndOffsetSec = float
EndTime = float
ExpiresAt = datetime
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
UpdatedAt = datetime

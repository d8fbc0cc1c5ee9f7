"""The vendor's names for plain values: offsets are seconds."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

__all__ = [
    "AnalyzeMaxTokens",
    "AnalyzeTemperature",
    "AnalyzeTextPrompt",
    "Confidence",
    "CreatedAt",
    "EndOffsetSec",
    "EndTime",
    "ExpiresAt",
    "GeneratedTextData",
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
    "UserMetadataValue",
]

AnalyzeMaxTokens = int
AnalyzeTemperature = float
AnalyzeTextPrompt = str
Confidence = Literal["high", "medium", "low"] | str
CreatedAt = datetime
EndOffsetSec = float
EndTime = float
ExpiresAt = datetime
GeneratedTextData = str
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
UserMetadataValue = str | int | float | bool | list[str]

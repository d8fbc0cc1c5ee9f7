"""Which stretch of a film an analysis may be about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from .errors import ApiError, invalid

__all__ = ["check_window", "window_length"]

_SHORTEST_WINDOW: Final = 1.0
# Durations are rounded: the end that the service itself shows is inside.
_ROUNDED: Final = 0.001


def window_length(body: Mapping[str, Any], duration: float) -> float:
    """How many seconds of a film are analysed."""
    start, end = body["start_time"], body["end_time"]
    return (duration if end is None else end) - (start or 0.0)


def check_window(
    body: Mapping[str, Any], duration: float | None, longest: float, prefix: str = ""
) -> None:
    """Refuse a stretch that a film of this duration does not have, or that is too long."""
    start, end = body["start_time"], body["end_time"]
    low = 0.0 if start is None else start
    high = duration if end is None else end
    if end is not None and end <= low:
        raise invalid(f"{prefix}end_time", "It must be greater than start_time.")
    if duration is not None:
        if low >= duration:
            raise invalid(f"{prefix}start_time", f"The media last {duration:g} seconds.")
        if end is not None and end > duration + _ROUNDED:
            raise invalid(f"{prefix}end_time", f"The media last {duration:g} seconds.")
        for number, definition in enumerate(_definitions(body)):
            for place, each in enumerate(definition.get("time_ranges") or []):
                if each["end_time"] > duration + _ROUNDED:
                    path = f"{prefix}response_format.segment_definitions[{number}]"
                    raise invalid(
                        f"{path}.time_ranges[{place}]", f"The media last {duration:g} seconds."
                    )
    if high is not None and high - low < _SHORTEST_WINDOW:
        raise ApiError("video_duration_too_short", "An analysis covers at least 1 second.")
    if high is not None and high - low > longest:
        raise ApiError(
            "video_duration_too_long",
            f"An analysis covers at most {longest:g} seconds: set start_time and end_time.",
        )


def _definitions(body: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    wanted: Mapping[str, Any] = body.get("response_format") or {}
    return wanted.get("segment_definitions") or []

"""Which stretch of a film an analysis may be about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from .eras import Era
from .errors import ApiError, invalid
from .media.measure.film import Film
from .media.measure.probe import MediaInfo

__all__ = ["check_film_window", "check_window", "on_clock", "window_length"]

_SHORTEST_WINDOW: Final = 1.0
# Durations are rounded: the end that the service itself shows is inside.
_ROUNDED: Final = 0.001


def on_clock(film: Film, rules: Era) -> Film:
    """The film with the times that an analysis counts by."""
    return film.on_own_clock() if rules.own_clocks else film


def _clock_start(info: MediaInfo, rules: Era) -> float:
    """The time at which a film begins, as an analysis counts."""
    return info.begins if rules.own_clocks else 0.0


def window_length(body: Mapping[str, Any], info: MediaInfo, rules: Era) -> float:
    """How many seconds of a film are analysed."""
    begins = _clock_start(info, rules)
    start, end = body["start_time"], body["end_time"]
    return (begins + info.duration if end is None else end) - max(begins, start or 0.0)


def check_film_window(body: Mapping[str, Any], info: MediaInfo, rules: Era, longest: float) -> None:
    """Refuse a stretch that a film does not have, or that is too long."""
    begins = _clock_start(info, rules)
    last = begins + info.duration
    start, end = body["start_time"], body["end_time"]
    low = begins if start is None else max(start, begins)
    high = last if end is None else end
    if low >= last:
        raise invalid("start_time", _ending(last))
    if high > last + _ROUNDED:
        raise invalid("end_time", _ending(last))
    if high <= low:
        raise invalid("end_time", f"It must be greater than {low:g}, where the analysis begins.")
    for number, definition in enumerate(_definitions(body)):
        for place, each in enumerate(definition.get("time_ranges") or []):
            if each["end_time"] > last + _ROUNDED:
                path = f"response_format.segment_definitions[{number}]"
                raise invalid(f"{path}.time_ranges[{place}]", _ending(last))
    _check_length(high - low, longest)


def check_window(body: Mapping[str, Any], longest: float, prefix: str = "") -> None:
    """Refuse a stretch that no film has, or that is too long."""
    start, end = body["start_time"], body["end_time"]
    if end is None:
        return
    if end <= (start or 0.0):
        raise invalid(f"{prefix}end_time", "It must be greater than start_time.")
    if start is not None:
        _check_length(end - start, longest)


def _ending(last: float) -> str:
    return f"The media end at {last:g} seconds."


def _check_length(seconds: float, longest: float) -> None:
    if seconds < _SHORTEST_WINDOW:
        raise ApiError("video_duration_too_short", "An analysis covers at least 1 second.")
    if seconds > longest:
        raise ApiError(
            "video_duration_too_long",
            f"An analysis covers at most {longest:g} seconds: set start_time and end_time.",
        )


def _definitions(body: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    wanted: Mapping[str, Any] = body.get("response_format") or {}
    return wanted.get("segment_definitions") or []

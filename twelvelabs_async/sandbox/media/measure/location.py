"""Where a film was recorded, as cameras write it: ISO 6709, such as ``+48.8577+002.295+035/``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

__all__ = ["location_details"]

_POINT: Final = re.compile(
    r"(?P<latitude>[+-]\d{2}(\d{2}){0,2}(\.\d+)?)(?P<longitude>[+-]\d{3}(\d{2}){0,2}(\.\d+)?)"
    r"(?P<altitude>[+-]\d+(\.\d+)?)?(CRS[^/]*)?/?",
    re.ASCII,
)
_APPLE: Final = "com.apple.quicktime.location.iso6709"


def location_details(tags: Mapping[str, str]) -> Mapping[str, float | None]:
    """Latitude and longitude in degrees and altitude in metres, of a file's tags.

    Empty where no tag names a point on the earth.
    """
    # MP4 files have the language of the tag in its name besides.
    by_name = {name.lower().partition("-")[0]: text for name, text in tags.items()}
    point = _POINT.fullmatch(by_name.get(_APPLE, by_name.get("location", "")).strip())
    if point is None:
        return {}
    latitude = _degrees(point["latitude"], 2)
    longitude = _degrees(point["longitude"], 3)
    if abs(latitude) > 90 or abs(longitude) > 180:
        return {}
    return {
        "geospatial_latitude": latitude,
        "geospatial_longitude": longitude,
        "geospatial_altitude_meters": float(point["altitude"]) if point["altitude"] else None,
    }


def _degrees(text: str, whole: int) -> float:
    """An angle whose degrees have so many digits; those after them are minutes and seconds."""
    sign = -1.0 if text[0] == "-" else 1.0
    digits, _, fraction = text[1:].partition(".")
    parts = [digits[:whole], *re.findall("..", digits[whole:])]
    parts[-1] = f"{parts[-1]}.{fraction or 0}"
    degrees = 0.0
    for part in reversed(parts):
        degrees = degrees / 60 + float(part)
    return round(sign * degrees, 8)

"""The names that FFmpeg has for what a film says of its colours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from av.video.codeccontext import VideoCodecContext

__all__ = ["colour_details", "is_hdr"]

# Numbers of ITU-T H.273, which every codec uses. PyAV has only some of them as enumerations.
_TRANSFERS: Final = {
    1: "bt709",
    4: "bt470m",
    5: "bt470bg",
    6: "smpte170m",
    7: "smpte240m",
    8: "linear",
    9: "log100",
    10: "log316",
    11: "iec61966-2-4",
    12: "bt1361e",
    13: "iec61966-2-1",
    14: "bt2020-10",
    15: "bt2020-12",
    16: "smpte2084",
    17: "smpte428",
    18: "arib-std-b67",
}
_PRIMARIES: Final = {
    1: "bt709",
    4: "bt470m",
    5: "bt470bg",
    6: "smpte170m",
    7: "smpte240m",
    8: "film",
    9: "bt2020",
    10: "smpte428",
    11: "smpte431",
    12: "smpte432",
    22: "ebu3213",
}
_SPACES: Final = {
    0: "gbr",
    1: "bt709",
    4: "fcc",
    5: "bt470bg",
    6: "smpte170m",
    7: "smpte240m",
    8: "ycgco",
    9: "bt2020nc",
    10: "bt2020c",
    11: "smpte2085",
    12: "chroma-derived-nc",
    13: "chroma-derived-c",
    14: "ictcp",
}
_RANGES: Final = {1: "tv", 2: "pc"}
# PQ, and hybrid log-gamma.
_HIGH_RANGE: Final = {16, 18}


def colour_details(context: VideoCodecContext) -> Mapping[str, Any]:
    """What a stream of pictures says of its colours; None where it says nothing."""
    return {
        "color_range": _RANGES.get(int(context.color_range)),
        "color_transfer": _TRANSFERS.get(int(context.color_trc)),
        "color_space": _SPACES.get(int(context.colorspace)),
        "color_primaries": _PRIMARIES.get(int(context.color_primaries)),
    }


def is_hdr(context: VideoCodecContext) -> bool | None:
    """Whether the pictures have a high dynamic range; None where they do not name a transfer."""
    transfer = int(context.color_trc)
    return transfer in _HIGH_RANGE if transfer in _TRANSFERS else None

"""Whether a content may be used for what it is meant for."""

from __future__ import annotations

from .knowledge_records import KnowledgeStoreItem
from .media.measure.film import LONGEST, Film
from .media.measure.probe import MediaError, MediaInfo
from .records import Asset, IndexTask, Item, Video
from .settings import Settings

__all__ = ["asset_is", "problem_of", "too_long", "unfitness"]


def unfitness(item: Item, found: MediaInfo | Film, settings: Settings) -> MediaError | None:
    """Why an item fails though its content could be read; None when it does not."""
    if isinstance(item, Asset) and isinstance(found, MediaInfo):
        return _mistaken(item.kind, found)
    if isinstance(item, KnowledgeStoreItem) and isinstance(found, Film):
        return _mistaken(item.asset_type, found.info)
    if isinstance(item, Video | IndexTask) and isinstance(found, Film):
        return problem_of(found.info, settings)
    return None


def _mistaken(declared: str | None, info: MediaInfo) -> MediaError | None:
    if declared in (None, info.kind):
        return None
    return MediaError(
        "unsupported_media_type",
        f"The file was declared as {declared}; it is of type {info.kind}.",
    )


def problem_of(info: MediaInfo, settings: Settings) -> MediaError | None:
    """Why a film may not be indexed; None when it may."""
    if info.kind == "image":
        return MediaError("unsupported_file_type", "An image cannot be indexed.")
    if info.duration < settings.min_duration:
        return MediaError(
            "video_duration_too_short",
            f"The duration is {info.duration:.1f} s; the least is {settings.min_duration:g} s.",
        )
    return too_long(info, settings) or (
        _picture_problem(info, settings) if info.kind == "video" else None
    )


def too_long(info: MediaInfo, settings: Settings) -> MediaError | None:
    """Why a film is too long to be read; None when it is not."""
    if info.duration <= min(settings.max_duration, LONGEST):
        return None
    return MediaError(
        "video_duration_too_long",
        f"The duration is {info.duration:.0f} s; the most is {settings.max_duration:g} s.",
    )


def _picture_problem(info: MediaInfo, settings: Settings) -> MediaError | None:
    long, short = max(info.width, info.height), min(info.width, info.height)
    size = f"The resolution is {info.width}x{info.height}; "
    least, most = settings.min_side, settings.max_side
    if short < min(least) or long < max(least):
        return MediaError("video_resolution_too_low", f"{size}the least is {least[0]}x{least[1]}.")
    if long > max(most) or short > min(most):
        return MediaError("video_resolution_too_high", f"{size}the most is {most[0]}x{most[1]}.")
    if long > settings.max_ratio * short:
        return MediaError(
            "video_resolution_invalid_aspect_ratio",
            f"{size}the aspect ratio must be between 1:1 and {settings.max_ratio:g}:1.",
        )
    return None


def asset_is(item: Asset, kind: str) -> bool:
    """Whether an asset is of this kind, by its MIME type."""
    return item.file_type.startswith(f"{kind}/")

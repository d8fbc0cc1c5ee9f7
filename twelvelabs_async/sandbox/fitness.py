"""Whether a content may be used for what it is meant for."""

from __future__ import annotations

import math
from typing import Final

from .jobs import JobRunner, Result
from .knowledge_records import KnowledgeStoreItem
from .media.measure.document import Document
from .media.measure.film import LONGEST
from .media.measure.probe import MediaError, MediaInfo
from .records import Asset, EmbedTask, IndexTask, Item, Video, kind_of
from .settings import MIB, Settings

__all__ = [
    "PAGES_OF_REQUEST",
    "PAGES_OF_TASK",
    "asset_is",
    "pixel_problem",
    "problem_of",
    "require_fit",
    "too_long",
    "too_many_pages",
    "unfitness",
    "wrong_kind",
]

PAGES_OF_TASK: Final = 64
PAGES_OF_REQUEST: Final = 16
"""The pages that a PDF file may have for each MiB, by where it is embedded."""


def unfitness(item: Item, found: Result, settings: Settings) -> MediaError | None:
    """Why an item fails though its content could be read; None when it does not."""
    if isinstance(found, Document):
        if isinstance(item, EmbedTask):
            return too_many_pages(found, PAGES_OF_TASK, quadrants=item.request["quadrants"])
        return _misnamed(item, found) if isinstance(item, Asset) else None
    if isinstance(item, Asset):
        return _mistaken(item.kind, found)
    if isinstance(item, KnowledgeStoreItem):
        return _mistaken(item.asset_type, found)
    if isinstance(item, Video | IndexTask):
        return problem_of(found, settings)
    if isinstance(item, EmbedTask):
        return wrong_kind(item.kind, found) or _out_of_reach(item, found)
    return None


def wrong_kind(kind: str, info: MediaInfo) -> MediaError | None:
    """Why a content cannot be embedded as this kind of medium; None when it can."""
    if info.kind == kind or (kind == "audio" and info.has_audio):
        return None
    return MediaError("unsupported_media_type", f"The file is of type {info.kind}, not {kind}.")


def _out_of_reach(item: EmbedTask, info: MediaInfo) -> MediaError | None:
    if item.kind == "image":
        return None
    start = item.request["start" if item.generation == 1 else "start_sec"]
    if start < info.duration:
        return None
    return MediaError("parameter_invalid", f"The media are {info.duration:g} seconds long.")


def too_many_pages(
    document: Document, allowed: int, *, quadrants: bool = False
) -> MediaError | None:
    """Why a PDF file has too many pages for its size; None when it does not.

    ``allowed`` are the pages for each MiB begun; ``quadrants`` make a page count five times.
    """
    pages = len(document.pages) * (5 if quadrants else 1)
    allowance = allowed * math.ceil(document.size / MIB)
    if pages <= allowance:
        return None
    return MediaError(
        "document_page_limit_exceeded", f"The file counts {pages} pages; it may have {allowance}."
    )


def _misnamed(item: Asset, document: Document) -> MediaError | None:
    if document.is_pdf is (item.file_type == "application/pdf"):
        return None
    found = "a PDF file" if document.is_pdf else "text"
    return MediaError("unsupported_file_type", f"The file is {found}, which its name denies.")


def _mistaken(declared: str | None, info: MediaInfo) -> MediaError | None:
    if declared in (None, info.kind):
        return None
    return MediaError(
        "unsupported_media_type",
        f"The file was declared as {declared}; it is of type {info.kind}.",
    )


async def require_fit(jobs: JobRunner, key: str, settings: Settings) -> None:
    """Refuse a film that may not be indexed."""
    problem = problem_of(await jobs.info(key), settings)
    if problem is not None:
        raise problem


def problem_of(info: MediaInfo, settings: Settings) -> MediaError | None:
    """Why a film may not be indexed; None when it may."""
    if info.kind == "image":
        return MediaError("unsupported_file_type", "An image cannot be indexed.")
    if info.duration < settings.min_duration:
        return MediaError(
            "video_duration_too_short",
            f"The duration is {info.duration:.1f} s; the least is {settings.min_duration:g} s.",
        )
    return too_long(info, settings) or pixel_problem(info, settings)


def pixel_problem(info: MediaInfo, settings: Settings) -> MediaError | None:
    """Why a film has too few or too many pixels, or the wrong shape; None when it has not."""
    return _picture_problem(info, settings) if info.kind == "video" else None


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
    return kind_of(item.file_type) == kind

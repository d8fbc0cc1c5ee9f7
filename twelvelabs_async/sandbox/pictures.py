"""Pictures that an analysis is about, or that its words refer to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from .analysis_records import Picture
from .errors import ApiError, invalid
from .media.measure.probe import MediaError
from .request import RequestContext
from .sources import check_base64, open_source

__all__ = ["open_pictures", "shown_pictures"]

# As FFmpeg names what JPEG, PNG, WebP, GIF and BMP files hold.
_CODECS: Final = ("mjpeg", "png", "webp", "gif", "bmp", "apng")


async def open_pictures(
    ctx: RequestContext, given: Sequence[Mapping[str, Any]], path: str
) -> list[Picture]:
    """The pictures, whose contents are there while the request is answered.

    Those that an analysis is about, under ``image``, have a limit of their own in bytes.
    """
    settings = ctx.sandbox.settings
    most = settings.max_analysis_image_size if path == "image" else settings.max_image_size
    return [await _open(ctx, each, f"{path}[{n}]", most) for n, each in enumerate(given or ())]


async def _open(ctx: RequestContext, given: Mapping[str, Any], path: str, most: int) -> Picture:
    settings = ctx.sandbox.settings
    if given.get("base64_string") is not None:
        check_base64(given["base64_string"], most, path)
    _check_url(given.get("url"), f"{path}.url")
    source = await open_source(ctx, given, path)
    try:
        info = await ctx.sandbox.jobs.info(source.key)
    except MediaError as error:
        raise invalid(path, "It is not an image that can be read.") from error
    if info.kind != "image" and info.video_codec not in _CODECS:
        raise invalid(path, "It must be an image: JPEG, PNG, WebP, GIF or BMP.")
    if info.size > most:
        raise ApiError("media_filesize_too_large", f"{path}: an image has at most {most} bytes.")
    if info.width * info.height > settings.max_analysis_image_pixels:
        raise invalid(path, f"It must have at most {settings.max_analysis_image_pixels} pixels.")
    return Picture(name=given["name"], key=source.key)


def _check_url(url: str | None, path: str) -> None:
    """Refuse plain HTTP to other machines; the sandbox's own films come from the loopback."""
    if url is None:
        return
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "http" and host not in ("localhost", "::1") and host[:4] != "127.":
        raise invalid(path, "It must be a URL that begins with https://.")


def shown_pictures(given: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Pictures as a reply repeats them: without their bytes."""
    return [
        {
            "name": each["name"],
            "media_type": "image",
            **{key: each[key] for key in ("url", "asset_id") if each.get(key) is not None},
        }
        for each in given
    ]

"""Media by URL: files, and the films that HLS playlists describe."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import unquote, urlsplit

import aiohttp
from attrs import frozen

from .._media_types import media_type
from .blobs import file_key
from .context import SandboxContext
from .download import download, open_part, reached
from .errors import ApiError, clean, invalid
from .hls_playlist import Part, Stream, Variant, is_playlist, parse
from .media.measure.joining import Span, Tracks
from .media.measure.probe import MediaError
from .settings import MIB

__all__ = [
    "Fetched",
    "LiveStreamError",
    "fetch",
    "fetch_media",
    "filename_of",
    "live_refusal",
    "refuse_live",
]

_LARGEST_PLAYLIST: Final = 4 * MIB
_PLAYLIST_SECONDS: Final = 10.0


@frozen
class Fetched:
    """A file that was fetched and is kept under its key."""

    key: str
    size: int
    content_type: str
    filename: str
    streamed: bool = False
    """Whether it was joined of the segments of a playlist."""


class LiveStreamError(MediaError):
    """A playlist to which segments are still added."""

    def __init__(self) -> None:
        super().__init__("unsupported_file_type", "The playlist is of a live stream.")


def filename_of(url: str) -> str:
    """The last part of a URL's path."""
    return clean(unquote(PurePosixPath(urlsplit(url).path).name)) or "media"


async def fetch(sandbox: SandboxContext, url: str, limit: int) -> Fetched:
    """Fetch a URL into the sandbox; the caller gives it back. MediaError when that fails."""
    with reached():
        async with await open_part(sandbox, Part(url)) as response:
            return await _save(sandbox, url, response, limit)


async def fetch_media(sandbox: SandboxContext, url: str, limit: int) -> Fetched:
    """As ``fetch``; of an HLS playlist, in eras that have these, the film that it describes."""
    if not sandbox.settings.rules.playlists:
        return await fetch(sandbox, url, limit)
    with reached():
        async with await open_part(sandbox, Part(url)) as response:
            if not _is_playlist(url, response):
                return await _save(sandbox, url, response, limit)
            streams = await _read_playlist(sandbox, response)
        if any(stream.live for stream in streams):
            raise LiveStreamError
        return await _join(sandbox, url, streams, limit)


async def refuse_live(sandbox: SandboxContext, url: str, name: str) -> None:
    """Refuse a URL of a live stream in the parameter ``name``.

    Of a URL that cannot be read, whoever fetches it says why.
    """
    if not sandbox.settings.rules.playlists or _is_file(sandbox, url):
        return
    try:
        # A caller waits for this, and not for long.
        async with asyncio.timeout(_PLAYLIST_SECONDS):
            with reached():
                async with await open_part(sandbox, Part(url)) as response:
                    if not _is_playlist(url, response):
                        return
                    streams = await _read_playlist(sandbox, response)
    except (MediaError, TimeoutError):
        return
    if any(stream.live for stream in streams):
        raise live_refusal(name)


def _is_file(sandbox: SandboxContext, url: str) -> bool:
    """Whether a URL says itself that it is a file; others are asked, as few as that may be.

    Some URLs are good for one request.
    """
    path = urlsplit(url).path
    if is_playlist(path):
        return False
    return media_type(path) is not None or url.startswith(f"{sandbox.storage_url}/")


def live_refusal(name: str) -> ApiError:
    """The refusal of a live stream in the parameter ``name``."""
    return invalid(name, "It names a live stream; the stream must be complete.")


def _is_playlist(url: str, response: aiohttp.ClientResponse) -> bool:
    return is_playlist(urlsplit(url).path) or is_playlist(response.url.path, response.content_type)


async def _save(
    sandbox: SandboxContext, url: str, response: aiohttp.ClientResponse, limit: int
) -> Fetched:
    async with download(sandbox, limit) as file:
        await file.receive(response)
        await file.close()
        await sandbox.keep(file.path, file.key)
        return Fetched(file.key, file.size, file.content_type, filename_of(url))


async def _join(
    sandbox: SandboxContext, url: str, streams: Sequence[Stream], limit: int
) -> Fetched:
    """One film of all the parts of a stream, and of those of its sound."""
    async with download(sandbox, limit) as file:
        tracks: list[list[Span]] = []
        for stream in streams:
            tracks.append([])
            for piece in stream.pieces:
                start = file.size
                for part in piece:
                    await file.add(part)
                tracks[-1].append((start, file.size - start))
        await file.close()
        if len(tracks) > 1 or len(tracks[0]) > 1:
            return await _joined(sandbox, url, file.path, tracks, limit)
        kind = file.content_type
        if streams[0].fragments:
            kind = "video/mp4"
        elif not kind.startswith(("video/", "audio/")):
            last = streams[0].pieces[-1][-1]
            kind = media_type(urlsplit(last.url).path) or "video/mp2t"
        await sandbox.keep(file.path, file.key)
        return Fetched(file.key, file.size, kind, filename_of(url), streamed=True)


async def _joined(
    sandbox: SandboxContext, url: str, source: Path, tracks: Tracks, limit: int
) -> Fetched:
    blobs = sandbox.blobs
    target = blobs.scratch()
    await blobs.disk(target.touch)
    try:
        kind = await sandbox.jobs.join(source, tracks, target, limit)
        key, size = await blobs.disk(file_key, target)
        await sandbox.keep(target, key)
    finally:
        await blobs.disk(target.unlink, True)
    return Fetched(key, size, kind, filename_of(url), streamed=True)


async def _read_playlist(
    sandbox: SandboxContext, response: aiohttp.ClientResponse
) -> Sequence[Stream]:
    """The media playlist that is received, or those of the best variant: its film and its sound."""
    found = await _parsed(response)
    if isinstance(found, Stream):
        return [found]
    streams: list[Stream] = []
    for url in filter(None, (found.url, found.sound)):
        async with await open_part(sandbox, Part(url)) as named:
            stream = await _parsed(named)
        if not isinstance(stream, Stream):
            raise MediaError("video_file_broken", "The master playlist names another one.")
        streams.append(stream)
    return streams


async def _parsed(response: aiohttp.ClientResponse) -> Stream | Variant:
    data = bytearray()
    async for piece in response.content.iter_chunked(MIB):
        data += piece
        if len(data) > _LARGEST_PLAYLIST:
            raise MediaError("media_filesize_too_large", "The playlist is too large.")
    return parse(data.decode(errors="replace"), str(response.url))

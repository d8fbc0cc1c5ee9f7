"""Media by URL: files, and the films that HLS playlists describe."""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import unquote, urlsplit

import aiohttp
from attrs import define, field, frozen

from .._media_types import media_type
from .blobs import file_key
from .context import SandboxContext
from .download import download, open_part, reached
from .errors import ApiError, clean, invalid
from .hls_playlist import HEAD, Part, Stream, Variant, is_playlist, parse
from .media.measure.joining import Span, Tracks
from .media.measure.probe import MediaError
from .settings import MIB

__all__ = [
    "Fetch",
    "Fetched",
    "LiveStreamError",
    "begin_fetch",
    "fetch",
    "fetch_media",
    "filename_of",
    "live_refusal",
]

_LARGEST_PLAYLIST: Final = 4 * MIB
_OPENING_SECONDS: Final = 10.0
_BEGINNING_SECONDS: Final = 10.0


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
    return await Fetch(sandbox, url).save(limit)


@define
class Fetch:
    """A film that comes from a URL in steps, each of which is taken once.

    A URL is asked for once, since some are good for one request.
    """

    _sandbox: SandboxContext
    _url: str
    _response: aiohttp.ClientResponse | None = field(default=None, init=False)
    _begun: bytes = field(default=b"", init=False)
    """What was read of the response to see whether it is a playlist."""
    _streams: Sequence[Stream] = field(default=(), init=False)
    _error: MediaError | None = field(default=None, init=False)

    async def open(self) -> None:
        """Ask for the URL."""
        if self._response is None:
            with self._failing():
                self._response = await open_part(self._sandbox, Part(self._url))

    async def look(self) -> None:
        """Wait for as much of the body as tells whether it is a playlist."""
        assert self._response is not None
        with self._failing():
            while len(self._begun) < len(HEAD):
                piece = await self._response.content.readany()
                if not piece:
                    break
                self._begun += piece

    async def read(self) -> None:
        """Read a playlist, and those that it names; LiveStreamError if more is to come of one."""
        response = self._response
        assert response is not None
        if self._streams or not _is_playlist(self._url, response, self._begun):
            return
        with self._failing():
            self._streams = await _read_playlist(self._sandbox, response, self._begun)
            if any(stream.live for stream in self._streams):
                raise LiveStreamError

    async def save(self, limit: int) -> Fetched:
        """Keep the film, of at most ``limit`` bytes; MediaError when a step fails or has failed."""
        if self._error is not None:
            raise self._error
        try:
            await self.open()
            if self._sandbox.settings.rules.playlists:
                await self.look()
                await self.read()
            with reached():
                if self._streams:
                    return await _join(self._sandbox, self._url, self._streams, limit)
                assert self._response is not None
                return await _save(self._sandbox, self._url, self._response, limit, self._begun)
        finally:
            self.close()

    def close(self) -> None:
        """Let go of what nobody is going to read."""
        if self._response is not None:
            self._response.close()

    @contextmanager
    def _failing(self) -> Generator[None]:
        try:
            with reached():
                yield
        except MediaError as error:
            self._error = error
            self.close()
            raise


async def begin_fetch(sandbox: SandboxContext, url: str, name: str) -> Fetch:
    """A URL to be fetched after the reply, unless it is a live stream: then ``name`` is refused.

    It is asked for now, but in eras without playlists. Whoever saves it hears of what fails.
    """
    fetch = Fetch(sandbox, url)
    if not sandbox.settings.rules.playlists:
        return fetch
    try:
        # A caller waits for this, and not for long.
        async with asyncio.timeout(_OPENING_SECONDS):
            await fetch.open()
        with suppress(TimeoutError):
            async with asyncio.timeout(_BEGINNING_SECONDS):
                await fetch.look()
        async with asyncio.timeout(_OPENING_SECONDS):
            await fetch.read()
    except LiveStreamError as error:
        raise live_refusal(name) from error
    except TimeoutError:
        fetch.close()
        return Fetch(sandbox, url)
    except MediaError:
        return fetch
    except BaseException:  # such as a caller that has gone
        fetch.close()
        raise
    return fetch


def live_refusal(name: str) -> ApiError:
    """The refusal of a live stream in the parameter ``name``."""
    return invalid(name, "It names a live stream; the stream must be complete.")


def _is_playlist(url: str, response: aiohttp.ClientResponse, begun: bytes) -> bool:
    path = urlsplit(url).path
    if is_playlist(path) or is_playlist(response.url.path, response.content_type):
        return True
    # Servers say by its name what a file is, which may be wrong; a text may begin like this.
    named = media_type(path) or ""
    return begun.startswith(HEAD.encode()) and not named.startswith("text/")


async def _save(
    sandbox: SandboxContext,
    url: str,
    response: aiohttp.ClientResponse,
    limit: int,
    begun: bytes = b"",
) -> Fetched:
    async with download(sandbox, limit) as file:
        await file.receive(response, begun=begun)
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
    sandbox: SandboxContext, response: aiohttp.ClientResponse, begun: bytes
) -> Sequence[Stream]:
    """The media playlist that is received, or those of the best variant: its film and its sound."""
    found = await _parsed(response, begun)
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


async def _parsed(response: aiohttp.ClientResponse, begun: bytes = b"") -> Stream | Variant:
    data = bytearray(begun)
    async for piece in response.content.iter_chunked(MIB):
        data += piece
        if len(data) > _LARGEST_PLAYLIST:
            raise MediaError("media_filesize_too_large", "The playlist is too large.")
    return parse(data.decode(errors="replace"), str(response.url))

"""Downloads: from the loopback, or from hosts that the settings name, and nowhere else."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from threading import Lock
from typing import IO, Any, Final
from urllib.parse import urljoin

import aiohttp
from attrs import define, field

from .blobs import key_of
from .context import SandboxContext
from .fetch_rules import check_host
from .hls_playlist import Part
from .media.measure.probe import MediaError
from .settings import MIB

__all__ = ["Download", "download", "open_part", "reached"]

_REDIRECTS: Final = (301, 302, 303, 307, 308)
_MOST_REDIRECTS: Final = 5
_TIMEOUT: Final = aiohttp.ClientTimeout(total=None, connect=5.0, sock_read=30.0)


@define
class Download:
    """A file that grows by what is received, and has at most ``limit`` bytes."""

    sandbox: SandboxContext
    limit: int
    path: Path
    size: int = 0
    content_type: str = ""
    """That of what came last."""
    _digest: Any = field(factory=hashlib.sha256)
    # Opened in a thread, which goes on when its waiter is cancelled: so it is kept here, to close.
    _file: IO[bytes] | None = None
    _lock: Lock = field(factory=Lock)
    _closed: bool = False

    @property
    def key(self) -> str:
        """The key of what has come so far."""
        return key_of(self._digest.hexdigest())

    async def add(self, part: Part) -> None:
        """Fetch a part to the file's end."""
        async with await open_part(self.sandbox, part) as response:
            await self.receive(response, part.length)

    async def receive(
        self, response: aiohttp.ClientResponse, length: int | None = None, *, begun: bytes = b""
    ) -> None:
        """Add the body of a response, or so many bytes of it, after what was read of it before."""
        if begun:
            await self._keep(begun)
        left = length
        async for received in response.content.iter_chunked(MIB):
            piece = received[:left]
            await self._keep(piece)
            if left is not None:
                left -= len(piece)
                if not left:
                    break
        if left:
            raise MediaError("source_unavailable", "A part of the source is too short.")
        self.content_type = response.content_type

    async def _keep(self, piece: bytes) -> None:
        self.size += len(piece)
        if self.size > self.limit:
            raise MediaError(
                "media_filesize_too_large", f"The file has more than {self.limit} bytes."
            )
        self._digest.update(piece)
        await self.sandbox.blobs.disk(self.write, piece)

    async def close(self) -> None:
        """Have all that was received in the file."""
        await self.sandbox.blobs.disk(self.shut)

    def write(self, piece: bytes) -> None:
        """Add bytes, in a thread; nothing once it is closed."""
        with self._lock:
            if self._closed:
                return
            if self._file is None:
                self._file = self.path.open("wb")
            self._file.write(piece)

    def shut(self) -> None:
        """Close the file, in a thread."""
        with self._lock:
            self._closed = True
            if self._file is not None:
                self._file.close()


@asynccontextmanager
async def download(sandbox: SandboxContext, limit: int) -> AsyncGenerator[Download]:
    """A new file to download to, which is removed unless it is moved away."""
    file = Download(sandbox, limit, sandbox.blobs.scratch())
    try:
        await sandbox.blobs.disk(file.write, b"")
        yield file
    finally:
        await sandbox.blobs.disk(_remove, file)


def _remove(file: Download) -> None:
    file.shut()
    file.path.unlink(missing_ok=True)


async def open_part(sandbox: SandboxContext, part: Part) -> aiohttp.ClientResponse:
    """The response with a file or a part of it, after redirects."""
    url = part.url
    headers: dict[str, str] = {}
    if part.length is not None:
        headers["Range"] = f"bytes={part.start}-{part.start + part.length - 1}"
    for _ in range(_MOST_REDIRECTS + 1):
        check_host(url, tuple(sandbox.settings.fetch_hosts), sandbox.storage_url)
        response = await sandbox.http.get(
            url, allow_redirects=False, timeout=_TIMEOUT, headers=headers
        )
        if response.status in _REDIRECTS:
            url = urljoin(url, response.headers.get("Location", ""))
            response.release()
            continue
        try:
            _check(response, part)
        except MediaError:
            response.release()
            raise
        return response
    raise MediaError("source_unavailable", "The source redirects too often.")


def _check(response: aiohttp.ClientResponse, part: Part) -> None:
    if response.status in (401, 403):
        raise MediaError("source_not_authorized", f"The source answered {response.status}.")
    if response.status == 206 and part.length is not None:
        sent = response.headers.get("Content-Range", "")
        if not sent.startswith(f"bytes {part.start}-"):
            raise MediaError("source_unavailable", "The source sent another part of the file.")
    elif response.status != 200:
        raise MediaError("source_unavailable", f"The source answered {response.status}.")
    elif part.start:
        raise MediaError("source_unavailable", "The source does not send parts of files.")


@contextmanager
def reached() -> Generator[None]:
    """Every failure of the network as a ``MediaError``."""
    try:
        yield
    except (aiohttp.ClientError, OSError, ValueError, TimeoutError) as error:
        raise MediaError("source_unavailable", "The source could not be reached.") from error

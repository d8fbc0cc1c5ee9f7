"""Media by URL: from the loopback, or from hosts that the settings name, and nowhere else."""

from __future__ import annotations

import hashlib
from pathlib import PurePosixPath
from urllib.parse import unquote, urljoin, urlsplit

import aiohttp
from attrs import frozen

from .context import SandboxContext
from .errors import clean
from .fetch_rules import check_host
from .media.measure.probe import MediaError
from .settings import MIB

__all__ = ["Fetched", "fetch", "filename_of"]

_REDIRECTS = (301, 302, 303, 307, 308)
_MOST_REDIRECTS = 5
_TIMEOUT = aiohttp.ClientTimeout(total=None, connect=5.0, sock_read=30.0)


@frozen
class Fetched:
    """A file that was fetched and is kept under its key."""

    key: str
    size: int
    content_type: str
    filename: str


def filename_of(url: str) -> str:
    """The last part of a URL's path."""
    return clean(unquote(PurePosixPath(urlsplit(url).path).name)) or "media"


async def fetch(sandbox: SandboxContext, url: str, limit: int) -> Fetched:
    """Fetch a URL into the sandbox; the caller gives it back. MediaError when that fails."""
    path = sandbox.blobs.scratch()
    digest, size = hashlib.sha256(), 0
    try:
        async with await _open(sandbox, url) as response:
            if response.status in (401, 403):
                raise MediaError("source_not_authorized", f"The source answered {response.status}.")
            if response.status != 200:
                raise MediaError("source_unavailable", f"The source answered {response.status}.")
            with await sandbox.blobs.disk(path.open, "wb") as file:
                async for piece in response.content.iter_chunked(MIB):
                    size += len(piece)
                    if size > limit:
                        raise MediaError(
                            "media_filesize_too_large", f"The file has more than {limit} bytes."
                        )
                    digest.update(piece)
                    await sandbox.blobs.disk(file.write, piece)
            content_type = response.content_type
    except BaseException as error:
        await sandbox.blobs.disk(path.unlink, True)  # part of a file is of no use
        if isinstance(error, (aiohttp.ClientError, OSError, ValueError, TimeoutError)):
            raise MediaError("source_unavailable", "The source could not be reached.") from error
        raise
    key = digest.hexdigest()[:40]
    await sandbox.keep(path, key)
    return Fetched(key, size, content_type, filename_of(url))


async def _open(sandbox: SandboxContext, url: str) -> aiohttp.ClientResponse:
    for _ in range(_MOST_REDIRECTS + 1):
        check_host(url, tuple(sandbox.settings.fetch_hosts), sandbox.storage_url)
        response = await sandbox.http.get(url, allow_redirects=False, timeout=_TIMEOUT)
        if response.status not in _REDIRECTS:
            return response
        url = urljoin(url, response.headers.get("Location", ""))
        response.release()
    raise MediaError("source_unavailable", "The source redirects too often.")

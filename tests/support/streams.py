"""Streams from given pieces, with no server."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import orjson

from twelvelabs_async._runtime.transport import Opened

__all__ = ["lines", "opening_of"]


def lines(*values: object) -> bytes:
    """Each value as a line of JSON."""
    return b"".join(orjson.dumps(value) + b"\n" for value in values)


def opening_of(pieces: Iterable[bytes]) -> Callable[[], AbstractAsyncContextManager[Opened]]:
    """What opens an answer whose body comes in these pieces."""

    async def come() -> AsyncGenerator[bytes]:
        for piece in pieces:
            yield piece

    @asynccontextmanager
    async def opening() -> AsyncIterator[Opened]:
        yield Opened(200, {}, come())

    return opening

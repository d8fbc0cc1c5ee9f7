"""Connections whose requests are recorded, and those that replay a recording."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import Any

from ..errors import TransportError
from ..options import Timeouts
from . import recording
from .async_body import Body
from .blocking_body import BlockingBody
from .form_body import FormBody
from .recording import Digest
from .tape import Tape, TapeLine
from .threads import run_blocking
from .transport import Opened, Reply, Transport

__all__ = ["RecordingTransport", "ReplayingTransport"]


class _Hashed:
    """A body whose parts are hashed as they are sent."""

    def __init__(self, body: Body) -> None:
        self._body = body
        self.parts: list[bytes | Digest] = []

    @property
    def size(self) -> int | None:
        """The bytes in all."""
        return self._body.size

    async def __aiter__(self) -> AsyncGenerator[bytes | memoryview]:
        """The pieces in their order."""
        parts = self._body.parts if isinstance(self._body, FormBody) else [self._body]
        for part in parts:
            if isinstance(part, bytes):
                self.parts.append(part)
                yield part
                continue
            digest = Digest()
            self.parts.append(digest)
            async with aclosing(aiter(part)) as pieces:
                async for piece in pieces:
                    digest.add(piece)
                    yield piece


class _HashedFile(BlockingBody):
    """A chunk of a file that is hashed as it is sent."""

    def __init__(self, body: BlockingBody) -> None:
        self._body = body
        self.size = body.size
        self.digest = Digest()

    def __iter__(self) -> Iterator[bytes | memoryview]:
        for piece in self._body:
            self.digest.add(piece)
            yield piece

    def on_sent(self, size: int) -> None:
        """Count so many bytes more as sent."""
        self._body.on_sent(size)


class RecordingTransport(Transport):
    """Connections whose requests and replies are recorded."""

    def __init__(self, tape: Tape, base_url: str, **settings: Any) -> None:
        super().__init__(**settings)
        self._tape = tape
        self._base_url = base_url

    async def attempt(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | Body | None,
        timeouts: Timeouts,
        moved: Callable[[], object] | None = None,
    ) -> Reply:
        """The whole reply to a request."""
        line, hashed = self._begin(method, url, headers, body)
        reply = await super().attempt(method, url, headers, hashed or body, timeouts, moved)
        self._end(line, headers, hashed)
        self._keep(line, reply)
        return reply

    async def put(
        self, url: str, headers: Mapping[str, str], body: BlockingBody, timeouts: Timeouts
    ) -> Reply:
        """Storage's reply to a body."""
        tape = self._tape
        line = tape.begin(tape.request("PUT", url, self._base_url), None)
        hashed = _HashedFile(body)
        reply = await super().put(url, headers, hashed, timeouts)
        tape.with_body(line.request, {}, [hashed.digest])
        self._keep(line, reply)
        return reply

    @asynccontextmanager
    async def open(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | Body | None,
        timeouts: Timeouts,
    ) -> AsyncGenerator[Opened]:
        """The reply to a request, with its body still to come."""
        line, hashed = self._begin(method, url, headers, body)
        async with super().open(method, url, headers, hashed or body, timeouts) as opened:
            self._end(line, headers, hashed)
            self._keep(line, opened)
            if not 200 <= opened.status < 300:
                yield opened
                return
            async with aclosing(self._kept_pieces(line, opened)) as pieces:
                yield opened._replace(pieces=pieces)

    async def _kept_pieces(self, line: TapeLine, opened: Opened) -> AsyncGenerator[bytes]:
        assert line.reply is not None
        kept: list[str] = line.reply.setdefault("pieces", [])
        line.reply["whole"] = False
        # Line by line, since a URL that is cut in two would not be known for one.
        rest = b""
        async for piece in opened.pieces:
            lines, end, rest = (rest + piece).rpartition(b"\n")
            if end:
                kept.append(recording.show_lines(lines + end, self._tape.scrubber))
            yield piece
        if rest:
            kept.append(recording.show_lines(rest, self._tape.scrubber))
        line.reply["whole"] = True

    def _begin(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | Body | None
    ) -> tuple[TapeLine, _Hashed | None]:
        tape = self._tape
        request = tape.request(method, url, self._base_url)
        line = tape.begin(request, headers.get("x-api-key"))
        if body is None or isinstance(body, bytes):
            tape.with_body(request, headers, [body or b""])
            return line, None
        return line, _Hashed(body)

    def _end(self, line: TapeLine, headers: Mapping[str, str], hashed: _Hashed | None) -> None:
        if hashed is not None:
            self._tape.with_body(line.request, headers, hashed.parts)

    def _keep(self, line: TapeLine, reply: Reply | Opened) -> None:
        scrubber = self._tape.scrubber
        line.reply = {
            "status": reply.status,
            "headers": recording.kept_headers(reply.headers, scrubber),
            **recording.show_body(reply.body, scrubber),
        }
        self._tape.saved = False

    async def close(self) -> None:
        """Close the connections, and write the recording."""
        try:
            await super().close()
        finally:
            await run_blocking(self._tape.save)


class ReplayingTransport(Transport):
    """No connections: the replies come from a recording."""

    def __init__(self, tape: Tape, base_url: str, **settings: Any) -> None:
        super().__init__(**settings)
        self._tape = tape
        self._base_url = base_url

    async def attempt(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | Body | None,
        timeouts: Timeouts,
        moved: Callable[[], object] | None = None,
    ) -> Reply:
        """The recorded reply to a request."""
        return _reply(await self._found(method, url, headers, body))

    async def put(
        self, url: str, headers: Mapping[str, str], body: BlockingBody, timeouts: Timeouts
    ) -> Reply:
        """Storage's recorded reply to a body."""
        hashed = _HashedFile(body)

        def read() -> None:
            for _ in hashed:
                pass

        await run_blocking(read)
        request = self._tape.request("PUT", url, self._base_url)
        line = self._tape.find(self._tape.with_body(request, {}, [hashed.digest]))
        body.on_sent(body.size)
        return _reply(line)

    @asynccontextmanager
    async def open(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | Body | None,
        timeouts: Timeouts,
    ) -> AsyncGenerator[Opened]:
        """The recorded reply to a request, in the pieces in which it came."""
        line = await self._found(method, url, headers, body)
        status, found, start = _reply(line)
        async with aclosing(_recorded_pieces(line)) as pieces:
            yield Opened(status, found, pieces, bytes(start))

    async def _found(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | Body | None
    ) -> TapeLine:
        tape = self._tape
        parts: list[bytes | Digest] = [body] if isinstance(body, bytes) else []
        if body is not None and not isinstance(body, bytes):
            hashed = _Hashed(body)
            async with aclosing(aiter(hashed)) as pieces:
                async for _ in pieces:
                    pass
            parts = hashed.parts
        request = tape.request(method, url, self._base_url)
        return tape.find(tape.with_body(request, headers, parts), headers.get("x-api-key"))


def _reply(line: TapeLine) -> Reply:
    from multidict import CIMultiDict

    reply = line.reply or {}
    headers = CIMultiDict[str](reply.get("headers", {}))
    return Reply(reply["status"], headers, recording.read_body(reply))


async def _recorded_pieces(line: TapeLine) -> AsyncGenerator[bytes]:
    reply = line.reply or {}
    for piece in reply.get("pieces", []):
        yield recording.read_piece(piece)
    if not reply.get("whole", True):
        raise TransportError("the recording has no more of this stream")

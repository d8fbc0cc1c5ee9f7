"""A service and a storage that cost next to nothing: requests are counted and forgotten.

Run as a program, ``upload_sink.py CHUNK_SIZE DELAY BUSY [CERT KEY]``, it prints its address and
serves until its input closes. DELAY is in seconds, before the answer to a PUT. With BUSY above 0
storage refuses a PUT (503 SlowDown, after its body) while more than so many are under way.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
import threading
from typing import cast

LIFE = "2999-01-01T00:00:00Z"
BUFFER = 1 << 20


class Sink(asyncio.BufferedProtocol):
    """One connection: enough of HTTP/1.1 for requests with a Content-Length."""

    chunk_size = 5 << 20
    delay = 0.0
    busy = 0
    address = ""
    under_way = 0
    refused = 0
    total = 1
    reported = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is of no such class
        self._buffer = memoryview(bytearray(BUFFER))
        self._head = bytearray()
        self._left = 0
        self._body: bytearray | None = None
        self._is_put = False
        self._closed = False

    def connection_lost(self, exc: Exception | None) -> None:
        self._closed = True

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._buffer

    def buffer_updated(self, count: int) -> None:
        if self._left and self._is_put:
            self._left -= count
            if not self._left:
                self._put_done()
            return
        self._head += self._buffer[:count]
        self._read_head()

    def _read_head(self) -> None:
        end = self._head.find(b"\r\n\r\n")
        if end < 0:
            return
        lines = bytes(self._head[:end]).split(b"\r\n")
        method, self._path, _ = lines[0].decode().split(" ", 2)
        length = next(
            (int(line[15:]) for line in lines if line[:15].lower() == b"content-length:"), 0
        )
        self._is_put = method == "PUT"
        have = len(self._head) - end - 4
        if self._is_put:
            type(self).under_way += 1
            self._was_busy = 0 < self.busy < self.under_way
            del self._head[:]
            self._left = length - have
            if not self._left:
                self._put_done()
        elif have >= length:
            body = bytes(self._head[end + 4 : end + 4 + length])
            del self._head[: end + 4 + length]
            self._answer(self._call(method, json.loads(body) if body else {}))

    def _put_done(self) -> None:
        asyncio.get_running_loop().call_later(self.delay, self._answer_put)

    def _answer_put(self) -> None:
        Sink.under_way -= 1
        if self._closed:
            return
        if self._was_busy:
            Sink.refused += 1
            self._write(b"503 Service Unavailable", b"<Error><Code>SlowDown</Code></Error>")
        else:
            self._write(b"200 OK", b"", b'ETag: "e7a9"\r\n')

    def _call(self, method: str, asked: dict[str, object]) -> dict[str, object]:
        if method == "GET":
            return {"_id": "a", "status": "ready", "url": "https://x.example/a"}
        if "total_size" in asked:
            Sink.total = -(-int(str(asked["total_size"])) // self.chunk_size)
            Sink.reported = Sink.refused = 0
            return {
                "upload_id": "u",
                "asset_id": "a",
                "chunk_size": self.chunk_size,
                "total_chunks": self.total,
                "expires_at": LIFE,
                "upload_headers": {"Content-Type": "application/octet-stream"},
                "upload_urls": self._urls(1, 10),
            }
        if "start" in asked:
            start, count = int(str(asked["start"])), int(str(asked["count"]))
            return {"upload_id": "u", "upload_urls": self._urls(start, count)}
        chunks = asked["completed_chunks"]
        assert isinstance(chunks, list)
        Sink.reported += len(chunks)
        answer = {"asset_id": "a", "processed_chunks": len(chunks), "duplicate_chunks": 0}
        answer["total_completed"] = self.reported
        if self.reported >= self.total:
            answer["url"] = f"https://x.example/{self.refused}"
        return answer

    def _urls(self, start: int, count: int) -> list[dict[str, object]]:
        return [
            {"chunk_index": i, "url": f"{self.address}/part/{i}?sig=x", "expires_at": LIFE}
            for i in range(start, min(start + count, self.total + 1))
        ]

    def _answer(self, reply: dict[str, object]) -> None:
        self._write(b"200 OK", json.dumps(reply).encode(), b"Content-Type: application/json\r\n")

    def _write(self, status: bytes, body: bytes, headers: bytes = b"") -> None:
        self._transport.write(
            b"HTTP/1.1 %b\r\nContent-Length: %d\r\n%b\r\n%b" % (status, len(body), headers, body)
        )


async def serve(context: ssl.SSLContext | None) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Sink, "127.0.0.1", 0, ssl=context, backlog=512)
    port = server.sockets[0].getsockname()[1]
    Sink.address = f"{'https' if context else 'http'}://127.0.0.1:{port}"
    print(Sink.address, flush=True)
    closed = asyncio.Event()

    def watch() -> None:
        sys.stdin.read()
        loop.call_soon_threadsafe(closed.set)

    threading.Thread(target=watch, daemon=True).start()
    await closed.wait()


def main() -> None:
    Sink.chunk_size, Sink.delay, Sink.busy = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
    context = None
    if len(sys.argv) > 4:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(sys.argv[4], sys.argv[5])
    try:
        import uvloop
    except ImportError:
        asyncio.run(serve(context))
    else:  # a tenth less of the time that the contestants share with it
        uvloop.run(serve(context))


if __name__ == "__main__":
    main()

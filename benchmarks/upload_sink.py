"""A service and a storage that cost next to nothing: requests are counted and forgotten.

Run as a program, ``upload_sink.py CHUNK_SIZE DELAY BUSY [CERT KEY]``, it prints its address and
serves until its input closes. DELAY is in seconds, before the answer to a PUT. With BUSY above 0
storage refuses a PUT (503 SlowDown, after its body) while more than so many are under way.

Each connection has a thread of its own: under TLS one thread takes a GiB in a second, and would be
what is measured.
"""

from __future__ import annotations

import json
import socket
import ssl
import sys
import time
from contextlib import suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Lock, Thread

from _cores import open_many_files

LIFE = "2999-01-01T00:00:00Z"
BUFFER = 1 << 18


class Sink(ThreadingTCPServer):
    """What was asked of the service, and how many PUTs are under way."""

    daemon_threads = True
    request_queue_size = 512

    def __init__(
        self, chunk_size: int, delay: float, busy: int, certificate: tuple[str, ...]
    ) -> None:
        super().__init__(("127.0.0.1", 0), Connection)
        self.chunk_size, self.delay, self.busy = chunk_size, delay, busy
        self.address = f"http{'s' * bool(certificate)}://127.0.0.1:{self.server_address[1]}"
        self.lock = Lock()
        self.under_way = self.refused = 0
        self.left: list[int] = []  # chunks of each upload that are not reported yet
        if certificate:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(*certificate)
            # Each connection's thread makes its handshake.
            self.socket = context.wrap_socket(
                self.socket, server_side=True, do_handshake_on_connect=False
            )

    def call(self, method: str, path: str, asked: dict[str, object]) -> dict[str, object]:
        if method == "GET":
            return {"_id": "a", "status": "ready", "url": "https://x.example/a"}
        if "total_size" in asked:
            total = -(-int(str(asked["total_size"])) // self.chunk_size)
            self.refused = 0
            self.left.append(total)
            return {
                "upload_id": f"{len(self.left)}.{total}",
                "asset_id": "a",
                "chunk_size": self.chunk_size,
                "total_chunks": total,
                "expires_at": LIFE,
                "upload_headers": {"Content-Type": "application/octet-stream"},
                "upload_urls": self.urls(1, 10, total),
            }
        upload_id = path.split("/multipart-uploads/")[1].partition("/")[0]
        number, total = map(int, upload_id.split("."))
        if "start" in asked:
            start, count = int(str(asked["start"])), int(str(asked["count"]))
            return {"upload_id": upload_id, "upload_urls": self.urls(start, count, total)}
        chunks = asked["completed_chunks"]
        assert isinstance(chunks, list)
        self.left[number - 1] -= len(chunks)
        answer = {"asset_id": "a", "processed_chunks": len(chunks), "duplicate_chunks": 0}
        answer["total_completed"] = total - self.left[number - 1]
        if self.left[number - 1] <= 0:
            answer["url"] = f"https://x.example/{self.refused}"
        return answer

    def urls(self, start: int, count: int, total: int) -> list[dict[str, object]]:
        return [
            {"chunk_index": i, "url": f"{self.address}/part/{i}?sig=x", "expires_at": LIFE}
            for i in range(start, min(start + count, total + 1))
        ]


class Connection(BaseRequestHandler):
    """One connection: enough of HTTP/1.1 for requests with a Content-Length."""

    server: Sink
    request: socket.socket

    def handle(self) -> None:
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = memoryview(bytearray(BUFFER))
        self._had = b""
        with suppress(OSError):  # clients may go away
            while self._request():
                pass

    def _request(self) -> bool:
        """Answer one request; False at the end of the connection."""
        while b"\r\n\r\n" not in self._had:
            if not (piece := self.request.recv(BUFFER)):
                return False
            self._had += piece
        head, _, self._had = self._had.partition(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        length = next(
            (int(line[15:]) for line in lines if line[:15].lower() == b"content-length:"), 0
        )
        method, path, _ = lines[0].decode().split(" ")
        if method == "PUT":
            return self._put(length)
        while len(self._had) < length:
            self._had += self.request.recv(BUFFER)
        body, self._had = self._had[:length], self._had[length:]
        with self.server.lock:
            reply = json.dumps(self.server.call(method, path, json.loads(body or b"{}"))).encode()
        return self._answer(b"200 OK", reply, b"Content-Type: application/json\r\n")

    def _put(self, length: int) -> bool:
        sink = self.server
        with sink.lock:
            sink.under_way += 1
            busy = 0 < sink.busy < sink.under_way
            sink.refused += busy
        left, self._had = length - len(self._had), b""
        while left and (taken := self.request.recv_into(self._buffer, min(left, BUFFER))):
            left -= taken
        time.sleep(sink.delay)  # as a storage takes its time; other connections go on
        with sink.lock:
            sink.under_way -= 1
        if busy:
            return self._answer(b"503 Slow Down", b"<Error><Code>SlowDown</Code></Error>", b"")
        return self._answer(b"200 OK", b"", b'ETag: "e7a9"\r\n')

    def _answer(self, status: bytes, body: bytes, headers: bytes) -> bool:
        self.request.sendall(
            b"HTTP/1.1 %b\r\nContent-Length: %d\r\n%b\r\n%b" % (status, len(body), headers, body)
        )
        return True


def main() -> None:
    open_many_files()
    chunk_size, delay, busy, *certificate = sys.argv[1:]
    sink = Sink(int(chunk_size), float(delay), int(busy), tuple(certificate))
    print(sink.address, flush=True)
    Thread(target=sink.serve_forever, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()

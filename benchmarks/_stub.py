"""A server that costs next to nothing: canned bytes over a bare `asyncio.Protocol`.

Runs in a process of its own, on the last core; the clients have the first. It prints its port, and
ends with its parent. What it was asked is counted, for `wait.py`.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from _cores import LAST, on_core, open_many_files

TASKS = 1_000
ROUNDS = 3  # looks at a task until it is ready
EVENTS = 100_000
CLIPS = 50
VECTORS, NUMBERS = 3_600, 512


@contextmanager
def running() -> Iterator[str]:
    """The base URL of a stub that runs as long as the block."""
    command = [sys.executable, __file__]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, preexec_fn=on_core(LAST)
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1.3"
        finally:
            process.stdin.close()


# What it answers


def an_id(at: int) -> str:
    return f"{at:024x}"


def search_reply() -> object:
    return {
        "search_pool": {"total_count": 40, "total_duration": 8731.5, "index_id": an_id(1)},
        "data": [
            {
                "score": 84.5 - at / 7,
                "start": at * 6.25,
                "end": at * 6.25 + 5.75,
                "video_id": an_id(1000 + at),
                "confidence": "high",
                "rank": at + 1,
                "thumbnail_url": f"https://thumbnails.example/{an_id(at)}/{at}.jpeg?sig={'f' * 64}",
                "transcription": f"and this is what they said in part {at} of it",
            }
            for at in range(CLIPS)
        ],
        "page_info": {
            "limit_per_page": CLIPS,
            "total_results": 500,
            "page_expires_at": "2026-08-21T10:20:30Z",
            "next_page_token": "9d1c6f2a-1",
        },
    }


def indexes_reply() -> object:
    return {
        "data": [
            {
                "_id": an_id(at),
                "created_at": "2026-08-01T10:20:30.123Z",
                "updated_at": "2026-08-02T10:20:30.123Z",
                "expires_at": "2026-11-01T10:20:30.123Z",
                "index_name": f"films of week {at}",
                "total_duration": 3600.5 + at,
                "video_count": 12 + at,
                "models": [
                    {"model_name": "marengo3.0", "model_options": ["visual", "audio"]},
                    {"model_name": "pegasus1.2", "model_options": ["visual", "audio"]},
                ],
                "addons": ["thumbnail"],
            }
            for at in range(50)
        ],
        "page_info": {"limit_per_page": 50, "page": 1, "total_page": 1, "total_results": 50},
    }


def embedding_reply() -> object:
    chance = random.Random(7)
    return {
        "_id": an_id(1),
        "model_name": "marengo3.0",
        "status": "ready",
        "created_at": "2026-08-01T10:20:30.123Z",
        "updated_at": "2026-08-01T10:22:30.123Z",
        "video_embedding": {
            "metadata": {"duration": 21600.0},
            "segments": [
                {
                    "float": [chance.gauss(0, 0.04) for _ in range(NUMBERS)],
                    "start_offset_sec": at * 6.0,
                    "end_offset_sec": at * 6.0 + 6.0,
                    "embedding_option": "visual",
                    "embedding_scope": "clip",
                }
                for at in range(VECTORS)
            ],
        },
    }


def events(count: int) -> bytes:
    start = {"event_type": "stream_start", "metadata": {"generation_id": an_id(1)}}
    end = {
        "event_type": "stream_end",
        "finish_reason": "stop",
        "metadata": {"generation_id": an_id(1), "usage": {"output_tokens": count}},
    }
    texts = ({"event_type": "text_generation", "text": f" word{at}"} for at in range(count - 2))
    return b"".join(json.dumps(event).encode() + b"\n" for event in (start, *texts, end))


def response_events(count: int) -> bytes:
    """The server-sent events of a response, with `count` events in all and ``[DONE]``."""
    whole = {
        "id": "resp_1",
        "object": "response",
        "created_at": "2026-08-21T10:00:00Z",
        "status": "in_progress",
        "session_id": "sess_1",
        "incomplete_details": None,
        "output": [],
    }
    place = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    found: list[dict[str, object]] = [{"type": "response.created", "response": whole}]
    found += (
        {"type": "response.output_text.delta", **place, "delta": f" word{at}"}
        for at in range(count - 2)
    )
    end = {**whole, "status": "completed", "usage": {"input_tokens": 10, "output_tokens": count}}
    found.append({"type": "response.completed", "response": end})
    frames = (
        f"event: {event['type']}\ndata: {json.dumps({**event, 'sequence_number': at})}\n\n"
        for at, event in enumerate(found)
    )
    return ("".join(frames) + "data: [DONE]\n\n").encode()


def batch_results(count: int) -> bytes:
    """The results of a batch in JSON Lines: answers of 200 characters."""
    rows = (
        {
            "task_id": an_id(at),
            "custom_id": f"film-{at}",
            "status": "ready",
            "data": {
                "generation_id": f"5f0c2c6e-9a1b-4c7a-8f57-{at:012x}",
                "data": f"Scene {at}: " + "a man with a red hat crosses the street. " * 5,
                "finish_reason": "stop",
                "usage": {"output_tokens": 48, "input_tokens": 12_000},
            },
        }
        for at in range(count)
    )
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def store_search_reply() -> object:
    return {
        "data": [
            {
                "asset_type": "video",
                "rank": at + 1,
                "item_id": f"ksi_0198f3a2-7b1c-7d3e-8f4a-{at:012x}",
                "metadata": {
                    "system": {"duration": 61.5 + at, "width": 1920, "height": 1080, "size": 8_000},
                    "user": {"week": at, "city": "Lisbon"},
                },
                "matches": [
                    {
                        "start_sec": at * 6.25,
                        "end_sec": at * 6.25 + 5.75,
                        "modalities": ["visual", "audio"],
                        "transcription": f"and this is what they said in part {at} of it",
                    }
                ],
            }
            for at in range(CLIPS)
        ],
        "next_page_token": "9d1c6f2a-1",
        "effective_search_options": {"video": {"modalities": ["visual", "audio"]}},
    }


def asset(at: int) -> dict[str, object]:
    return {
        "_id": an_id(at),
        "method": "direct",
        "status": "ready",
        "filename": f"film{at}.mp4",
        "file_type": "video/mp4",
        "created_at": "2026-08-01T10:20:30.123Z",
        "size": 8_000_000 + at,
        "duration": 61.5 + at,
    }


def task(at: int, status: str) -> dict[str, object]:
    return {
        "_id": an_id(at),
        "index_id": an_id(1),
        "video_id": an_id(at),
        "status": status,
        "created_at": "2026-08-01T10:20:30.123Z",
        "updated_at": "2026-08-01T10:20:30.123Z",
        "system_metadata": {"filename": f"film{at}.mp4", "duration": 61.5, "width": 848},
    }


class Tasks:
    """Tasks that become ready when they were looked at so many times."""

    def __init__(self) -> None:
        self.looks = [0] * TASKS

    def look(self, at: int) -> dict[str, object]:
        self.looks[at] += 1
        return task(at, "ready" if self.looks[at] >= ROUNDS else "indexing")


class Answers:
    """Requests to bytes."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.tasks = Tasks()
        self.made: dict[str, bytes] = {}
        self.assets = json.dumps([asset(at) for at in range(50)]).encode()
        self.makers: dict[str, Callable[[], bytes]] = {
            "POST /search": lambda: whole(search_reply()),
            "GET /indexes": lambda: whole(indexes_reply()),
            "POST /indexes": lambda: whole({"_id": an_id(1)}, status="201 Created"),
            f"POST /indexes/{an_id(1)}/indexed-assets": lambda: whole(
                {"_id": an_id(2)}, status="202 Accepted"
            ),
            f"GET /embed/tasks/{an_id(1)}": lambda: whole(embedding_reply()),
            "POST /knowledge-stores/ks_1/search": lambda: whole(store_search_reply()),
        }

    def __call__(self, method: str, target: str, body: bytes) -> bytes:
        path, _, query = target.removeprefix("/v1.3").partition("?")
        key = f"{method} {path}"
        found = self.made.get(key)
        if found is not None:
            return found
        if key in self.makers:
            found = self.made[key] = self.makers[key]()
            return found
        if key in ("POST /analyze", "POST /generate"):
            # The prompt says how many events are wanted, since the vendor's SDK needs 31 s for all.
            key += json.loads(body)["prompt"]
            if key not in self.made:
                self.made[key] = chunked(events(int(json.loads(body)["prompt"])))
            return self.made[key]
        if key == "POST /responses":
            count = json.loads(body)["input"][0]["content"]
            key += count
            if key not in self.made:
                self.made[key] = chunked(response_events(int(count)), "text/event-stream")
            return self.made[key]
        if path.startswith("/analyze/batches/"):
            lines = batch_results(int(path.split("/")[3]))
            found = self.made[key] = chunked(lines, "application/jsonl")
            return found
        if key == "GET /assets":
            return self._assets(query)
        if path.startswith("/tasks"):
            return self._tasks(path, query)
        if path == "/asked":
            asked, self.asked, self.tasks = self.asked, Counter(), Tasks()
            return whole(asked)
        return whole({"code": "not_found", "message": key}, status="404 Not Found")

    def _assets(self, query: str) -> bytes:
        """One page of 50 of a list whose length is the name that is looked for."""
        rows = int((re.search(r"\bfilename=(\d+)", query) or [0, "0"])[1])
        page = int((re.search(r"\bpage=(\d+)", query) or [0, "1"])[1])
        info = {"page": page, "limit_per_page": 50, "total_page": -(-rows // 50)}
        return joined(self.assets, json.dumps(info | {"total_results": rows}).encode())

    def _tasks(self, path: str, query: str) -> bytes:
        if path == "/tasks":
            self.asked["list"] += 1
            page = int((re.search(r"\bpage=(\d+)", query) or [0, "1"])[1])
            limit = int((re.search(r"\bpage_limit=(\d+)", query) or [0, "10"])[1])
            rows = range((page - 1) * limit, min(page * limit, TASKS))
            info = {
                "page": page,
                "limit_per_page": limit,
                "total_page": -(-TASKS // limit),
                "total_results": TASKS,
            }
            return whole({"data": [self.tasks.look(at) for at in rows], "page_info": info})
        self.asked["retrieve"] += 1
        return whole(self.tasks.look(int(path.rpartition("/")[2], 16)))


HEADERS = (
    "Date: Fri, 21 Aug 2026 10:00:00 GMT\r\nContent-Type: {kind}\r\nServer: stub\r\n"
    "X-Request-Id: 5f0c2c6e-9a1b-4c7a-8f57-2f3f1c0a9d11\r\n"
    "X-Ratelimit-Limit: 1000000\r\nX-Ratelimit-Remaining: 999990\r\nX-Ratelimit-Used: 10\r\n"
    "X-Ratelimit-Reset: 1787306460\r\n"
)


def whole(value: object, status: str = "200 OK") -> bytes:
    body = json.dumps(value, separators=(",", ":")).encode()
    head = f"HTTP/1.1 {status}\r\n" + HEADERS.format(kind="application/json")
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def joined(rows: bytes, info: bytes) -> bytes:
    """A page whose rows were encoded before."""
    body = b'{"data":' + rows + b',"page_info":' + info + b"}"
    head = "HTTP/1.1 200 OK\r\n" + HEADERS.format(kind="application/json")
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def chunked(body: bytes, kind: str = "application/x-ndjson", size: int = 16_384) -> bytes:
    head = "HTTP/1.1 200 OK\r\n" + HEADERS.format(kind=kind)
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    chunks = [f"{len(piece):x}\r\n".encode() + piece + b"\r\n" for piece in pieces]
    return f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + b"".join(chunks) + b"0\r\n\r\n"


# The protocol

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class Connection(asyncio.Protocol):
    """HTTP/1.1, as far as the three clients speak it: bodies with a length."""

    def __init__(self, answer: Callable[[str, str, bytes], bytes]) -> None:
        self.answer = answer
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            found = LENGTH.search(self.buffer, 0, end)
            size = end + 4 + (int(found[1]) if found else 0)
            if len(self.buffer) < size:
                return
            method, target, _ = self.buffer[: self.buffer.index(b"\r\n")].decode().split(" ")
            body, self.buffer = self.buffer[end + 4 : size], self.buffer[size:]
            self.transport.write(self.answer(method, target, body))


async def serve() -> None:
    loop = asyncio.get_running_loop()
    answers = Answers()
    server = await loop.create_server(lambda: Connection(answers), "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.buffer.read)  # until the parent is gone
    server.close()


if __name__ == "__main__":
    open_many_files()
    asyncio.run(serve())

"""A small API in this process, and programs that use it in processes of their own."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from queue import SimpleQueue
from textwrap import dedent

import orjson
from aiohttp import web

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0

# Paths of further interpreters that have what the package depends on, as in PATH.
FURTHER = os.environ.get("TWELVELABS_PYTHONS", "")
PYTHONS = [sys.executable, *filter(None, FURTHER.split(os.pathsep))]


class Api:
    """Answers some of the API's calls; `news` has the ends of those that hang."""

    def __init__(self) -> None:
        self.news: SimpleQueue[str] = SimpleQueue()
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._url: SimpleQueue[str] = SimpleQueue()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._main(),))
        self._thread.start()
        self.url = self._url.get(timeout=PATIENCE)

    async def _main(self) -> None:
        app = web.Application(client_max_size=1 << 30)
        app.router.add_get("/indexes", self._list)
        app.router.add_get("/indexes/{index_id}", self._retrieve)
        app.router.add_post("/analyze", self._analyze)
        app.router.add_post("/generate", self._analyze)
        for path in ("/assets", "/tasks", "/search", "/embed"):
            app.router.add_post(path, self._create)
        app.router.add_post("/assets/multipart-uploads", self._create_upload)
        app.router.add_put("/chunks/{index}", self._take_chunk)
        runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        # By name, so that the client looks it up, in a thread.
        self._url.put(f"http://localhost:{site.port}")
        await self._stop.wait()
        await runner.cleanup()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(PATIENCE)
        self._loop.close()

    def next_news(self) -> str:
        """The next of the server's news."""
        return self.news.get(timeout=PATIENCE)

    async def _hang(self) -> None:
        self.news.put("hangs")
        try:
            await asyncio.Event().wait()
        finally:
            self.news.put("gone")

    async def _retrieve(self, request: web.Request) -> web.Response:
        index_id = request.match_info["index_id"]
        if index_id == "hang":
            await self._hang()
        return web.json_response({"_id": index_id}, headers={"X-Request-Id": "r1"})

    async def _list(self, request: web.Request) -> web.Response:
        page = int(request.query.get("page", 1))
        if request.query.get("index_name") == f"hang{page}":
            await self._hang()
        if request.query.get("index_name") == "refused":
            return web.json_response({"code": "parameter_invalid", "message": "no"}, status=400)
        rows = [{"_id": f"{page}-{at}"} for at in range(2)]
        info = {"page": page, "total_page": 3, "total_results": 6, "limit_per_page": 2}
        return web.json_response({"data": rows, "page_info": info})

    async def _analyze(self, request: web.Request) -> web.StreamResponse:
        prompt = (await request.json())["prompt"]
        response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        await response.prepare(request)
        count, _, then = prompt.partition(" ")
        line = orjson.dumps({"event_type": "text_generation", "text": "word"}) + b"\n"
        left = int(count)
        try:
            while left:
                batch = min(left, 1000)
                left -= batch
                await response.write(line * batch)
            if then == "hang":
                await self._hang()
        except ConnectionResetError:
            self.news.put("gone")
            return response
        await response.write(orjson.dumps({"event_type": "stream_end"}) + b"\n")
        return response

    async def _create(self, request: web.Request) -> web.Response:
        await request.read()
        await self._hang()
        return web.json_response({"_id": "never"})

    async def _create_upload(self, request: web.Request) -> web.Response:
        size, chunk = (await request.json())["total_size"], 1 << 20
        expires = "2999-01-01T00:00:00Z"
        urls = [
            {"chunk_index": at, "url": f"{self.url}/chunks/{at}?secret", "expires_at": expires}
            for at in range(1, size // chunk + 1)
        ]
        upload = {"upload_id": "u", "asset_id": "a", "upload_urls": urls, "expires_at": expires}
        return web.json_response(
            {**upload, "upload_headers": {}, "chunk_size": chunk, "total_chunks": len(urls)},
            status=201,
        )

    async def _take_chunk(self, request: web.Request) -> web.Response:
        if request.match_info["index"] == "1":
            await request.read()
            await self._hang()
        # What is neither read nor answered keeps a client busy with sending.
        await asyncio.Event().wait()
        return web.Response()


class Program:
    """Python source that runs as a program of its own, in the strictest of modes."""

    def __init__(self, python: str, api: Api) -> None:
        self.python = python
        self.api = api
        self.process: subprocess.Popen[str] | None = None

    def start(self, source: str, *flags: str) -> None:
        retired = "ignore:retired by the service:DeprecationWarning"
        options = ["-X", "dev", "-W", "error", "-W", retired, *flags]
        self.process = subprocess.Popen(
            [self.python, *options, "-c", dedent(source), self.api.url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={
                **{k: v for k, v in os.environ.items() if not k.upper().endswith("_PROXY")},
                "PYTHONPATH": str(ROOT),
                "TWELVE_LABS_API_KEY": "key",
            },
        )

    def interrupt(self) -> None:
        """Ctrl-C."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)

    def say(self, line: str) -> None:
        """A line on its standard input."""
        assert self.process is not None
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def ends(self) -> Sequence[str]:
        """The lines that it printed. It must succeed, and print nothing to the error stream."""
        assert self.process is not None
        printed, complaints = self.process.communicate(timeout=PATIENCE)
        # asyncio's debug mode, which -X dev switches on, reports slow steps: machines are slow.
        complaints = "\n".join(
            line for line in complaints.splitlines() if not line.startswith("Executing <")
        )
        assert (complaints, self.process.returncode) == ("", 0), self.python
        return printed.splitlines()

    def run(self, source: str, *flags: str) -> Sequence[str]:
        self.start(source, *flags)
        return self.ends()

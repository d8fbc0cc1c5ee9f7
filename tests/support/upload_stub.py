"""The service's part in an upload, and a storage, both with faults on demand.

Small on purpose, and written against the API's documents rather than against the package or its
sandbox, so that a wrong idea in one of them shows.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import ssl
import uuid
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from tests.support.clock import VirtualClock

KEY = "tlk_secret_key_of_the_tests"
XML = '<?xml version="1.0"?><Error><Code>{}</Code><Message>{}</Message><Sign>{}</Sign></Error>'


def rfc3339(when: float) -> str:
    return datetime.fromtimestamp(when, UTC).isoformat().replace("+00:00", "Z")


@dataclass
class Put:
    """One PUT that reached storage."""

    index: int
    attempt: int
    headers: dict[str, str]
    stored: bool = False


@dataclass
class Upload:
    """A session."""

    upload_id: str
    asset_id: str
    total_size: int
    chunk_size: int
    expires: float
    parts: dict[int, bytes] = field(default_factory=dict)
    reported: dict[int, str] = field(default_factory=dict)
    status: str = "active"

    @property
    def total(self) -> int:
        return -(-self.total_size // self.chunk_size)


class Stub:
    """`put_fault(put)` names what happens to a PUT; `api_fault(route, n)` to a call (n from 0)."""

    def __init__(self, clock: Any = None) -> None:
        self.clock = clock or VirtualClock(0.5)
        self.base_url = self.storage_url = ""
        self.chunk_size = 1000
        self.initial_urls = 3
        self.url_life = 3600.0
        self.session_life = 86400.0
        self.upload_headers = {"Content-Type": "application/octet-stream"}
        self.unsent_headers: set[str] = set()  # of them, those that are the client's own affair
        self.put_fault: Callable[[Put], str | None] = lambda put: None
        self.api_fault: Callable[[str, int], str | None] = lambda route, n: None
        self.on_put: Callable[[Put], Any] = lambda put: None
        self.on_create: Callable[[dict[str, Any]], Any] = lambda asked: None
        self.on_report: Callable[[], Any] = lambda: None
        self.listed: Callable[[Any], Any] = lambda rows: rows  # what a status says of the chunks
        self.created: Callable[[dict[str, Any]], Any] = lambda made: made  # what `create` answers
        self.given: Callable[[dict[str, Any]], Any] = lambda url: url  # each presigned URL
        self.reported: Callable[[dict[str, Any]], Any] = lambda done: done  # what a report answers
        self.cut: int | None = None  # the chunk size that the list of uploads says
        self.expects_wrong_proofs = False
        self.totals_told = True
        self.completes = True
        self.delay = 0.0
        self.server_tls: ssl.SSLContext | None = None
        self.client_tls: ssl.SSLContext | None = None
        self.uploads: dict[str, Upload] = {}
        self.assets: dict[str, bytes] = {}
        self.puts: list[Put] = []
        self.calls: Counter[str] = Counter()
        self.reports: list[list[int]] = []
        self.url_requests: list[tuple[int, int]] = []
        self.issued: dict[str, tuple[str, int, float]] = {}
        self.secrets: list[str] = []
        self.used: set[str] = set()
        self.violations: list[str] = []
        self.under_way = 0
        self.most_under_way = 0
        self.held = asyncio.Event()
        self._taking: set[asyncio.Transport] = set()
        self._attempts: defaultdict[tuple[str, int], int] = defaultdict(int)

    # Where it listens

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[Stub]:
        api = web.Application(middlewares=[self._api_side], client_max_size=1 << 30)
        base = "/v1.3/assets"
        api.router.add_post(f"{base}/multipart-uploads", self.create, name="create")
        api.router.add_get(f"{base}/multipart-uploads", self.list, name="list")
        api.router.add_get(f"{base}/multipart-uploads/{{id}}", self.status, name="status")
        api.router.add_post(f"{base}/multipart-uploads/{{id}}", self.report, name="report")
        api.router.add_post(
            f"{base}/multipart-uploads/{{id}}/presigned-urls", self.urls, name="urls"
        )
        api.router.add_get(f"{base}/{{id}}", self.asset, name="asset")
        storage = web.Application(client_max_size=1 << 30)
        storage.router.add_route("*", "/{path:.*}", self.put)
        runners = []
        for app, name in ((api, "base_url"), (storage, "storage_url")):
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, lingering_time=0)
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=self.server_tls)
            await site.start()
            scheme = "http" if self.server_tls is None else "https"
            setattr(self, name, f"{scheme}://127.0.0.1:{runner.addresses[0][1]}")
            runners.append(runner)
        self.base_url += "/v1.3"
        try:
            yield self
        finally:
            self.held.set()
            for runner in runners:
                await runner.cleanup()

    async def let_go(self) -> None:
        """Return when the client has closed the connection of each chunk under way."""
        while not all(t.is_closing() for t in self._taking):  # noqa: ASYNC110  # a few turns
            await asyncio.sleep(0)

    # The service

    @web.middleware
    async def _api_side(self, request: web.Request, handler: Any) -> web.StreamResponse:
        name = request.match_info.route.name or "?"
        n, self.calls[name] = self.calls[name], self.calls[name] + 1
        if request.headers.get("x-api-key") != KEY:
            self.violations.append(f"{name} without the key")
        fault = self.api_fault(name, n)
        if fault == "429":
            return web.json_response(
                {"code": "too_many_requests", "message": "slow"},
                status=429,
                headers={"Retry-After": "7"},
            )
        if fault is not None and fault.isdigit():
            return web.json_response(
                {"code": "internal_server_error", "message": "broken"}, status=int(fault)
            )
        response: web.StreamResponse = await handler(request)
        if fault == "lost":
            assert request.transport is not None
            request.transport.abort()
        return response

    async def create(self, request: web.Request) -> web.Response:
        asked = await request.json()
        self.on_create(asked)
        now = self.clock.time()
        upload = Upload(
            uuid.uuid4().hex[:24],
            uuid.uuid4().hex[:24],
            asked["total_size"],
            self.chunk_size,
            now + self.session_life,
        )
        self.uploads[upload.upload_id] = upload
        made = {
            "upload_id": upload.upload_id,
            "asset_id": upload.asset_id,
            "chunk_size": upload.chunk_size,
            "total_chunks": upload.total,
            "expires_at": rfc3339(upload.expires),
            "upload_headers": self.upload_headers,
            "upload_urls": [
                self.given(self._issue(upload, index))
                for index in range(1, min(self.initial_urls, upload.total) + 1)
            ],
        }
        return web.json_response(self.created(made), status=201)

    async def list(self, request: web.Request) -> web.Response:
        rows = [
            {
                "upload_id": upload.upload_id,
                "status": upload.status,
                "chunk_size": upload.chunk_size if self.cut is None else self.cut,
                "total_chunks": upload.total,
                "total_size": upload.total_size,
            }
            for upload in self.uploads.values()
            if upload.status == "active"
        ]
        return web.json_response(self._page(request, "data", rows))

    async def status(self, request: web.Request) -> web.Response:
        upload = self._upload(request)
        rows = [
            {"index": index, "status": "completed" if index in upload.reported else "pending"}
            for index in range(1, upload.total + 1)
        ]
        return web.json_response(
            {
                "upload_id": upload.upload_id,
                "status": upload.status,
                "total_size": upload.total_size,
                "chunks_completed": len(upload.reported),
                "chunks_failed": 0,
                "chunks_pending": upload.total - len(upload.reported),
                **self._page(request, "uploaded_chunks", self.listed(rows)),
            }
        )

    async def urls(self, request: web.Request) -> web.Response:
        upload = self._active(request)
        asked = await request.json()
        start, count = asked["start"], asked["count"]
        self.url_requests.append((start, count))
        if not (1 <= count <= 50 and start >= 1 and start + count - 1 <= upload.total):
            self.violations.append(f"asked for addresses {start}, {count}")
        return web.json_response(
            {
                "upload_id": upload.upload_id,
                "start_index": start,
                "count": count,
                "generated_at": rfc3339(self.clock.time()),
                "upload_urls": [
                    self.given(self._issue(upload, index)) for index in range(start, start + count)
                ],
            }
        )

    async def report(self, request: web.Request) -> web.Response:
        upload = self._active(request)
        chunks = (await request.json())["completed_chunks"]
        self.reports.append([chunk["chunk_index"] for chunk in chunks])
        self.on_report()
        if not 1 <= len(chunks) <= 50:
            self.violations.append(f"a report of {len(chunks)} chunks")
        duplicates = 0
        for chunk in chunks:
            index = chunk["chunk_index"]
            if self._is_wrong(upload, chunk):
                if not self.expects_wrong_proofs:
                    self.violations.append(f"a wrong proof for chunk {index}")
                return web.json_response({"code": "parameter_invalid", "message": "x"}, status=400)
            duplicates += index in upload.reported
            upload.reported[index] = chunk["proof"]
        answer: dict[str, Any] = {
            "asset_id": upload.asset_id,
            "processed_chunks": len(chunks) - duplicates,
            "duplicate_chunks": duplicates,
        }
        if self.totals_told:
            answer["total_completed"] = len(upload.reported)
        if self.completes and len(upload.reported) == upload.total:
            upload.status = "completed"
            self.assets[upload.asset_id] = self._content(upload)
            answer["url"] = f"https://cdn.example/{upload.asset_id}?token=sign-ed"
        return web.json_response(self.reported(answer))

    def _is_wrong(self, upload: Upload, chunk: dict[str, Any]) -> bool:
        part = upload.parts.get(chunk["chunk_index"])
        return (
            part is None
            or hashlib.md5(part).hexdigest() != chunk["proof"]
            or len(part) != chunk["chunk_size"]
        )

    def _content(self, upload: Upload) -> bytes:
        return b"".join(upload.parts[index] for index in range(1, upload.total + 1))

    async def asset(self, request: web.Request) -> web.Response:
        id_ = request.match_info["id"]
        if id_ not in self.assets:
            return web.json_response({"code": "resource_not_exists", "message": "?"}, status=404)
        return web.json_response(
            {"_id": id_, "status": "processing", "url": f"https://cdn.example/{id_}?token=again"}
        )

    def _page(self, request: web.Request, name: str, rows: Sequence[Any]) -> dict[str, Any]:
        page = int(request.query.get("page", "1"))
        limit = int(request.query.get("page_limit", "10"))
        if limit > 50:
            self.violations.append(f"page_limit={limit}")
        return {
            name: rows[(page - 1) * limit : page * limit],
            "page_info": {
                "page": page,
                "limit_per_page": limit,
                "total_page": max(1, -(-len(rows) // limit)),
                "total_results": len(rows),
            },
        }

    def _upload(self, request: web.Request) -> Upload:
        upload = self.uploads.get(request.match_info["id"])
        if upload is None:
            raise web.HTTPNotFound(
                text=json.dumps({"code": "not_found", "message": "Upload not found"}),
                content_type="application/json",
            )
        if upload.status == "active" and self.clock.time() >= upload.expires:
            upload.status = "expired"
        return upload

    def _active(self, request: web.Request) -> Upload:
        upload = self._upload(request)
        if upload.status in ("expired", "failed"):
            raise web.HTTPBadRequest(
                text=json.dumps({"code": "parameter_invalid", "message": "session expired"}),
                content_type="application/json",
            )
        return upload

    def _issue(self, upload: Upload, index: int) -> dict[str, Any]:
        secret = uuid.uuid4().hex
        path = (
            f"/bucket/{upload.upload_id}/part%20{index}"
            f"?X-Amz-Credential=AK%2F2026%2Fs3~&partNumber={index}&X-Amz-Signature={secret}"
        )
        expires = self.clock.time() + self.url_life
        self.issued[path] = (upload.upload_id, index, expires)
        self.secrets.append(secret)
        return {
            "chunk_index": index,
            "url": self.storage_url + path,
            "expires_at": rfc3339(expires),
        }

    # Storage

    async def put(self, request: web.Request) -> web.StreamResponse:
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        transport = request.transport
        assert transport is not None
        self._taking.add(transport)
        try:
            return await self._put(request)
        finally:
            self.under_way -= 1
            self._taking.remove(transport)

    async def _put(self, request: web.Request) -> web.StreamResponse:
        raw = request.raw_path
        if request.method != "PUT" or raw not in self.issued:
            self.violations.append(f"{request.method} of an unknown address")
            return self._refuse(403, "SignatureDoesNotMatch", raw)
        upload_id, index, expires = self.issued[raw]
        upload = self.uploads[upload_id]
        attempt = self._attempts[upload_id, index]
        self._attempts[upload_id, index] += 1
        put = Put(index, attempt, dict(request.headers))
        self.puts.append(put)
        self._check(request, put, upload, raw)
        self.used.add(raw)
        self.on_put(put)
        if self.clock.time() >= expires:
            return self._refuse(403, "AccessDenied", raw)
        fault = self.put_fault(put)
        transport = request.transport
        assert transport is not None
        if fault == "expired403":
            return self._refuse(403, "AccessDenied", raw)
        if fault == "expired400":
            return self._refuse(400, "AuthorizationQueryParametersError", raw)
        if fault == "redirect":
            return web.Response(status=307, headers={"Location": f"https://other.example{raw}"})
        if fault == "reset":
            # With TLS a sender counts a piece when all of it is sent: let some be.
            await request.content.readexactly(min((request.content_length or 0) // 2, 8 << 20))
            transport.abort()
            return web.Response()
        if fault == "stall":
            transport.pause_reading()
            await self.held.wait()
            transport.abort()
            return web.Response()
        if fault == "hold":
            await self.held.wait()
        if fault == "early":
            return web.Response(headers={"ETag": '"deadbeef"'})
        body = await request.read()
        if self.delay:
            await asyncio.sleep(self.delay)
        if fault in ("503", "500", "404"):
            return self._refuse(int(fault), "SlowDown" if fault == "503" else "Other", raw)
        digest = request.headers.get("Content-MD5")
        if digest is not None:
            import base64

            if base64.b64decode(digest) != hashlib.md5(body).digest():
                return self._refuse(400, "BadDigest", raw)
        if fault == "corrupt":
            body = b"\0" + body[1:]
        upload.parts[index] = body
        put.stored = True
        if fault == "lost":
            transport.abort()
            return web.Response()
        if fault == "no_etag":
            return web.Response()
        if fault == "long_etag":
            return web.Response(headers={"ETag": "x" * 5000})
        if fault == "wrong_etag":
            return web.Response(headers={"ETag": '"of a proxy"'})
        etag = hashlib.md5(body).hexdigest()
        return web.Response(headers={"ETag": f'"{etag}"'})

    def _check(self, request: web.Request, put: Put, upload: Upload, raw: str) -> None:
        if raw in self.used:
            self.violations.append(f"the URL of chunk {put.index} was used twice")
        if "x-api-key" in request.headers or KEY in str(request.headers):
            self.violations.append("the key went to storage")
        for name, value in self.upload_headers.items():
            if name not in self.unsent_headers and request.headers.get(name) != value:
                self.violations.append(f"{name} was {request.headers.get(name)!r}")
        known = {"host", "accept", "content-length", "content-md5", "connection"}
        other = {name.lower() for name in request.headers} - known
        if other - {name.lower() for name in self.upload_headers}:
            self.violations.append(f"unasked headers: {other}")
        start = (put.index - 1) * upload.chunk_size
        length = min(upload.chunk_size, upload.total_size - start)
        if request.content_length != length:
            self.violations.append(f"chunk {put.index} had {request.content_length} bytes")

    def _refuse(self, status: int, code: str, raw: str) -> web.Response:
        return web.Response(
            status=status, text=XML.format(code, "no", raw), content_type="application/xml"
        )


def fails_from(index: int) -> Callable[[Put], str | None]:
    """A `put_fault`: storage refuses this chunk and all after it."""
    return lambda put: "404" if put.index >= index else None


def reached(stub: Stub, puts: int) -> asyncio.Event:
    """Set as soon as so many chunks have arrived."""
    event = asyncio.Event()

    def look(put: Put) -> None:
        if len(stub.puts) >= puts:
            event.set()

    stub.on_put = look
    return event

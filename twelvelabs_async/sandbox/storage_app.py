"""The storage's origin: chunks come in by presigned URLs; pictures and streams go out."""

from __future__ import annotations

import asyncio
import base64
import binascii
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from xml.sax.saxutils import escape

from aiohttp import web

from .chunk_files import ChunkFiles
from .context import CONTEXT, SandboxContext
from .errors import clean, not_written
from .faults import apply_fault
from .media.measure.probe import MediaError
from .recorder import Record
from .records import Upload

__all__ = ["storage_app"]

_RECORD = web.RequestKey("record", Record)
_USED = web.AppKey("used", set[str])
_CHUNKS = web.AppKey("chunks", ChunkFiles)
_SEGMENT = re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]++\.[A-Za-z0-9]++", re.ASCII)
_TYPES = {
    ".m3u8": "application/vnd.apple.mpegurl",
    ".ts": "video/mp2t",
    ".m4s": "video/iso.segment",
    ".mp4": "video/mp4",
}
_log = logging.getLogger(__name__)
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class _StorageError(Exception):
    """A refusal in S3's words."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def storage_app(sandbox: SandboxContext) -> web.Application:
    """The application behind the presigned URLs."""
    app = web.Application(middlewares=[_middleware])
    app[CONTEXT] = sandbox
    app[_USED] = set()
    app[_CHUNKS] = ChunkFiles(sandbox.blobs, sandbox.persist)
    app.on_response_prepare.append(sandbox.date)
    app.router.add_put("/uploads/{asset_id}/{number}", _put)
    app.router.add_get("/thumbnails/{key}/{at}.jpg", _thumbnail)
    app.router.add_get("/pages/{key}.jpg", _page)
    app.router.add_get("/files/{key}", _file)
    app.router.add_get("/streams/{key}/{name}", _stream)
    return app


@web.middleware
async def _middleware(request: web.Request, handler: _Handler) -> web.StreamResponse:
    sandbox = request.app[CONTEXT]
    record = request[_RECORD] = sandbox.requests.begin(
        request, "storage", request.path, sandbox.clock.now(), sandbox.ids.uuid()
    )

    async def answer(request: web.Request) -> web.StreamResponse:
        response = await _answer(request, handler, record)
        response.headers["x-amz-request-id"] = record.request_id
        record.status = response.status
        return response

    task = asyncio.current_task()
    sandbox.calls.add(task)
    try:
        refused = sandbox.hosts.refusal(request)
        if refused is not None:
            status, message = refused
            code = "AccessDenied" if status == 403 else "InvalidRequest"
            return _error_document(_StorageError(status, code, message), record)
        fault = sandbox.faults.match("storage", request.method, record.path)
        if fault is not None:
            record.fault = fault.id
            answered = await apply_fault(fault, request, answer)
            record.status = answered.status if fault.end == "reply" else 0
            return answered
        return await answer(request)
    finally:
        sandbox.calls.discard(task)
        sandbox.requests.end(record, request)


async def _answer(request: web.Request, handler: _Handler, record: Record) -> web.StreamResponse:
    sandbox = request.app[CONTEXT]
    try:
        await sandbox.persist_earlier()
        response = await handler(request)
        await sandbox.persist()
        return response
    except _StorageError as error:
        refused = error
    except MediaError as error:
        refused = _StorageError(404, "NoSuchKey", error.message)
    except web.RequestPayloadError:
        refused = _StorageError(400, "InvalidRequest", "The body cannot be decoded.")
    except ConnectionError:
        raise
    except OSError as error:
        _log.error("%s %s: %s", request.method, record.path, error)
        refused = _StorageError(500, "InternalError", not_written(error).message)
    except web.HTTPException as error:
        refused = _StorageError(error.status, "MethodNotAllowed", error.reason)
        if error.status == 404:
            refused.code = "NoSuchKey"
    except Exception:  # a fault of the sandbox's own: its client gets a 500, as from S3
        _log.exception("%s %s", request.method, record.path)
        refused = _StorageError(500, "InternalError", "We encountered an internal error.")
    with suppress(OSError):  # the next call writes it
        await sandbox.persist()  # a refused call has changed something, too
    return _error_document(refused, record)


def _error_document(refused: _StorageError, record: Record) -> web.Response:
    record.status = refused.status
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{refused.code}</Code><Message>{escape(clean(refused.message))}</Message>"
        f"<RequestId>{record.request_id}</RequestId></Error>"
    )
    return web.Response(text=text, status=refused.status, content_type="application/xml")


def _check(request: web.Request) -> None:
    wrong = request.app[CONTEXT].signer.check(
        request.method, request.path, request.query, request.headers
    )
    if wrong is not None:
        raise _StorageError(403, *wrong)


async def _put(request: web.Request) -> web.Response:
    sandbox = request.app[CONTEXT]
    _check(request)
    upload = sandbox.repository.uploads.get(request.query.get("uploadId", ""))
    if upload is None or upload.status(sandbox.clock.now()) == "expired":
        raise _StorageError(404, "NoSuchUpload", "The specified upload does not exist.")
    number = int(request.query["partNumber"])
    wanted = _content_md5(request)
    length = request.content_length
    if length is None:
        raise _StorageError(
            411, "MissingContentLength", "You must provide the Content-Length header."
        )
    if length != upload.size_of(number):
        code = "EntityTooLarge" if length > upload.size_of(number) else "EntityTooSmall"
        raise _StorageError(400, code, f"The chunk must have {upload.size_of(number)} bytes.")
    signature = request.query["X-Amz-Signature"]
    used = request.app[_USED]
    if signature in used and not sandbox.settings.reuse_urls:
        raise _StorageError(403, "AccessDenied", "The URL has been used.")
    used.add(signature)
    etag = await _receive(request, sandbox, upload, number, wanted)
    return web.Response(headers={"ETag": f'"{etag}"'})


def _content_md5(request: web.Request) -> bytes | None:
    given = request.headers.get("Content-MD5")
    if given is None:
        return None
    try:
        digest = base64.b64decode(given, validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if len(digest) != 16:
        raise _StorageError(400, "InvalidDigest", "The Content-MD5 you specified is not valid.")
    return digest


async def _receive(
    request: web.Request, sandbox: SandboxContext, upload: Upload, number: int, wanted: bytes | None
) -> str:
    """Store a chunk and return its MD5."""

    async def pieces() -> AsyncIterator[bytes]:
        while piece := await request.content.readany():
            yield piece

    try:
        etag = await request.app[_CHUNKS].receive(upload, number, pieces(), wanted)
    except ValueError as error:
        raise _StorageError(
            400, "BadDigest", "The Content-MD5 you specified did not match."
        ) from error
    return etag


async def _thumbnail(request: web.Request) -> web.Response:
    _check(request)
    sandbox = request.app[CONTEXT]
    key = _stored(sandbox, request.match_info["key"])
    picture = await sandbox.jobs.picture(key, float(request.match_info["at"]))
    return web.Response(body=picture, content_type="image/jpeg")


async def _page(request: web.Request) -> web.Response:
    _check(request)
    sandbox = request.app[CONTEXT]
    picture = await sandbox.jobs.page(_stored(sandbox, request.match_info["key"]))
    return web.Response(body=picture, content_type="image/jpeg")


async def _file(request: web.Request) -> web.StreamResponse:
    _check(request)
    sandbox = request.app[CONTEXT]
    return web.FileResponse(sandbox.blobs.path(_stored(sandbox, request.match_info["key"])))


async def _stream(request: web.Request) -> web.StreamResponse:
    sandbox = request.app[CONTEXT]
    key, name = _stored(sandbox, request.match_info["key"]), request.match_info["name"]
    if not _SEGMENT.fullmatch(name):
        raise web.HTTPNotFound
    folder = await sandbox.jobs.stream(key)
    if name == "playlist.m3u8":
        name = await sandbox.blobs.disk((folder / "playlist").read_text)
    path = folder / name
    if not await sandbox.blobs.disk(path.is_file):
        raise web.HTTPNotFound
    return web.FileResponse(path, headers={"Content-Type": _TYPES.get(path.suffix, "video/mp4")})


def _stored(sandbox: SandboxContext, key: str) -> str:
    if key not in sandbox.repository.users:
        raise _StorageError(404, "NoSuchKey", "The specified key does not exist.")
    return key

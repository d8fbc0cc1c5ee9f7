"""The storage's origin: chunks come in by presigned URLs; pictures and streams go out."""

from __future__ import annotations

import base64
import binascii
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from xml.sax.saxutils import escape

from aiohttp import web

from .chunk_files import ChunkFiles
from .faults import strike
from .media.probe import MediaError
from .recorder import Record
from .refusals import clean
from .state import Upload
from .world import WORLD, World

__all__ = ["storage_app"]

_RECORD = web.RequestKey("record", Record)
_USED = web.AppKey("used", set[str])
_CHUNKS = web.AppKey("chunks", ChunkFiles)
_SEGMENT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9]+", re.ASCII)
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


def storage_app(world: World) -> web.Application:
    """The application behind the presigned URLs."""
    app = web.Application(middlewares=[_middleware])
    app[WORLD] = world
    app[_USED] = set()
    app[_CHUNKS] = ChunkFiles(world.work, world.clock.now)
    app.on_response_prepare.append(world.date)
    app.router.add_put("/uploads/{asset_id}/{number}", _put)
    app.router.add_get("/thumbnails/{key}/{at}.jpg", _thumbnail)
    app.router.add_get("/files/{key}", _file)
    app.router.add_get("/streams/{key}/{name}", _stream)
    return app


@web.middleware
async def _middleware(request: web.Request, handler: _Handler) -> web.StreamResponse:
    world = request.app[WORLD]
    record = request[_RECORD] = world.requests.begin(
        request, "storage", request.path, world.clock.now(), world.ids.uuid()
    )

    async def answer(request: web.Request) -> web.StreamResponse:
        response = await _answer(request, handler, record)
        response.headers["x-amz-request-id"] = record.request_id
        record.status = response.status
        return response

    fault = world.faults.match("storage", request.method, record.path)
    try:
        if fault is not None:
            answered = await strike(fault, request, answer)
            record.status = answered.status if fault.end == "reply" else 0
            return answered
        return await answer(request)
    finally:
        if record.status is None:
            record.status = 0


async def _answer(request: web.Request, handler: _Handler, record: Record) -> web.StreamResponse:
    try:
        return await handler(request)
    except _StorageError as error:
        refused = error
    except MediaError as error:
        refused = _StorageError(404, "NoSuchKey", error.message)
    except web.RequestPayloadError:
        refused = _StorageError(400, "InvalidRequest", "The body cannot be decoded.")
    except ConnectionError:
        raise
    except web.HTTPException as error:
        refused = _StorageError(error.status, "MethodNotAllowed", error.reason)
        if error.status == 404:
            refused.code = "NoSuchKey"
    except Exception:
        _log.exception("%s %s", request.method, record.path)
        refused = _StorageError(500, "InternalError", "We encountered an internal error.")
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{refused.code}</Code><Message>{escape(clean(refused.message))}</Message>"
        f"<RequestId>{record.request_id}</RequestId></Error>"
    )
    return web.Response(text=text, status=refused.status, content_type="application/xml")


def _check(request: web.Request) -> None:
    wrong = request.app[WORLD].signer.check(
        request.method, request.path, request.query, request.headers
    )
    if wrong is not None:
        raise _StorageError(403, *wrong)


async def _put(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    _check(request)
    upload = world.state.uploads.get(request.query.get("uploadId", ""))
    if upload is None or upload.status(world.clock.now()) == "expired":
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
    if signature in used and not world.settings.reuse_urls:
        raise _StorageError(403, "AccessDenied", "The URL has been used.")
    used.add(signature)
    etag = await _receive(request, world, upload, number, wanted)
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
    request: web.Request, world: World, upload: Upload, number: int, wanted: bytes | None
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
    world.dirty = True
    return etag


async def _thumbnail(request: web.Request) -> web.Response:
    _check(request)
    world = request.app[WORLD]
    key = _stored(world, request.match_info["key"])
    picture = await world.work.picture(key, float(request.match_info["at"]))
    return web.Response(body=picture, content_type="image/jpeg")


async def _file(request: web.Request) -> web.StreamResponse:
    _check(request)
    world = request.app[WORLD]
    return web.FileResponse(world.work.path(_stored(world, request.match_info["key"])))


async def _stream(request: web.Request) -> web.StreamResponse:
    world = request.app[WORLD]
    key, name = _stored(world, request.match_info["key"]), request.match_info["name"]
    if not _SEGMENT.fullmatch(name):
        raise web.HTTPNotFound
    folder = await world.work.stream(key)
    if name == "playlist.m3u8":
        name = await world.work.disk((folder / "playlist").read_text)
    path = folder / name
    if not await world.work.disk(path.is_file):
        raise web.HTTPNotFound
    return web.FileResponse(path, headers={"Content-Type": _TYPES.get(path.suffix, "video/mp4")})


def _stored(world: World, key: str) -> str:
    if key not in world.state.users:
        raise _StorageError(404, "NoSuchKey", "The specified key does not exist.")
    return key

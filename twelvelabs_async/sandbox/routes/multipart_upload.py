"""``/assets/multipart-uploads``: large files in chunks that go to the storage."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from aiohttp import web

from .. import paging
from ..checks import array, boolean, integer, needed, obj, one_of, optional, text
from ..clock import timestamp
from ..errors import ApiError, invalid
from ..links import file_url
from ..records import Asset, Upload
from ..request import RequestContext
from ..routing import Routes
from ..user_metadata import replaced, user_metadata
from .assets import begin_asset, media_type, wants_preview

__all__ = ["routes"]

routes: Routes = Routes()

_KINDS = ("video", "audio", "image")
_PROOF = {
    "chunk_index": needed(integer()),
    "proof": needed(text(1, 1024)),
    "proof_type": optional(one_of("etag"), "etag"),
    "chunk_size": needed(integer()),
}


@routes(
    "POST",
    "/assets/multipart-uploads",
    json={
        "filename": needed(text(1, 255)),
        "type": optional(one_of(*_KINDS), "video"),
        "total_size": needed(integer(1)),
        "enable_hls": optional(boolean),
        "enable_thumbnail": optional(boolean),
        "user_metadata": optional(user_metadata),
    },
)
async def create(ctx: RequestContext) -> web.Response:
    """Begin an upload."""
    sandbox, body, now = ctx.sandbox, ctx.body, ctx.now
    settings = sandbox.settings
    kind, total = body["type"], body["total_size"]
    if kind not in settings.rules.upload_kinds:
        raise invalid("type", f"It must be one of: {', '.join(settings.rules.upload_kinds)}.")
    if total > settings.largest(kind):
        raise invalid("total_size", f"It must be at most {settings.largest(kind)}.")
    upload = Upload(
        id=sandbox.ids.new(),
        asset_id=sandbox.ids.new(),
        filename=body["filename"],
        kind=kind,
        total_size=total,
        chunk_size=settings.chunks_of(total),
        created_at=now,
        updated_at=now,
        expires_at=now + settings.session_life,
        user_metadata=replaced(body["user_metadata"] or {}),
        hls=wants_preview(ctx, "enable_hls"),
        thumbnail=wants_preview(ctx, "enable_thumbnail"),
    )
    sandbox.repository.add_upload(upload)
    first = min(settings.initial_urls, upload.total_chunks)
    return ctx.reply(
        {
            "upload_id": upload.id,
            "asset_id": upload.asset_id,
            "upload_urls": await _urls(ctx, upload, range(1, first + 1)),
            "upload_headers": dict(sandbox.storage.upload_headers),
            "chunk_size": upload.chunk_size,
            "total_chunks": upload.total_chunks,
            "expires_at": timestamp(upload.expires_at),
        },
        201,
    )


async def _urls(
    ctx: RequestContext, upload: Upload, numbers: Sequence[int]
) -> list[dict[str, Any]]:
    """A presigned URL for each of these chunks, as the API shows it."""
    sandbox, life = ctx.sandbox, ctx.sandbox.settings.url_life
    return [
        {
            "chunk_index": number,
            "url": await sandbox.storage.url(upload, number, life),
            "expires_at": timestamp(ctx.now + life),
        }
        for number in numbers
    ]


@routes("GET", "/assets/multipart-uploads", query=paging.PAGES)
async def list_incomplete(ctx: RequestContext) -> web.Response:
    """A page of uploads that are not complete, newest first."""

    def show(upload: Upload) -> dict[str, Any]:
        return {
            "upload_id": upload.id,
            "status": upload.status(ctx.now),
            "total_size": upload.total_size,
            "chunk_size": upload.chunk_size,
            "total_chunks": upload.total_chunks,
            "created_at": timestamp(upload.created_at),
            "expires_at": timestamp(upload.expires_at),
        }

    return await paging.page(
        ctx, ctx.sandbox.repository.uploads.values(), show, keep=lambda upload: not upload.completed
    )


def _upload(ctx: RequestContext) -> Upload:
    uploads = ctx.sandbox.repository.uploads
    identifier = ctx.part("upload_id")
    if identifier not in uploads:
        raise ApiError("resource_not_exist", "Upload not found", 404)
    return uploads[identifier]


def _active(ctx: RequestContext, upload: Upload) -> None:
    if upload.status(ctx.now) == "expired":
        status, code = ctx.sandbox.settings.expired_session
        raise ApiError(code, f"Upload {upload.id} has expired.", status)


@routes(
    "POST",
    "/assets/multipart-uploads/{upload_id}/presigned-urls",
    json={"start": needed(integer(1)), "count": needed(integer(1, 50))},
    unknown_id=404,
)
async def presign(ctx: RequestContext) -> web.Response:
    """More URLs, or fresh ones."""
    upload = _upload(ctx)
    _active(ctx, upload)
    start, count = ctx.body["start"], ctx.body["count"]
    if start > upload.total_chunks:
        raise invalid("start", f"The upload has {upload.total_chunks} chunks.")
    last = min(start + count - 1, upload.total_chunks)
    urls = await _urls(ctx, upload, range(start, last + 1))
    return ctx.reply(
        {
            "upload_id": upload.id,
            "start_index": start,
            "count": len(urls),
            "upload_urls": urls,
            "generated_at": timestamp(ctx.now),
            "expires_at": timestamp(ctx.now + ctx.sandbox.settings.url_life),
        }
    )


@routes(
    "POST",
    "/assets/multipart-uploads/{upload_id}",
    json={"completed_chunks": needed(array(obj(_PROOF), 1, 50))},
    unknown_id=404,
)
async def report(ctx: RequestContext) -> web.Response:
    """Take note of chunks that were stored; the last ones make the asset."""
    upload, now = _upload(ctx), ctx.now
    if not upload.completed:
        _active(ctx, upload)
    chunks: list[dict[str, Any]] = ctx.body["completed_chunks"]
    numbers = [proof["chunk_index"] for proof in chunks]
    etags = upload.etags if upload.completed else await ctx.sandbox.storage.etags(upload, numbers)
    for proof in chunks:
        _verify(ctx, upload, proof, etags.get(proof["chunk_index"]))
    fresh = 0
    for number in numbers:
        chunk = upload.chunk(number)
        if chunk.reported_at is None:
            chunk.etag, chunk.reported_at = etags[number], now
            fresh += 1
    upload.reported += fresh
    upload.updated_at = now
    answer: dict[str, Any] = {
        "asset_id": upload.asset_id,
        "processed_chunks": fresh,
        "duplicate_chunks": len(chunks) - fresh,
        "total_completed": upload.reported,
    }
    if upload.reported == upload.total_chunks:
        key = _content_key(upload)
        async with ctx.sandbox.assembling:
            if not upload.completed:
                await _finish(ctx, upload, key)
        answer["url"] = file_url(ctx.sandbox, key)
    return ctx.reply(answer)


def _verify(ctx: RequestContext, upload: Upload, proof: dict[str, Any], etag: str | None) -> None:
    number = proof["chunk_index"]
    wrong = ""
    if not 1 <= number <= upload.total_chunks:
        wrong = f"The upload has no chunk {number}."
    elif etag is None:
        wrong = f"Chunk {number} was not stored."
    elif proof["proof"].strip('"') != etag:
        wrong = f"The proof of chunk {number} is not its ETag."
    elif proof["chunk_size"] != upload.size_of(number):
        wrong = f"Chunk {number} has {upload.size_of(number)} bytes."
    if wrong:
        status, code = ctx.sandbox.settings.bad_chunk
        raise ApiError(code, f"The completed_chunks parameter is invalid. {wrong}", status)


def _content_key(upload: Upload) -> str:
    """A name for the content made of its chunks' digests: the file itself is not read again."""
    digest = hashlib.sha256(str(upload.chunk_size).encode())
    for number in range(1, upload.total_chunks + 1):
        digest.update((upload.chunks[number].etag or "").encode())
    return f"m{digest.hexdigest()[:39]}"


async def _finish(ctx: RequestContext, upload: Upload, key: str) -> None:
    sandbox, now, whole = ctx.sandbox, ctx.now, ctx.sandbox.blobs.scratch()
    try:
        await sandbox.storage.assemble(upload, whole)
        await ctx.keep(whole, key)
    finally:
        await sandbox.blobs.disk(whole.unlink, True)
    upload.completed = True
    sandbox.forget_file(sandbox.blobs.part(upload.id))
    begin_asset(
        sandbox,
        Asset(
            id=upload.asset_id,
            method="multipart",
            filename=upload.filename,
            file_type=media_type(upload.filename, upload.kind),
            kind=upload.kind,
            size=upload.total_size,
            key=key,
            created_at=now,
            updated_at=now,
            user_metadata=upload.user_metadata,
            hls=upload.hls,
            thumbnail=upload.thumbnail,
        ),
    )


@routes("GET", "/assets/multipart-uploads/{upload_id}", query=paging.PAGES, unknown_id=404)
async def status(ctx: RequestContext) -> web.Response:
    """How far an upload is, with a page of its chunks."""
    upload = _upload(ctx)
    page, limit = ctx.query["page"], ctx.query["page_limit"]
    total = upload.total_chunks
    start = min((page - 1) * limit, total)
    numbers = range(start + 1, min(start + limit, total) + 1)
    reported = [number for number, chunk in upload.chunks.items() if chunk.reported_at is not None]
    return ctx.reply(
        {
            "upload_id": upload.id,
            "asset_id": upload.asset_id,
            "status": upload.status(ctx.now),
            "uploaded_chunks": [_show_chunk(upload, number) for number in numbers],
            "chunks_completed": upload.reported,
            "chunks_failed": 0,
            "chunks_pending": total - upload.reported,
            "total_size": upload.total_size,
            "uploaded_size": sum(upload.size_of(number) for number in reported),
            "created_at": timestamp(upload.created_at),
            "updated_at": timestamp(upload.updated_at),
            "page_info": {
                "page": page,
                "limit_per_page": limit,
                "total_page": -(-total // limit),
                "total_results": total,
            },
        }
    )


def _show_chunk(upload: Upload, number: int) -> dict[str, Any]:
    chunk = upload.chunks.get(number)
    if chunk is None or chunk.reported_at is None:
        return {"index": number, "status": "pending"}
    moment = timestamp(chunk.reported_at)
    return {"index": number, "status": "completed", "uploaded_at": moment, "updated_at": moment}

"""``/assets``: files that later calls refer to."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from ...._media_types import media_type as type_of_name
from ... import paging
from ...checks import array, boolean, needed, one_of, optional, text, web_url
from ...clock import timestamp
from ...context import SandboxContext
from ...errors import ApiError, missing
from ...fetch import Fetch, begin_fetch, filename_of
from ...links import file_url, page_url, picture_url, stream_url
from ...media.measure.probe import MediaError, MediaInfo
from ...media.measure.render import is_streamable
from ...records import Asset, Entity, Phases, Video, kind_of, phases_of
from ...request import RequestContext, metadata_of
from ...routing import Routes
from ...user_metadata import replaced
from ..knowledge_store_items import release_items

__all__ = ["TYPES", "begin_asset", "media_type", "routes", "show", "wants_preview"]

routes: Routes = Routes()

TYPES = {"video": "video/mp4", "audio": "audio/mpeg", "image": "image/jpeg"}
"""The MIME type of each kind of file whose name does not say more."""
_KINDS = (*TYPES, "document")


def media_type(filename: str, kind: str = "", content_type: str = "") -> str:
    """The MIME type of a file by its name, its declared type or its kind, whichever says it."""
    # Clients declare any part of a form as plain text, so that only a name makes it a document.
    declared = "" if content_type.startswith("text/") else content_type
    for guess in (declared, type_of_name(filename) or ""):
        if kind_of(guess.split(";")[0].strip()) in ([kind] if kind else _KINDS):
            return guess.split(";")[0].strip()
    return TYPES.get(kind, "application/octet-stream")


@routes(
    "POST",
    "/assets",
    form={
        "method": needed(one_of("direct", "url")),
        "url": optional(web_url),
        "filename": optional(text(1, 255)),
        "enable_hls": optional(boolean),
        "enable_thumbnail": optional(boolean),
        "user_metadata": optional(text()),
    },
    files=("file",),
    category="upload",
)
async def create(ctx: RequestContext) -> web.Response:
    """Upload a file, or have it fetched from a URL."""
    body, file, sandbox = ctx.body, ctx.file("file"), ctx.sandbox
    now = ctx.now
    asset = Asset(
        id=sandbox.ids.new(),
        method=body["method"],
        filename=body["filename"] or "",
        file_type="",
        created_at=now,
        updated_at=now,
        phases=_phases(sandbox, now),
        user_metadata=replaced(metadata_of(body["user_metadata"])),
        hls=wants_preview(ctx, "enable_hls"),
        thumbnail=wants_preview(ctx, "enable_thumbnail"),
    )
    if body["method"] == "url":
        if body["url"] is None:
            raise missing("url")
        asset.url = body["url"]
        asset.filename = asset.filename or filename_of(body["url"])[:255]
        asset.file_type = media_type(asset.filename)
        _refuse_documents(sandbox, asset.file_type)
        fetch = await begin_fetch(sandbox, body["url"], "url")
        sandbox.repository.add(asset)
        sandbox.jobs.fetch(_import(sandbox, asset, fetch), asset)
    else:
        if file is None:
            raise missing("file")
        asset.filename = asset.filename or file.filename[:255]
        asset.file_type = media_type(asset.filename, "", file.content_type)
        _refuse_size(ctx, asset.file_type, file.size)
        _refuse_documents(sandbox, asset.file_type)
        await ctx.keep(file.path, file.key)
        asset.key, asset.size = file.key, file.size
        if not sandbox.settings.rules.asynchronous_uploads:
            # Not for its figures: a file that cannot be read is refused here.
            await sandbox.jobs.info(file.key)
        begin_asset(sandbox, asset)
    await sandbox.lifecycle.settle(asset)
    return ctx.reply(show(ctx, asset), 201)


def wants_preview(ctx: RequestContext, name: str) -> bool:
    """What the request says of a stream or thumbnail, or else the era's default."""
    wanted: bool | None = ctx.body[name]
    return ctx.sandbox.settings.rules.previews if wanted is None else wanted


def _phases(sandbox: SandboxContext, start: float) -> Phases:
    if not sandbox.settings.rules.asynchronous_uploads:
        return []
    return phases_of(start, processing=sandbox.timings.asset)


def begin_asset(sandbox: SandboxContext, asset: Asset) -> None:
    """Remember an asset whose content is there, and look at it."""
    asset.phases = asset.phases or _phases(sandbox, asset.created_at)
    sandbox.repository.add(asset)
    sandbox.lifecycle.start(asset)


def _refuse_size(ctx: RequestContext, file_type: str, size: int) -> None:
    settings = ctx.sandbox.settings
    most = settings.max_image_size if file_type.startswith("image/") else settings.max_direct_size
    if size > most:
        raise ApiError("video_filesize_too_large", f"The file has more than {most} bytes.")
    if size == 0:
        raise ApiError("video_file_broken", "The file is empty.")


def _refuse_documents(sandbox: SandboxContext, file_type: str) -> None:
    if kind_of(file_type) == "document" and not sandbox.settings.rules.documents:
        raise ApiError("unsupported_file_type", "The file is not a video, sound or image.")


async def _import(sandbox: SandboxContext, asset: Asset, fetch: Fetch) -> None:
    settings = sandbox.settings
    image = asset.file_type.startswith("image/")
    limit = settings.max_image_size if image else settings.max_url_size
    try:
        fetched = await fetch.save(limit)
    except MediaError as error:
        asset.error = (error.code, error.message)
    else:
        if asset.id in sandbox.repository.assets:  # else it was deleted meanwhile
            asset.key, asset.size = fetched.key, fetched.size
            asset.file_type = media_type(asset.filename, "", fetched.content_type)
            sandbox.repository.use(asset)
            sandbox.lifecycle.start(asset)
        await sandbox.give_back(fetched.key)


def show(ctx: RequestContext, asset: Asset) -> dict[str, Any]:
    """An asset as the API shows it."""
    lifecycle = ctx.sandbox.lifecycle
    status, _ = lifecycle.status(asset)
    method = asset.method
    if method == "multipart":
        method = ctx.sandbox.settings.rules.multipart_method
    shown: dict[str, Any] = {
        "_id": asset.id,
        "method": method,
        "status": status,
        "filename": asset.filename,
        "file_type": asset.file_type,
        "created_at": timestamp(asset.created_at),
        "user_metadata": asset.user_metadata,
    }
    if asset.source_id is not None:
        shown["source"] = _source(ctx, asset, asset.source_id)
    if status == "ready" and asset.size is not None:
        shown["size"] = asset.size
    info = lifecycle.info_of(asset)
    if status == "ready" and info is not None and asset.key is not None:
        if info.kind != "image":
            shown["duration"] = info.duration
        shown["url"] = file_url(ctx.sandbox, asset.key)
        shown["technical_metadata"] = {
            "file_size_bytes": info.size,
            "file_mime_type": asset.file_type,
            "file_container_format": info.container,
            "has_audio": info.has_audio,
            **_by_kind(info.kind, info),
            **info.details,
        }
    document = lifecycle.document_of(asset)
    if status == "ready" and document is not None and asset.key is not None:
        shown["url"] = file_url(ctx.sandbox, asset.key)
        shown["technical_metadata"] = {
            "file_size_bytes": document.size,
            "file_mime_type": asset.file_type,
            **document.details,
        }
    failure = lifecycle.failure(asset)
    if failure is not None:
        shown["error"] = {"message": failure.message}
    return {**shown, **_previews(ctx, asset, status, info)}


def _previews(
    ctx: RequestContext, asset: Asset, status: str, info: MediaInfo | None
) -> dict[str, dict[str, str]]:
    """The stream that films and sounds have, and the thumbnail of what has pictures."""
    kind = kind_of(asset.file_type) if info is None else info.kind
    streamed = info is not None and is_streamable(info.video_codec, info.audio_codec)
    shown: dict[str, dict[str, str]] = {}
    for name, wanted, seconds in (
        (
            "hls",
            asset.hls and kind not in ("image", "document"),
            ctx.sandbox.timings.stream,
        ),
        (
            "thumbnail",
            asset.thumbnail and kind != "audio" and not asset.file_type.startswith("text/"),
            ctx.sandbox.timings.thumbnail,
        ),
    ):
        if not wanted:
            continue
        if status != "ready":
            shown[name] = {"status": "error" if status == "failed" else "pending"}
        elif ctx.now < asset.due + seconds:
            shown[name] = {"status": "processing"}
        elif asset.key is None or (name == "hls" and not streamed):
            shown[name] = {"status": "error"}
        elif name == "hls":
            url = stream_url(ctx.sandbox, asset.key)
            shown[name] = {"status": "ready", "manifest_url": url}
        elif kind == "document":
            url = page_url(ctx.sandbox, asset.key)
            shown[name] = {"status": "ready", "representative_url": url}
        else:
            url = picture_url(ctx.sandbox, asset.key, 0.0)
            shown[name] = {"status": "ready", "representative_url": url}
    return shown


def _source(ctx: RequestContext, asset: Asset, source_id: str) -> dict[str, Any]:
    details = {
        "provider": "google_drive",
        "source_id": source_id,
        "original_filename": asset.filename,
    }
    if ctx.sandbox.drive is not None:
        details["source_link"] = ctx.sandbox.drive.link(source_id)
    return {"type": "connector", "details": details}


def _by_kind(kind: str, info: MediaInfo) -> dict[str, Any]:
    if kind == "image":
        return {"image_width": info.width, "image_height": info.height}
    figures: dict[str, Any] = {}
    if info.audio_codec is not None:
        figures.update(audio_codec=info.audio_codec, audio_duration_seconds=info.duration)
    if kind == "video":
        figures.update(
            video_codec=info.video_codec,
            video_width=info.width,
            video_height=info.height,
            video_fps=info.fps,
            video_duration_seconds=info.duration,
        )
    return figures


@routes(
    "GET",
    "/assets",
    query={
        **paging.PAGES,
        "asset_ids": optional(array(text(1), 1), many=True),
        "asset_types": optional(array(one_of("image", "video", "audio", "document"), 1), many=True),
        "filename": optional(text()),
    },
)
async def list_assets(ctx: RequestContext) -> web.Response:
    """A page of assets, newest first."""
    ids, kinds = ctx.query["asset_ids"], ctx.query["asset_types"]
    assets = ctx.sandbox.repository.assets
    name = ctx.query["filename"]
    if ids is not None:
        found = [assets[identifier] for identifier in dict.fromkeys(ids) if identifier in assets]
        found.sort(key=lambda asset: asset.created_at)
        return await paging.page(
            ctx, found, lambda a: show(ctx, a), keep=lambda a: _fits(a, kinds, name)
        )
    if kinds is None and name is None:
        return await paging.page(ctx, assets.values(), lambda a: show(ctx, a))
    return await paging.page(
        ctx, assets.values(), lambda a: show(ctx, a), keep=lambda a: _fits(a, kinds, name)
    )


def _fits(asset: Asset, kinds: list[str] | None, name: str | None) -> bool:
    return (kinds is None or kind_of(asset.file_type) in kinds) and (
        name is None or name.casefold() in asset.filename.casefold()
    )


@routes("GET", "/assets/{asset_id}")
async def retrieve(ctx: RequestContext) -> web.Response:
    """One asset."""
    return ctx.reply(show(ctx, await ctx.asset(ctx.part("asset_id"))))


@routes("DELETE", "/assets/{asset_id}", query={"force": optional(boolean, False)})
async def delete(ctx: RequestContext) -> web.Response:
    """Delete an asset that no index has, or any with ``force``; entities have it no more."""
    repository = ctx.sandbox.repository
    asset = ctx.find("assets", repository.assets, ctx.part("asset_id"))
    guarded = ctx.sandbox.settings.rules.guarded_assets and not ctx.query["force"]
    if guarded and repository.made_of(asset, Video):
        raise ApiError("asset_in_use", f"Asset {asset.id} is used by indexed assets.", 409)
    await release_items(ctx, asset, force=ctx.query["force"])
    for entity in repository.made_of(asset, Entity):
        entity.asset_ids.remove(asset.id)
        entity.changed()
        repository.release_assets(entity, [asset.id])
    await ctx.sandbox.forget(repository.remove(asset))
    return ctx.empty()

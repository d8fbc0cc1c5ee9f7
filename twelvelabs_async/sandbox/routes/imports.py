"""``/connections/{connection_id}/imports``: files of a drive that become assets."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from ..._media_types import media_type as type_of_name
from .. import paging
from ..checks import array, needed, obj, text
from ..clock import timestamp
from ..connector_records import DriveImport, ImportItem
from ..context import SandboxContext
from ..drive import Drive
from ..errors import ApiError, clean, invalid
from ..media.measure.probe import MediaError, probe
from ..media.measure.processes import PICTURE, run
from ..records import Asset, phases_of
from ..request import RequestContext
from ..routing import Routes
from .assets import TYPES
from .data_connectors import active, connection_of

__all__ = ["routes"]

routes: Routes = Routes()

_PATH = "/connections/{connection_id}/imports"


@routes(
    "POST",
    _PATH,
    json={"items": needed(array(obj({"source_id": needed(text(1, 4096))}), 1, 100))},
    unknown_id=404,
)
async def import_files(ctx: RequestContext) -> web.Response:
    """Begin to import files; each is accepted or rejected by itself."""
    connection_of(ctx)
    ids = [item["source_id"] for item in ctx.body["items"]]
    if len(set(ids)) < len(ids):
        raise invalid("items", "Each source_id may be given once.")
    connection, repository = active(ctx), ctx.sandbox.repository
    items = [await _import(ctx, source_id) for source_id in ids]
    made = DriveImport(
        id=ctx.sandbox.ids.new(), connection_id=connection.id, created_at=ctx.now, items=items
    )
    runs = repository.connectors.imports.get(connection.id)
    if runs is None:
        raise ApiError("connection_not_active", "The connection was deleted meanwhile.", 409)
    runs[made.id] = made
    shown = await _show_items(ctx, items)
    failures = any(item.action == "rejected" for item in items)
    return ctx.reply({"_id": made.id, "has_failures": failures, "items": shown}, 202)


def _usable(sandbox: SandboxContext, source_id: str) -> tuple[Asset | None, bool]:
    """The asset that was made of a file before, over any connection, and whether it serves."""
    assets = sandbox.repository.assets.values()
    asset = next((each for each in reversed(assets) if each.source_id == source_id), None)
    return asset, asset is not None and sandbox.lifecycle.status(asset)[0] != "failed"


async def _import(ctx: RequestContext, source_id: str) -> ImportItem:
    sandbox, lifecycle = ctx.sandbox, ctx.sandbox.lifecycle
    asset, usable = _usable(sandbox, source_id)
    refusal: tuple[str, str] | None = None
    file_type = ""
    if asset is not None:
        await lifecycle.settle(asset)
    if not usable:
        try:
            file_type = await _accepted(ctx, source_id)
        except MediaError as error:
            refusal = (error.code, clean(error.message))
    # Another import may have begun, or an asset failed, while this one looked at the file.
    asset, usable = _usable(sandbox, source_id)
    if asset is not None and usable:
        return ImportItem(source_id=source_id, action="skipped", asset_id=asset.id)
    if refusal is not None:
        return ImportItem(source_id=source_id, action="rejected", error=refusal)
    if asset is None:
        asset, action = _new(ctx, source_id, file_type), "created"
    else:
        action = "retried"
        await sandbox.forget(_begin_again(ctx, asset))
    fault = sandbox.faults.match_job("import.item", source_id)
    if fault is not None:
        lifecycle.apply_fault(asset, fault)
    if asset.error is None:
        sandbox.jobs.fetch(_copy_in(sandbox, asset), asset)
    if not sandbox.timings.asset:
        await lifecycle.finish(asset)
    await lifecycle.settle(asset)
    return ImportItem(source_id=source_id, action=action, asset_id=asset.id)


async def _accepted(ctx: RequestContext, source_id: str) -> str:
    """The type of a file that may be imported; ``MediaError`` for any other."""
    drive = _drive(ctx.sandbox)
    blobs, settings = ctx.sandbox.blobs, ctx.sandbox.settings
    path = await blobs.disk(drive.path, source_id)
    size = await blobs.disk(drive.size, source_id)
    file_type = type_of_name(source_id)
    if file_type is None:
        # The name says nothing, so the content must.
        try:
            info = await ctx.sandbox.jobs.media(run, PICTURE, probe, path)
        except (MediaError, OSError):
            file_type = ""
        else:
            file_type = TYPES[info.kind]
    limits = {
        "video": ("video_filesize_too_large", settings.max_import_video_size),
        "audio": ("audio_filesize_too_large", settings.max_import_audio_size),
        "image": ("media_filesize_too_large", settings.max_image_size),
    }
    kind = file_type.split("/")[0]
    if kind not in limits:
        raise MediaError("unsupported_media_type", "The file is not a video, sound or image.")
    code, most = limits[kind]
    if size > most:
        raise MediaError(code, f"The file has more than {most} bytes.")
    return file_type


def _drive(sandbox: SandboxContext) -> Drive:
    if sandbox.drive is None:
        raise MediaError("source_unavailable", "This sandbox has no drive: start it with one.")
    return sandbox.drive


def _new(ctx: RequestContext, source_id: str, file_type: str) -> Asset:
    now = ctx.now
    asset = Asset(
        id=ctx.sandbox.ids.new(),
        method="connector",
        filename=source_id.rpartition("/")[2][:255],
        file_type=file_type,
        source_id=source_id,
        created_at=now,
        updated_at=now,
        phases=phases_of(now, processing=ctx.sandbox.timings.asset),
    )
    ctx.sandbox.repository.add(asset)
    return asset


def _begin_again(ctx: RequestContext, asset: Asset) -> list[str]:
    """Have an asset that failed begin anew; the keys of content that nothing needs any more."""
    free = ctx.sandbox.repository.release(asset.key)
    asset.key, asset.size, asset.error = None, None, None
    asset.updated_at = ctx.now
    asset.phases = phases_of(ctx.now, processing=ctx.sandbox.timings.asset)
    return free


async def _copy_in(sandbox: SandboxContext, asset: Asset) -> None:
    target = sandbox.blobs.scratch()
    limit = sandbox.settings.max_import_video_size
    try:
        drive = _drive(sandbox)
        copied = await sandbox.blobs.disk(drive.copy, asset.source_id or "", target, limit)
    except (MediaError, OSError) as error:
        message = getattr(error, "message", "The file could not be copied.")
        asset.error = (getattr(error, "code", "source_unavailable"), message)
    else:
        key, size = copied
        await sandbox.keep(target, key)
        if sandbox.repository.assets.get(asset.id) is asset:  # else it was deleted meanwhile
            asset.key, asset.size = key, size
            sandbox.repository.use(asset)
            sandbox.lifecycle.start(asset)
        await sandbox.give_back(key)


async def _show_items(ctx: RequestContext, items: list[ImportItem]) -> list[dict[str, Any]]:
    """The items, without those whose assets were deleted."""
    assets, lifecycle = ctx.sandbox.repository.assets, ctx.sandbox.lifecycle
    shown: list[dict[str, Any]] = []
    for item in items:
        each: dict[str, Any] = {"source_id": item.source_id, "action": item.action}
        error = item.error
        if item.asset_id is not None:
            asset = assets.get(item.asset_id)
            if asset is None:
                continue
            await lifecycle.settle(asset)
            each |= {"asset_id": asset.id, "status": lifecycle.status(asset)[0]}
            failure = lifecycle.failure(asset)
            if failure is not None:
                error = (failure.code, failure.message)
        if error is not None:
            each["error"] = {"code": error[0], "message": error[1]}
        shown.append(each)
    return shown


def _show(ctx: RequestContext, made: DriveImport) -> dict[str, Any]:
    connection = connection_of(ctx)
    shown: dict[str, Any] = {
        "_id": made.id,
        "connection_id": made.connection_id,
        "provider": connection.provider,
        "item_count": len(made.items),
        "created_at": timestamp(made.created_at),
    }
    if connection.custom_id is not None:
        shown["custom_id"] = connection.custom_id
    return shown


@routes("GET", _PATH, query=paging.PAGES, unknown_id=404)
async def list_imports(ctx: RequestContext) -> web.Response:
    """A page of a connection's imports, newest first."""
    runs = ctx.sandbox.repository.connectors.imports[connection_of(ctx).id]
    return await paging.page(ctx, runs.values(), lambda made: _show(ctx, made))


@routes("GET", _PATH + "/{import_id}", unknown_id=404)
async def retrieve_import(ctx: RequestContext) -> web.Response:
    """One import: what was done with each file then, and its asset's state now."""
    runs = ctx.sandbox.repository.connectors.imports[connection_of(ctx).id]
    made = ctx.find("imports", runs, ctx.part("import_id"))
    return ctx.reply({**_show(ctx, made), "items": await _show_items(ctx, made.items)})

"""``/knowledge-stores/{knowledge_store_id}/items``: assets in a store."""

from __future__ import annotations

import contextlib
from typing import Any

from aiohttp import web

from .. import paging
from ..checks import array, needed, one_of, optional, text
from ..errors import ApiError, invalid
from ..knowledge_records import AssetType, KnowledgeStore, KnowledgeStoreItem
from ..media.measure.probe import MediaError
from ..records import Asset, kind_of, phases_of
from ..request import RequestContext, times_of
from ..routing import Routes
from ..sources import usable_asset
from ..store_checks import ITEM_METADATA, check_values
from .knowledge_stores import store_of

__all__ = ["item_of", "release_items", "routes", "show"]

routes: Routes = Routes()

_STATES = ("queued", "pending", "processing", "ready", "failed")
_ITEMS = "/knowledge-stores/{knowledge_store_id}/items"
_ITEM = f"{_ITEMS}/{{item_id}}"


def item_of(ctx: RequestContext, store: KnowledgeStore, identifier: str) -> KnowledgeStoreItem:
    """The item of this id in a store."""
    items = ctx.sandbox.repository.knowledge.items[store.id]
    return ctx.find("knowledge store items", items, identifier)


def show(ctx: RequestContext, item: KnowledgeStoreItem) -> dict[str, Any]:
    """An item as the API shows it."""
    return {
        "_id": item.id,
        "asset_type": item.asset_type,
        "asset_id": item.asset_id,
        "status": ctx.sandbox.lifecycle.status(item)[0],
        "system_metadata": _figures(ctx, item),
        "metadata": item.metadata,
        **times_of(ctx, item),
    }


def _figures(ctx: RequestContext, item: KnowledgeStoreItem) -> dict[str, Any]:
    """What was measured of it, as far as that is known."""
    shown: dict[str, Any] = {"asset_type": item.asset_type, "filename": item.filename}
    info = ctx.sandbox.lifecycle.info_of(item)
    if info is not None:
        shown.update(
            width=info.width, height=info.height, codec_name=info.video_codec, size=info.size
        )
        if item.asset_type == "video":
            shown.update(duration=info.duration, fps=info.fps)
    return shown


@routes(
    "POST",
    _ITEMS,
    json={
        "asset_id": needed(text(1)),
        "asset_type": optional(one_of("video", "image")),
        "metadata": optional(ITEM_METADATA),
    },
)
async def create(ctx: RequestContext) -> web.Response:
    """Add an asset to a store, which is then processed."""
    store, sandbox = store_of(ctx), ctx.sandbox
    check_values(ctx.body["metadata"], sandbox.settings.rules)
    asset, broken = await _asset(ctx)
    asset_type = await _type_of(ctx, asset)
    _refuse_size(ctx, asset, asset_type)
    # After all that takes time: another call may be about the same asset.
    existing = _existing_item(ctx, store, asset)
    if existing is not None:
        return ctx.reply(show(ctx, existing), 202)
    now, timings = ctx.now, sandbox.timings
    item = KnowledgeStoreItem(
        id=sandbox.ids.prefixed("ksi", now),
        store_id=store.id,
        asset_id=asset.id,
        asset_type=asset_type,
        filename=asset.filename,
        metadata=ctx.body["metadata"] or {},
        created_at=now,
        updated_at=now,
        phases=phases_of(
            max(now, asset.planned),
            queued=timings.queued,
            pending=timings.pending,
            processing=timings.item,
        ),
        error=None if broken is None else (broken.code, broken.message),
    )
    if broken is None and sandbox.lifecycle.status(asset)[0] == "ready":
        item.key = asset.key
    sandbox.repository.add(item)
    fault = sandbox.faults.match_job("knowledge_store.item", asset.id)
    if fault is not None:
        sandbox.lifecycle.apply_fault(item, fault)
    if item.key is not None:
        sandbox.lifecycle.start(item)
    elif item.error is None:
        sandbox.follow(item, asset)
    return ctx.reply({**show(ctx, item), "status": "queued"}, 202)


async def _asset(ctx: RequestContext) -> tuple[Asset, MediaError | None]:
    """The asset that the body names, and why it is broken if it is."""
    try:
        return await usable_asset(ctx, ctx.body["asset_id"]), None
    except MediaError as error:
        if ctx.sandbox.settings.broken_item_assets == "refused":
            raise
        return await ctx.asset(ctx.body["asset_id"]), error


def _existing_item(
    ctx: RequestContext, store: KnowledgeStore, asset: Asset
) -> KnowledgeStoreItem | None:
    """The item that the store already has of an asset, for a setting that makes it the reply."""
    settings, knowledge = ctx.sandbox.settings, ctx.sandbox.repository.knowledge
    found = (item for item in knowledge.items[store.id].values() if item.asset_id == asset.id)
    existing = None if settings.duplicate_items == "accepted" else next(found, None)
    if existing is not None and settings.duplicate_items == "refused":
        raise ApiError(
            "item_already_exists",
            f"Asset {asset.id} is already in the knowledge store, as item {existing.id}.",
            settings.taken_status,
        )
    return existing


async def _type_of(ctx: RequestContext, asset: Asset) -> AssetType:
    """What an asset is, as it was measured, or else as it was declared."""
    declared: AssetType | None = ctx.body["asset_type"]
    kind = asset.kind or kind_of(asset.file_type)
    if asset.key is not None and asset.error is None:
        # One that cannot be read makes an item that fails, whatever it was meant to be.
        with contextlib.suppress(MediaError):
            kind = (await ctx.sandbox.jobs.info(asset.key)).kind
    if kind not in ("video", "image"):
        if kind in ("audio", "document"):
            raise invalid("asset_id", f"Asset {asset.id} is of type {kind}.")
        return declared or "video"
    if declared is not None and declared != kind:
        raise invalid("asset_type", f"Asset {asset.id} is of type {kind}.")
    return "image" if kind == "image" else "video"


def _refuse_size(ctx: RequestContext, asset: Asset, asset_type: AssetType) -> None:
    settings = ctx.sandbox.settings
    most = settings.max_image_size if asset_type == "image" else settings.max_item_size
    if asset.size is not None and asset.size > most:
        raise ApiError("video_filesize_too_large", f"The asset has more than {most} bytes.")


@routes(
    "GET",
    _ITEMS,
    query={
        **paging.PAGES,
        **paging.sorting(),
        "status": optional(array(one_of(*_STATES), 1), many=True),
    },
)
async def list_items(ctx: RequestContext) -> web.Response:
    """A page of a store's items."""
    states, lifecycle = ctx.query["status"], ctx.sandbox.lifecycle
    return await paging.page(
        ctx,
        ctx.sandbox.repository.knowledge.items[store_of(ctx).id].values(),
        lambda item: show(ctx, item),
        keep=None if states is None else lambda item: lifecycle.status(item)[0] in states,
        sort=paging.ordered(ctx),
    )


@routes("GET", _ITEM)
async def retrieve(ctx: RequestContext) -> web.Response:
    """One item."""
    item = item_of(ctx, store_of(ctx), ctx.part("item_id"))
    await ctx.sandbox.lifecycle.settle(item)
    return ctx.reply(show(ctx, item))


@routes("DELETE", _ITEM)
async def delete(ctx: RequestContext) -> web.Response:
    """Take an item out of its store and its collections; its asset stays."""
    item = item_of(ctx, store_of(ctx), ctx.part("item_id"))
    free = ctx.sandbox.repository.remove(item)
    await ctx.sandbox.forget(free)
    return ctx.empty()


async def release_items(ctx: RequestContext, asset: Asset, *, force: bool) -> None:
    """Do with the items of an asset that is deleted what the settings say."""
    repository, rule = ctx.sandbox.repository, ctx.sandbox.settings.deleted_item_assets
    items = repository.made_of(asset, KnowledgeStoreItem) if rule != "kept" else []
    if rule == "refused" and items and not force:
        raise ApiError("asset_in_use", f"Asset {asset.id} is in a knowledge store.", 409)
    free: list[str] = []
    for item in items:
        if rule == "failed":
            item.error = ("asset_deleted", "The asset was deleted.")
            item.updated_at = ctx.now
        elif rule == "removed":
            free += repository.remove(item)
    await ctx.sandbox.forget(free)

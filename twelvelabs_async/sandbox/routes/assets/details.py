"""``/assets/{asset_id}/transcription`` and ``/user-metadata``: what belongs to one asset."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from ...checks import array, as_array, needed, one_of, optional
from ...errors import ApiError
from ...media.measure.film import Film
from ...media.measure.probe import MediaError
from ...records import Asset, kind_of
from ...request import RequestContext
from ...routing import Routes
from ...transcription import sentences, utterances, words
from ...user_metadata import merged, replaced, user_metadata

__all__ = ["routes"]

routes: Routes = Routes()

_PARTS = {"words": words, "sentences": sentences, "utterances": utterances}
_METADATA = "/assets/{asset_id}/user-metadata"
_GIVEN = {"user_metadata": needed(user_metadata)}
_part = array(one_of(*_PARTS), 1)


def _parts(value: Any, name: str, textual: bool) -> list[str]:
    """The parts that are asked for, in repeated parameters or divided by commas."""
    texts = as_array(value) or []
    return list(
        dict.fromkeys(
            _part([part for text in texts for part in str(text).split(",")], name, textual)
        )
    )


@routes(
    "GET",
    "/assets/{asset_id}/transcription",
    query={"include": optional(_parts, many=True)},
    unknown_id=404,
)
async def retrieve_transcription(ctx: RequestContext) -> web.Response:
    """What is said in an asset."""
    asset = await ctx.asset(ctx.part("asset_id"))
    lifecycle, jobs = ctx.sandbox.lifecycle, ctx.sandbox.jobs
    status, _ = lifecycle.status(asset)
    info = lifecycle.info_of(asset)
    kind = kind_of(asset.file_type) if info is None else info.kind
    if kind not in ("video", "audio"):
        raise ApiError("resource_not_exist", f"Asset {asset.id} has no transcription.", 404)
    failure = lifecycle.failure(asset)
    if failure is not None:
        return ctx.reply(_failed(failure.message))
    if status != "ready" or asset.key is None:
        return ctx.reply({"status": "pending"})
    due = asset.due + ctx.sandbox.timings.transcription
    if ctx.now < due:
        jobs.start("film", asset.key)
        return ctx.reply({"status": "processing"})
    if ctx.sandbox.clock.controlled or due <= asset.created_at:
        film: Film | MediaError | None = await _read(ctx, asset.key)
    else:
        jobs.start("film", asset.key)
        film = None if jobs.known("film", asset.key) is None else await _read(ctx, asset.key)
    if film is None:
        return ctx.reply({"status": "processing"})
    if isinstance(film, MediaError):
        return ctx.reply(_failed(film.message))
    if not film.lines and ctx.sandbox.settings.wordless_assets == "absent":
        raise ApiError("resource_not_exist", f"Asset {asset.id} has no transcription.", 404)
    chosen = ctx.query["include"] or ["words"]
    shown = {name: _PARTS[name](film.lines, film.info.duration) for name in chosen}
    return ctx.reply({"status": "ready", **shown})


async def _read(ctx: RequestContext, key: str) -> Film | MediaError:
    try:
        return await ctx.sandbox.jobs.film(key)
    except MediaError as error:
        return error


def _failed(message: str) -> dict[str, Any]:
    return {"status": "failed", "error": {"message": message}}


def _asset(ctx: RequestContext) -> Asset:
    return ctx.find("assets", ctx.sandbox.repository.assets, ctx.part("asset_id"))


@routes("PUT", _METADATA, json=_GIVEN, unknown_id=404)
async def replace_user_metadata(ctx: RequestContext) -> web.Response:
    """Replace the user metadata of an asset."""
    return _set(ctx, _asset(ctx), replaced(ctx.body["user_metadata"]))


@routes("PATCH", _METADATA, json=_GIVEN, unknown_id=404)
async def update_user_metadata(ctx: RequestContext) -> web.Response:
    """Change some keys of an asset's user metadata."""
    asset = _asset(ctx)
    return _set(ctx, asset, merged(asset.user_metadata, ctx.body["user_metadata"]))


@routes("DELETE", _METADATA, unknown_id=404)
async def delete_user_metadata(ctx: RequestContext) -> web.Response:
    """Delete the user metadata of an asset."""
    return _set(ctx, _asset(ctx), {})


def _set(ctx: RequestContext, asset: Asset, metadata: dict[str, Any]) -> web.Response:
    asset.user_metadata = metadata
    return ctx.empty()

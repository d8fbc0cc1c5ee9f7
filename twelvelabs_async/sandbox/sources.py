"""Media that a request carries, points to, or names as an asset."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from typing import Any

from attrs import frozen

from .blobs import key_of
from .checks import Fields, optional, text, web_url
from .errors import ApiError, invalid, missing
from .records import Asset
from .request import RequestContext

__all__ = [
    "SOURCES",
    "Source",
    "check_base64",
    "find_source",
    "open_asset",
    "open_source",
    "usable_asset",
]

SOURCES: Fields = {
    "asset_id": optional(text(1)),
    "url": optional(web_url),
    "base64_string": optional(text(1)),
}


@frozen
class Source:
    """A content that is there while its request is answered, and where it came from.

    ``asset`` is the one to wait for, and ``key`` empty, where the content is still to come.
    """

    key: str
    url: str | None = None
    filename: str | None = None
    asset: Asset | None = None


async def find_source(
    ctx: RequestContext, given: Mapping[str, Any], name: str, *, streams: bool = False
) -> Source:
    """As ``open_source``, or the asset to wait for, for a job that can wait."""
    kind, value = _chosen(given, name)
    if kind != "asset_id":
        return await open_source(ctx, given, name, streams=streams)
    asset = await usable_asset(ctx, value)
    if asset.key is not None and ctx.sandbox.lifecycle.status(asset)[0] == "ready":
        return Source(asset.key, filename=asset.filename)
    return Source("", filename=asset.filename, asset=asset)


async def open_source(
    ctx: RequestContext, given: Mapping[str, Any], name: str, *, streams: bool = False
) -> Source:
    """The one source in ``given``, an object of :data:`SOURCES` with or without a ``type``.

    With ``streams`` its URL may be that of an HLS playlist.
    """
    kind, value = _chosen(given, name)
    blobs = ctx.sandbox.blobs
    if kind == "asset_id":
        asset = await open_asset(ctx, value)
        assert asset.key is not None
        return Source(asset.key, filename=asset.filename)
    if kind == "url":
        most = ctx.sandbox.settings.max_url_size
        if streams:
            fetched = await ctx.fetch_media(value, most, f"{name}.url")
        else:
            fetched = await ctx.fetch(value, most)
        return Source(fetched.key, url=value, filename=fetched.filename)
    try:
        raw = base64.b64decode(value.partition("base64,")[2] or value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise invalid(f"{name}.base64_string", "It is not valid base64.") from error
    path, key = blobs.scratch(), key_of(hashlib.sha256(raw).hexdigest())
    await blobs.disk(path.write_bytes, raw)
    await ctx.keep(path, key)
    return Source(key)


def check_base64(value: str, most: int, name: str) -> None:
    """Refuse media in base64 of more than ``most`` bytes, before anything decodes them."""
    text = value.partition("base64,")[2] or value
    if len(text) * 3 // 4 - text[-2:].count("=") > most:
        raise ApiError(
            "media_filesize_too_large", f"{name}: the media have more than {most} bytes."
        )


async def usable_asset(ctx: RequestContext, identifier: str) -> Asset:
    """The asset of this id, if it is ready or still may become so.

    An asset that is processing is for those who can wait, unless the settings refuse it.
    """
    asset = await ctx.asset(identifier)
    lifecycle = ctx.sandbox.lifecycle
    failure = lifecycle.failure(asset)
    if failure is not None:
        raise failure
    status, _ = lifecycle.status(asset)
    if status == "processing" and ctx.sandbox.settings.processing_assets == "refused":
        raise ApiError("asset_not_ready", f"Asset {asset.id} is still being processed.")
    return asset


async def open_asset(ctx: RequestContext, identifier: str) -> Asset:
    """A usable asset whose content is there and was looked at, for a call that needs it now."""
    asset = await usable_asset(ctx, identifier)
    lifecycle = ctx.sandbox.lifecycle
    await lifecycle.finish(asset)
    outcome = lifecycle.outcome(asset)
    if not isinstance(outcome, bool):
        raise outcome
    if not outcome:
        raise ApiError("asset_not_ready", f"Asset {asset.id} was deleted meanwhile.")
    return asset


def _chosen(given: Mapping[str, Any], name: str) -> tuple[str, str]:
    """Which source is given, and its value."""
    kind = given.get("type") or next((k for k in SOURCES if given.get(k) is not None), None)
    value = given.get(kind) if kind else None
    if kind is None or value is None:
        raise missing(f"{name}.{kind or 'url'}")
    if sum(given.get(other) is not None for other in SOURCES) > 1:
        raise invalid(name, "It must have one source.")
    return kind, value

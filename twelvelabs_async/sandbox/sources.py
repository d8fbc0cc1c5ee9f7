"""Media that a request carries, points to, or names as an asset."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from typing import Any

from attrs import frozen

from .call import Call
from .checks import Fields, optional, text, web_address
from .refusals import RefusedError, invalid, missing

__all__ = ["SOURCES", "Source", "open_source"]

SOURCES: Fields = {
    "asset_id": optional(text(1)),
    "url": optional(web_address),
    "base64_string": optional(text(1)),
}


@frozen
class Source:
    """A content that is there while its request is answered, and where it came from."""

    key: str
    url: str | None = None
    filename: str | None = None


async def open_source(call: Call, given: Mapping[str, Any], name: str) -> Source:
    """The one source in ``given``, an object of :data:`SOURCES` with or without a ``type``."""
    kind = given.get("type") or next((k for k in SOURCES if given.get(k) is not None), None)
    value = given.get(kind) if kind else None
    if kind is None or value is None:
        raise missing(f"{name}.{kind or 'url'}")
    if sum(given.get(other) is not None for other in SOURCES) > 1:
        raise invalid(name, "It must have one source.")
    work = call.world.work
    if kind == "asset_id":
        asset = await call.asset(value)
        if work.status(asset)[0] != "ready" or asset.key is None:
            raise RefusedError("asset_not_ready", f"Asset {asset.id} is not ready.")
        return Source(asset.key, filename=asset.filename)
    if kind == "url":
        fetched = await call.fetch(value, call.world.settings.max_url_size)
        return Source(fetched.key, url=value, filename=fetched.filename)
    try:
        raw = base64.b64decode(value.partition("base64,")[2] or value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise invalid(f"{name}.base64_string", "It is not valid base64.") from error
    path, key = work.scratch(), hashlib.sha256(raw).hexdigest()[:40]
    await work.disk(path.write_bytes, raw)
    await call.keep(path, key)
    return Source(key)

"""The text of a checkpoint, and the checks of one that is read. No I/O.

A checkpoint may come from another version, be cut off by a full disk, or be edited: each value is
checked before it is used, and ValueError says which one is wrong.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple, NoReturn

import orjson

from ..fingerprint import Fingerprint
from .session import Session, is_etag

__all__ = ["MAX_BYTES", "Kept", "read", "write"]

MAX_BYTES = 64 * 1024**2
"""More than the largest possible checkpoint."""

_VERSION = 1
_HELD = ("upload_id", "asset_id", "chunk_size", "total_size", "upload_headers", "etags")
_INDEX = re.compile(r"[1-9][0-9]{0,9}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Kept(NamedTuple):
    """What a checkpoint holds."""

    session: Session
    source: Fingerprint
    base_url: str


def write(kept: Kept) -> bytes:
    """The text: no key and no presigned URL is in it."""
    held = {name: getattr(kept.session, name) for name in _HELD}
    return orjson.dumps(
        {
            "version": _VERSION,
            "base_url": kept.base_url,
            "source": kept.source._asdict(),
            **held,
        },
        option=orjson.OPT_NON_STR_KEYS,
    )


def read(text: bytes) -> Kept:
    """What the text holds; ValueError when a value is missing or invalid."""
    if len(text) > MAX_BYTES:
        raise ValueError("it is too long")
    try:
        held = json.loads(
            text.decode(), object_pairs_hook=_distinct, parse_constant=_refuse_constant
        )
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    held = _object(held, "it")
    if (version := held.get("version")) != _VERSION or version.__class__ is not int:
        raise ValueError("it is of another version")
    base_url = _get(held, "base_url")
    if not isinstance(base_url, str):
        raise ValueError("base_url is not text")
    headers = _object(_get(held, "upload_headers"), "upload_headers")
    session = Session(
        upload_id=_get(held, "upload_id"),
        asset_id=_get(held, "asset_id"),
        chunk_size=_get(held, "chunk_size"),
        total_size=_get(held, "total_size"),
        upload_headers=headers,
    )
    session.etags = _etags(_get(held, "etags"), session.plan.total)
    source = _fingerprint(_get(held, "source"))
    if source.size != session.total_size:
        raise ValueError("total_size is not the size of the source")
    return Kept(session, source, base_url)


def _etags(value: Any, total: int) -> dict[int, str]:
    etags: dict[int, str] = {}
    for index, etag in _object(value, "etags").items():
        if not _INDEX.fullmatch(index) or int(index) > total:
            raise ValueError(f"there is no chunk {index!r:.20}")
        if not is_etag(etag):
            raise ValueError(f"the ETag of chunk {index} is not text")
        etags[int(index)] = etag
    return etags


def _fingerprint(value: Any) -> Fingerprint:
    held = _object(value, "source")
    times = [held.get(name) for name in ("mtime_ns", "ctime_ns")]
    sample = _get(held, "sample")
    if _get(held, "size").__class__ is not int or "mtime_ns" not in held:
        raise ValueError("the size of the source is not a number")
    if not all(time is None or time.__class__ is int for time in times):
        raise ValueError("a time of the source is not a number")
    if sample is not None and not (isinstance(sample, str) and _DIGEST.fullmatch(sample)):
        raise ValueError("the sample of the source is not a hash")
    return Fingerprint(held["size"], times[0], times[1], sample)


def _get(held: dict[str, Any], name: str) -> Any:
    if name not in held:
        raise ValueError(f"{name} is missing")
    return held[name]


def _object(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{name} is not a JSON object")
    return value  # pyright: ignore[reportUnknownVariableType]  # JSON's names are texts


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("a name is in it twice")
    return made


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")

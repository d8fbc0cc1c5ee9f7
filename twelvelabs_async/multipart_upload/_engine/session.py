"""An upload on the service's side, and the checks of what the service sends of it. No I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeGuard

from attrs import define, field

from ..._runtime.headers import checked_headers
from ..limits import MAX_CHUNKS
from .plan import Plan

__all__ = ["Session", "is_etag", "is_id", "sendable_headers"]

_DEFAULT_HEADERS = {"Content-Type": "application/octet-stream"}
_LARGEST = 2**63 - 1  # of the integers that every reader of a checkpoint takes
_OURS = frozenset({"connection", "content-length", "host", "transfer-encoding", "x-api-key"})
_ETAG = re.compile(r"[\x20-\x7e]{1,1000}")
_ID = re.compile(r"(?!\.{1,2}$)[^\x00-\x20\x7f\ud800-\udfff]{1,1000}")


@define(kw_only=True)
class Session:
    """One upload, and what is known of its chunks. ValueError for impossible values.

    `etags` are of chunks that storage has taken, `reported` those that the service knows of.
    """

    upload_id: str
    asset_id: str | None
    chunk_size: int
    total_size: int
    upload_headers: dict[str, str] = field(repr=False)
    etags: dict[int, str] = field(factory=dict[int, str], repr=False)
    reported: set[int] = field(factory=set[int], repr=False)

    def __attrs_post_init__(self) -> None:
        if not is_id(self.upload_id):
            raise ValueError(f"{self.upload_id!r:.100} cannot be the id of an upload")
        if self.asset_id is not None and not is_id(self.asset_id):
            raise ValueError(f"{self.asset_id!r:.100} cannot be the id of an asset")
        for name in ("chunk_size", "total_size"):
            value = getattr(self, name)
            if value.__class__ is not int or not 1 <= value <= _LARGEST:
                raise ValueError(f"{name} cannot be {value!r:.100}")
        if self.plan.total > MAX_CHUNKS:
            raise ValueError(
                f"{self.total_size} bytes in chunks of {self.chunk_size} are more than "
                f"{MAX_CHUNKS} chunks"
            )
        self.upload_headers = sendable_headers(self.upload_headers)

    @property
    def plan(self) -> Plan:
        """How the file is cut in this session."""
        return Plan(self.total_size, self.chunk_size)

    @property
    def held(self) -> set[int]:
        """The chunks that need not be sent."""
        return self.reported | self.etags.keys()


def is_id(value: object) -> TypeGuard[str]:
    """Whether this can stand in a path as an id."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def is_etag(value: object) -> TypeGuard[str]:
    """Whether this can be the ETag of a chunk."""
    return isinstance(value, str) and _ETAG.fullmatch(value) is not None


def sendable_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers of each chunk, without those that are the client's; ValueError for a bad one."""
    kept = {name: value for name, value in headers.items() if name.lower() not in _OURS}
    checked_headers(kept)
    if not any(name.lower() == "content-type" for name in kept):
        kept = {**_DEFAULT_HEADERS, **kept}
    return kept

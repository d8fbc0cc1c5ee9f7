"""What the methods for whole files take and give."""

from __future__ import annotations

import io
import os
from collections.abc import AsyncIterable, Awaitable, Callable, Iterable
from typing import IO, TYPE_CHECKING, Literal, TypedDict

from attrs import define, field, frozen

from .._core.model import Model, shown_url
from ..list_filters import UserMetadata

if TYPE_CHECKING:
    from . import CreateAssetUploadRequestType

__all__ = [
    "ProgressCallback",
    "StatusCallback",
    "UploadFileDict",
    "UploadProgress",
    "UploadResult",
    "UploadStatus",
    "Uploadable",
    "UploadedFile",
]

Uploadable = (
    str
    | os.PathLike[str]
    | bytes
    | bytearray
    | memoryview
    | IO[bytes]
    | io.RawIOBase
    | AsyncIterable[bytes]
    | Iterable[bytes]
)
"""A path, bytes, an open binary file, or a plain or asynchronous iterable of bytes."""


@define(kw_only=True)
class UploadResult(Model):
    """A file that the service has received in full.

    ``asset_id`` names it; it can be used once the asset is ``"ready"``. ``asset_url`` is its
    address, and ``""`` where the service did not tell one.
    """

    asset_id: str
    asset_url: str = field(default="", repr=shown_url)


@define(kw_only=True)
class UploadStatus(Model):
    """How far an upload has come: ``status`` is ``"in_progress"`` or ``"completed"``."""

    status: Literal["in_progress", "completed"]
    completed_chunks: int
    total_chunks: int


@define(kw_only=True)
class UploadProgress(Model):
    """How far an upload has come.

    ``completed_chunks`` are those that storage has taken, and ``bytes_sent`` counts every byte
    handed to the network; both include what an earlier call had sent. ``percentage`` is
    ``bytes_sent`` of ``total_bytes``, from 0 to 100. Neither goes back, but when bytes must be sent
    again: ``status`` then is ``"resending"`` instead of ``"uploading"``, and ``bytes_resent`` has
    grown by them. The last event has ``"completed"``. ``bytes_per_second`` is the average of this
    call, sent again or not.
    """

    filename: str
    total_chunks: int
    completed_chunks: int
    percentage: float
    status: Literal["uploading", "resending", "completed"]
    bytes_sent: int
    total_bytes: int
    bytes_resent: int
    bytes_per_second: float


ProgressCallback = Callable[[UploadProgress], Awaitable[None] | None]
"""A plain or an asynchronous function that is told of progress."""

StatusCallback = Callable[[UploadStatus], Awaitable[None] | None]
"""A plain or an asynchronous function that is told of each look at an upload."""


class _Needed(TypedDict):
    source: Uploadable


class UploadFileDict(_Needed, total=False):
    """One file of `upload_files` with settings of its own, named as those of `upload_file`."""

    filename: str
    file_type: CreateAssetUploadRequestType
    size: int
    checkpoint: str | os.PathLike[str]
    upload_id: str
    user_metadata: UserMetadata


@frozen
class UploadedFile:
    """What became of one file: its ``result``, or the ``error`` that it ended in.

    ``index`` is its place among the sources, from 0, and ``source`` is as it was given.
    """

    index: int
    source: Uploadable | UploadFileDict = field(repr=shown_url)
    result: UploadResult | None = None
    error: Exception | None = None

"""What uploads in chunks take and give."""

from __future__ import annotations

import io
import os
from collections.abc import AsyncIterable, Awaitable, Callable, Iterable
from datetime import datetime
from typing import IO, Literal, TypedDict

from attrs import define, field, frozen

from .._runtime.async_files import AsyncReadable
from .._runtime.model import Model, shown_url
from .._runtime.pager import BasePage, Page
from ..list_filters import UserMetadata

__all__ = [
    "ChunkInfo",
    "ChunkInfoStatus",
    "CompletedChunk",
    "CompletedChunkDict",
    "CompletedChunkProofType",
    "CreateAssetUploadRequestType",
    "CreateAssetUploadResponse",
    "GetUploadStatusResponse",
    "IncompleteUploadSummary",
    "ListIncompleteUploadsResponse",
    "MultipartUploadStatusType",
    "PresignedUrlChunk",
    "ProgressCallback",
    "ReportChunkBatchResponse",
    "RequestAdditionalPresignedUrLsResponse",
    "StatusCallback",
    "UploadFileDict",
    "UploadProgress",
    "UploadResult",
    "UploadStatus",
    "Uploadable",
    "UploadedFile",
]

CreateAssetUploadRequestType = Literal["video", "audio", "image"] | str
MultipartUploadStatusType = Literal["active", "completed", "failed", "expired"] | str
ChunkInfoStatus = Literal["completed", "pending", "failed"] | str
CompletedChunkProofType = Literal["etag"] | str


class CompletedChunkDict(TypedDict):
    """`CompletedChunk` as a plain dict."""

    chunk_index: int
    proof: str
    proof_type: CompletedChunkProofType
    chunk_size: int


@define(kw_only=True)
class CompletedChunk(Model):
    """A chunk that storage has taken.

    Chunks are numbered from 1;
    ``proof`` is the ETag that storage replied with, without quotes; ``chunk_size`` is in bytes.
    """

    chunk_index: int
    proof: str
    proof_type: CompletedChunkProofType = "etag"
    chunk_size: int


@define(kw_only=True)
class PresignedUrlChunk(Model):
    """Where one chunk goes by ``PUT``, once, until ``expires_at`` (an hour).

    The URL holds a secret of its own: it needs no API key, and does not belong in logs.
    """

    chunk_index: int | None = None
    url: str | None = field(default=None, repr=shown_url)
    expires_at: datetime | None = None


@define(kw_only=True)
class CreateAssetUploadResponse(Model):
    """A new upload, its first presigned URLs, and how the file is to be cut.

    ``chunk_size`` is in bytes; the last chunk may be smaller. ``upload_headers`` go with each
    ``PUT``. The upload must be done by ``expires_at`` (24 hours). ``asset_id`` can be
    used when it is done and the asset ``"ready"``.
    """

    upload_id: str
    asset_id: str
    upload_urls: list[PresignedUrlChunk] | None = None
    upload_headers: dict[str, str] | None = field(default=None, repr=False)
    chunk_size: int | None = None
    total_chunks: int | None = None
    expires_at: datetime | None = None


@define(kw_only=True)
class IncompleteUploadSummary(Model):
    """An upload that has not been finished. Sizes are in bytes, times aware datetimes."""

    upload_id: str
    status: MultipartUploadStatusType | None = None
    total_size: int | None = None
    chunk_size: int | None = None
    total_chunks: int | None = None
    created_at: datetime | None = None
    expires_at: datetime | None = None


ListIncompleteUploadsResponse = Page[IncompleteUploadSummary]


@define(kw_only=True)
class ChunkInfo(Model):
    """What the service knows of a chunk; ``index`` counts from 1. Times are aware datetimes."""

    index: int | None = None
    status: ChunkInfoStatus | None = None
    uploaded_at: datetime | None = None
    updated_at: datetime | None = None
    error: str | None = None


@define(kw_only=True)
class GetUploadStatusResponse(BasePage[ChunkInfo]):
    """The state of an upload, and one page of its chunks. Sizes are in bytes.

    ``"completed"`` says that the file has been received; the asset is then still checked.
    """

    upload_id: str | None = None
    status: MultipartUploadStatusType | None = None
    uploaded_chunks: list[ChunkInfo] | None = None
    chunks_completed: int | None = None
    chunks_failed: int | None = None
    chunks_pending: int | None = None
    total_size: int | None = None
    uploaded_size: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def total_chunks(self) -> int | None:
        """How many chunks there are."""
        counts = (self.chunks_completed, self.chunks_failed, self.chunks_pending)
        return None if None in counts else sum(count or 0 for count in counts)

    @property
    def items(self) -> list[ChunkInfo]:
        """The chunks of this page."""
        return self.uploaded_chunks or []


@define(kw_only=True)
class ReportChunkBatchResponse(Model):
    """What a report added: chunks that were new, that were known, and that are there in all.

    ``url`` is the asset's URL, and comes with the last chunk only.
    """

    url: str | None = field(default=None, repr=shown_url)
    asset_id: str | None = None
    processed_chunks: int | None = None
    duplicate_chunks: int | None = None
    total_completed: int | None = None


@define(kw_only=True)
class RequestAdditionalPresignedUrLsResponse(Model):
    """Further presigned URLs of chunks. Times are aware datetimes."""

    upload_id: str | None = None
    start_index: int | None = None
    count: int | None = None
    upload_urls: list[PresignedUrlChunk] | None = None
    generated_at: datetime | None = None
    expires_at: datetime | None = None


Uploadable = (
    str
    | os.PathLike[str]
    | bytes
    | bytearray
    | memoryview
    | IO[bytes]
    | io.RawIOBase
    | AsyncReadable
    | AsyncIterable[bytes]
    | Iterable[bytes]
)
"""A path, bytes, an open binary file, or an iterable of bytes; the last two may be asynchronous.

An UploadFile of FastAPI or Starlette, and a file of aiofiles or anyio, are such files.
"""


@define(kw_only=True)
class UploadResult(Model):
    """A file that the service has received in full.

    ``asset_id`` names it; it can be used once the asset is ``"ready"``. ``asset_url`` is its
    URL, and ``""`` where the service did not send one.
    """

    asset_id: str
    asset_url: str = field(default="", repr=shown_url)


@define(kw_only=True)
class UploadStatus(Model):
    """The progress of an upload: ``status`` is ``"in_progress"`` or ``"completed"``."""

    status: Literal["in_progress", "completed"]
    completed_chunks: int
    total_chunks: int


@define(kw_only=True)
class UploadProgress(Model):
    """The progress of an upload.

    ``completed_chunks`` are those that storage has taken, and ``bytes_sent`` counts every byte
    handed to the network; both include what an earlier call had sent. ``percentage`` is
    ``bytes_sent`` of ``total_bytes``, from 0 to 100. Neither goes back, but when bytes must be sent
    again: ``status`` then is ``"resending"`` instead of ``"uploading"``, and ``bytes_resent`` has
    grown by them. The last event has ``"completed"``. ``bytes_per_second`` is the average of this
    call, sent again or not.
    """

    # The vendor's event has the four without a default, and programs make such in their tests.
    filename: str = ""
    total_chunks: int
    completed_chunks: int
    percentage: float
    status: Literal["uploading", "resending", "completed"]
    bytes_sent: int = 0
    total_bytes: int = 0
    bytes_resent: int = 0
    bytes_per_second: float = 0.0


ProgressCallback = Callable[[UploadProgress], Awaitable[None] | None]
"""A plain or an asynchronous function that is called with each event of progress."""

StatusCallback = Callable[[UploadStatus], Awaitable[None] | None]
"""A plain or an asynchronous function that is called with each status of an upload."""


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
    """The result of one file: its ``result``, or the ``error`` that it ended in.

    ``index`` is its place among the sources, from 0, and ``source`` is as it was given.
    """

    index: int
    source: Uploadable | UploadFileDict = field(repr=shown_url)
    result: UploadResult | None = None
    error: Exception | None = None

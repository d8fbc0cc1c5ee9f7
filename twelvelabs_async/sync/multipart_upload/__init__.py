# Generated from multipart_upload/__init__.py: do not edit.
"""Uploads in chunks: needed for large files, and sent in parallel."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable, Sequence
from typing import TYPE_CHECKING

from ...list_filters import UserMetadata
from ...multipart_upload import MultipartUpload as AsyncMultipartUpload
from ...multipart_upload import UploadStatusPager
from ...multipart_upload.models import (
    ChunkInfo,
    CompletedChunk,
    CompletedChunkDict,
    CreateAssetUploadRequestType,
    CreateAssetUploadResponse,
    IncompleteUploadSummary,
    ProgressCallback,
    ReportChunkBatchResponse,
    RequestAdditionalPresignedUrLsResponse,
    StatusCallback,
    Uploadable,
    UploadedFile,
    UploadFileDict,
    UploadResult,
    UploadStatus,
)
from ...options import RequestOptions
from ..bridge import SyncResource, call_in_caller
from ..iterate import SyncPager, iterate

if TYPE_CHECKING:
    from datetime import datetime

    from ...multipart_upload.models import GetUploadStatusResponse, MultipartUploadStatusType

__all__ = ["MultipartUpload", "SyncUploadStatusPager"]


class SyncUploadStatusPager(SyncPager[ChunkInfo]):
    """The chunks of an upload, page by page, and the state of the upload as well.

    Sizes are in bytes, times aware datetimes.
    """

    _async: UploadStatusPager  # pyright: ignore[reportIncompatibleVariableOverride]  # set once, in __init__

    @property
    def response(self) -> GetUploadStatusResponse:
        """The whole reply that this page came in."""
        return self._async.response

    @property
    def upload_id(self) -> str | None:
        """The upload."""
        return self._async.upload_id

    @property
    def status(self) -> MultipartUploadStatusType | None:
        """The state: ``"active"``, ``"completed"``, ``"failed"`` or ``"expired"``."""
        return self._async.status

    @property
    def uploaded_chunks(self) -> list[ChunkInfo]:
        """The chunks of this page."""
        return self._async.uploaded_chunks

    @property
    def chunks_completed(self) -> int | None:
        """How many chunks were uploaded and reported."""
        return self._async.chunks_completed

    @property
    def chunks_failed(self) -> int | None:
        """How many chunks failed, and must be uploaded again."""
        return self._async.chunks_failed

    @property
    def chunks_pending(self) -> int | None:
        """How many chunks are neither completed nor failed."""
        return self._async.chunks_pending

    @property
    def total_size(self) -> int | None:
        """The size of the file."""
        return self._async.total_size

    @property
    def uploaded_size(self) -> int | None:
        """How much of it has been received."""
        return self._async.uploaded_size

    @property
    def created_at(self) -> datetime | None:
        """When the upload was created."""
        return self._async.created_at

    @property
    def updated_at(self) -> datetime | None:
        """When its state last changed."""
        return self._async.updated_at

    @property
    def total_chunks(self) -> int | None:
        """How many chunks there are."""
        return self._async.total_chunks


class MultipartUpload(SyncResource[AsyncMultipartUpload]):
    """Uploads in chunks: up to 10 GB (10 x 1024^3 bytes), and needed above 200 MB."""

    def list_incomplete_uploads(
        self,
        *,
        page: int | None = None,
        page_limit: int | None = None,
        request_options: RequestOptions | None = None,
    ) -> SyncPager[IncompleteUploadSummary]:
        """Every upload that is not finished; the first page is fetched.

        ``page`` counts from 1; ``page_limit`` is 1 to 50, by default 10. Raises `ForbiddenError`
        for a key without this feature. ``GET /assets/multipart-uploads``

        Example: ``for row in client.multipart_upload.list_incomplete_uploads():
        print(row.upload_id)``
        """
        return SyncPager(
            self._bridge,
            self._async.list_incomplete_uploads(
                page=page, page_limit=page_limit, request_options=request_options
            ),
        )

    def create(
        self,
        *,
        filename: str,
        total_size: int,
        type: CreateAssetUploadRequestType = "video",
        enable_hls: bool | None = None,
        enable_thumbnail: bool | None = None,
        user_metadata: UserMetadata | None = None,
        request_options: RequestOptions | None = None,
    ) -> CreateAssetUploadResponse:
        """A new upload: how to cut the file, and the presigned URLs of the first chunks.

        ``filename`` is 1 to 255 characters. ``type`` is ``"video"`` (the default), ``"audio"`` or
        ``"image"``. ``total_size`` is in bytes: up to 10 GB of video or audio, 32 MB of an image.
        ``enable_hls`` and ``enable_thumbnail`` (by default false) request a stream and a picture.
        ``user_metadata`` are keys of yours; values are strings, integers of at most 53 bits,
        floats, booleans and lists of strings. `upload_file` does all of an upload. Raises
        `BadRequestError` for another size or type and `ForbiddenError` for a key without this
        feature. ``POST /assets/multipart-uploads``

        Example: ``upload = client.multipart_upload.create(filename="film.mp4",
        total_size=1_000_000)``
        """
        return self._bridge.call(
            self._async.create,
            filename=filename,
            total_size=total_size,
            type=type,
            enable_hls=enable_hls,
            enable_thumbnail=enable_thumbnail,
            user_metadata=user_metadata,
            request_options=request_options,
        )

    def get_status(
        self,
        upload_id: str,
        *,
        page: int | None = None,
        page_limit: int | None = None,
        request_options: RequestOptions | None = None,
    ) -> SyncUploadStatusPager:
        """The state of an upload; the first page is fetched, with its chunks when iterated.

        ``page`` counts from 1; ``page_limit`` is 1 to 50, by default 10. Raises `NotFoundError`
        when the upload does not exist. ``GET /assets/multipart-uploads/{upload_id}``

        Example: ``print((client.multipart_upload.get_status(upload.upload_id)).status)``
        """
        return SyncUploadStatusPager(
            self._bridge,
            self._async.get_status(
                upload_id, page=page, page_limit=page_limit, request_options=request_options
            ),
        )

    def report_chunk_batch(
        self,
        upload_id: str,
        *,
        completed_chunks: Sequence[CompletedChunk | CompletedChunkDict],
        request_options: RequestOptions | None = None,
    ) -> ReportChunkBatchResponse:
        """How many chunks the report added, and how many are complete.

        ``completed_chunks`` are 1 to 50 uploaded chunks, each with ``chunk_index`` (from 1), the
        ETag that storage replied with as ``proof``, and ``chunk_size`` in bytes. They may come in
        any order. Chunks reported before count as duplicates, so the call is retried. The upload is
        done when every chunk is reported. Raises `BadRequestError` for other values and
        `NotFoundError` when the upload does not exist.
        ``POST /assets/multipart-uploads/{upload_id}``

        Example: ``client.multipart_upload.report_chunk_batch(upload.upload_id,
        completed_chunks=[{"chunk_index": 1, "proof": etag, "chunk_size": 5_242_880}])``
        """
        return self._bridge.call(
            self._async.report_chunk_batch,
            upload_id,
            completed_chunks=completed_chunks,
            request_options=request_options,
        )

    def get_additional_presigned_urls(
        self,
        upload_id: str,
        *,
        start: int,
        count: int,
        request_options: RequestOptions | None = None,
    ) -> RequestAdditionalPresignedUrLsResponse:
        """The presigned URLs of ``count`` chunks, from chunk ``start`` on.

        Chunks count from 1; ``count`` is 1 to 50. Each URL is good for one ``PUT`` within an hour.
        Raises `BadRequestError` for other values and `NotFoundError` when the upload does not
        exist. ``POST /assets/multipart-uploads/{upload_id}/presigned-urls``

        Example: ``client.multipart_upload.get_additional_presigned_urls(upload_id, start=11,
        count=10)``
        """
        return self._bridge.call(
            self._async.get_additional_presigned_urls,
            upload_id,
            start=start,
            count=count,
            request_options=request_options,
        )

    def upload_file(
        self,
        file_path: Uploadable,
        *,
        filename: str | None = None,
        file_type: CreateAssetUploadRequestType = "video",
        batch_size: int = 50,
        max_workers: int = 8,
        progress_callback: ProgressCallback | None = None,
        progress: bool | None = None,
        max_retries: int = 5,
        retry_delay: float = 1.0,
        size: int | None = None,
        max_size: int | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
        upload_id: str | None = None,
        verify: bool = False,
        enable_hls: bool | None = None,
        enable_thumbnail: bool | None = None,
        user_metadata: UserMetadata | None = None,
        timeout: float | None = None,
        request_options: RequestOptions | None = None,
    ) -> UploadResult:
        """The asset that a file became, once the service has all of it.

        ``file_path`` is a path, bytes, an open binary file, or a plain or asynchronous iterable of
        bytes; where the size cannot be found out (pipes, iterables) give ``size`` in bytes. A
        seekable file is sent whole from its start, wherever it stands. ``filename`` is by default
        the file's own name; ``file_type`` is ``"video"`` (the default), ``"audio"`` or ``"image"``.
        ``enable_hls`` and ``enable_thumbnail`` (by default false) request a stream and a picture;
        ``user_metadata`` are keys of yours. The asset can be used when its status is ``"ready"``.

        At most ``max_workers`` chunks are sent concurrently, fewer for a while when storage asks to
        slow down. Memory is ``max_workers`` x 256 KiB, and a few MiB for threads and connections,
        whatever the file's and the chunks' size; for a source that cannot be rewound it is
        ``max_workers`` x the chunk size. Nothing is copied to disk. Threads read, encrypt and send,
        so the event loop stays free. One report to the service lists at most ``batch_size`` chunks
        (1 to 50), and no chunk waits for it. ``progress_callback`` gets an `UploadProgress`, and
        ``progress`` shows it (default: in a notebook). What it raises ends the upload, and is
        raised as it is.

        A chunk that fails is retried with a new URL, up to ``max_retries`` times, after waits of up
        to ``retry_delay`` seconds that double. A chunk whose ETag the service refuses is sent
        again, at most twice. ``verify`` sends each chunk with its MD5 and compares the reply, and
        so reads the file twice. A file that changes while it is sent is an error, and so is one
        that is empty or above the service's limit (10 GB, counted as 10 x 1024^3 bytes, of video or
        audio, 32 MB, as 32 x 1024^2, of an image; ``max_size`` in bytes sets another).

        ``checkpoint`` names a small file with which the same call resumes the upload after its
        process has died: it asks the service which chunks it has and sends the rest, refuses a file
        that has changed, starts over when the upload has expired (24 hours), and deletes the
        checkpoint at the end. One checkpoint serves one upload at a time. ``upload_id`` resumes an
        upload without a checkpoint; make sure that it is the same file. ``timeout`` is in seconds,
        for all of it; the default is no limit. ``request_options`` are for the requests to the API,
        not to storage.

        Raises `UploadError`, with the ``upload_id``, the ``asset_id`` and the chunks that failed.
        Before there is an upload it raises the API's error, a `ConfigurationError` or an `OSError`.
        When one chunk fails for good, or the call is cancelled, nothing continues in the
        background. ``POST /assets/multipart-uploads``, then the calls of this class

        Example: ``client.multipart_upload.upload_file("film.mp4", checkpoint="film.upload")``
        """
        return self._bridge.call(
            self._async.upload_file,
            file_path,
            filename=filename,
            file_type=file_type,
            batch_size=batch_size,
            max_workers=max_workers,
            progress_callback=call_in_caller(progress_callback),
            progress=progress,
            max_retries=max_retries,
            retry_delay=retry_delay,
            size=size,
            max_size=max_size,
            checkpoint=checkpoint,
            upload_id=upload_id,
            verify=verify,
            enable_hls=enable_hls,
            enable_thumbnail=enable_thumbnail,
            user_metadata=user_metadata,
            timeout=timeout,
            request_options=request_options,
        )

    def upload_files(
        self,
        sources: Iterable[Uploadable | UploadFileDict],
        *,
        file_type: CreateAssetUploadRequestType = "video",
        batch_size: int = 50,
        max_workers: int = 8,
        progress_callback: ProgressCallback | None = None,
        progress: bool | None = None,
        max_retries: int = 5,
        retry_delay: float = 1.0,
        max_size: int | None = None,
        checkpoint_dir: str | os.PathLike[str] | None = None,
        verify: bool = False,
        enable_hls: bool | None = None,
        enable_thumbnail: bool | None = None,
        user_metadata: UserMetadata | None = None,
        timeout: float | None = None,
        request_options: RequestOptions | None = None,
    ) -> Generator[UploadedFile, None, None]:
        """The result of each file, as it ends: its ``result``, or its ``error``.

        Each of ``sources`` is a path, bytes, an open binary file, or a plain or asynchronous
        iterable of bytes; or a dict of that as ``source`` and settings of its own (``filename``,
        ``file_type``, ``size``, ``checkpoint``, ``upload_id``, ``user_metadata``). One file that
        fails does not stop the others. ``file_type`` is ``"video"`` (the default), ``"audio"`` or
        ``"image"``. ``enable_hls`` and ``enable_thumbnail`` (by default false) request a stream and
        a picture; ``user_metadata`` are keys of yours.

        ``max_workers`` bounds the concurrent chunks, and so connections and memory, of all files
        together; a file starts when those before it leave a worker idle. One report to the service
        lists at most ``batch_size`` chunks (1 to 50). ``progress_callback`` gets an
        `UploadProgress` of each file, and ``progress`` shows it (default: in a notebook). A chunk
        that fails is retried with a new URL, up to ``max_retries`` times, after waits of up to
        ``retry_delay`` seconds that double. ``verify`` sends each chunk with its MD5. ``max_size``
        in bytes replaces the service's limit for a file. ``checkpoint_dir`` is a folder for a
        checkpoint of each path, with which the same call resumes; a path that is given twice is
        sent twice, one after the other. ``timeout`` is in seconds, for each file; the default is no
        limit. An iterator of sources runs in a thread.

        Raises `ConfigurationError` for settings out of bounds, and what ``progress_callback``
        raises, which ends the iteration. Leaving the iteration early cancels what is running.
        ``POST /assets/multipart-uploads``, then the calls of this class

        Example: ``for one in client.multipart_upload.upload_files(["a.mp4", "b.mp4"]):
        print(one.error)``
        """
        return iterate(
            self._bridge,
            self._async.upload_files(
                sources,
                file_type=file_type,
                batch_size=batch_size,
                max_workers=max_workers,
                progress_callback=call_in_caller(progress_callback),
                progress=progress,
                max_retries=max_retries,
                retry_delay=retry_delay,
                max_size=max_size,
                checkpoint_dir=checkpoint_dir,
                verify=verify,
                enable_hls=enable_hls,
                enable_thumbnail=enable_thumbnail,
                user_metadata=user_metadata,
                timeout=timeout,
                request_options=request_options,
            ),
        )

    def wait_for_upload_completion(
        self,
        upload_id: str,
        *,
        sleep_interval: float = 5.0,
        max_wait_time: float | None = None,
        callback: StatusCallback | None = None,
        progress: bool | None = None,
        request_options: RequestOptions | None = None,
    ) -> UploadStatus:
        """The status of an upload that another program sends, once it is complete.

        The first poll is immediate, the others are ``sleep_interval`` seconds apart; ``callback``
        gets each `UploadStatus`, and ``progress`` shows it (default: in a notebook). Raises
        `UploadTimeoutError` after ``max_wait_time`` seconds (None: no limit), `UploadError` when
        the upload has failed or expired, and `NotFoundError` when the upload does not exist.
        ``GET /assets/multipart-uploads/{upload_id}``

        Example: ``client.multipart_upload.wait_for_upload_completion(upload_id,
        max_wait_time=3600)``
        """
        return self._bridge.call(
            self._async.wait_for_upload_completion,
            upload_id,
            sleep_interval=sleep_interval,
            max_wait_time=max_wait_time,
            callback=call_in_caller(callback),
            progress=progress,
            request_options=request_options,
        )

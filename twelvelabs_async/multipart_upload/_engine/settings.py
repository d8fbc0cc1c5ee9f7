"""The settings of an upload."""

from __future__ import annotations

import os
from collections.abc import Callable

from attrs import define, field

from ..._runtime.callbacks import invoke_callback
from ..._runtime.numbers import checked_count, checked_number
from ..._runtime.progress import Step
from ...list_filters import UserMetadata
from ...options import RequestOptions
from ..limits import MAX_REPORT
from ..models import CreateAssetUploadRequestType, ProgressCallback, UploadProgress

__all__ = ["UploadSettings"]


@define(kw_only=True)
class UploadSettings:
    """The parameters of `upload_file` and `upload_files`, checked."""

    filename: str | None = None
    file_type: CreateAssetUploadRequestType = "video"
    max_workers: int = 8
    batch_size: int = MAX_REPORT
    size: int | None = None
    max_size: int | None = None
    checkpoint: str | os.PathLike[str] | None = None
    upload_id: str | None = None
    progress_callback: ProgressCallback | None = field(default=None, repr=False)
    progress: bool = False
    max_retries: int = 5
    retry_delay: float = 1.0
    verify: bool = False
    enable_hls: bool | None = None
    enable_thumbnail: bool | None = None
    user_metadata: UserMetadata | None = None
    timeout: float | None = None
    request_options: RequestOptions | None = field(default=None, repr=False)

    def __attrs_post_init__(self) -> None:
        self.max_workers = checked_count(self.max_workers, "max_workers")
        self.batch_size = min(checked_count(self.batch_size, "batch_size"), MAX_REPORT)
        self.max_retries = checked_count(self.max_retries, "max_retries", 0)
        self.retry_delay = checked_number(self.retry_delay, "retry_delay", 0)
        if self.size is not None:
            self.size = checked_count(self.size, "size", 0)
        if self.max_size is not None:
            self.max_size = checked_count(self.max_size, "max_size", 0)
        if self.timeout is not None:
            self.timeout = checked_number(self.timeout, "the timeout")

    def callback(self, show: Callable[[Step], None]) -> ProgressCallback | None:
        """What gets each event of progress: the caller's callback, and what shows it."""
        given = self.progress_callback
        if not self.progress:
            return given

        async def report(event: UploadProgress) -> None:
            speed = f"{event.bytes_per_second / 1e6:.1f} MB/s"
            show(Step(event.bytes_sent, event.total_bytes, speed, in_bytes=True))
            await invoke_callback(given, event)

        return report

    @property
    def options(self) -> RequestOptions:
        """The options of each request to the API, which is retried as often as a chunk is."""
        return {"max_retries": self.max_retries, **(self.request_options or {})}

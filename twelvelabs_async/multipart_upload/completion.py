"""Waiting for an upload that goes on elsewhere."""

from __future__ import annotations

import inspect

from .._core.request import Core
from .._core.waiter import DONE, GOING, State, wait_until
from ..errors import UploadError
from ..options import RequestOptions
from . import MultipartUpload, UploadStatusPager
from .models import StatusCallback, UploadStatus

__all__ = ["wait_for_completion"]


async def wait_for_completion(
    api: MultipartUpload,
    core: Core,
    upload_id: str,
    *,
    sleep_interval: float,
    max_wait_time: float | None,
    callback: StatusCallback | None,
    request_options: RequestOptions | None,
) -> UploadStatus:
    """The last status of an upload: completed."""

    async def fetch() -> UploadStatusPager:
        return await api.get_status(upload_id, page_limit=1, request_options=request_options)

    def judge(pager: UploadStatusPager) -> State:
        if pager.status in ("failed", "expired") or pager.chunks_failed:
            why = f"{pager.chunks_failed} of its chunks failed"
            raise UploadError(
                f"upload {upload_id} will not be completed: "
                f"{why if pager.chunks_failed else f'its status is {pager.status!r}'}",
                upload_id=upload_id,
                resumable=pager.status == "active",
            )
        return DONE if pager.status == "completed" else GOING

    async def tell(pager: UploadStatusPager) -> None:
        told = None if callback is None else callback(_status(pager))
        if inspect.isawaitable(told):
            await told

    last = await wait_until(
        fetch,
        clock=core.clock,
        judge=judge,
        what=f"upload {upload_id}",
        timeout=max_wait_time,
        interval=sleep_interval,
        on_update=tell,
        redactor=core.redactor,
    )
    return _status(last)


def _status(pager: UploadStatusPager) -> UploadStatus:
    completed = pager.chunks_completed or 0
    counted = completed + (pager.chunks_pending or 0) + (pager.chunks_failed or 0)
    return UploadStatus(
        status="completed" if pager.status == "completed" else "in_progress",
        completed_chunks=completed,
        total_chunks=pager.total_chunks or counted,
    )

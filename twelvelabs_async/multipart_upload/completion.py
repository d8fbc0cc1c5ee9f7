"""Waiting for an upload that another program sends. No I/O of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from .._runtime.callbacks import invoke_callback
from .._runtime.polling import DONE, GOING, State, WaitContext, wait_until
from ..errors import UploadError, UploadTimeoutError, WaitTimeoutError
from .models import GetUploadStatusResponse, StatusCallback, UploadStatus

__all__ = ["wait_for_completion"]


async def wait_for_completion(
    fetch: Callable[[], Awaitable[GetUploadStatusResponse]],
    core: WaitContext,
    upload_id: str,
    *,
    sleep_interval: float,
    max_wait_time: float | None,
    callback: StatusCallback | None,
    progress: bool | None,
) -> UploadStatus:
    """The last status of an upload: completed."""

    def judge(state: GetUploadStatusResponse) -> State:
        if state.status in ("failed", "expired") or state.chunks_failed:
            reason = f"{state.chunks_failed} of its chunks failed"
            raise UploadError(
                f"upload {upload_id} will not be completed: "
                f"{reason if state.chunks_failed else f'its status is {state.status!r}'}",
                upload_id=upload_id,
                resumable=state.status == "active",
            )
        return DONE if state.status == "completed" else GOING

    async def report(state: GetUploadStatusResponse) -> None:
        await invoke_callback(callback, _status(state))

    try:
        last = await wait_until(
            fetch,
            core=core,
            judge=judge,
            what=f"upload {upload_id}",
            timeout=max_wait_time,
            interval=sleep_interval,
            on_update=report,
            progress=progress,
        )
    except WaitTimeoutError as error:
        raise _too_late(error, upload_id) from None
    return _status(last)


def _too_late(error: WaitTimeoutError, upload_id: str) -> UploadTimeoutError:
    late = UploadTimeoutError(str(error))
    late.upload_id = upload_id
    if isinstance(error.last, GetUploadStatusResponse):
        late.last = _status(error.last)  # what the callback saw too
        late.resumable = error.last.status == "active"
    return late


def _status(state: GetUploadStatusResponse) -> UploadStatus:
    completed = state.chunks_completed or 0
    counted = completed + (state.chunks_pending or 0) + (state.chunks_failed or 0)
    return UploadStatus(
        status="completed" if state.status == "completed" else "in_progress",
        completed_chunks=completed,
        total_chunks=state.total_chunks or counted,
    )

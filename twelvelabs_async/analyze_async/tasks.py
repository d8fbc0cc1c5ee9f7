"""Analysis tasks: one video or a set of images each, analysed in the background."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, overload

from .._runtime.core import Resource
from .._runtime.list_polling import judge, wait_by_lists
from .._runtime.model import recast
from .._runtime.pager import Page, Pager
from .._runtime.polling import ROW_LIMIT, Progress, wait_until
from .._runtime.typed_output import format_and_output
from .._runtime.urls import expand_path
from .._runtime.wire_names import to_wire
from ..analyze.models import (
    AnalyzeImageInput,
    AnalyzeImageInputDict,
    AnalyzePromptV2,
    AnalyzePromptV2Dict,
    VideoContext,
    VideoContextDict,
)
from ..errors import TwelveLabsError
from ..options import RequestOptions
from .models import (
    AnalyzeTaskResponse,
    AnalyzeTaskStatus,
    CancelAnalyzeTaskResponse,
    CreateAnalyzeTaskResponse,
    CreateAsyncAnalyzeRequestAnalysisMode,
    CreateAsyncAnalyzeRequestMaxTokens,
    CreateAsyncAnalyzeRequestMaxTokensOne,
    CreateAsyncAnalyzeRequestModelName,
    ParsedAnalyzeTaskResponse,
    TasksListRequestAnalysisMode,
    TasksListResponse,
)
from .response_formats import AsyncResponseFormat, AsyncResponseFormatDict

__all__ = [
    "CreateAsyncAnalyzeRequestAnalysisMode",
    "CreateAsyncAnalyzeRequestMaxTokens",
    "CreateAsyncAnalyzeRequestMaxTokensOne",
    "CreateAsyncAnalyzeRequestModelName",
    "Tasks",
    "TasksListRequestAnalysisMode",
    "TasksListResponse",
]

__path__: list[str] = []  # the vendor has modules below this one: _vendor_modules finds them

T = TypeVar("T")


class Tasks(Resource):
    """Analyses of single videos in the background."""

    def list(
        self,
        *,
        page: int | None = None,
        page_limit: int | None = None,
        status: AnalyzeTaskStatus | None = None,
        video_url: str | None = None,
        asset_id: str | None = None,
        video_id: str | None = None,
        analysis_mode: TasksListRequestAnalysisMode | None = None,
        request_options: RequestOptions | None = None,
    ) -> Pager[AnalyzeTaskResponse]:
        """Every analysis task, newest first; awaited, the first page.

        ``page`` counts from 1; ``page_limit`` is 1 to 50, by default 10. ``status``, ``video_url``
        (exactly), ``asset_id`` and ``analysis_mode`` limit the list, as does ``video_id`` on older
        versions of the API. In a list, prompts are cut to 30 characters. Raises `BadRequestError`
        for other values. ``GET /analyze/tasks``

        Example: ``async for task in client.analyze_async.tasks.list(status="ready"): ...``
        """
        return self._core.pages(
            Page[AnalyzeTaskResponse],
            "GET",
            "/analyze/tasks",
            query={
                "page": page,
                "page_limit": page_limit,
                "status": status,
                "video_url": video_url,
                "asset_id": asset_id,
                "video_id": video_id,
                "analysis_mode": analysis_mode,
            },
            options=request_options,
        )

    async def create(
        self,
        *,
        model_name: CreateAsyncAnalyzeRequestModelName | None = None,
        custom_id: str | None = None,
        video: VideoContext | VideoContextDict | None = None,
        image: Sequence[AnalyzeImageInput | AnalyzeImageInputDict] | None = None,
        prompt: str | None = None,
        prompt_v_2: AnalyzePromptV2 | AnalyzePromptV2Dict | None = None,
        analysis_mode: CreateAsyncAnalyzeRequestAnalysisMode | None = None,
        temperature: float | None = None,
        max_tokens: CreateAsyncAnalyzeRequestMaxTokens | None = None,
        response_format: type[Any] | AsyncResponseFormat | AsyncResponseFormatDict | None = None,
        min_segment_duration: float | None = None,
        max_segment_duration: float | None = None,
        start_time: float | None = None,
        end_time: float | None = None,
        request_options: RequestOptions | None = None,
    ) -> CreateAnalyzeTaskResponse:
        """The id of the new task, ``"queued"``; `wait_until_ready` gives its result.

        ``model_name`` is ``"pegasus1.5"`` (the default) or ``"pegasus1.6"``. What is analysed is
        ``video`` (a URL, an asset, or base64 text of at most 30 MB; files of at most 4 hours) or,
        with pegasus1.6, 1 to 20 images in ``image``. ``start_time`` and ``end_time`` are seconds of
        the file's own clock (most begin at 0), 1 second to 2 hours apart.

        ``analysis_mode`` is ``"general"`` (the default), which answers ``prompt`` or ``prompt_v_2``
        (a prompt with images), or ``"time_based_metadata"``, which finds the segments that
        ``response_format`` defines, of ``min_segment_duration`` to ``max_segment_duration`` seconds
        (2 or more). ``temperature`` is 0 to 1, by default 0.2. ``max_tokens`` is 512 to 98,304, by
        default 4,096; for segments from 2,048, by default 32,768, or with pegasus1.6
        ``"unlimited"``. ``response_format`` may be a class of yours (a pydantic model, a dataclass,
        an attrs class or a TypedDict), whose schema is sent; give it to `wait_until_ready` too.
        ``custom_id`` is an id of yours: 1 to 64 letters, digits, ``_`` and ``-``.

        An ``Idempotency-Key`` header is sent, the same with each attempt, so the call is retried;
        ``additional_headers`` may have a key of yours. Raises `BadRequestError` for wrong
        parameters, `UnprocessableEntityError` for a schema with unsupported keywords and
        `NotFoundError` for an unknown asset. ``POST /analyze/tasks``

        Example: ``task = await client.analyze_async.tasks.create(
        video={"type": "asset_id", "asset_id": asset.id}, prompt="Describe it.")``
        """
        sent, _ = format_and_output(response_format)
        return await self._core.request(
            CreateAnalyzeTaskResponse,
            "POST",
            "/analyze/tasks",
            json={
                "model_name": model_name,
                "custom_id": custom_id,
                "video": to_wire(VideoContext, video),
                "image": to_wire(Sequence[AnalyzeImageInput], image),
                "prompt": prompt,
                "prompt_v2": to_wire(AnalyzePromptV2, prompt_v_2),
                "analysis_mode": analysis_mode,
                "temperature": temperature,
                "max_tokens": max_tokens,
                "response_format": to_wire(AsyncResponseFormat, sent),
                "min_segment_duration": min_segment_duration,
                "max_segment_duration": max_segment_duration,
                "start_time": start_time,
                "end_time": end_time,
            },
            repeatable="by key",
            category="analyze",
            options=request_options,
        )

    async def retrieve(
        self, task_id: str, *, request_options: RequestOptions | None = None
    ) -> AnalyzeTaskResponse:
        """One task with its state and, once it is ready, its result.

        Raises `NotFoundError` when there is none with this id. ``GET /analyze/tasks/{task_id}``

        Example: ``task = await client.analyze_async.tasks.retrieve(task_id)``
        """
        return await self._core.request(
            AnalyzeTaskResponse,
            "GET",
            expand_path("/analyze/tasks/{task_id}", task_id),
            options=request_options,
        )

    async def delete(self, task_id: str, *, request_options: RequestOptions | None = None) -> None:
        """Nothing; the task and its result are deleted.

        Raises `ConflictError` while the task is processing and `NotFoundError` when there is none
        with this id. ``DELETE /analyze/tasks/{task_id}``

        Example: ``await client.analyze_async.tasks.delete(task_id)``
        """
        await self._core.request(
            None,
            "DELETE",
            expand_path("/analyze/tasks/{task_id}", task_id),
            options=request_options,
        )

    async def cancel(
        self, task_id: str, *, request_options: RequestOptions | None = None
    ) -> CancelAnalyzeTaskResponse:
        """The task's id with its state, ``"canceled"``.

        Canceling twice does no harm, so the call is retried. Raises `ConflictError` for a task that
        has ended or that belongs to a batch, and `NotFoundError` when there is none with this id.
        ``POST /analyze/tasks/{task_id}/cancel``

        Example: ``await client.analyze_async.tasks.cancel(task_id)``
        """
        return await self._core.request(
            CancelAnalyzeTaskResponse,
            "POST",
            expand_path("/analyze/tasks/{task_id}/cancel", task_id),
            repeatable="write",
            options=request_options,
        )

    @overload
    async def wait_until_ready(
        self,
        task_id: str,
        *,
        response_format: type[T],
        timeout: float | None = 6 * 3600.0,
        interval: float | None = None,
        on_update: Callable[[AnalyzeTaskResponse], object] | None = None,
        progress: bool | None = None,
        request_options: RequestOptions | None = None,
    ) -> ParsedAnalyzeTaskResponse[T]: ...
    @overload
    async def wait_until_ready(
        self,
        task_id: str,
        *,
        response_format: None = None,
        timeout: float | None = 6 * 3600.0,
        interval: float | None = None,
        on_update: Callable[[AnalyzeTaskResponse], object] | None = None,
        progress: bool | None = None,
        request_options: RequestOptions | None = None,
    ) -> AnalyzeTaskResponse: ...
    async def wait_until_ready(
        self,
        task_id: str,
        *,
        response_format: type[T] | None = None,
        timeout: float | None = 6 * 3600.0,
        interval: float | None = None,
        on_update: Callable[[AnalyzeTaskResponse], object] | None = None,
        progress: bool | None = None,
        request_options: RequestOptions | None = None,
    ) -> AnalyzeTaskResponse:
        """The task with its result, once its status is ``"ready"``.

        ``response_format`` is a class of yours that the task was created with: ``parsed`` of the
        task is then the answer as an object of it. The first poll is immediate; the waits between
        polls grow from 0.25 to 15 seconds, or are ``interval`` seconds. ``on_update``, plain or
        async, gets each state seen, and ``progress`` shows it (default: in a notebook). Raises
        `FailedError` with the reason when the task fails or is canceled, `WaitTimeoutError` after
        ``timeout`` seconds (None: no limit), `NotFoundError` when the task does not exist,
        `OutputTruncatedError` for an answer that was cut off and `OutputInvalidError` for one that
        is not of the class. ``GET /analyze/tasks/{task_id}``

        Example: ``task = await client.analyze_async.tasks.wait_until_ready(created.task_id)``
        """
        _, output = format_and_output(response_format)
        task = await wait_until(
            lambda: self.retrieve(task_id, request_options=request_options),
            core=self._core,
            judge=judge,
            what=f"analysis task {task_id}",
            timeout=timeout,
            interval=interval,
            on_update=on_update,
            progress=progress,
        )
        if output is None:
            return task
        result = task.result
        text, reason = (None, None) if result is None else (result.data, result.finish_reason)
        kind: type[ParsedAnalyzeTaskResponse[Any]] = ParsedAnalyzeTaskResponse
        return recast(task, kind).keep(output.parse(text, reason))

    async def wait_until_all_ready(
        self,
        task_ids: Sequence[str],
        *,
        timeout: float | None = 6 * 3600.0,
        interval: float | None = None,
        on_update: Callable[[Progress], object] | None = None,
        progress: bool | None = None,
        request_options: RequestOptions | None = None,
    ) -> dict[str, AnalyzeTaskResponse | TwelveLabsError]:
        """Each id with its task once ready, or with the error that it ended in.

        Errors are `FailedError`, `NotFoundError` or `BadRequestError` for an unknown id and, after
        ``timeout`` seconds (None: no limit), `WaitTimeoutError`; none of them ends the wait for the
        others. One request shows the states of 50 of ``task_ids``. The first round is immediate;
        the waits between rounds grow from 0.25 to 15 seconds, or are ``interval`` seconds.
        ``on_update``, plain or async, gets the counts after each round, and ``progress`` shows them
        (default: in a notebook). ``GET /analyze/tasks``

        Example: ``ends = await client.analyze_async.tasks.wait_until_all_ready(ids)``
        """
        return await wait_by_lists(
            task_ids,
            lambda _: self.list(page_limit=ROW_LIMIT, request_options=request_options),
            lambda id_: self.retrieve(id_, request_options=request_options),
            core=self._core,
            what="analysis task",
            timeout=timeout,
            interval=interval,
            on_update=on_update,
            progress=progress,
            id_of=lambda task: task.task_id,
        )

"""Batches: up to 1,000 analyses in one request."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar, overload

from .._runtime.core import Resource
from .._runtime.json_values import is_object
from .._runtime.list_polling import reason_of
from .._runtime.model import Model
from .._runtime.pager import Page, Pager
from .._runtime.polling import DONE, GOING, State, wait_until
from .._runtime.stream import Stream
from .._runtime.typed_output import format_and_output, is_output_type
from .._runtime.urls import expand_path
from .._runtime.wire_names import to_wire
from ..options import RequestOptions
from .models import (
    AnalyzeBatchStatusResponse,
    BatchDefaults,
    BatchDefaultsDict,
    BatchesListRequestAnalysisModeItem,
    BatchesListResponse,
    BatchItemRequest,
    BatchItemRequestDict,
    BatchResultItem,
    BatchStatus,
    CreateAnalyzeBatchRequestAnalysisMode,
    CreateAnalyzeBatchRequestModelName,
    CreateAnalyzeBatchResponse,
    ParsedBatchResultItem,
)

__all__ = [
    "Batches",
    "BatchesListRequestAnalysisModeItem",
    "BatchesListResponse",
    "CreateAnalyzeBatchRequestAnalysisMode",
    "CreateAnalyzeBatchRequestModelName",
]

__path__: list[str] = []  # the vendor has modules below this one: _vendor_modules finds them

T = TypeVar("T")


class Batches(Resource):
    """Analyses of many videos that share a model and a mode."""

    def list(
        self,
        *,
        page: int | None = None,
        page_limit: int | None = None,
        status: BatchStatus | Sequence[BatchStatus] | None = None,
        analysis_mode: BatchesListRequestAnalysisModeItem
        | Sequence[BatchesListRequestAnalysisModeItem]
        | None = None,
        request_options: RequestOptions | None = None,
    ) -> Pager[AnalyzeBatchStatusResponse]:
        """Every batch, newest first; awaited, the first page.

        ``page`` counts from 1; ``page_limit`` is 1 to 50, by default 10. ``status`` and
        ``analysis_mode`` take one value or several. Raises `BadRequestError` for other values.
        ``GET /analyze/batches``

        Example: ``async for batch in client.analyze_async.batches.list(status="completed"): ...``
        """
        return self._core.pages(
            Page[AnalyzeBatchStatusResponse],
            "GET",
            "/analyze/batches",
            query={
                "page": page,
                "page_limit": page_limit,
                "status": status,
                "analysis_mode": analysis_mode,
            },
            options=request_options,
        )

    async def create(
        self,
        *,
        model_name: CreateAnalyzeBatchRequestModelName,
        analysis_mode: CreateAnalyzeBatchRequestAnalysisMode,
        requests: Sequence[BatchItemRequest | BatchItemRequestDict],
        defaults: BatchDefaults | BatchDefaultsDict | None = None,
        request_options: RequestOptions | None = None,
    ) -> CreateAnalyzeBatchResponse:
        """The new batch with the id of each task; `wait_until_done` waits for its end.

        ``model_name`` is ``"pegasus1.5"``; ``analysis_mode``, ``"general"`` or
        ``"time_based_metadata"``, holds for all requests. ``requests`` are 1 to 1,000, together at
        most 2,000 hours of video; each has the asset of a ``video`` that is ready. ``defaults``
        fill what a request leaves out; a request's ``prompt`` and ``response_format`` replace
        theirs whole. ``response_format`` may be a class of yours (a pydantic model, a dataclass,
        an attrs class or a TypedDict), whose schema is sent. An account has at most 5 active
        batches. A batch expires after 24 hours.

        Raises `BadRequestError` for wrong parameters and for a ``custom_id`` that comes twice,
        `NotFoundError` for an unknown asset, `ConflictError` for one that is not ready,
        `TooManyRequestsError` past the limit of active batches, and `ServiceUnavailableError` or
        `GatewayTimeoutError` when the service cannot check the requests. It is never sent again
        when it may have been carried out. ``POST /analyze/batches``

        Example: ``batch = await client.analyze_async.batches.create(model_name="pegasus1.5",
        analysis_mode="general", requests=[{"video": {"type": "asset_id", "asset_id": asset.id}}],
        defaults={"prompt": {"input_text": "Sum up."}})``
        """
        return await self._core.request(
            CreateAnalyzeBatchResponse,
            "POST",
            "/analyze/batches",
            json={
                "model_name": model_name,
                "analysis_mode": analysis_mode,
                "requests": to_wire(Sequence[BatchItemRequest], [_sent(each) for each in requests]),
                "defaults": to_wire(BatchDefaults, _sent(defaults)),
            },
            category="analyze",
            options=request_options,
        )

    async def retrieve(
        self, batch_id: str, *, request_options: RequestOptions | None = None
    ) -> AnalyzeBatchStatusResponse:
        """One batch, with the number of its analyses in each state.

        Batches are kept for 30 days. Raises `NotFoundError` when there is none with this id.
        ``GET /analyze/batches/{batch_id}``

        Example: ``batch = await client.analyze_async.batches.retrieve(batch_id)``
        """
        return await self._core.request(
            AnalyzeBatchStatusResponse,
            "GET",
            expand_path("/analyze/batches/{batch_id}", batch_id),
            options=request_options,
        )

    async def delete(self, batch_id: str, *, request_options: RequestOptions | None = None) -> None:
        """Nothing; the batch is deleted with its tasks and results.

        Raises `ConflictError` (``batch_not_terminal``) while it is active and `NotFoundError` when
        there is none with this id. ``DELETE /analyze/batches/{batch_id}``

        Example: ``await client.analyze_async.batches.delete(batch_id)``
        """
        await self._core.request(
            None,
            "DELETE",
            expand_path("/analyze/batches/{batch_id}", batch_id),
            options=request_options,
        )

    @overload
    def results(
        self,
        batch_id: str,
        *,
        response_format: type[T],
        request_options: RequestOptions | None = None,
    ) -> Stream[ParsedBatchResultItem[T]]: ...
    @overload
    def results(
        self,
        batch_id: str,
        *,
        response_format: None = None,
        request_options: RequestOptions | None = None,
    ) -> Stream[BatchResultItem]: ...
    def results(
        self,
        batch_id: str,
        *,
        response_format: type[T] | None = None,
        request_options: RequestOptions | None = None,
    ) -> Stream[Any]:
        """Every analysis of the batch with its state and, once it has ended, its result or error.

        They come one by one as they are read, in no particular order, also while the batch is
        active. ``response_format`` is a class of yours that the requests had: ``parsed`` of each
        row is then its answer as an object of it, and reading ``parsed`` raises the errors of that
        row alone. Raises `NotFoundError` when the batch does not exist and `StreamError` when the
        results break off or cannot be read. ``GET /analyze/batches/{batch_id}/results``

        Example: ``async for row in client.analyze_async.batches.results(batch_id): ...``
        """
        _, output = format_and_output(response_format)
        return self._core.rows(
            BatchResultItem,
            "GET",
            expand_path("/analyze/batches/{batch_id}/results", batch_id),
            key="task_id",
            then=None if output is None else partial(ParsedBatchResultItem[Any].of, output),
            options=request_options,
        )

    async def cancel(
        self, batch_id: str, *, request_options: RequestOptions | None = None
    ) -> AnalyzeBatchStatusResponse:
        """The batch, ``"canceling"``: analyses that are processing still end.

        Raises `ConflictError` for a batch that has ended (``batch_completed``, ``batch_canceled``,
        ``batch_expired``) and `NotFoundError` when there is none with this id.
        ``POST /analyze/batches/{batch_id}/cancel``

        Example: ``await client.analyze_async.batches.cancel(batch_id)``
        """
        return await self._core.request(
            AnalyzeBatchStatusResponse,
            "POST",
            expand_path("/analyze/batches/{batch_id}/cancel", batch_id),
            options=request_options,
        )

    async def wait_until_done(
        self,
        batch_id: str,
        *,
        timeout: float | None = 25 * 3600.0,
        interval: float | None = None,
        on_update: Callable[[AnalyzeBatchStatusResponse], object] | None = None,
        progress: bool | None = None,
        request_options: RequestOptions | None = None,
    ) -> AnalyzeBatchStatusResponse:
        """The batch, once its status is ``"completed"``: each analysis has ended.

        That does not mean that all succeeded: see ``failed_items``, and `results` for the reasons.
        The first poll is immediate; the waits between polls grow from 0.25 to 15 seconds, or are
        ``interval`` seconds. ``on_update``, plain or async, gets each state seen, with the number
        of analyses in each state, and ``progress`` shows it (default: in a notebook). Raises
        `FailedError` when the batch is canceled or expires, `WaitTimeoutError` after ``timeout``
        seconds (None: no limit) and `NotFoundError` when the batch does not exist.
        ``GET /analyze/batches/{batch_id}``

        Example: ``batch = await client.analyze_async.batches.wait_until_done(batch_id)``
        """
        return await wait_until(
            lambda: self.retrieve(batch_id, request_options=request_options),
            core=self._core,
            judge=_judge,
            what=f"batch {batch_id}",
            timeout=timeout,
            interval=interval,
            on_update=on_update,
            progress=progress,
        )


def _judge(batch: AnalyzeBatchStatusResponse) -> State:
    if batch.status == "completed":
        return DONE
    if batch.status in ("canceled", "expired"):
        counts = f"{batch.ready_items} of {batch.total_items} analyses are ready"
        return State("failed", f"{reason_of(batch) or f'it is {batch.status}'}; {counts}")
    return GOING


def _sent(given: Any) -> Any:
    """A request, or defaults, with the format of a class in the place of the class."""
    by_name: dict[str, Any] = dict(given) if is_object(given) or isinstance(given, Model) else {}
    if not is_output_type(form := by_name.get("response_format")):
        return given
    sent, _ = format_and_output(form)
    return {**by_name, "response_format": sent}

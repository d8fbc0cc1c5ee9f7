# Generated from analyze_async/batches.py: do not edit.
"""Batches: up to 1,000 analyses in one request."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, overload

from ...analyze_async.batches import Batches as AsyncBatches
from ...analyze_async.batches import T
from ...analyze_async.models import (
    AnalyzeBatchStatusResponse,
    BatchDefaults,
    BatchDefaultsDict,
    BatchesListRequestAnalysisModeItem,
    BatchItemRequest,
    BatchItemRequestDict,
    BatchResultItem,
    BatchStatus,
    CreateAnalyzeBatchRequestAnalysisMode,
    CreateAnalyzeBatchRequestModelName,
    CreateAnalyzeBatchResponse,
    ParsedBatchResultItem,
)
from ...options import RequestOptions
from ..bridge import SyncResource, call_in_caller
from ..iterate import SyncPager, SyncStream, settle

__all__ = ["Batches"]


class Batches(SyncResource[AsyncBatches]):
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
    ) -> SyncPager[AnalyzeBatchStatusResponse]:
        """Every batch, newest first; the first page is fetched.

        ``page`` counts from 1; ``page_limit`` is 1 to 50, by default 10. ``status`` and
        ``analysis_mode`` take one value or several. Raises `BadRequestError` for other values.
        ``GET /analyze/batches``

        Example: ``for batch in client.analyze_async.batches.list(status="completed"): ...``
        """
        return SyncPager(
            self._bridge,
            self._async.list(
                page=page,
                page_limit=page_limit,
                status=status,
                analysis_mode=analysis_mode,
                request_options=request_options,
            ),
        )

    def create(
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

        Example: ``batch = client.analyze_async.batches.create(model_name="pegasus1.5",
        analysis_mode="general", requests=[{"video": {"type": "asset_id", "asset_id": asset.id}}],
        defaults={"prompt": {"input_text": "Sum up."}})``
        """
        return self._bridge.call(
            self._async.create,
            model_name=model_name,
            analysis_mode=analysis_mode,
            requests=requests,
            defaults=defaults,
            request_options=request_options,
        )

    def retrieve(
        self, batch_id: str, *, request_options: RequestOptions | None = None
    ) -> AnalyzeBatchStatusResponse:
        """One batch, with the number of its analyses in each state.

        Batches are kept for 30 days. Raises `NotFoundError` when there is none with this id.
        ``GET /analyze/batches/{batch_id}``

        Example: ``batch = client.analyze_async.batches.retrieve(batch_id)``
        """
        return self._bridge.call(self._async.retrieve, batch_id, request_options=request_options)

    def delete(self, batch_id: str, *, request_options: RequestOptions | None = None) -> None:
        """Nothing; the batch is deleted with its tasks and results.

        Raises `ConflictError` (``batch_not_terminal``) while it is active and `NotFoundError` when
        there is none with this id. ``DELETE /analyze/batches/{batch_id}``

        Example: ``client.analyze_async.batches.delete(batch_id)``
        """
        self._bridge.call(self._async.delete, batch_id, request_options=request_options)

    @overload
    def results(
        self,
        batch_id: str,
        *,
        response_format: type[T],
        request_options: RequestOptions | None = None,
    ) -> SyncStream[ParsedBatchResultItem[T]]: ...

    @overload
    def results(
        self,
        batch_id: str,
        *,
        response_format: None = None,
        request_options: RequestOptions | None = None,
    ) -> SyncStream[BatchResultItem]: ...

    def results(
        self,
        batch_id: str,
        *,
        response_format: type[T] | None = None,
        request_options: RequestOptions | None = None,
    ) -> SyncStream[Any]:
        """Every analysis of the batch with its state and, once it has ended, its result or error.

        They come one by one as they are read, in no particular order, also while the batch is
        active. ``response_format`` is a class of yours that the requests had: ``parsed`` of each
        row is then its answer as an object of it, and reading ``parsed`` raises the errors of that
        row alone. Raises `NotFoundError` when the batch does not exist and `StreamError` when the
        results break off or cannot be read. ``GET /analyze/batches/{batch_id}/results``

        Example: ``for row in client.analyze_async.batches.results(batch_id): ...``
        """
        # Any: no overload takes the union of the parameters that this one has.
        made: Any = self._async.results
        settled: SyncStream[Any] = settle(
            self._bridge,
            made(batch_id, response_format=response_format, request_options=request_options),
        )
        return settled

    def cancel(
        self, batch_id: str, *, request_options: RequestOptions | None = None
    ) -> AnalyzeBatchStatusResponse:
        """The batch, ``"canceling"``: analyses that are processing still end.

        Raises `ConflictError` for a batch that has ended (``batch_completed``, ``batch_canceled``,
        ``batch_expired``) and `NotFoundError` when there is none with this id.
        ``POST /analyze/batches/{batch_id}/cancel``

        Example: ``client.analyze_async.batches.cancel(batch_id)``
        """
        return self._bridge.call(self._async.cancel, batch_id, request_options=request_options)

    def wait_until_done(
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
        ``interval`` seconds. ``on_update`` gets each state seen, with the number of analyses in
        each state, and ``progress`` shows it (default: in a notebook). Raises `FailedError` when
        the batch is canceled or expires, `WaitTimeoutError` after ``timeout`` seconds (None: no
        limit) and `NotFoundError` when the batch does not exist.
        ``GET /analyze/batches/{batch_id}``

        Example: ``batch = client.analyze_async.batches.wait_until_done(batch_id)``
        """
        return self._bridge.call(
            self._async.wait_until_done,
            batch_id,
            timeout=timeout,
            interval=interval,
            on_update=call_in_caller(on_update),
            progress=progress,
            request_options=request_options,
        )

"""Reports to the service, and its replies about a session."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import TypeVar

from ...errors import ApiError, DecodeError, NotFoundError, TransportError, UploadError
from ...options import RequestOptions
from ..models import CompletedChunk
from .api import SessionState, UploadApi
from .session import Session, is_id
from .settings import UploadSettings

__all__ = ["Reporter", "SessionEnded"]

T = TypeVar("T")

_LINGER = 1.0  # seconds between two reports that are not full
_FLUSH = 10.0  # seconds that the last report of a failed upload may take
_ALONE = 8  # chunks refused one by one, after which the rest of a batch counts as refused

_SESSION_REFUSED = frozenset({400, 403, 404, 409, 410, 422})
"""The statuses of the service when the session may have ended."""
_PROOF_REFUSED = frozenset({400, 409, 422})
"""Its statuses when an ETag is not the one that it expects."""


class SessionEnded(Exception):  # noqa: N818  # does not leave the engine
    """The service does not take chunks of this session any more."""


class Reporter:
    """Reports chunks to the service in batches, as storage takes them.

    `refused` has the chunks whose ETags the service does not accept: they must be sent again.
    """

    def __init__(self, api: UploadApi, session: Session, settings: UploadSettings) -> None:
        self._api = api
        self._session = session
        self._total = session.plan.total
        self._settings = settings
        self._unreported: deque[int] = deque()
        self._changed = asyncio.Event()
        self._refusals: Counter[int] = Counter()
        self.refused: dict[int, ApiError] = {}
        self.completed = False
        self.total_completed: int | None = None
        self.asset_url = ""

    def add(self, *chunks: int) -> None:
        """Queue these chunks, which storage has taken, for a report."""
        self._unreported.extend(chunks)

    def wake(self) -> None:
        """Check again whether there is something to report."""
        self._changed.set()

    @property
    def refused_most(self) -> int:
        """How many times the chunk that was refused most often was refused."""
        return max(self._refusals.values(), default=0)

    async def run(
        self, is_last: Callable[[], bool], check_source: Callable[[], Awaitable[None]]
    ) -> None:
        """Report chunks as they finish; return when no more will come and all are reported."""
        clock = self._api.clock
        reported_at = clock.monotonic()
        while not self.completed:
            self._changed.clear()
            last = is_last()
            waiting = len(self._unreported)
            due = clock.monotonic() - reported_at >= _LINGER
            if waiting and (last or due or waiting >= self._settings.batch_size):
                await check_source()  # this report may be the one that makes the asset
                await self._report_next(self._settings.options)
                reported_at = clock.monotonic()
            elif last:
                return
            else:
                await self._changed.wait()

    async def flush(self) -> None:
        """Report the chunks that the service does not know of, if that can be done quickly."""
        options: RequestOptions = {
            **self._settings.options,
            "max_retries": 0,
            "timeout_in_seconds": _FLUSH,
        }
        with suppress(ApiError, TransportError, DecodeError, UploadError, SessionEnded):
            while self._unreported and not self.completed:
                await self._report_next(options)

    async def _report_next(self, options: RequestOptions) -> None:
        count = min(len(self._unreported), self._settings.batch_size)
        batch = [self._unreported[at] for at in range(count)]
        await self._report_batch(batch, options)
        for _ in batch:
            self._unreported.popleft()

    async def _report_batch(self, batch: Sequence[int], options: RequestOptions) -> None:
        """Report a batch, and where it is refused find the chunks whose ETags are to blame.

        They lose their ETags: reported again, they would be refused again, for ever.
        """
        parts = [batch]
        asked = accepted = False
        alone = 0
        while parts and not self.completed:
            # The service may have taken some of them in the meantime, or found some bad.
            part = [i for i in parts.pop() if i in self._session.etags]
            if asked:
                part = [i for i in part if i not in self._session.reported]
            if not part:
                continue
            try:
                await self._report(part, options)
                accepted = True
            except ApiError as error:
                if error.status_code not in _SESSION_REFUSED:
                    raise
                if not asked:
                    asked = True
                    if await self._ends_with(error):
                        return
                if error.status_code not in _PROOF_REFUSED:
                    raise
                if len(part) > 1 and (accepted or alone < _ALONE):
                    half = len(part) // 2
                    parts += [part[half:], part[:half]]
                else:
                    alone += 1
                    for index in part:
                        self._refuse(index, error)

    async def _report(self, chunks: Sequence[int], options: RequestOptions) -> None:
        session = self._session
        reply = await self._api.report(
            session.upload_id,
            [
                CompletedChunk(
                    chunk_index=index,
                    proof=session.etags[index],
                    chunk_size=session.plan.length(index),
                )
                for index in chunks
            ],
            options,
        )
        session.reported.update(chunks)
        for index in chunks:
            self.refused.pop(index, None)
        if session.asset_id is None and is_id(reply.asset_id):
            session.asset_id = reply.asset_id
        self.asset_url = reply.url or self.asset_url
        self.total_completed = reply.total_completed

    def _refuse(self, index: int, error: ApiError) -> None:
        self._session.etags.pop(index, None)
        self.refused[index] = error
        self._refusals[index] += 1

    # The session

    async def in_session(self, call: Callable[[], Awaitable[T]]) -> T | None:
        """What a call returns; None when it was refused because the session is complete."""
        try:
            return await call()
        except ApiError as error:
            if error.status_code not in _SESSION_REFUSED:
                raise
            if not await self._ends_with(error):
                raise
            self.wake()
            return None

    async def ask_about(self, failure: Exception) -> None:
        """SessionEnded when that is why storage does not take a chunk."""
        if isinstance(failure, ApiError) and failure.status_code in _SESSION_REFUSED:
            with suppress(ApiError, TransportError, DecodeError):
                await self.ask()

    async def _ends_with(self, error: ApiError) -> bool:
        """Whether a call was refused because the session is complete."""
        try:
            await self.ask()
        except SessionEnded as ended:
            raise ended from error
        return self.completed

    async def ask(self) -> None:
        """Record which chunks the service has; SessionEnded when it takes no more."""
        session = self._session
        state = await self._state()
        if state.total_size not in (None, session.total_size) or (
            state.total_chunks is not None and state.total_chunks > self._total
        ):
            raise UploadError(
                f"upload {session.upload_id} is of {state.total_size} bytes in "
                f"{state.total_chunks} chunks, and not of {session.total_size} in {self._total}"
            )
        if state.status == "completed":
            self.completed = True
            session.reported = set(range(1, self._total + 1))
            if session.asset_id is None and is_id(state.asset_id):
                session.asset_id = state.asset_id
        elif state.status in ("expired", "failed"):
            raise SessionEnded(f"its status is {state.status!r}")
        else:
            listed = {i: s for i, s in state.chunks.items() if 1 <= i <= self._total}
            # A chunk that is not listed at all is not there either.
            session.reported = {index for index, found in listed.items() if found == "completed"}
            for index, found in listed.items():
                if found == "failed":
                    session.etags.pop(index, None)

    async def _state(self) -> SessionState:
        session = self._session
        try:
            return await self._api.status(session.upload_id, self._settings.options)
        except NotFoundError as error:
            raise SessionEnded("the service no longer knows it") from error

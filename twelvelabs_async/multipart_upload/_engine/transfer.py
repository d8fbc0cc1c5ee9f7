"""The chunks of one session: workers send them, a reporter reports them to the service."""

from __future__ import annotations

import asyncio
import base64
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from itertools import islice

from ..._runtime import retry as policy
from ..._runtime.async_body import STEP
from ..._runtime.blocking_body import BlockingBody
from ..._runtime.frames import drop_locals
from ..._runtime.semaphores import PrioritySemaphore
from ..._runtime.threads import run_blocking
from ...errors import ApiError, DecodeError, TransportError, UploadError
from ...options import Retry
from ..models import PresignedUrlChunk, RequestAdditionalPresignedUrLsResponse
from .api import UploadApi
from .checkpoint import Checkpoint
from .progress import ProgressTracker
from .reporter import Reporter
from .session import Session, is_etag
from .settings import UploadSettings
from .source import InMemory, Source
from .urls import PresignedUrls

__all__ = ["Transfer"]

_BACKOFF_MAX = 30.0  # seconds
_REFUSALS = 2  # of one chunk's ETag, after which it is not sent once more

# Storage's statuses: a URL that expired or was used is 403 at AWS, 400 elsewhere.
_URL_REFUSED = frozenset({400, 401, 403})
_BUSY = frozenset({429, 503})
_FINAL = frozenset({404, 405, 410, 411, 413, 415, 501})

_MD5 = re.compile(r"[0-9a-f]{32}", re.IGNORECASE)


class _Chunk(BlockingBody):
    """One chunk as a request's body: counts the bytes sent."""

    def __init__(self, source: Source, offset: int, size: int, tracker: ProgressTracker) -> None:
        self._source = source
        self._offset = offset
        self._tracker = tracker
        self.size = size
        self.sent = 0

    def __iter__(self) -> Iterator[bytes | memoryview]:
        return self._source.pieces(self._offset, self.size)

    def on_sent(self, size: int) -> None:
        """Count bytes that were sent."""
        self.sent += size
        self._tracker.sent(size)

    def digest(self) -> bytes:
        """The MD5 of what will be sent."""
        return self._source.md5(self._offset, self.size)


class Transfer:
    """Sends the chunks that a session lacks.

    Workers send chunks, a reporter reports them in batches as they finish, and `PresignedUrls`
    requests URLs before they are needed; none of them waits for a batch of another to be full.
    `failed` holds the chunks whose last attempt failed.
    """

    def __init__(
        self,
        api: UploadApi,
        source: Source,
        session: Session,
        settings: UploadSettings,
        *,
        permits: PrioritySemaphore,
        rank: int,
        tracker: ProgressTracker,
        checkpoint: Checkpoint,
    ) -> None:
        self._api = api
        self._source = source
        self._session = session
        self._plan = session.plan
        self._settings = settings
        self._permits = permits
        self._rank = rank
        self._tracker = tracker
        self._checkpoint = checkpoint
        self._retry = Retry(settings.max_retries, settings.retry_delay, _BACKOFF_MAX, api.max_wait)
        self._headers = session.upload_headers
        self._urls = PresignedUrls(self._fetch_urls, self._upcoming, self._plan.total, api.clock)
        self._todo: deque[int] = deque()
        self._under_way = 0
        self._order = asyncio.Lock()
        self._position = 1  # the next chunk of a source that is read in order
        self.reporter = Reporter(api, session, settings)
        self.failed: dict[int, Exception] = {}

    @property
    def complete(self) -> bool:
        """Whether the service says that it has every chunk."""
        reporter = self.reporter
        return reporter.completed or (
            reporter.total_completed == self._plan.total and not reporter.refused
        )

    async def run(self, urls: Sequence[PresignedUrlChunk] | None) -> None:
        """Return when the service has every chunk. `urls` are those at hand.

        SessionEnded when the service ends the session; UploadError when a chunk failed for good, or
        the source changed.
        """
        session, reporter, total = self._session, self.reporter, self._plan.total
        held = session.held
        self._tracker.begin(self._plan, len(held), self._plan.bytes_of(held))
        self._urls.add(urls, None)
        reporter.add(*sorted(session.etags.keys() - session.reported))
        if len(session.reported) == total and not reporter.completed and session.etags:
            reporter.add(
                next(iter(session.etags))
            )  # once more: its reply says whether it was the last
        lacking = [index for index in range(1, total + 1) if index not in held]
        left = self._settings.max_retries + 1
        while not reporter.completed:
            await self._send(lacking)
            if self.complete:
                return
            lacking = await self._lost()
            left -= 1
            if not (reporter.completed or (left and lacking)) or reporter.refused_most > _REFUSALS:
                raise self._incomplete(lacking)

    def _incomplete(self, lacking: Sequence[int]) -> UploadError:
        refused = self.reporter.refused
        self.failed.update(refused)
        if refused:
            index, error = next(iter(refused.items()))
            failure = UploadError(
                f"the service refuses the ETag of chunk {index}: {error}", resumable=True
            )
            failure.__cause__ = error
            return failure
        what = f"keep chunks {lacking[:10]}" if lacking else "complete the upload"
        return UploadError(f"the service does not {what}", resumable=True)

    async def _lost(self) -> list[int]:
        """The chunks that storage took, and that the service does not have after all."""
        await self.reporter.ask()
        session = self._session
        lost = [i for i in range(1, self._plan.total + 1) if i not in session.reported]
        for index in lost:
            session.etags.pop(index, None)
        self._tracker.rewind(self._plan.bytes_of(lost), len(lost))
        return lost

    # Workers

    async def _send(self, lacking: Sequence[int]) -> None:
        self._todo.extend(lacking)
        task = asyncio.current_task()
        assert task is not None
        cancels = task.cancelling()
        first: BaseException | None = None
        cancelled: asyncio.CancelledError | None = None
        try:
            try:
                async with asyncio.TaskGroup() as group:
                    progress = group.create_task(self._tracker.run())
                    others = [
                        group.create_task(self._urls.keep()),
                        group.create_task(self._checkpoint.run()),
                    ]
                    workers = range(min(self._settings.max_workers, len(lacking)))
                    others += [group.create_task(self._work()) for _ in workers]
                    try:
                        await group.create_task(
                            self.reporter.run(self._is_last, self._check_source)
                        )
                        self._tracker.stop()
                        for other in others:
                            other.cancel()
                        # Here: Python before 3.13 leaves the task of a group that fails while it
                        # is left looking as if it were cancelled.
                        await asyncio.wait([progress, *others])
                    except asyncio.CancelledError as error:
                        cancelled = error
                        raise
            except BaseExceptionGroup as errors:
                if task.cancelling() > cancels:
                    # Python before 3.13 forgets the cancellation when a task fails too.
                    raise (cancelled or asyncio.CancelledError()) from None
                first = errors.exceptions[0]
            if first is not None:
                # Not within `except`: its context would be the group, which holds it.
                raise first
        finally:
            first = cancelled = None  # they hold this frame

    def _is_last(self) -> bool:
        return not self._todo and not self._under_way

    async def _work(self) -> None:
        while self._todo:
            self._under_way += 1
            if self._source.ranged:
                await self._deliver(self._todo.popleft(), None)
            else:
                async with self._permits.acquire(self._rank):
                    index, content = await self._read_next()
                    if content is not None:
                        await self._deliver(index, content)
                    del content  # frees its memory before the next one is read
            self._under_way -= 1
            self.reporter.wake()

    async def _read_next(self) -> tuple[int, bytes | memoryview | None]:
        """The next chunk that is wanted, whole; None when another worker had the last."""
        async with self._order:
            while self._todo:
                index = self._position
                if self._todo[0] < index:
                    raise UploadError(f"chunk {index} cannot be read again", resumable=True)
                length = self._plan.length(index)
                if self._todo[0] == index:
                    content = await self._source.read(self._plan.offset(index), length)
                    self._position += 1
                    return self._todo.popleft(), content
                for start in range(0, length, STEP):  # the service has it
                    await self._source.read(0, min(STEP, length - start))
                self._position += 1
        return 0, None

    async def _deliver(self, index: int, content: bytes | memoryview | None) -> None:
        """Send a chunk to storage; `content` is its bytes where they are in memory already."""
        attempt = 0
        while True:
            # A chunk in memory keeps its permit while it waits, since it keeps its memory.
            permit: AbstractAsyncContextManager[object] = (
                self._permits.acquire(self._rank) if content is None else nullcontext()
            )
            async with permit:
                epoch = self._permits.epoch
                body = self._body(index, content)
                try:
                    etag = await self._put(index, body)
                except (ApiError, TransportError, DecodeError) as error:
                    drop_locals(error)  # kept for the end, where the headers are shown with it
                    failure = error
                except (OSError, UploadError) as error:
                    self.failed[index] = error
                    raise
                else:
                    break
            self.failed[index] = failure
            self._tracker.rewind(body.sent)
            if isinstance(failure, ApiError) and failure.status_code in _BUSY:
                self._permits.shrink(epoch)
            try:
                seconds = self._wait_after(failure, attempt)
                if seconds is None:
                    await self.reporter.ask_about(failure)
                    raise UploadError(
                        f"chunk {index} failed {attempt + 1} times, last with: {failure}",
                        resumable=True,
                    ) from failure
            finally:
                del failure  # it holds this frame, and that the chunk
            await self._api.clock.sleep(seconds)
            attempt += 1
        self.failed.pop(index, None)
        self._session.etags[index] = etag
        self.reporter.add(index)
        self._permits.grow()
        self._tracker.chunk_done()
        self._checkpoint.changed()

    def _body(self, index: int, content: bytes | memoryview | None) -> _Chunk:
        length = self._plan.length(index)
        if content is None:
            return _Chunk(self._source, self._plan.offset(index), length, self._tracker)
        return _Chunk(InMemory(content), 0, length, self._tracker)

    async def _put(self, index: int, body: _Chunk) -> str:
        """The ETag that storage gave the chunk."""
        headers: Mapping[str, str] = self._headers
        digest = None
        if self._settings.verify:
            digest = await run_blocking(body.digest)
            headers = {**headers, "Content-MD5": base64.b64encode(digest).decode()}
        reply = await self._api.put(await self._urls.take(index), headers, body)
        if body.sent != body.size:
            raise TransportError("storage replied before it had the whole chunk")
        etag = reply.headers.get("ETag", "").removeprefix("W/").strip('"')
        if not etag:
            raise DecodeError("storage took the chunk without an ETag", status_code=reply.status)
        if not is_etag(etag):
            raise DecodeError("storage gave an ETag that is malformed", status_code=reply.status)
        differs = digest is not None and digest.hex() != etag.lower()
        if differs and _is_md5(etag, reply.headers):
            raise TransportError("storage has other bytes than were sent")
        return etag

    def _wait_after(self, failure: Exception, attempt: int) -> float | None:
        """Seconds until a chunk that failed is sent again; None when it is not."""
        if attempt >= self._settings.max_retries:
            return None
        assert isinstance(failure, (ApiError, TransportError, DecodeError))
        status = failure.status_code if isinstance(failure, ApiError) else None
        if status in _FINAL:
            return None
        if status in _URL_REFUSED and not attempt:
            return 0.0  # a new URL is all it needs
        return policy.delay(failure, attempt, self._retry, self._api.clock)

    async def _check_source(self) -> None:
        # What is read in order shows its end only when all of it was read.
        if self._source.ranged or self._position > self._plan.total:
            await self._source.finish()

    # Presigned URLs

    def _upcoming(self, count: int) -> Iterable[int]:
        return islice(self._todo, count)

    async def _fetch_urls(self, start: int, count: int) -> RequestAdditionalPresignedUrLsResponse:
        reply = await self.reporter.in_session(
            lambda: self._api.urls(self._session.upload_id, start, count, self._settings.options)
        )
        if reply is None:
            await asyncio.Event().wait()  # until the reporter ends it all
            raise AssertionError
        return reply


def _is_md5(etag: str, headers: Mapping[str, str]) -> bool:
    """Whether an ETag is the MD5 of what was sent: with a key of its own, storage only seems so.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
    """
    own_key = headers.get("x-amz-server-side-encryption", "").startswith("aws:kms") or (
        "x-amz-server-side-encryption-customer-algorithm" in headers
    )
    return not own_key and _MD5.fullmatch(etag) is not None

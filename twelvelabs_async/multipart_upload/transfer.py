"""The chunks of one session: sent by workers, told to the service by a reporter."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
from collections import deque
from collections.abc import (
    Awaitable,
    Callable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from itertools import islice
from typing import TypeVar

from .._core import retry as policy
from .._core.files import STEP, Feed
from .._core.request import Core
from .._core.threads import run_blocking
from ..errors import ApiError, DecodeError, NotFoundError, TransportError, UploadError
from ..options import RequestOptions, Retry
from . import (
    CompletedChunk,
    MultipartUpload,
    PresignedUrlChunk,
    RequestAdditionalPresignedUrLsResponse,
    UploadStatusPager,
)
from .checkpoint import Checkpoint, Session
from .progress import Meter
from .settings import Settings
from .slots import Slots
from .source import InMemory, Source
from .urls import Urls

__all__ = ["SessionOver", "Transfer"]

T = TypeVar("T")

_LINGER = 1.0  # seconds between two reports that are not full
_BACKOFF_MAX = 30.0  # seconds
_FLUSH = 10.0  # seconds that the last report of a failed upload may take
_PAGE = 50  # rows of a list, the most that the service gives

# What storage answers: an address that expired or was used is 403 at AWS, 400 elsewhere.
_ADDRESS_REFUSED = frozenset({400, 401, 403})
_BUSY = frozenset({429, 503})
_FINAL = frozenset({404, 405, 410, 411, 413, 415, 501})
# What the service answers when the session may be over.
_SESSION_REFUSED = frozenset({400, 403, 404, 409, 410, 422})

_OURS = frozenset({"content-length", "host", "transfer-encoding", "x-api-key"})
_MD5 = re.compile(r"[0-9a-f]{32}", re.IGNORECASE)


class SessionOver(Exception):  # noqa: N818  # does not leave the uploader
    """The service does not go on with this session."""


class _Chunk(Feed):
    """A chunk on its way: counts what has gone out."""

    def __init__(self, source: Source, offset: int, size: int, meter: Meter) -> None:
        self._source = source
        self._offset = offset
        self._meter = meter
        self.size = size
        self.sent = 0

    def __iter__(self) -> Iterator[bytes | memoryview]:
        return self._source.pieces(self._offset, self.size)

    def went(self, size: int) -> None:
        """Count so many bytes more."""
        self.sent += size
        self._meter.sent(size)

    def digest(self) -> bytes:
        """The MD5 of what will be sent."""
        digest = hashlib.md5(usedforsecurity=False)
        for piece in self:
            digest.update(piece)
        return digest.digest()


class Transfer:
    """Sends what a session lacks.

    Workers send chunks, a reporter tells the service of them in batches as they finish, and `Urls`
    keeps addresses ahead of them; none of them waits for a batch of another to be full. `failed`
    holds the chunks whose last attempt failed.
    """

    def __init__(
        self,
        api: MultipartUpload,
        core: Core,
        source: Source,
        session: Session,
        settings: Settings,
        *,
        slots: Slots,
        rank: int,
        meter: Meter,
        checkpoint: Checkpoint,
    ) -> None:
        self._api = api
        self._core = core
        self._source = source
        self._session = session
        self._plan = session.plan
        self._settings = settings
        self._slots = slots
        self._rank = rank
        self._meter = meter
        self._checkpoint = checkpoint
        self._retry = Retry(
            settings.max_retries, settings.retry_delay, _BACKOFF_MAX, core.retry.max_wait
        )
        self._headers = {
            name: value
            for name, value in session.upload_headers.items()
            if name.lower() not in _OURS
        }
        self._urls = Urls(self._fetch_urls, self._upcoming, core.clock)
        self._todo: deque[int] = deque()
        self._under_way = 0
        self._unreported: deque[int] = deque()
        self._news = asyncio.Event()
        self._order = asyncio.Lock()
        self._position = 1  # the next chunk of a source that is read in order
        self._completed = False
        self._total_completed: int | None = None
        self.failed: dict[int, Exception] = {}
        self.asset_url = ""

    async def run(self, addresses: Sequence[PresignedUrlChunk] | None) -> None:
        """Return when the service has every chunk. `addresses` are those at hand.

        SessionOver when the service does not go on with the session; UploadError when a chunk
        failed for good, or the source changed.
        """
        session, total = self._session, self._plan.total
        held = session.reported | session.etags.keys()
        self._meter.begin(self._plan, len(held), self._plan.bytes_of(held))
        self._urls.add(addresses, None)
        self._unreported.extend(sorted(session.etags.keys() - session.reported))
        if len(session.reported) == total and not self._completed and session.etags:
            self._unreported.append(next(iter(session.etags)))  # told again, to hear the end of it
        lacking = [index for index in range(1, total + 1) if index not in held]
        left = self._settings.max_retries + 1
        while not self._completed:
            await self._send(lacking)
            if (self._total_completed or 0) >= total:
                return
            lacking = await self._lost()
            left -= 1
            if not self._completed and not (left and lacking):
                what = f"keep chunks {lacking[:10]}" if lacking else "complete the upload"
                raise UploadError(f"the service does not {what}", resumable=True)

    async def ask(self) -> str | None:
        """The session's status, after taking in which chunks the service has."""
        session = self._session
        pager = await self._status()
        if pager.status == "completed":
            self._completed = True
            session.reported = set(range(1, self._plan.total + 1))
            session.asset_id = session.asset_id or pager.response.extra.get("asset_id")
        elif pager.status in ("expired", "failed"):
            raise SessionOver(f"its status is {pager.status!r}")
        else:
            kept: set[int] = set()  # a chunk that is not listed at all is not there either
            async for chunk in pager:
                if chunk.index is None or not 1 <= chunk.index <= self._plan.total:
                    continue
                if chunk.status == "completed":
                    kept.add(chunk.index)
                elif chunk.status == "failed":
                    session.etags.pop(chunk.index, None)
            session.reported = kept
        return pager.status

    async def flush(self) -> None:
        """Tell the service of the chunks that it does not know of, if that can be done quickly."""
        options: RequestOptions = {
            **self._settings.options,
            "max_retries": 0,
            "timeout_in_seconds": _FLUSH,
        }
        with suppress(ApiError, TransportError, DecodeError, UploadError):
            while self._unreported:
                await self._tell(options)

    # Workers

    async def _send(self, lacking: Sequence[int]) -> None:
        self._todo.extend(lacking)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._meter.run())
                others = [
                    group.create_task(self._urls.keep()),
                    group.create_task(self._checkpoint.run()),
                ]
                workers = range(min(self._settings.max_workers, len(lacking)))
                others += [group.create_task(self._work()) for _ in workers]
                await group.create_task(self._report())
                self._meter.stop()
                for task in others:
                    task.cancel()
        except ExceptionGroup as errors:
            first = errors.exceptions[0]
            raise first from first.__cause__

    async def _work(self) -> None:
        while self._todo:
            self._under_way += 1
            if self._source.ranged:
                await self._deliver(self._todo.popleft(), None)
            else:
                async with self._slots.place(self._rank):
                    index, content = await self._read_next()
                    if content is not None:
                        await self._deliver(index, content)
                    del content  # its memory is to be free before the next one is read
            self._under_way -= 1
            self._news.set()

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
        """Have storage take a chunk; `content` is its bytes where they are in memory already."""
        attempt = 0
        while True:
            # A chunk in memory keeps its place while it waits, since it keeps its memory.
            place: AbstractAsyncContextManager[None] = (
                self._slots.place(self._rank) if content is None else nullcontext()
            )
            async with place:
                epoch = self._slots.epoch
                body = self._body(index, content)
                try:
                    etag = await self._put(index, body)
                except (ApiError, TransportError, DecodeError) as error:
                    failure = error
                except (OSError, UploadError) as error:
                    self.failed[index] = error
                    raise
                else:
                    break
            self.failed[index] = failure
            self._meter.rewind(body.sent)
            if isinstance(failure, ApiError) and failure.status_code in _BUSY:
                self._slots.slow_down(epoch)
            seconds = self._wait_after(failure, attempt)
            if seconds is None:
                await self._ask_about(failure)
                raise UploadError(
                    f"chunk {index} failed {attempt + 1} times, last with: {failure}",
                    resumable=True,
                ) from failure
            await self._core.clock.sleep(seconds)
            attempt += 1
        self.failed.pop(index, None)
        self._session.etags[index] = etag
        self._unreported.append(index)
        self._slots.went_through()
        self._meter.taken()
        self._checkpoint.changed()

    async def _ask_about(self, failure: Exception) -> None:
        """SessionOver when that is why storage does not take a chunk."""
        if isinstance(failure, ApiError) and failure.status_code in _SESSION_REFUSED:
            with suppress(ApiError, TransportError, DecodeError):
                await self.ask()

    def _body(self, index: int, content: bytes | memoryview | None) -> _Chunk:
        length = self._plan.length(index)
        if content is None:
            return _Chunk(self._source, self._plan.offset(index), length, self._meter)
        return _Chunk(InMemory(content), 0, length, self._meter)

    async def _put(self, index: int, body: _Chunk) -> str:
        """The ETag that storage gave the chunk."""
        headers: Mapping[str, str] = self._headers
        digest = None
        if self._settings.verify:
            digest = await run_blocking(body.digest)
            headers = {**headers, "Content-MD5": base64.b64encode(digest).decode()}
        reply = await self._core.put(await self._urls.take(index), headers, body)
        if body.sent != body.size:
            raise TransportError("storage answered before it had the whole chunk")
        etag = reply.headers.get("ETag", "").removeprefix("W/").strip('"')
        if not etag:
            raise DecodeError("storage took the chunk without an ETag", status_code=reply.status)
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
        if status in _ADDRESS_REFUSED and not attempt:
            return 0.0  # a new address is all it needs
        return policy.delay(failure, attempt, self._retry, self._core.clock)

    # Addresses

    def _upcoming(self, count: int) -> Iterable[int]:
        return islice(self._todo, count)

    async def _fetch_urls(self, start: int, count: int) -> RequestAdditionalPresignedUrLsResponse:
        reply = await self._in_session(
            lambda: self._api.get_additional_presigned_urls(
                self._session.upload_id,
                start=start,
                count=count,
                request_options=self._settings.options,
            )
        )
        if reply is None:
            await asyncio.Event().wait()  # until the reporter ends it all
            raise AssertionError
        return reply

    # Reports

    async def _report(self) -> None:
        """Tell the service of chunks as they finish, and return when it knows of all."""
        told = self._core.clock.monotonic()
        while not self._completed:
            self._news.clear()
            last = not self._todo and not self._under_way
            waiting = len(self._unreported)
            now = self._core.clock.monotonic()
            if waiting and (last or waiting >= self._settings.batch_size or now - told >= _LINGER):
                await self._in_session(lambda: self._tell(self._settings.options))
                told = now
            elif last:
                return
            else:
                await self._news.wait()

    async def _tell(self, options: RequestOptions) -> None:
        session = self._session
        batch = list(islice(self._unreported, self._settings.batch_size))
        await self._check_source()  # this report may be the one that makes the asset
        reply = await self._api.report_chunk_batch(
            session.upload_id,
            completed_chunks=[
                CompletedChunk(
                    chunk_index=index,
                    proof=session.etags[index],
                    chunk_size=self._plan.length(index),
                )
                for index in batch
            ],
            request_options=options,
        )
        for _ in batch:
            self._unreported.popleft()
        session.reported.update(batch)
        session.asset_id = session.asset_id or reply.asset_id
        self.asset_url = reply.url or self.asset_url
        self._total_completed = reply.total_completed

    async def _check_source(self) -> None:
        # What is read in order tells its end only when all of it was read.
        if self._source.ranged or self._position > self._plan.total:
            await self._source.finish()

    async def _lost(self) -> list[int]:
        """The chunks that were reported, and that the service does not have after all."""
        await self.ask()
        session = self._session
        lost = [i for i in range(1, self._plan.total + 1) if i not in session.reported]
        for index in lost:
            session.etags.pop(index, None)
        self._meter.rewind(self._plan.bytes_of(lost), len(lost))
        return lost

    # The session

    async def _in_session(self, call: Callable[[], Awaitable[T]]) -> T | None:
        """What a call returns; None when it was refused because the session is complete."""
        try:
            return await call()
        except ApiError as error:
            if error.status_code in _SESSION_REFUSED:
                try:
                    await self.ask()
                except SessionOver as over:
                    raise over from error
                if self._completed:
                    self._news.set()
                    return None
            raise

    async def _status(self) -> UploadStatusPager:
        try:
            return await self._api.get_status(
                self._session.upload_id, page_limit=_PAGE, request_options=self._settings.options
            )
        except NotFoundError as error:
            raise SessionOver("the service does not know it any more") from error


def _is_md5(etag: str, headers: Mapping[str, str]) -> bool:
    """Whether an ETag is the MD5 of what was sent: with a key of its own, storage only seems so.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
    """
    own_key = headers.get("x-amz-server-side-encryption", "").startswith("aws:kms") or (
        "x-amz-server-side-encryption-customer-algorithm" in headers
    )
    return not own_key and _MD5.fullmatch(etag) is not None

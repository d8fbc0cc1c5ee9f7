"""A call's way: build, wait for a place, attempt, try again, decode."""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar, cast, overload
from urllib.parse import urlsplit

from ..errors import (
    ApiError,
    ClientClosedError,
    DecodeError,
    RequestTimeoutError,
    TransportError,
    TwelveLabsError,
)
from ..options import RequestOptions, Retry, Timeouts
from . import retry as policy
from . import wire

if TYPE_CHECKING:
    from .clock import Clock
    from .convert import TypeForm
    from .files import Body
    from .limiter import Category, Limiter
    from .pager import Cursor, Pager, Rows
    from .stream import Stream
    from .transport import Opened, Reply, Transport

__all__ = ["Core", "Exchange", "RawResponse", "Resource"]

T = TypeVar("T")
log = logging.getLogger("twelvelabs_async")

_MOST_JSON = "application/json"
_OPEN_BODY = 64 * 1024  # bytes of an error's body that are read from a stream


class Exchange(NamedTuple):
    """One attempt, as hooks see it. `path` has no query; `status` is None when no answer came."""

    method: str
    path: str
    attempt: int
    status: int | None
    headers: Mapping[str, str]
    seconds: float
    error: TwelveLabsError | None


class RawResponse(Generic[T]):
    """A reply with its HTTP side: `status_code`, `headers`, `rate_limits`, and `data`, parsed."""

    __slots__ = ("data", "headers", "rate_limits", "status_code")

    def __init__(
        self,
        data: T,
        status_code: int,
        headers: Mapping[str, str],
        rate_limits: Mapping[str, wire.RateLimit],
    ) -> None:
        self.data = data
        self.status_code = status_code
        self.headers = headers
        self.rate_limits = rate_limits

    def __repr__(self) -> str:
        return f"RawResponse(status_code={self.status_code}, data={self.data!r})"


class _Call(NamedTuple):
    method: str
    path: str
    url: str
    headers: dict[str, str]
    body: Callable[[], Awaitable[bytes | Body | None]]
    repeatable: bool
    category: Category | None
    timeouts: Timeouts
    retry: Retry


_last_reply: ContextVar[list[tuple[int, Mapping[str, str]]] | None] = ContextVar(
    "twelvelabs_async_last_reply", default=None
)
_SAFE = frozenset({"GET", "HEAD", "PUT", "PATCH", "DELETE"})


class Core:
    """What all resources of a client share: settings, connections, limiter and clock.

    `limiter` and `transport` are made by the given functions on the first call, since importing
    aiohttp is most of what a client costs to make.
    """

    def __init__(
        self,
        *,
        api_key: str,
        base_url: str,
        headers: Mapping[str, str],
        timeouts: Timeouts,
        retry: Retry,
        clock: Clock,
        shared: Shared,
        on_exchange: Callable[[Exchange], object] | None = None,
    ) -> None:
        self._api_key = api_key
        self.base_url = base_url
        self._headers = wire.checked_headers(headers)
        self.timeouts = timeouts
        self.retry = retry.checked()
        self.clock = clock
        self.shared = shared
        self.on_exchange = on_exchange

    def __repr__(self) -> str:
        return f"Core({self.base_url!r})"

    def with_options(
        self,
        *,
        timeouts: Timeouts | None,
        retry: Retry | None,
        headers: Mapping[str, str] | None,
        on_exchange: Callable[[Exchange], object] | None,
    ) -> Core:
        """A core with other settings on the same connections and limiter."""
        return Core(
            api_key=self._api_key,
            base_url=self.base_url,
            headers={**self._headers, **(headers or {})},
            timeouts=timeouts or self.timeouts,
            retry=retry or self.retry,
            clock=self.clock,
            shared=self.shared,
            on_exchange=on_exchange or self.on_exchange,
        )

    # What resources call

    @overload
    async def request(
        self,
        into: None,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        json: Mapping[str, Any] | None = None,
        form: Mapping[str, Any] | None = None,
        repeatable: bool | None = None,
        category: Category | None = None,
        options: RequestOptions | None = None,
    ) -> None: ...
    @overload
    async def request(
        self,
        into: type[T] | TypeForm[T],
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        json: Mapping[str, Any] | None = None,
        form: Mapping[str, Any] | None = None,
        repeatable: bool | None = None,
        category: Category | None = None,
        options: RequestOptions | None = None,
    ) -> T: ...
    async def request(
        self,
        into: type[T] | TypeForm[T] | None,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        json: Mapping[str, Any] | None = None,
        form: Mapping[str, Any] | None = None,
        repeatable: bool | None = None,
        category: Category | None = None,
        options: RequestOptions | None = None,
    ) -> T | None:
        """The decoded reply; None where `into` is None, whatever the body says.

        `repeatable` says that the call may be sent twice without harm (default: all but POST).
        """
        call = self._call(method, path, query, json, form, repeatable, category, options)
        reply = await self._deadline(call, self._reply(call))
        if into is None:
            return None
        from .convert import decode

        try:
            return decode(into, reply.body, reply.status)
        except DecodeError as error:
            error.maybe_done = not call.repeatable
            raise

    def pages(
        self,
        page_type: type[Rows[T]],
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        category: Category | None = None,
        options: RequestOptions | None = None,
    ) -> Pager[T]:
        """A pager over a list endpoint whose pages are numbered by `page`."""
        from .pager import Pager

        return Pager(
            self.page_fetcher(
                page_type, method, path, query=query, category=category, options=options
            )
        )

    def page_fetcher(
        self,
        page_type: type[Rows[T]],
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        category: Category | None = None,
        options: RequestOptions | None = None,
    ) -> Callable[[Cursor | None], Awaitable[Rows[T]]]:
        """The function that a Pager asks for one page after another."""

        async def fetch(cursor: Cursor | None) -> Rows[T]:
            at = dict(query or {}) if cursor is None else {**(query or {}), "page": cursor}
            return await self.request(
                page_type, method, path, query=at, category=category, options=options
            )

        return fetch

    def stream(
        self,
        into: type[T] | TypeForm[T],
        method: str,
        path: str,
        *,
        json: Mapping[str, Any] | None = None,
        ends_with: str = "stream_end",
        category: Category | None = None,
        options: RequestOptions | None = None,
    ) -> Stream[T]:
        """A stream of NDJSON events, opened on first use, that ends with the event so named."""
        from .stream import Stream

        # Until the first byte of an answer nothing has been given out: it may be asked for again.
        call = self._call(method, path, None, json, None, True, category, options)
        seconds = (options or {}).get("timeout_in_seconds")
        timeouts = call.timeouts._replace(total=None)
        call = call._replace(timeouts=timeouts._replace(read=seconds) if seconds else timeouts)
        return Stream(
            lambda: self._open(call),
            into,
            ends_with=ends_with,
            most=(options or {}).get("chunk_size"),
        )

    async def put(self, url: str, headers: Mapping[str, str], body: Body) -> Reply:
        """Storage's answer to one `PUT` at a presigned address, once, without the key.

        ApiError when it is no success: without the address, and without the answer's body, which
        may repeat the signature.
        """
        _, transport = self.shared.ready(self.clock)
        path = urlsplit(url).path
        sent = wire.checked_headers(headers)
        call = _Call("PUT", path, url, sent, _nothing, False, None, self.timeouts, self.retry)
        began = self.clock.monotonic()
        try:
            reply = await transport.attempt("PUT", url, sent, body, self.timeouts, side="storage")
            if not 200 <= reply.status < 300:
                now = self.clock.time()
                raise wire.storage_error(reply.status, reply.headers, reply.body, path, now)
        except TwelveLabsError as error:
            self._seen(call, 0, began, None, error)
            raise
        self._seen(call, 0, began, reply, None)
        return reply

    async def capture(self, call: Awaitable[T]) -> RawResponse[T]:
        """What a call returns, with the status and headers of the reply it came from."""
        replies: list[tuple[int, Mapping[str, str]]] = []
        token = _last_reply.set(replies)
        try:
            data = await call
        finally:
            _last_reply.reset(token)
        if not replies:
            raise TypeError("with_raw_response takes a method that makes a request")
        status, headers = replies[-1]
        return RawResponse(data, status, headers, wire.rate_limits(headers, self.clock.time()))

    # How it is done

    def _call(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any] | None,
        json: Mapping[str, Any] | None,
        form: Mapping[str, Any] | None,
        repeatable: bool | None,
        category: Category | None,
        options: RequestOptions | None,
    ) -> _Call:
        headers = {"x-api-key": self._api_key, **self._headers}
        timeouts, retry = self.timeouts, self.retry
        if options:
            query = {**(query or {}), **(options.get("additional_query_parameters") or {})}
            extra = options.get("additional_body_parameters")
            if extra and form is None:
                json = {**(json or {}), **extra}
            elif extra:
                form = {**(form or {}), **extra}
            headers |= wire.checked_headers(options.get("additional_headers") or {})
            if (seconds := options.get("timeout_in_seconds")) is not None:
                timeouts = Timeouts.of(timeouts._replace(total=seconds))
            if (retries := options.get("max_retries")) is not None:
                retry = retry._replace(max_retries=retries).checked()
        encoded = wire.encode_query(query) if query else ""
        return _Call(
            method,
            path,
            f"{self.base_url}{path}{'?' if encoded else ''}{encoded}",
            headers,
            _body(headers, json, form),
            method in _SAFE if repeatable is None else repeatable,
            category,
            timeouts,
            retry,
        )

    async def _deadline(self, call: _Call, work: Awaitable[T]) -> T:
        import asyncio

        try:
            async with asyncio.timeout(call.timeouts.total) as limit:
                return await work
        except TimeoutError:
            if not limit.expired():
                raise
            raise RequestTimeoutError(
                f"not done within {call.timeouts.total} s",
                phase="total",
                method=call.method,
                path=call.path,
                maybe_done=not call.repeatable,
            ) from None

    async def _reply(self, call: _Call) -> Reply:
        attempt = 0
        while True:
            try:
                return await self._attempt(call, attempt)
            except TwelveLabsError as error:
                await self._wait_or_raise(call, attempt, error)
            attempt += 1

    async def _attempt(self, call: _Call, attempt: int) -> Reply:
        limiter, transport = self.shared.ready(self.clock)
        async with limiter.place(call.category, call.retry.max_wait):
            began = self.clock.monotonic()
            try:
                body = await call.body()
                reply = await transport.attempt(
                    call.method, call.url, call.headers, body, call.timeouts
                )
                self._verdict(call, reply.status, reply.headers, reply.body)
            except TwelveLabsError as error:
                self._seen(call, attempt, began, None, error)
                raise
            self._seen(call, attempt, began, reply, None)
            return reply

    @asynccontextmanager
    async def _open(self, call: _Call) -> AsyncIterator[Opened]:
        async with AsyncExitStack() as stack:
            attempt = 0
            while True:
                one = AsyncExitStack()
                try:
                    async with one:
                        opened = await self._open_once(call, attempt, one)
                        stack.push_async_exit(one.pop_all())
                    break
                except TwelveLabsError as error:
                    await self._wait_or_raise(call, attempt, error)
                attempt += 1
            yield opened

    async def _open_once(self, call: _Call, attempt: int, stack: AsyncExitStack) -> Opened:
        limiter, transport = self.shared.ready(self.clock)
        await stack.enter_async_context(limiter.place(call.category, call.retry.max_wait))
        began = self.clock.monotonic()
        try:
            body = await call.body()
            opened = await stack.enter_async_context(
                transport.open(call.method, call.url, call.headers, body, call.timeouts)
            )
            start = b""
            if not 200 <= opened.status < 300:
                async for piece in opened.pieces:
                    start += piece
                    if len(start) > _OPEN_BODY:
                        break
            self._verdict(call, opened.status, opened.headers, start)
        except TwelveLabsError as error:
            self._seen(call, attempt, began, None, error)
            raise
        self._seen(call, attempt, began, opened, None)
        return opened

    def _verdict(self, call: _Call, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Learn from a reply's headers; raise what a status other than 2xx means."""
        now = self.clock.time()
        good = 200 <= status < 300
        if good and call.category is None:
            return
        limiter, _ = self.shared.ready(self.clock)
        asked = wire.retry_after(headers, now) if status in policy.REFUSED else None
        # A wait that will not be waited for must not hold back the calls that follow.
        limiter.learn(call.category, wire.rate_limits(headers, now), asked)
        if not good:
            raise wire.api_error(status, headers, body, method=call.method, path=call.path, now=now)

    def _seen(
        self,
        call: _Call,
        attempt: int,
        began: float,
        reply: Reply | Opened | None,
        error: TwelveLabsError | None,
    ) -> None:
        """Tell the log and the hook of an attempt; complete its error."""
        if error is not None:
            if isinstance(error, TransportError):
                error.method, error.path = call.method, call.path
            if isinstance(error, (ApiError, TransportError, DecodeError)):
                error.maybe_done = not call.repeatable and policy.maybe_done(error)
        elif reply is not None and (sink := _last_reply.get()) is not None:
            sink.append((reply.status, reply.headers))
        if self.on_exchange is None and not log.isEnabledFor(logging.DEBUG):
            return
        seconds = self.clock.monotonic() - began
        status = reply.status if reply else getattr(error, "status_code", None)
        log.debug(
            "%s %s %s %.0f ms, attempt %d",
            call.method,
            call.path,
            status or type(error).__name__,
            seconds * 1e3,
            attempt + 1,
        )
        if self.on_exchange is not None:
            headers = reply.headers if reply else getattr(error, "headers", {})
            self.on_exchange(
                Exchange(call.method, call.path, attempt, status, headers, seconds, error)
            )

    async def _wait_or_raise(self, call: _Call, attempt: int, error: TwelveLabsError) -> None:
        if attempt >= call.retry.max_retries or not policy.is_retried(error, call.repeatable):
            raise error
        seconds = policy.delay(error, attempt, call.retry, self.clock)
        if seconds is None:
            raise error
        log.warning(
            "%s %s: %s; attempt %d of %d in %.1f s",
            call.method,
            call.path,
            error.status_code if isinstance(error, ApiError) else type(error).__name__,
            attempt + 2,
            call.retry.max_retries + 1,
            seconds,
        )
        await self.clock.sleep(seconds)


def _body(
    headers: dict[str, str], json: Mapping[str, Any] | None, form: Mapping[str, Any] | None
) -> Callable[[], Awaitable[bytes | Body | None]]:
    """The function that makes the body for each attempt; sets the content type."""
    if form is not None:
        from .files import FormBody

        boundary = os.urandom(16).hex()
        headers["Content-Type"] = f"multipart/form-data; boundary={boundary}"
        pieces = wire.encode_form(form, boundary)
        if len(pieces) > 1:
            return lambda: FormBody.open(pieces)
        whole: bytes | None = cast("bytes", pieces[0])
    elif json is not None:
        headers["Content-Type"] = _MOST_JSON
        whole = wire.encode_json(json)
    else:
        whole = None

    async def same() -> bytes | None:
        return whole

    return same


async def _nothing() -> None:
    """No body to make."""


class Shared:
    """What a client and its children have in common: connections, limiter, open or closed."""

    def __init__(self, make: Callable[[], tuple[Limiter, Transport]]) -> None:
        self._make = make
        self._made: tuple[Limiter, Transport] | None = None
        self.closed = False

    def ready(self, clock: Clock) -> tuple[Limiter, Transport]:
        """The limiter and the transport; ClientClosedError after `close`."""
        if self.closed:
            raise ClientClosedError("the client is closed")
        if self._made is None:
            self._made = self._make()
        return self._made

    async def close(self) -> None:
        """Close the connections; calls under way fail with ClientClosedError or TransportError."""
        self.closed = True
        if self._made is not None:
            await self._made[1].close()

    def abandon(self) -> bool:
        """Drop the connections without a loop; whether there were any."""
        return self._made is not None and self._made[1].abandon()


class Resource:
    """The base of every group of methods."""

    def __init__(self, core: Core) -> None:
        self._core = core

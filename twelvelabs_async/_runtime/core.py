"""The request pipeline: build, rate-limit, send, retry, decode."""

from __future__ import annotations

import asyncio
from collections.abc import (
    AsyncGenerator,
    Awaitable,
    Callable,
    Coroutine,
    Mapping,
    Sequence,
)
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, overload

from ..errors import (
    ApiError,
    ClientClosedError,
    ConfigurationError,
    DecodeError,
    RequestTimeoutError,
    TransportError,
    TwelveLabsError,
)
from ..options import RequestOptions, Retry, Timeouts
from . import retry as policy
from .attempt import Attempt, complete, fail
from .call import Call, CallBody, Repeatable, build_call
from .error_replies import api_error, explain, says_error, storage_error
from .frames import drop_locals, dropping_locals
from .headers import Secret, checked_headers
from .hooks import Hooks
from .json_values import parsed
from .numbers import checked_count
from .operation import Operation, call_operation
from .rate_limits import rate_limits, retry_after
from .raw_access import RawAccess
from .redaction import Redactor
from .secrets import SecretUrl

if TYPE_CHECKING:
    from .async_body import Body
    from .blocking_body import BlockingBody
    from .clock import Clock
    from .convert import TypeForm
    from .limiter import RequestPermit
    from .model import Model
    from .pager import BasePage, Cursor, Pager
    from .rate_limits import Category
    from .resources import ClientResources
    from .stream import Stream
    from .stream_formats import StreamFormat
    from .text_stream import TextReader, TextStream
    from .transport import Opened, Reply, Transport
    from .typed_output import OutputType

__all__ = ["Core", "Resource"]

T = TypeVar("T")
M = TypeVar("M", bound="Model")
R = TypeVar("R", "Reply", "Opened")

_Send = Callable[
    ["Core", Call, "Transport", Mapping[str, str], "bytes | Body | None"], Awaitable[R]
]


class Core:
    """What all resources of a client share: settings, connections, limiter and clock.

    Pagers and streams are made here, so their modules, which are above this one, are imported where
    they are made.
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
        shared: ClientResources,
        hooks: Sequence[Hooks] = (),
        compact_vectors: bool = False,
        progress: bool | None = None,
        redactor: Redactor | None = None,
        max_reply_bytes: int = 1 << 30,
    ) -> None:
        self._api_key = Secret(api_key)
        self.base_url = base_url
        self.headers: dict[str, str] = checked_headers(headers)
        self.redactor: Redactor = redactor or Redactor(api_key)
        """Knows the secrets of all clients on these connections."""
        self.redactor.add_headers(self.headers, opaque=True)
        self.timeouts = timeouts
        self.retry: Retry = retry.checked()
        self.clock = clock
        self.shared = shared
        self.hooks: tuple[Hooks, ...] = tuple(hooks)
        self.compact_vectors = compact_vectors
        self.progress = progress
        """Whether uploads and waits show their progress; None: in a notebook."""
        self.max_reply_bytes = max_reply_bytes

    @property
    def api_key(self) -> Secret:
        """The key: text that no repr shows."""
        return self._api_key

    def __repr__(self) -> str:
        return f"Core({getattr(self, 'base_url', None)!r})"  # it may be half made

    def __reduce__(self) -> NoReturn:
        raise TypeError("a client cannot be pickled: make one in the process that uses it")

    def with_options(
        self,
        *,
        timeouts: Timeouts | None,
        retry: Retry | None,
        headers: Mapping[str, str] | None,
        hooks: Sequence[Hooks],
        compact_vectors: bool | None = None,
        progress: bool | None = None,
    ) -> Core:
        """A core with other settings on the same connections and limiter."""
        return Core(
            api_key=self._api_key,
            base_url=self.base_url,
            headers={**self.headers, **checked_headers(headers or {})},
            timeouts=timeouts or self.timeouts,
            retry=retry or self.retry,
            clock=self.clock,
            shared=self.shared,
            hooks=(*self.hooks, *hooks),
            compact_vectors=(self.compact_vectors if compact_vectors is None else compact_vectors),
            progress=self.progress if progress is None else progress,
            redactor=self.redactor,
            max_reply_bytes=self.max_reply_bytes,
        )

    # What resources call

    @overload
    def request(
        self,
        into: None,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        json: Mapping[str, Any] | None = None,
        form: Mapping[str, Any] | None = None,
        repeatable: Repeatable | None = None,
        category: Category | None = None,
        progress: bool | None = False,
        options: RequestOptions | None = None,
    ) -> Coroutine[Any, Any, None]: ...
    @overload
    def request(
        self,
        into: type[T] | TypeForm[T],
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        json: Mapping[str, Any] | None = None,
        form: Mapping[str, Any] | None = None,
        repeatable: Repeatable | None = None,
        category: Category | None = None,
        progress: bool | None = False,
        options: RequestOptions | None = None,
    ) -> Coroutine[Any, Any, T]: ...
    def request(
        self,
        into: type[T] | TypeForm[T] | None,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        json: Mapping[str, Any] | None = None,
        form: Mapping[str, Any] | None = None,
        repeatable: Repeatable | None = None,
        category: Category | None = None,
        progress: bool | None = False,
        options: RequestOptions | None = None,
    ) -> Coroutine[Any, Any, T | None]:
        """The decoded reply; None where `into` is None, whatever the body holds.

        `repeatable` says why a POST may be sent twice without harm (None: it may not): "read", it
        changes nothing; "write", repeating it changes nothing more; "by key", the service
        recognizes it by an Idempotency-Key header, which is then sent.
        `progress` shows how much of its files was sent; None: as the client does, or in a notebook.
        """
        # Not the coroutine itself, which would keep all of these for as long as the call waits.
        try:
            call = build_call(self, method, path, query, json, form, repeatable, category, options)
            compact = (options or {}).get("compact_vectors", self.compact_vectors)
            operation = call_operation(self, "call", call, json or form)
        except BaseException as error:  # of any kind: its frames are shown
            query = json = form = options = None  # they may hold secrets, and this frame is shown
            drop_locals(error)
            raise
        return self._result(into, call, operation, compact, progress)

    async def _result(
        self,
        into: type[T] | TypeForm[T] | None,
        call: Call,
        operation: Operation,
        compact: bool,
        progress: bool | None,
    ) -> T | None:
        with dropping_locals, operation:
            if into is None:
                await self._bounded(call, Core._send)
                return None
            if progress is not False and call.body.files:
                replied = self._shown_reply(call, progress)
            else:
                replied = self._bounded(call, Core._send)
            # The reply is not a variable of this frame: it may repeat secrets.
            made = await self._decode(into, call, await replied, compact=compact)
            operation.done(made)
            return made

    def _send(
        self,
        call: Call,
        transport: Transport,
        headers: Mapping[str, str],
        body: bytes | Body | None,
    ) -> Awaitable[Reply]:
        limit, total = call.limit, call.timeouts.total
        # The deadline restarts whenever a part of a large body has been sent.
        moved = partial(self.shared.extend, limit, total) if limit and total is not None else None
        return transport.attempt(call.method, call.url, headers, body, call.timeouts, moved)

    async def _shown_reply(self, call: Call, progress: bool | None) -> Reply:
        """The reply to an upload, whose progress is shown meanwhile."""
        from .progress import Step, is_shown, shown_progress

        if not is_shown(progress, self.progress):
            return await self._bounded(call, Core._send)
        names = ", ".join(file.name for file in call.body.files)
        with shown_progress(True, names, self.clock.monotonic) as show:
            call.body.report = lambda sent, total: show(Step.of_bytes(sent, total))
            return await self._bounded(call, Core._send)

    def pages(
        self,
        page_type: type[BasePage[T]],
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
        page_type: type[BasePage[T]],
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        category: Category | None = None,
        options: RequestOptions | None = None,
    ) -> Callable[[Cursor | None], Awaitable[BasePage[T]]]:
        """The function by which a Pager fetches one page after another."""

        async def fetch(cursor: Cursor | None) -> BasePage[T]:
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
        from .stream_formats import ndjson

        # Until the first byte of a reply nothing has been returned: the call may be retried.
        call = build_call(self, method, path, None, json, None, "read", category, options)
        return self._stream(ndjson(into, ends_with), call, json, options)

    def text_stream(
        self,
        into: type[T] | TypeForm[T],
        method: str,
        path: str,
        *,
        json: Mapping[str, Any] | None = None,
        ends_with: str,
        reader: TextReader,
        output: OutputType[Any] | None = None,
        category: Category | None = None,
        options: RequestOptions | None = None,
    ) -> TextStream[T, Any]:
        """A stream of NDJSON events with the text of an answer, opened on first use."""
        from .stream_formats import ndjson

        call = build_call(self, method, path, None, json, None, "read", category, options)
        return self._text_stream(ndjson(into, ends_with), call, json, reader, output, options)

    def event_stream(
        self,
        into: type[T] | TypeForm[T],
        method: str,
        path: str,
        *,
        json: Mapping[str, Any] | None = None,
        ends_with: Sequence[str],
        reader: TextReader,
        output: OutputType[Any] | None = None,
        category: Category | None = None,
        options: RequestOptions | None = None,
    ) -> TextStream[T, Any]:
        """A stream of server-sent events that ends with one of those named, or ``[DONE]``.

        It is opened on first use, and not again where the call may have been carried out.
        """
        from .stream_formats import sse

        call = build_call(self, method, path, None, json, None, None, category, options)
        return self._text_stream(sse(into, *ends_with), call, json, reader, output, options)

    def rows(
        self,
        into: type[M],
        method: str,
        path: str,
        *,
        key: str,
        then: Callable[[M], Any] | None = None,
        category: Category | None = None,
        options: RequestOptions | None = None,
    ) -> Stream[M]:
        """A stream of JSON Lines, opened on first use; each has the field `key`.

        `then` converts each.
        """
        from .stream_formats import json_lines

        call = build_call(self, method, path, None, None, None, None, category, options)
        return self._stream(json_lines(into, key, then), call, None, options)

    def _stream(
        self,
        form: StreamFormat,
        call: Call,
        body: Mapping[str, Any] | None,
        options: RequestOptions | None,
    ) -> Stream[Any]:
        from .stream import Stream

        made = self._stream_options(call, body, options)
        return Stream(lambda: self._open(call), form, **made)

    def _text_stream(
        self,
        form: StreamFormat,
        call: Call,
        body: Mapping[str, Any] | None,
        reader: TextReader,
        output: OutputType[Any] | None,
        options: RequestOptions | None,
    ) -> TextStream[Any, Any]:
        from .text_stream import TextStream

        made = self._stream_options(call, body, options)
        return TextStream(lambda: self._open(call), form, reader=reader, output=output, **made)

    def _stream_options(
        self, call: Call, body: Mapping[str, Any] | None, options: RequestOptions | None
    ) -> dict[str, Any]:
        """A stream with the common settings: no total time, but a longest silence."""
        given, timeouts = options or {}, call.timeouts
        silent = timeouts.read if given.get("timeout_in_seconds") is None else timeouts.total
        call.timeouts = timeouts._replace(total=None, read=silent)
        size = given.get("chunk_size")
        return {
            "most": None if size is None else checked_count(size, "chunk_size", 0),
            "most_kept": self.max_reply_bytes,
            "redactor": self.redactor,
            "operation": call_operation(self, "stream", call, body),
        }

    async def put(
        self, url: SecretUrl | str, headers: Mapping[str, str], body: BlockingBody
    ) -> Reply:
        """Storage's reply to one `PUT` at a presigned URL, sent once and without the key.

        ApiError for an error status: without the URL and the reply's body, which may repeat the
        signature. DecodeError for a URL or headers that cannot be sent, since the service gave
        them.
        """
        target = url if isinstance(url, SecretUrl) else SecretUrl(url)
        url = ""
        try:
            if not target.is_http:
                raise DecodeError("the service gave a chunk URL that is not http(s)")
            return await self._put(target, headers, body)
        except ConfigurationError as error:
            headers = {}
            drop_locals(error)  # it stays the context
            reason = str(error)
            raise DecodeError(
                f"the service gave a chunk URL or headers that cannot be sent: {reason}"
            ) from None
        except BaseException as error:  # of any kind, as in `request`
            headers = {}  # a part of what the signature covers
            drop_locals(error)
            raise

    async def _put(self, url: SecretUrl, headers: Mapping[str, str], body: BlockingBody) -> Reply:
        await self.shared.load()
        _, transport = self.shared.ready()
        call = Call(
            "PUT",
            url.path,
            Secret(url.reveal()),
            checked_headers(headers),
            CallBody(),
            repeatable="read",  # what a part's failure means is for the upload to say
            category=None,
            timeouts=self.timeouts,
            retry=self.retry._replace(max_retries=0),
        )
        with Attempt(self, call, 0, url.origin) as attempt:
            attempt.reply = reply = await transport.put(call.url, call.headers, body, self.timeouts)
            if not 200 <= reply.status < 300:
                now = self.clock.time()
                self.redactor.add_url(call.url)
                self.redactor.add_headers(call.headers)
                raise storage_error(
                    reply.status, reply.headers, reply.body, call.path, now, self.redactor
                )
        return reply

    # How it is done

    async def _bounded(self, call: Call, send: _Send[R]) -> R:
        """The reply; it ends at the call's deadline, and when the client is closed."""
        error: TwelveLabsError
        shared, total = self.shared, call.timeouts.total
        limit = call.limit = asyncio.timeout(total)
        try:
            if not shared.loaded:
                await shared.load()
            shared.ready()  # now, since calls of another loop are forgotten there
            async with limit:
                shared.calls.add(limit)
                try:
                    return await self._attempts(call, send)
                finally:
                    call.limit = None  # it holds the task, and the task what the call ends in
                    shared.calls.discard(limit)
        except (TimeoutError, TransportError) as failure:
            if isinstance(failure, TwelveLabsError) and not shared.closed:
                raise
            drop_locals(failure)  # it goes no further, and its frames hold it and the request
            if shared.closed:
                error = ClientClosedError(
                    f"{call}: the client was closed during the call", maybe_done=call.maybe_done
                )
            else:
                error = RequestTimeoutError(f"not done within {total} s", phase="total")
        raise complete(error, call) from None

    async def _attempts(self, call: Call, send: _Send[R]) -> R:
        """The reply of the first attempt that succeeds."""
        number = 0
        while True:
            attempt = None
            try:
                limiter, transport = self.shared.ready()
                async with limiter.acquire(
                    call.category, call.retry.max_wait, rank=number
                ) as permit:
                    with Attempt(self, call, number) as attempt:
                        body = await call.body.open()
                        attempt.reply = reply = await send(
                            self, call, transport, attempt.headers, body
                        )
                        self._verdict(call, permit, reply)
                        return reply
            except TwelveLabsError as error:
                if attempt is None or attempt.retry_in is None:
                    raise complete(error, call) from error.__cause__
                drop_locals(error)  # they hold the request and its body
            attempt.report_retry()
            await self.clock.sleep(attempt.retry_in)
            number += 1

    @asynccontextmanager
    async def _open(self, call: Call) -> AsyncGenerator[Opened]:
        async with AsyncExitStack() as stack:

            async def send(
                _: Core,
                call: Call,
                transport: Transport,
                headers: Mapping[str, str],
                body: bytes | Body | None,
            ) -> Opened:
                opened = await stack.enter_async_context(
                    transport.open(call.method, call.url, headers, body, call.timeouts)
                )
                if not 200 <= opened.status < 300:
                    await stack.aclose()
                return opened

            # The permit is released with the reply's first byte: whoever reads a stream may make
            # other calls, and must not wait for its own permit.
            yield await self._bounded(call, send)

    def _verdict(self, call: Call, permit: RequestPermit, reply: Reply | Opened) -> None:
        """Learn from a reply's headers; raise what a status other than 2xx means."""
        good = 200 <= reply.status < 300
        if good and not permit.counted:
            return
        now = self.clock.time()
        permit.learn(
            rate_limits(reply.headers, now),
            retry_after(reply.headers, now) if reply.status in policy.REFUSED else None,
            refused=reply.status == 429,
            horizon=call.retry.max_wait,
        )
        if not good:
            raise self._api_error(call, reply)

    def _api_error(self, call: Call, reply: Reply | Opened) -> ApiError:
        return api_error(
            reply.status,
            reply.headers,
            reply.body,
            method=call.method,
            path=call.path,
            now=self.clock.time(),
            redactor=self.redactor,
        )

    async def _decode(
        self, into: type[T] | TypeForm[T], call: Call, reply: Reply, *, compact: bool
    ) -> T:
        from .replies import decoded

        problem: TwelveLabsError
        try:
            made, is_error = await decoded(into, reply.body, reply.status, compact=compact)
        except DecodeError as error:
            problem = self._undecodable(call, reply, error)
        else:
            if not is_error:
                return made
            problem = self._api_error(call, reply)
        raise fail(problem, call)

    def _undecodable(self, call: Call, reply: Reply, error: DecodeError) -> TwelveLabsError:
        """What to raise for a reply that does not fit: it may be an error with a good status."""
        value = parsed(reply.body)
        if says_error(value):
            return self._api_error(call, reply)
        return explain(error, value, self.redactor)


class Resource:
    """The base of every group of methods."""

    with_raw_response: RawAccess = RawAccess()

    def __init__(self, core: Core) -> None:
        self._core = core

"""The request pipeline: build, rate-limit, send, retry, decode."""

from __future__ import annotations

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
    ArgumentTypeError,
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
from .call import KEY_HEADER, Call, CallBody, Repeatable, encode_body
from .error_replies import api_error, says_error, storage_error
from .frames import drop_locals
from .headers import Secret, checked_headers
from .hooks import Hooks
from .json_values import parsed
from .rate_limits import rate_limits, retry_after
from .raw_response import RawResponse, captured
from .redaction import Redactor
from .secrets import SecretUrl
from .urls import encode_query

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

_Send = Callable[["Transport", Mapping[str, str], "bytes | Body | None"], Awaitable[R]]

_LOOK = 4096  # characters that are looked at of an answer that is no JSON
_SHOWN = 40  # characters of it that are shown


class Core:
    """What all resources of a client share: settings, connections, limiter and clock.

    Pagers and streams are made here and go on from here, so their modules, which are above this
    one, are imported where they are made.
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
        redactor: Redactor | None = None,
        max_reply_bytes: int = 1 << 30,
    ) -> None:
        self._api_key = Secret(api_key)
        self.base_url = base_url
        self._headers = checked_headers(headers)
        self.redactor: Redactor = redactor or Redactor(api_key)
        """Knows the secrets of all clients on these connections."""
        self.redactor.add_headers(self._headers, opaque=True)
        self.timeouts = timeouts
        self.retry: Retry = retry.checked()
        self.clock = clock
        self.shared = shared
        self.hooks: tuple[Hooks, ...] = tuple(hooks)
        self.compact_vectors = compact_vectors
        self.max_reply_bytes = max_reply_bytes

    @property
    def api_key(self) -> Secret:
        """The key: text that no repr shows."""
        return self._api_key

    def __repr__(self) -> str:
        return f"Core({self.base_url!r})"

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
    ) -> Core:
        """A core with other settings on the same connections and limiter."""
        return Core(
            api_key=self._api_key,
            base_url=self.base_url,
            headers={**self._headers, **checked_headers(headers or {})},
            timeouts=timeouts or self.timeouts,
            retry=retry or self.retry,
            clock=self.clock,
            shared=self.shared,
            hooks=(*self.hooks, *hooks),
            compact_vectors=(self.compact_vectors if compact_vectors is None else compact_vectors),
            redactor=self.redactor,
            max_reply_bytes=self.max_reply_bytes,
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
        repeatable: Repeatable | None = None,
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
        repeatable: Repeatable | None = None,
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
        repeatable: Repeatable | None = None,
        category: Category | None = None,
        options: RequestOptions | None = None,
    ) -> T | None:
        """The decoded reply; None where `into` is None, whatever the body says.

        `repeatable` says that the call may be sent twice without harm (default: all but POST);
        "by key", that the service recognizes it by an Idempotency-Key header, which is then sent.
        """
        try:
            call = self._call(method, path, query, json, form, repeatable, category, options)
            compact = (options or {}).get("compact_vectors", self.compact_vectors)
            if into is None:
                await self._reply(call)
                return None
            return await self._decode(into, call, await self._reply(call), compact=compact)
        except BaseException as error:
            query = json = form = options = None  # they may hold secrets, and this frame is shown
            drop_locals(error)
            raise

    async def _reply(self, call: Call) -> Reply:
        def send(
            transport: Transport, headers: Mapping[str, str], body: bytes | Body | None
        ) -> Awaitable[Reply]:
            return transport.attempt(
                call.method, call.url, headers, body, call.timeouts, call.moved
            )

        return await self._bounded(call, self._attempts(call, send))

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
        """The function that a Pager asks for one page after another."""

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

        # Until the first byte of an answer nothing has been given out: it may be asked for again.
        call = self._call(method, path, None, json, None, True, category, options)
        return self._stream(ndjson(into, ends_with), call, options)

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
        from .text_stream import TextStream

        call = self._call(method, path, None, json, None, True, category, options)
        return TextStream(
            lambda: self._open(call),
            ndjson(into, ends_with),
            reader=reader,
            output=output,
            **self._stream_options(call, options),
        )

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
        from .text_stream import TextStream

        call = self._call(method, path, None, json, None, None, category, options)
        return TextStream(
            lambda: self._open(call),
            sse(into, *ends_with),
            reader=reader,
            output=output,
            **self._stream_options(call, options),
        )

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

        `then` makes of each what is given out.
        """
        from .stream_formats import json_lines

        call = self._call(method, path, None, None, None, None, category, options)
        return self._stream(json_lines(into, key, then), call, options)

    def _stream(
        self, form: StreamFormat, call: Call, options: RequestOptions | None
    ) -> Stream[Any]:
        from .stream import Stream

        return Stream(lambda: self._open(call), form, **self._stream_options(call, options))

    def _stream_options(self, call: Call, options: RequestOptions | None) -> dict[str, Any]:
        """What all streams are made with; a stream has no total time, but a longest silence."""
        silence = (options or {}).get("timeout_in_seconds") or call.timeouts.read
        call.timeouts = call.timeouts._replace(total=None, read=silence)
        return {
            "most": (options or {}).get("chunk_size"),
            "most_kept": self.max_reply_bytes,
            "redactor": self.redactor,
        }

    async def put(
        self, url: SecretUrl | str, headers: Mapping[str, str], body: BlockingBody
    ) -> Reply:
        """Storage's answer to one `PUT` at a presigned address, once, without the key.

        ApiError when it is no success: without the address, and without the answer's body, which
        may repeat the signature. DecodeError for an address or headers that cannot be sent: they
        are the service's.
        """
        target = url if isinstance(url, SecretUrl) else SecretUrl(url)
        url = ""
        try:
            if not target.is_http:
                raise DecodeError("the service gave an address for a chunk that is no http(s) URL")
            return await self._put(target, headers, body)
        except ConfigurationError as error:
            headers = {}
            reason = str(error)
            raise DecodeError(
                f"the service gave an address or headers that cannot be sent: {reason}"
            ) from None
        except BaseException as error:
            headers = {}  # a part of what the signature covers
            drop_locals(error)
            raise

    async def _put(self, url: SecretUrl, headers: Mapping[str, str], body: BlockingBody) -> Reply:
        _, transport = self.shared.ready()
        call = Call(
            "PUT",
            url.path,
            Secret(url.reveal()),
            checked_headers(headers),
            CallBody(),
            repeatable=True,
            category=None,
            timeouts=self.timeouts,
            retry=self.retry._replace(max_retries=0),
        )
        call.writes = False  # what a part's failure means is for the upload to say
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

    async def capture(self, call: Awaitable[T]) -> RawResponse[T]:
        """What a call returns, with the status and headers of the reply it came from."""
        replies: list[tuple[int, Mapping[str, str]]] = []
        token = captured.set(replies)
        try:
            data = await call
        finally:
            captured.reset(token)
        if not replies:
            raise ArgumentTypeError("with_raw_response takes a method that makes a request")
        status, headers = replies[-1]
        return RawResponse(data, status, headers, rate_limits(headers, self.clock.time()))

    # How it is done

    def _call(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any] | None,
        json: Mapping[str, Any] | None,
        form: Mapping[str, Any] | None,
        repeatable: Repeatable | None,
        category: Category | None,
        options: RequestOptions | None,
    ) -> Call:
        headers = {"x-api-key": self._api_key, **self._headers}
        timeouts, retry = self.timeouts, self.retry
        if options:
            query = {**(query or {}), **(options.get("additional_query_parameters") or {})}
            extra = options.get("additional_body_parameters")
            if extra and form is None:
                json = {**(json or {}), **extra}
            elif extra:
                form = {**(form or {}), **extra}
            more = checked_headers(options.get("additional_headers") or {})
            self.redactor.add_headers(more)
            headers |= more
            if (seconds := options.get("timeout_in_seconds")) is not None:
                timeouts = Timeouts.of(timeouts._replace(total=seconds))
            if (retries := options.get("max_retries")) is not None:
                retry = retry._replace(max_retries=retries).checked()
        if repeatable == "by key" and not any(name.lower() == KEY_HEADER for name in headers):
            from uuid import uuid4  # here, since hardly any call needs it

            headers[KEY_HEADER] = str(uuid4())
        encoded = encode_query(query) if query else ""
        content = encode_body(headers, json, form)
        content.make_known(self.redactor)
        return Call(
            method,
            path,
            f"{self.base_url}{path}{'?' if encoded else ''}{encoded}",
            headers,
            content,
            repeatable=repeatable,
            category=category,
            timeouts=timeouts,
            retry=retry,
        )

    async def _bounded(self, call: Call, work: Coroutine[Any, Any, R]) -> R:
        """What the work gives; it ends at the call's deadline, and when the client is closed.

        The deadline begins anew whenever a part of a large body has gone.
        """
        error: TwelveLabsError
        limit = self.shared.deadline(call.timeouts.total)
        if call.timeouts.total is not None:
            call.moved = partial(self.shared.extend, limit, call.timeouts.total)
        try:
            return await self.shared.bounded(work, limit)
        except (TimeoutError, TransportError) as failure:
            if isinstance(failure, TwelveLabsError) and not self.shared.closed:
                raise
            if self.shared.closed:
                error = ClientClosedError(
                    f"{call}: the client was closed during the call", maybe_done=call.maybe_done
                )
            else:
                error = RequestTimeoutError(
                    f"not done within {call.timeouts.total} s", phase="total"
                )
        raise complete(error, call) from None

    async def _attempts(self, call: Call, send: _Send[R]) -> R:
        """The answer of the first attempt that succeeds."""
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
                        attempt.reply = reply = await send(transport, attempt.headers, body)
                        self._verdict(call, permit, reply)
                        return reply
            except TwelveLabsError as error:
                if attempt is None or attempt.retry_in is None:
                    raise complete(error, call) from error.__cause__
                drop_locals(error)  # they are the request, and its body
            attempt.report_retry()
            await self.clock.sleep(attempt.retry_in)
            number += 1

    @asynccontextmanager
    async def _open(self, call: Call) -> AsyncGenerator[Opened]:
        async with AsyncExitStack() as stack:

            async def send(
                transport: Transport, headers: Mapping[str, str], body: bytes | Body | None
            ) -> Opened:
                opened = await stack.enter_async_context(
                    transport.open(call.method, call.url, headers, body, call.timeouts)
                )
                if not 200 <= opened.status < 300:
                    await stack.aclose()
                return opened

            # The place is given back with the answer's first byte: whoever reads a stream may make
            # other calls, and must not wait for himself.
            yield await self._bounded(call, self._attempts(call, send))

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
        """What to raise for an answer that does not fit: it may be an error with a good status."""
        value = parsed(reply.body)
        if says_error(value):
            return self._api_error(call, reply)
        message = self.redactor.text(error.args[0])
        if isinstance(value, str) and error.path is None:  # no JSON
            start = self.redactor.cut_text(value[:_LOOK], most=_SHOWN)
            message = f"{message}; it starts with {start!r}"
        error.args = (message,)
        error.path = error.path and self.redactor.text(error.path)
        return error


class Resource:
    """The base of every group of methods."""

    def __init__(self, core: Core) -> None:
        self._core = core

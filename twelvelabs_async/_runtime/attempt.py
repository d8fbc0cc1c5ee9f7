"""One attempt of a call: its outcome, its log lines and its hooks."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Protocol, Self, TypeVar

from ..errors import ApiError, DecodeError, TransportError, TwelveLabsError
from . import retry as policy
from .call import Call
from .headers import checked_headers
from .hooks import AttemptResult, RequestInfo, run_hook
from .log import log
from .raw_response import captured

if TYPE_CHECKING:
    from .clock import Clock
    from .hooks import Hooks
    from .redaction import Redactor
    from .resources import ClientResources
    from .transport import Opened, Reply

__all__ = ["Attempt", "AttemptContext", "complete", "fail"]


E = TypeVar("E", bound=TwelveLabsError)


class AttemptContext(Protocol):
    """What an attempt uses of its client."""

    base_url: str
    clock: Clock
    hooks: tuple[Hooks, ...]
    redactor: Redactor
    shared: ClientResources


class Attempt:
    """One attempt: decides its outcome, logs it, calls the hooks, and completes its error.

    A class, since the generator of a context manager costs each call a microsecond.
    """

    def __init__(
        self, context: AttemptContext, call: Call, number: int, base_url: str | None = None
    ) -> None:
        self._context = context
        self._call = call
        self._number = number
        self._base_url = base_url
        self.headers: Mapping[str, str] = call.headers
        self.reply: Reply | Opened | None = None
        self.error: BaseException | None = None
        self.retry_in: float | None = None
        self.seconds = 0.0

    def __enter__(self) -> Self:
        context, call = self._context, self._call
        if context.hooks:
            for hook in context.hooks:
                run_hook(hook.request, self.info)
            self.headers = {**call.headers, **checked_headers(self.info.headers)}
        self._before = call.maybe_done
        call.maybe_done = call.writes  # until the outcome is known: it stays so on cancellation
        self._began = context.clock.monotonic()
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        context, call = self._context, self._call
        self.seconds = context.clock.monotonic() - self._began
        self.error = error
        if error is None:
            call.maybe_done = self._before
            if (sink := captured.get()) is not None and self.reply is not None:
                sink.append((self.reply.status, self.reply.headers))
        elif isinstance(error, TwelveLabsError):
            self.retry_in = self._retry_in(error)
            fail(error, call, before=self._before)
        elif isinstance(error, Exception):
            error.__context__ = None  # as in `complete`
        if context.hooks or log.isEnabledFor(logging.DEBUG):
            self._report_end()

    def _retry_in(self, error: TwelveLabsError) -> float | None:
        """Seconds until the retry; None when there is none."""
        context, call, number = self._context, self._call, self._number
        if (
            number >= call.retry.max_retries
            or context.shared.closed
            or not policy.is_retried(error, call.repeatable)
        ):
            return None
        if (reason := call.body.spent) is not None:
            error.add_note(reason)
            return None
        return policy.delay(error, number, call.retry, context.clock)

    @cached_property
    def info(self) -> RequestInfo:
        """The attempt, before it is sent. Made for hooks only, as each call has one."""
        call, other = self._call, self._base_url
        return RequestInfo(
            call.method,
            other or self._context.base_url,
            call.path,
            self._number,
            call.template if other is None else None,
        )

    @cached_property
    def result(self) -> AttemptResult:
        """The attempt, once it has ended. Made for hooks only: its headers take time to redact."""
        reply, call = self.reply, self._call
        return AttemptResult(
            call.method,
            call.path,
            self._number,
            None if reply is None else reply.status,
            {} if reply is None else self._context.redactor.headers(reply.headers),
            self.seconds,
            self.error,
            self.retry_in,
            call.category,
        )

    @property
    def _outcome(self) -> int | str:
        """The status, or the class of the error where no reply came."""
        return type(self.error).__name__ if self.reply is None else self.reply.status

    def _report_end(self) -> None:
        log.debug(
            "%s %s: %s in %.0f ms, attempt %d",
            self._call.method,
            self._call.path,
            self._outcome,
            self.seconds * 1e3,
            self._number + 1,
        )
        for hook in self._context.hooks:
            run_hook(hook.response, self.info, self.result)

    def report_retry(self) -> None:
        """Log the retry, and call the hooks."""
        log.warning(
            "%s %s: %s, attempt %d of %d in %.1f s",
            self._call.method,
            self._call.path,
            self._outcome,
            self._number + 2,
            self._call.retry.max_retries + 1,
            self.retry_in,
        )
        for hook in self._context.hooks:
            run_hook(hook.retry, self.info, self.result)


def fail(error: E, call: Call, *, before: bool = False) -> E:
    """The error that an attempt ended in, completed; `before`: an earlier one may have been done.

    An attempt's end alone decides whether the call may have been carried out.
    """
    call.maybe_done = before or (call.writes and policy.maybe_done(error))
    return complete(error, call)


def complete(error: E, call: Call) -> E:
    """The error, which names the failed call, without its cause.

    The exceptions of the libraries below hold whole requests, with the key and presigned URLs.
    """
    if isinstance(error, ApiError | TransportError):
        error.method, error.path = call.method, call.path
    if isinstance(error, DecodeError):
        error.call = str(call)
    if isinstance(error, ApiError | TransportError | DecodeError):
        error.maybe_done = call.maybe_done
    error.__context__ = None
    return error

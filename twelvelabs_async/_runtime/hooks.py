"""Hooks: a program's functions around each operation and each attempt of a call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Literal, NamedTuple

from .log import log
from .rate_limits import Category

__all__ = [
    "LEFT",
    "AttemptHook",
    "AttemptResult",
    "Hooks",
    "OperationInfo",
    "OperationKind",
    "RequestInfo",
    "run_hook",
]

LEFT = "the list was left before this page was used"
"""The message of the cancellation of a page that was requested ahead: it is not a failure."""

OperationKind = Literal["call", "stream", "upload", "wait", "ingest"]


class OperationInfo:
    """One operation of the program: a call, a stream, an upload, a wait or an ingestion.

    A call and a stream have their `method`, their `template`, which is the path with the names of
    ids for the ids (``/indexes/{index_id}``), and the `model` where the program named one.
    `subject` is what a wait is for, or the index of an ingestion; `size` is that of an upload, in
    bytes. At the end `result` is what came back (of a stream, its last event), or `error` why
    nothing did, and `seconds` is how long it took.
    """

    __slots__ = (
        "__weakref__",
        "base_url",
        "error",
        "kind",
        "method",
        "model",
        "result",
        "seconds",
        "size",
        "subject",
        "template",
    )

    def __init__(
        self,
        kind: OperationKind,
        base_url: str,
        *,
        method: str | None = None,
        template: str | None = None,
        model: str | None = None,
        subject: str | None = None,
        size: int | None = None,
    ) -> None:
        self.kind: OperationKind = kind
        self.base_url: str = base_url
        self.method: str | None = method
        self.template: str | None = template
        self.model: str | None = model
        self.subject: str | None = subject
        self.size: int | None = size
        self.result: Any = None
        self.error: BaseException | None = None
        self.seconds: float = 0.0


class RequestInfo:
    """One attempt that is about to be sent.

    Its URL is `base_url` and then `path`, which has no query; none of this has the API key.
    What a hook puts into `headers` is sent along with this attempt. `number` counts the attempts of
    a call, from 0. `template` is the path with the names of ids for the ids; None where the path is
    storage's.
    """

    __slots__ = ("__weakref__", "base_url", "headers", "method", "number", "path", "template")

    def __init__(
        self, method: str, base_url: str, path: str, number: int, template: str | None = None
    ) -> None:
        self.method: str = method
        self.base_url: str = base_url
        self.path: str = path
        self.number: int = number
        self.template: str | None = template
        self.headers: dict[str, str] = {}


class AttemptResult(NamedTuple):
    """One attempt that has ended.

    `path` has no query. `status` is None when no reply came; `error` is then the reason, and it is
    also set for an error status. `seconds` is how long it took; `retry_in` is the time until the
    retry in seconds, None when there is none. `category` is the rate limit that counts the call,
    None where none does.
    """

    method: str
    path: str
    attempt: int
    status: int | None
    headers: Mapping[str, str]
    seconds: float
    error: BaseException | None
    retry_in: float | None = None
    category: Category | None = None


class Hooks:
    """Functions called around each operation and each attempt; override those that you need.

    An operation begins before its first attempt and ends after its last; those of its parts are
    within it. The methods run on the event loop, between the steps of the call: they must be quick
    and not block. What they raise is logged, and the call continues.
    """

    def begin(self, operation: OperationInfo) -> None:
        """An operation begins."""

    def within(self, operation: OperationInfo) -> AbstractContextManager[Any]:
        """A context that the operation's attempts and parts run in: for a stream, its opening."""
        return nullcontext()

    def end(self, operation: OperationInfo) -> None:
        """An operation has ended: with a result, an error, or by cancellation."""

    def request(self, info: RequestInfo) -> None:
        """An attempt is about to be sent; `info.headers` can be added to."""

    def response(self, info: RequestInfo, result: AttemptResult) -> None:
        """An attempt has ended: with a reply, an error, or by cancellation."""

    def retry(self, info: RequestInfo, result: AttemptResult) -> None:
        """The call will be retried in `result.retry_in` seconds."""


class AttemptHook(Hooks):
    """Calls one function after each attempt."""

    def __init__(self, on_exchange: Callable[[AttemptResult], object]) -> None:
        self._on_exchange = on_exchange

    def response(self, info: RequestInfo, result: AttemptResult) -> None:
        """Call the function."""
        self._on_exchange(result)


def run_hook(hook: Callable[..., Any], *news: object) -> None:
    """Call a hook; log what it raises, so that the call does not fail."""
    try:
        hook(*news)
    except Exception:  # of the user's code: any class
        log.exception("a hook failed")

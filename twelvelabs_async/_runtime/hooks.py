"""Hooks: what a program can have called around each attempt of a call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from .log import log
from .rate_limits import Category

__all__ = ["AttemptHook", "AttemptResult", "Hooks", "RequestInfo", "run_hook"]


class RequestInfo:
    """One attempt that is about to be sent.

    Its address is `base_url` and then `path`, which has no query; none of this has the API key.
    What a hook puts into `headers` is sent along with this attempt. `number` counts the attempts of
    a call, from 0.
    """

    __slots__ = ("__weakref__", "base_url", "headers", "method", "number", "path")

    def __init__(self, method: str, base_url: str, path: str, number: int) -> None:
        self.method: str = method
        self.base_url: str = base_url
        self.path: str = path
        self.number: int = number
        self.headers: dict[str, str] = {}


class AttemptResult(NamedTuple):
    """One attempt that has ended.

    `path` has no query. `status` is None when no answer came; `error` is then why, and it is set
    too for an answer that is no success. `seconds` is how long it took; `retry_in` is in how many
    seconds the call will be sent again, None when it will not. `category` is the rate limit that
    counts the call, None where none does.
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
    """What is called around each attempt; override what you need.

    The methods run on the event loop, between the steps of the call: they must be quick and not
    block. What they raise is logged, and does the call no harm.
    """

    def request(self, info: RequestInfo) -> None:
        """An attempt is about to be sent; `info.headers` can be added to."""

    def response(self, info: RequestInfo, result: AttemptResult) -> None:
        """An attempt has ended: with an answer, an error, or by cancellation."""

    def retry(self, info: RequestInfo, result: AttemptResult) -> None:
        """The call will be sent again in `result.retry_in` seconds."""


class AttemptHook(Hooks):
    """Calls one function after each attempt."""

    def __init__(self, on_exchange: Callable[[AttemptResult], object]) -> None:
        self._on_exchange = on_exchange

    def response(self, info: RequestInfo, result: AttemptResult) -> None:
        """Pass it on."""
        self._on_exchange(result)


def run_hook(hook: Callable[..., Any], *news: object) -> None:
    """Call a hook; log what it raises, so that the call does not fail."""
    try:
        hook(*news)
    except Exception:
        log.exception("a hook failed")

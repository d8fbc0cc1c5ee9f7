"""What can be seen of a call from outside: the log, and hooks."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ..errors import ConfigurationError

__all__ = ["Exchange", "Exchanges", "Hooks", "Sending", "log", "log_as_asked", "tell"]

log = logging.getLogger("twelvelabs_async")
log.addHandler(logging.NullHandler())

VARIABLE = "TWELVELABS_LOG"


class Sending:
    """One attempt that is about to be sent.

    Its address is `base_url` and then `path`, which has no query; none of this has the API key.
    What a hook puts into `headers` is sent along with this attempt. `number` counts the attempts of
    a call, from 0.
    """

    __slots__ = ("__weakref__", "base_url", "headers", "method", "number", "path")

    def __init__(self, method: str, base_url: str, path: str, number: int) -> None:
        self.method = method
        self.base_url = base_url
        self.path = path
        self.number = number
        self.headers: dict[str, str] = {}


class Exchange(NamedTuple):
    """One attempt that has ended.

    `path` has no query. `status` is None when no answer came; `error` is then why, and it is set
    too for an answer that is no success. `seconds` is how long it took; `retry_in` is in how many
    seconds the call will be sent again, None when it will not.
    """

    method: str
    path: str
    attempt: int
    status: int | None
    headers: Mapping[str, str]
    seconds: float
    error: BaseException | None
    retry_in: float | None = None


class Hooks:
    """What is called around each attempt; override what you need.

    The methods run on the event loop, between the steps of the call: they must be quick and not
    block. What they raise is logged, and does the call no harm.
    """

    def request(self, sending: Sending) -> None:
        """An attempt is about to be sent; `sending.headers` can be added to."""

    def response(self, sending: Sending, exchange: Exchange) -> None:
        """An attempt has ended: with an answer, an error, or by cancellation."""

    def retry(self, sending: Sending, exchange: Exchange) -> None:
        """The call will be sent again in `exchange.retry_in` seconds."""


class Exchanges(Hooks):
    """Calls one function after each attempt."""

    def __init__(self, on_exchange: Callable[[Exchange], object]) -> None:
        self._on_exchange = on_exchange

    def response(self, sending: Sending, exchange: Exchange) -> None:
        """Pass it on."""
        self._on_exchange(exchange)


def tell(hook: Callable[..., Any], *news: object) -> None:
    """Call a hook; a fault in it is the log's matter, not the call's."""
    try:
        hook(*news)
    except Exception:
        log.exception("a hook failed")


def log_as_asked() -> None:
    """Write the package's log to stderr when the environment asks for it.

    ``TWELVELABS_LOG=debug`` gives a line for each attempt, ``warning`` one for each retry.
    """
    asked = os.environ.get(VARIABLE)
    if not asked:
        return
    level = logging.getLevelNamesMapping().get(asked.upper())
    if level is None:
        raise ConfigurationError(f"{VARIABLE} must name a level such as debug, not {asked!r}")
    log.setLevel(level)
    if not any(isinstance(handler, _Stderr) for handler in log.handlers):
        handler = _Stderr()
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        log.addHandler(handler)


class _Stderr(logging.StreamHandler[Any]):
    """Ours, so that it is added once."""

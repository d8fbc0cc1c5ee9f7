"""The server's log, without tracebacks for what clients did: hanging up, or sending no HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Generator
from typing import Final, TextIO
from urllib.parse import quote, unquote

import aiohttp
from aiohttp import web

__all__ = ["ACCESS_LOG", "SERVER_LOG", "log_access", "logging_to_terminal"]

SERVER_LOG: Final = logging.getLogger("twelvelabs_async.sandbox.server")
ACCESS_LOG: Final = logging.getLogger("twelvelabs_async.sandbox.access")
"""A line for each request, once it is answered."""

_CLIENT_ERRORS = (
    *(ConnectionError, web.RequestPayloadError, aiohttp.http.HttpProcessingError),
    # aiohttp's own, of a handler that ends just when its server waits for it no longer.
    asyncio.InvalidStateError,
)


def _without_traceback(record: logging.LogRecord) -> bool:
    """Report a client's error in one line, and below the level of errors."""
    error = record.exc_info[1] if record.exc_info else None
    if not isinstance(error, _CLIENT_ERRORS):
        return True
    record.levelno, record.levelname = logging.INFO, logging.getLevelName(logging.INFO)
    said = " ".join(str(error).split()) or type(error).__name__
    record.msg, record.args, record.exc_info = "A client's request failed: %s", (said,), None
    return SERVER_LOG.isEnabledFor(logging.INFO)


SERVER_LOG.addFilter(_without_traceback)


def log_access(
    request: web.Request, status: int, seconds: float, redact: Callable[[str], str]
) -> None:
    """Log a request and its status, or "-" where it was not answered.

    Without the query, as presigned URLs have their signature there, and without what ``redact``
    takes out of the path.
    """
    if ACCESS_LOG.isEnabledFor(logging.INFO):
        # As it came, percent-encoded: a decoded path could hold the end of a line.
        path = request.raw_path.partition("?")[0]
        plain = unquote(path)
        if (shown := redact(plain)) != plain:
            path = quote(shown, safe="/:@*")
        ACCESS_LOG.info(
            "%s %s %s %s %.0f ms",
            request.remote,
            request.method,
            path,
            status or "-",
            seconds * 1000,
        )


class _TerminalHandler(logging.StreamHandler[TextIO]):
    def emit(self, record: logging.LogRecord) -> None:
        """Write a line. A server goes on where nobody reads it, which would end a command."""
        with contextlib.suppress(SystemExit):
            super().emit(record)


@contextlib.contextmanager
def logging_to_terminal(*, quiet: bool) -> Generator[None]:
    """Write the sandbox's log to standard error meanwhile, of which ``quiet`` leaves warnings."""
    log = logging.getLogger("twelvelabs_async.sandbox")
    handler, before = _TerminalHandler(), log.level
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
    log.addHandler(handler)
    log.setLevel(logging.WARNING if quiet else logging.INFO)
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(before)

"""The server's log, without tracebacks for what clients did: hanging up, or sending no HTTP."""

from __future__ import annotations

import logging
from typing import Final

import aiohttp
from aiohttp import web

__all__ = ["SERVER_LOG"]

SERVER_LOG: Final = logging.getLogger("twelvelabs_async.sandbox.server")

_CLIENT_ERRORS = (ConnectionError, web.RequestPayloadError, aiohttp.http.HttpProcessingError)


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

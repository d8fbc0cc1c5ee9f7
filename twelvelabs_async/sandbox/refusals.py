"""What the sandbox answers to a call that raised an exception."""

from __future__ import annotations

import logging

from .errors import ApiError, not_written
from .media.measure.probe import MediaError

__all__ = ["refusal_of"]

_log = logging.getLogger(__name__)


def refusal_of(error: Exception, call: str) -> ApiError:
    """The refusal of a call, such as ``GET /tasks``, that raised the error being handled.

    What is the sandbox's own fault is logged. A connection that is lost has nobody to answer: its
    error is raised again.
    """
    if isinstance(error, ApiError):
        return error
    if isinstance(error, MediaError):
        return ApiError(error.code, error.message)
    if isinstance(error, ConnectionError):
        raise error
    if isinstance(error, OSError):
        _log.error("%s: %s", call, error)
        return not_written(error)
    _log.exception("%s", call)
    return ApiError("internal_server_error", "An unexpected error occurred.", 500)

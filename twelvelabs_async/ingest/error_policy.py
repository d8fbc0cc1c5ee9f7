"""What an error means for an item: a retry, failure, or the end of the run."""

from __future__ import annotations

from .._runtime.retry import TRANSIENT
from ..errors import (
    ApiError,
    ClientClosedError,
    ConfigurationError,
    DecodeError,
    JournalError,
    TooManyRequestsError,
    TransportError,
    TwelveLabsError,
    UnauthorizedError,
    UploadError,
    UploadInDoubtError,
    WaitTimeoutError,
)
from .locations import printable

__all__ = ["in_doubt", "is_fatal", "is_passing", "pause", "reason_of", "require_id", "wait_asked"]

_LONGEST_PAUSE = 60.0


def is_fatal(error: Exception) -> bool:
    """Whether it would fail every other item too."""
    fatal = (UnauthorizedError, ClientClosedError, ConfigurationError, JournalError)
    return isinstance(error, fatal) or not isinstance(error, (TwelveLabsError, OSError))


def is_passing(error: Exception) -> bool:
    """Whether it is transient."""
    if isinstance(error, ApiError):
        return error.status_code in TRANSIENT or error.code == "asset_not_ready"
    if isinstance(error, UploadError):
        return error.resumable
    return isinstance(error, (TransportError, DecodeError, UploadInDoubtError))


def in_doubt(error: Exception) -> bool:
    """Whether the call may have been carried out anyway."""
    return bool(getattr(error, "maybe_done", isinstance(error, UploadError)))


def wait_asked(error: Exception) -> float:
    """For how many seconds the service asks to wait; 0 when it does not."""
    if isinstance(error, TooManyRequestsError):
        return error.retry_after or 1.0
    return (error.retry_after or 0.0) if isinstance(error, ApiError) else 0.0


def pause(attempt: int, chance: float) -> float:
    """Seconds to wait after failed attempt number `attempt`, from 1."""
    return min(_LONGEST_PAUSE, 2.0**attempt) * (0.5 + 0.5 * chance)


def reason_of(error: Exception) -> tuple[str, str]:
    """A short code and words for an item's end."""
    message = printable(str(error) or type(error).__name__)
    if isinstance(error, ApiError):
        return error.code or f"http_{error.status_code}", message
    if isinstance(error, WaitTimeoutError):
        return "wait_timeout", message
    if isinstance(error, FileNotFoundError):
        return "source_missing", message
    if isinstance(error, DecodeError):
        return "malformed_response", message
    if isinstance(error, TwelveLabsError):
        return "upload_failed" if isinstance(error, UploadError) else "connection_failed", message
    return "source_unreadable", message


def require_id(value: object, what: str) -> str:
    """The id of a reply, which goes into later paths; DecodeError for one that cannot."""
    if not isinstance(value, str) or value in ("", ".", ".."):
        raise DecodeError(f"the service gave the {what} the id {value!r}", maybe_done=True)
    return value

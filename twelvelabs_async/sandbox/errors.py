"""The service's ways to say no: its codes, messages and body shapes."""

from __future__ import annotations

from typing import Literal

__all__ = [
    "ApiError",
    "Shape",
    "StillUnwrittenError",
    "clean",
    "error_body",
    "invalid",
    "missing",
    "not_there",
    "not_written",
    "unknown",
]

Shape = Literal["flat", "nested", "nested_as_named", "legacy"]

_DOCS = "https://docs.twelvelabs.io/v1.3/api-reference/error-codes"
# The nested shape came with upper-case codes for what every endpoint may answer.
_NESTED_CODES = {
    "parameter_invalid": "VALIDATION_ERROR",
    "parameter_not_provided": "VALIDATION_ERROR",
    "parameter_unknown": "VALIDATION_ERROR",
    "too_many_requests": "RATE_LIMIT_EXCEEDED",
    "internal_server_error": "INTERNAL_SERVER_ERROR",
}
_LEGACY_CODES = {"resource_not_exist": 104, "search_page_token_expired": 105}


def clean(text: str) -> str:
    """``text`` without lone surrogates, which come of undecodable bytes and cannot be sent."""
    return text.encode("utf-8", "replace").decode("utf-8")


class StillUnwrittenError(OSError):
    """What earlier calls changed cannot be written yet: the next call is not carried out."""


class ApiError(Exception):
    """A reply with an error status."""

    def __init__(self, code: str, message: str, status: int = 400, **details: str | float) -> None:
        super().__init__(message)
        self.code = code
        self.message: str = clean(message)
        self.status = status
        self.details = details


def invalid(name: str, why: str) -> ApiError:
    """A parameter with a value that is not allowed."""
    return ApiError(
        "parameter_invalid", f"The {name} parameter is invalid. {why}", field=clean(name)
    )


def missing(name: str) -> ApiError:
    """A required parameter that was not sent."""
    return ApiError("parameter_not_provided", f"The {name} parameter is required.", field=name)


def unknown(name: str) -> ApiError:
    """A parameter that this call does not have."""
    return ApiError("parameter_unknown", f"The {name} parameter is unknown.", field=clean(name))


def not_there(what: str, identifier: str, status: int) -> ApiError:
    """An id that does not exist among ``what``."""
    return ApiError(
        "resource_not_exist", f"Resource with id {identifier} does not exist in {what}.", status
    )


def not_written(error: OSError) -> ApiError:
    """The reply where the disk is full, or the data folder cannot be used.

    It says whether the call may have changed something: that is written once it can be.
    """
    reason = f"The sandbox cannot use its data folder: {error.strerror}"
    outcome = "may have been carried out"
    if isinstance(error, StillUnwrittenError):
        outcome = "was not carried out"
    message = f"{reason if error.strerror else str(error)}. The call {outcome}."
    return ApiError("internal_server_error", message, 500)


def error_body(error_reply: ApiError, shape: Shape, request_id: str) -> dict[str, object]:
    """The JSON body of a refusal."""
    if shape == "legacy":
        return {
            "error_code": _LEGACY_CODES.get(error_reply.code, 100),
            "message": error_reply.message,
        }
    if shape in ("nested", "nested_as_named"):
        # Analyses keep the codes of old; embeddings have names of their own for some.
        renamed = {} if shape == "nested_as_named" else _NESTED_CODES
        error: dict[str, object] = {
            "code": renamed.get(error_reply.code, error_reply.code),
            "message": error_reply.message,
        }
        details = dict(error_reply.details)
        if error_reply.status >= 500:
            details["requestId"] = request_id
        if details:
            error["details"] = details
        return {"error": error}
    body: dict[str, object] = {"code": error_reply.code, "message": error_reply.message}
    if error_reply.code.startswith("parameter_"):
        body["docs_url"] = _DOCS
    return body

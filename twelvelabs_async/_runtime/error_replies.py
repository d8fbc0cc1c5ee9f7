"""Replies that are errors, as exceptions. No I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..errors import (
    ApiError,
    DecodeError,
    code_and_message,
    error_class,
    readable_body,
    wait_in_body,
)
from .json_values import is_object, parsed
from .rate_limits import retry_after
from .redaction import Redactor
from .secrets import origin

__all__ = ["api_error", "explain", "says_error", "storage_error"]


_READ = 64 * 1024  # characters read of a body that is not JSON
_PAGE = 4096  # characters kept of a body that is not JSON
_START = 40  # characters of one that an error shows where JSON was due


def api_error(
    status: int,
    headers: Mapping[str, str],
    body: bytes | bytearray,
    *,
    method: str,
    path: str,
    now: float,
    redactor: Redactor,
) -> ApiError:
    """The exception for an error status, whatever the body.

    The service has four shapes: ``{code, message}``, ``{error: {code, message}}``,
    ``{error_code, message}``, and nothing at all. Secrets are taken out of all of them.
    """
    value = parsed(body)
    if isinstance(value, str):
        value = redactor.cut_text(value[:_READ], most=_PAGE)
    else:
        value = redactor.value(value)
    code, message = code_and_message(value)
    shown = redactor.headers(headers)
    kind = error_class(status)
    return kind(
        message=message or _reason(status, shown, value),
        status_code=status,
        headers=shown,
        body=readable_body(kind, value),
        code=code,
        method=method,
        path=path,
        retry_after=retry_after(headers, now, wait_in_body(value)),
    )


def says_error(value: object) -> bool:
    """Whether a JSON value has the shape of an error of the service."""
    if not is_object(value):
        return False
    return "error" in value or ("message" in value and ("code" in value or "error_code" in value))


_TAG = re.compile(r"<[^<>]*+>")
_XML = re.compile(rb"<(Code|Message)>([^<]{1,500})</")


def storage_error(
    status: int,
    headers: Mapping[str, str],
    body: bytes | bytearray,
    path: str,
    now: float,
    redactor: Redactor,
) -> ApiError:
    """The exception for storage's refusal of a presigned PUT.

    The XML's code and message are kept, not the whole: S3 replies to a wrong signature with the
    request as it should have been signed, query and all.
    https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
    """
    found = {
        name: redactor.cut_text(value.decode("utf-8", "replace"))
        for name, value in _XML.findall(body[:8192])
    }
    shown = redactor.headers(headers)
    return error_class(status)(
        message=found.get(b"Message") or _reason(status, shown, None),
        status_code=status,
        headers=shown,
        code=found.get(b"Code"),
        method="PUT",
        path=path,
        retry_after=retry_after(headers, now),
    )


def explain(error: DecodeError, value: object, redactor: Redactor) -> DecodeError:
    """The error of a reply that does not fit, without secrets; with its start if it is not JSON."""
    message = redactor.text(error.args[0])
    if isinstance(value, str) and error.path is None:
        message = f"{message}; it starts with {redactor.cut_text(value[:_PAGE], most=_START)!r}"
    error.args = (message,)
    error.path = error.path and redactor.text(error.path)
    return error


def _reason(status: int, headers: Mapping[str, str], value: Any) -> str:
    if 300 <= status < 400:
        to = headers.get("Location", "")
        where = origin(to) if "://" in to else "another URL"
        return f"a redirect to {where}, which is not followed"
    if status == 429:
        return "a rate limit is used up"
    if isinstance(value, str) and value.strip():
        # A proxy's page: its text without the tags says more than "502".
        return " ".join(_TAG.sub(" ", value).split())[:200]
    return "the service gave no message"

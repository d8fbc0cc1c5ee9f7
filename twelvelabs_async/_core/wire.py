"""HTTP as text and bytes: paths, queries, bodies, headers, error replies. No I/O.

https://www.rfc-editor.org/rfc/rfc9110 (fields), rfc7578 (forms), rfc3986 (paths and queries).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, urlsplit

from ..errors import ApiError, ConfigurationError, DecodeError, error_class, redact

if TYPE_CHECKING:
    from .files import FilePart

__all__ = [
    "Inflater",
    "RateLimit",
    "api_error",
    "checked_headers",
    "encode_form",
    "encode_json",
    "encode_query",
    "origin",
    "rate_limits",
    "retry_after",
    "segment",
    "storage_error",
]

_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


# Paths and queries


def segment(value: str) -> str:
    """One path segment with everything but letters, digits and ``-._~`` percent-encoded.

    The empty string and the dot segments would address another resource: ValueError.
    """
    if value.__class__ is not str:
        raise TypeError(f"an id is a str, not {type(value).__name__}")
    if value in ("", ".", ".."):
        raise ValueError(f"{value!r} cannot be an id in a path")
    return value if value.isalnum() and value.isascii() else quote(value, safe="")


def text(value: Any) -> str:
    """A scalar as a query or a form carries it: true, false, and numbers as JSON writes them."""
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, str):
        return value
    if isinstance(value, (int, float)):
        return repr(value)
    isoformat = getattr(value, "isoformat", None)
    if isoformat is not None:
        return str(isoformat()).replace("+00:00", "Z")
    raise TypeError(f"a query or form value is text or a number, not {type(value).__name__}")


def pairs(values: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    """Names and values with lists taken apart (the name is repeated) and None left out."""
    for name, value in values.items():
        if value is None:
            continue
        if isinstance(value, Sequence) and not isinstance(value, (str, bytes, bytearray)):
            for item in value:
                yield name, item
        else:
            yield name, value


def encode_query(values: Mapping[str, Any]) -> str:
    """The query string, without its question mark; "" when nothing is given."""
    return "&".join(
        f"{quote(name, safe='[]')}={quote(text(value), safe='')}" for name, value in pairs(values)
    )


def origin(url: str) -> str:
    """The scheme, host and port of a URL: all that may be shown of one."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}"


# Headers


def checked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers; ConfigurationError when one could smuggle in another (a line break, a NUL)."""
    for name, value in headers.items():
        if not isinstance(value, str):
            raise ConfigurationError(f"header {name!r} must be a str, not {type(value).__name__}")
        if _CONTROL.search(name) or _CONTROL.search(value) or not name.strip():
            # The value may be a secret: only the name is shown.
            raise ConfigurationError(f"header {name!r} has a control character")
    return dict(headers)


# Bodies


def encode_json(values: Mapping[str, Any]) -> bytes:
    """A JSON object: None at the top level is left out, a null inside a dict goes out."""
    import orjson

    from .model import plain

    body = {name: plain(value) for name, value in values.items() if value is not None}
    try:
        return orjson.dumps(body)
    except TypeError as error:
        raise TypeError(f"the request's body is no JSON: {error}") from None


def encode_form(values: Mapping[str, Any], boundary: str) -> list[bytes | FilePart]:
    """A multipart/form-data body in pieces: bytes, and the file parts that stand between them.

    A form without files is one piece.
    """
    from .files import FilePart

    made: list[bytes | FilePart] = []
    run: list[bytes] = []
    dashes = f"--{boundary}\r\n"
    for name, value in pairs(values):
        if isinstance(value, FilePart):
            run.append(
                f'{dashes}Content-Disposition: form-data; name="{_quoted(name)}"; '
                f'filename="{_quoted(value.name)}"\r\n'
                f"Content-Type: {value.content_type}\r\n\r\n".encode()
            )
            made += [b"".join(run), value]
            run = [b"\r\n"]
        else:
            run.append(
                f'{dashes}Content-Disposition: form-data; name="{_quoted(name)}"\r\n\r\n'
                f"{text(value)}\r\n".encode()
            )
    run.append(f"--{boundary}--\r\n".encode())
    made.append(b"".join(run))
    return made


def _quoted(value: str) -> str:
    # As browsers do: https://html.spec.whatwg.org/#multipart-form-data
    return value.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


class Inflater:
    """Undoes gzip and deflate, never giving out more than `limit` bytes in all."""

    __slots__ = ("_limit", "_machine", "_made", "_raw_allowed")

    def __init__(self, encoding: str, limit: int) -> None:
        name = encoding.strip().lower()
        if name not in ("gzip", "x-gzip", "deflate"):
            raise DecodeError(f"the answer is in an encoding that was not asked for: {name[:40]}")
        self._raw_allowed = name == "deflate"
        self._machine = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)  # 32: zlib or gzip header
        self._limit = limit
        self._made = 0

    def feed(self, piece: bytes) -> bytes:
        """What this piece holds."""
        room = self._limit - self._made
        try:
            out = self._machine.decompress(piece, room + 1)
        except zlib.error as error:
            if not self._raw_allowed or self._made:
                raise DecodeError(f"the answer cannot be decompressed: {error}") from None
            # Some servers send deflate without the zlib header that RFC 9110 wants.
            self._machine = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
            self._raw_allowed = False
            return self.feed(piece)
        self._raw_allowed = self._raw_allowed and not out
        self._made += len(out)
        if self._made > self._limit:
            raise DecodeError(f"the answer is longer than {self._limit} bytes when decompressed")
        return out

    def end(self) -> None:
        """DecodeError when the compressed data stopped short."""
        if not self._machine.eof:
            raise DecodeError("the answer's compressed data breaks off")


# Rate limits


class RateLimit(NamedTuple):
    """What the service says of one limit. `reset` is in seconds from now."""

    limit: int | None = None
    remaining: int | None = None
    used: int | None = None
    reset: float | None = None


_LIMIT_HEADER = re.compile(
    r"x-ratelimit-(?:([a-z]+)-)?(limit|remaining|used|reset)$", re.IGNORECASE
)
_EPOCH = 1_000_000_000  # a smaller "reset" is a number of seconds


def rate_limits(headers: Mapping[str, str], now: float) -> dict[str, RateLimit]:
    """The limits that a reply tells of, by their dimension ("request" where none is named).

    Both generations of headers are read: X-RateLimit-Remaining and X-RateLimit-Request-Remaining.
    `now` is seconds since the epoch; the reply's own Date is trusted more, so that a wrong clock
    on this side does not turn a minute into hours.
    """
    found: dict[str, dict[str, float]] = {}
    for name, value in headers.items():
        match = _LIMIT_HEADER.match(name)
        if match is not None:
            try:
                number = float(value)
            except ValueError:
                continue
            if number == number and abs(number) != float("inf"):
                dimension = (match[1] or "request").lower()
                found.setdefault(dimension, {})[match[2].lower()] = number
    if not found:
        return {}
    here = _date(headers.get("Date")) or now

    def read(values: dict[str, float]) -> RateLimit:
        reset = values.get("reset")
        if reset is not None:
            reset = max(0.0, reset - here if reset >= _EPOCH else reset)
        limit, remaining, used = (
            int(values[key]) if key in values else None for key in ("limit", "remaining", "used")
        )
        return RateLimit(limit, remaining, used, reset)

    return {dimension: read(values) for dimension, values in found.items()}


def retry_after(headers: Mapping[str, str], now: float, body: Any = None) -> float | None:
    """For how many seconds the service asks to wait; None when it says nothing that can be read.

    Read from Retry-After (seconds or a date), from the details of a nested error body, and last
    from the reset of a limit that is used up. A time in the past is 0.
    """
    value = headers.get("Retry-After")
    if value is None and isinstance(body, dict):
        error = body.get("error")
        details = error.get("details") if isinstance(error, dict) else None
        value = details.get("retryAfter") if isinstance(details, dict) else None
    if value is not None:
        try:
            seconds = float(value)
        except (TypeError, ValueError):
            here = _date(headers.get("Date")) or now
            when = _date(str(value))
            if when is not None:
                return max(0.0, when - here)
        else:
            if seconds == seconds:
                return max(0.0, seconds)
    resets = [
        limit.reset
        for limit in rate_limits(headers, now).values()
        if limit.remaining is not None and limit.remaining <= 0 and limit.reset is not None
    ]
    return max(resets, default=None)


def _date(value: str | None) -> float | None:
    if not value:
        return None
    try:
        when = parsedate_to_datetime(value)
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


# Error replies

_REQUEST_IDS = ("X-Request-Id", "X-Amzn-Requestid", "X-Amz-Request-Id", "Cf-Ray")


def api_error(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    method: str,
    path: str,
    now: float,
    maybe_done: bool = False,
) -> ApiError:
    """The exception for a reply that is no success, whatever its body looks like.

    The service has four shapes: ``{code, message}``, ``{error: {code, message}}``,
    ``{error_code, message}``, and nothing at all.
    """
    parsed: Any = _parsed(body)
    found = parsed.get("error", parsed) if isinstance(parsed, dict) else None
    code = message = None
    if isinstance(found, dict):
        code = found.get("code", found.get("error_code"))
        message = found.get("message")
    elif isinstance(found, str):
        message = found
    if not isinstance(message, str):
        message = _reason(status, headers, parsed)
    return error_class(status)(
        redact(message),
        status_code=status,
        headers=headers,
        body=parsed,
        code=None if code is None else str(code),
        request_id=next((headers[name] for name in _REQUEST_IDS if name in headers), None),
        method=method,
        path=path,
        retry_after=retry_after(headers, now, parsed),
        maybe_done=maybe_done,
    )


_XML = re.compile(rb"<(Code|Message)>([^<]{1,500})</")


def storage_error(
    status: int, headers: Mapping[str, str], body: bytes, path: str, now: float
) -> ApiError:
    """The exception for storage's refusal of a presigned PUT.

    The XML's code and message are kept, not the whole: S3 answers a wrong signature with the
    request as it should have been signed, query and all.
    https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
    """
    found = {name: value.decode("utf-8", "replace") for name, value in _XML.findall(body[:8192])}
    return error_class(status)(
        redact(found.get(b"Message") or _reason(status, headers, None)),
        status_code=status,
        headers={name: redact(value) for name, value in headers.items()},
        code=found.get(b"Code"),
        request_id=next((headers[name] for name in _REQUEST_IDS if name in headers), None),
        method="PUT",
        path=path,
        retry_after=retry_after(headers, now),
    )


def _parsed(body: bytes) -> Any:
    import orjson

    if not body:
        return None
    try:
        return orjson.loads(body)
    except ValueError:
        return redact(body[:4096].decode("utf-8", "replace"))


def _reason(status: int, headers: Mapping[str, str], parsed: Any) -> str:
    if 300 <= status < 400:
        to = headers.get("Location", "")
        where = origin(to) if "://" in to else "another address"
        return f"a redirect to {where}, which is not followed"
    if status == 429:
        return "a rate limit is used up"
    if isinstance(parsed, str) and parsed.strip():
        # A proxy's page: its text without the tags says more than "502".
        return " ".join(re.sub(r"<[^>]*>", " ", parsed).split())[:200]
    return "the service said no more"

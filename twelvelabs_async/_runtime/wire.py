"""HTTP as text and bytes: paths, queries, bodies, headers, error replies. No I/O.

https://www.rfc-editor.org/rfc/rfc9110 (fields), rfc7578 (forms), rfc3986 (paths and queries).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeGuard
from urllib.parse import quote

from ..errors import ApiError, ArgumentTypeError, ConfigurationError, code_and_message, error_class
from .redaction import Redactor
from .secrets import origin
from .texts import NO_UNICODE, dump_json, unsendable

if TYPE_CHECKING:
    from .files import FilePart

__all__ = [
    "RateLimit",
    "Secret",
    "api_error",
    "at",
    "checked_headers",
    "encode_form",
    "encode_json",
    "encode_query",
    "is_array",
    "is_object",
    "origin",
    "parsed",
    "rate_limits",
    "retry_after",
    "says_error",
    "segment",
    "storage_error",
]

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_UNSENDABLE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")
_FRAMING = frozenset({"connection", "content-length", "host", "transfer-encoding"})


class Secret(str):
    """Text that is sent, and not shown where values are shown: in a repr, by a debugger."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'[redacted]'"


# Kinds of values: narrower than isinstance can say it to a type checker


def is_object(value: object) -> TypeGuard[Mapping[str, Any]]:
    """Whether this is what JSON has as an object."""
    return isinstance(value, Mapping)


def is_array(value: object) -> TypeGuard[Sequence[Any]]:
    """Whether this is a sequence of values, and no text or bytes."""
    # The plain kinds first: an abstract class's instance check costs as much as writing the value.
    if isinstance(value, (list, tuple)):
        return True
    return isinstance(value, Sequence) and not isinstance(
        value, (str, bytes, bytearray, memoryview)
    )


# Paths and queries


def segment(value: str) -> str:
    """One path segment with everything but letters, digits and ``-._~`` percent-encoded.

    The empty string and the dot segments would address another resource: ConfigurationError.
    """
    if value.__class__ is not str:
        raise ArgumentTypeError(f"an id is a str, not {type(value).__name__}")
    if value in ("", ".", ".."):
        raise ConfigurationError(f"{value!r} cannot be an id in a path")
    return value if value.isalnum() and value.isascii() else _percent(value, "")


def text(value: Any) -> str:
    """A scalar as a query or a form carries it: true, false, and numbers as JSON writes them."""
    if value is True:
        return "true"
    if value is False:
        return "false"
    # By the base's own methods: those of enums, which are such values too, give their names.
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, float):
        return float.__repr__(value)
    isoformat = getattr(value, "isoformat", None)
    if isoformat is not None:
        written = str(isoformat())
        return f"{written[:-6]}Z" if written.endswith("+00:00") else written
    raise ArgumentTypeError(
        f"a query or form value is text or a number, not {type(value).__name__}"
    )


def pairs(values: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    """Names and values with lists taken apart (the name is repeated) and None left out."""
    for name, value in values.items():
        if value is None:
            continue
        if value.__class__ is not str and is_array(value):
            for item in value:
                yield name, item
        else:
            yield name, value


def encode_query(values: Mapping[str, Any]) -> str:
    """The query string, without its question mark; "" when nothing is given."""
    return "&".join(
        [f"{_query_name(name)}={_query_value(text(value))}" for name, value in pairs(values)]
    )


@lru_cache(256)  # parameters have few names, and each its own many values
def _query_name(name: str) -> str:
    return _percent(name, "[]")


def _query_value(value: str) -> str:
    return value if value.isalnum() and value.isascii() else _percent(value, "")


def _percent(value: str, safe: str) -> str:
    try:
        return quote(value, safe=safe)
    except UnicodeEncodeError:
        raise ConfigurationError(f"{value!r:.100} {NO_UNICODE}") from None


# Headers


def checked_headers(headers: Mapping[str, Any]) -> dict[str, str]:
    """The headers, named in lower case, their values not shown by a repr.

    ConfigurationError for one that could smuggle in another (by a line break, a NUL), and for those
    that say where a message ends.
    """
    checked: dict[str, str] = {}
    for name, value in headers.items():
        # The value may be a secret: only the name is shown.
        if not isinstance(value, str):
            raise ConfigurationError(f"header {name!r} must be a str, not {type(value).__name__}")
        if not _TOKEN.fullmatch(name) or name.lower() in _FRAMING:
            raise ConfigurationError(f"{name!r} cannot be given as a header")
        if _UNSENDABLE.search(value):
            raise ConfigurationError(f"header {name!r} has a character that no header can have")
        checked[name.lower()] = Secret(value)
    return checked


# Bodies


def encode_json(values: Mapping[str, Any]) -> bytes:
    """A JSON object: None at the top level is left out, a null inside a dict goes out."""
    from .model import plain

    body = {name: plain(value) for name, value in values.items() if value is not None}
    return dump_json(body, "the request's body")


def encode_form(values: Mapping[str, Any], boundary: str) -> list[bytes | FilePart]:
    """A multipart/form-data body in pieces: bytes, and the file parts that stand between them.

    A form without files is one piece.
    """
    from .files import FilePart

    made: list[bytes | FilePart] = []
    run: list[str] = []  # joined and encoded at once
    start = f'--{boundary}\r\nContent-Disposition: form-data; name="'
    for name, value in pairs(values):
        if isinstance(value, FilePart):
            run.append(
                f'{start}{_quoted(name)}"; filename="{_quoted(value.name)}"\r\n'
                f"Content-Type: {value.content_type}\r\n\r\n"
            )
            made += [_utf8(run, values), value]
            run = ["\r\n"]
        else:
            run.append(f'{start}{_quoted(name)}"\r\n\r\n{text(value)}\r\n')
    run.append(f"--{boundary}--\r\n")
    made.append(_utf8(run, values))
    return made


def _utf8(run: Sequence[str], values: Mapping[str, Any]) -> bytes:
    try:
        return "".join(run).encode()
    except UnicodeEncodeError:
        pass
    raise ConfigurationError(f"the form's {unsendable(values) or 'text'!r} {NO_UNICODE}")


@lru_cache(256)
def _quoted(value: str) -> str:
    # As browsers do: https://html.spec.whatwg.org/#multipart-form-data
    return value.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


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


@lru_cache(256)  # replies repeat the names of their headers
def _limit_name(header: str) -> tuple[str, str] | None:
    """The dimension and the figure that a header gives; None for any other header."""
    match = _LIMIT_HEADER.match(header)
    return match and ((match[1] or "request").lower(), match[2].lower())


def rate_limits(headers: Mapping[str, str], now: float) -> dict[str, RateLimit]:
    """The limits that a reply tells of, by their dimension ("request" where none is named).

    Both generations of headers are read: X-RateLimit-Remaining and X-RateLimit-Request-Remaining.
    `now` is seconds since the epoch; the reply's own Date is trusted more, so that a wrong clock
    on this side does not turn a minute into hours.
    """
    found: dict[str, dict[str, float]] = {}
    for header, value in headers.items():
        name = _limit_name(header)
        if name is not None:
            try:
                number = float(value)
            except ValueError:
                continue
            if number == number and abs(number) != float("inf"):
                found.setdefault(name[0], {})[name[1]] = number
    if not found:
        return {}
    here = _date(headers.get("Date")) or now
    return {dimension: _rate_limit(values, here) for dimension, values in found.items()}


def _rate_limit(values: Mapping[str, float], here: float) -> RateLimit:
    reset = values.get("reset")
    if reset is not None:
        reset = max(0.0, reset - here if reset >= _EPOCH else reset)
    limit, remaining, used = values.get("limit"), values.get("remaining"), values.get("used")
    return RateLimit(
        None if limit is None else int(limit),
        None if remaining is None else int(remaining),
        None if used is None else int(used),
        reset,
    )


def retry_after(headers: Mapping[str, str], now: float, body: Any = None) -> float | None:
    """For how many seconds the service asks to wait; None when it says nothing that can be read.

    Read from Retry-After (seconds or a date), from the details of a nested error body, and last
    from the reset of a limit that is used up. A time in the past is 0.
    """
    value = headers.get("Retry-After")
    if value is None:
        value = at(body, "error", "details", "retryAfter")
    if value is not None:
        try:
            seconds = float(value)
        except (TypeError, ValueError):
            here = _date(headers.get("Date")) or now
            when = _date(str(value))
            if when is not None:
                return max(0.0, when - here)
        else:
            if math.isfinite(seconds):
                return max(0.0, seconds)
    resets = [
        limit.reset
        for limit in rate_limits(headers, now).values()
        if limit.remaining is not None and limit.remaining <= 0 and limit.reset is not None
    ]
    return max(resets, default=None)


@lru_cache(16)  # the replies of one second have the same
def _date(value: str | None) -> float | None:
    if not value:
        return None
    from email.utils import parsedate_to_datetime  # not with the client: few need it

    try:
        when = parsedate_to_datetime(value)
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


# Error replies

_READ = 64 * 1024  # characters that are looked at of a body that is no JSON
_PAGE = 4096  # characters that are kept of a body that is no JSON
_REQUEST_IDS = ("x-request-id", "x-amzn-requestid", "x-amz-request-id", "cf-ray")


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
    """The exception for a reply that is no success, whatever its body looks like.

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
    return error_class(status)(
        message=message or _reason(status, shown, value),
        status_code=status,
        headers=shown,
        body=value,
        code=code,
        request_id=_request_id(shown),
        method=method,
        path=path,
        retry_after=retry_after(headers, now, value),
    )


def says_error(value: object) -> bool:
    """Whether a JSON value has the shape of an error of the service."""
    if not is_object(value):
        return False
    return "error" in value or ("message" in value and ("code" in value or "error_code" in value))


def at(value: object, *keys: str) -> Any:
    """What stands at the end of these keys; None when the way ends before."""
    for key in keys:
        if not is_object(value):
            return None
        value = value.get(key)
    return value


def _request_id(headers: Mapping[str, str]) -> str | None:
    names = {name.lower(): value for name, value in headers.items()}
    return next((names[name] for name in _REQUEST_IDS if name in names), None)


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

    The XML's code and message are kept, not the whole: S3 answers a wrong signature with the
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
        request_id=_request_id(shown),
        method="PUT",
        path=path,
        retry_after=retry_after(headers, now),
    )


def parsed(body: bytes | bytearray) -> Any:
    """The JSON value of a body, or its text when it is none."""
    import orjson

    if not body:
        return None
    try:
        return orjson.loads(body)
    except ValueError:
        return body.decode("utf-8", "replace")


def _reason(status: int, headers: Mapping[str, str], value: Any) -> str:
    if 300 <= status < 400:
        to = headers.get("Location", "")
        where = origin(to) if "://" in to else "another address"
        return f"a redirect to {where}, which is not followed"
    if status == 429:
        return "a rate limit is used up"
    if isinstance(value, str) and value.strip():
        # A proxy's page: its text without the tags says more than "502".
        return " ".join(_TAG.sub(" ", value).split())[:200]
    return "the service said no more"

"""Webhooks: signatures are checked, and bodies become typed events. Nothing here does I/O.

The service signs ``timestamp.body`` with your endpoint's secret (HMAC-SHA256) and sends the result
as ``TL-Signature: t=1718777276,v1=5257a8...``. Check it on the raw bytes of the body, before
anything parses them. A delivery may come more than once: its ``id`` stays the same.

.. code-block:: python

    event = webhooks.unwrap(await request.read(), request.headers, secret)
    if event.type == "analyze.task.ready":
        task = await client.analyze_async.tasks.retrieve(event.data.id)
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

from attrs import define, field

from ._runtime.convert import TypeForm, loads, structure
from ._runtime.frames import drop_locals
from ._runtime.json_values import is_array
from ._runtime.model import Model, Tagged, Unknown, shown_url
from ._runtime.numbers import checked_number
from .errors import ConfigurationError, WebhookSignatureError

__all__ = [
    "SIGNATURE_HEADER",
    "AnalyzeBatchWebhookEvent",
    "AnalyzeTaskCanceledWebhookData",
    "AnalyzeTaskCanceledWebhookDataStatus",
    "AnalyzeTaskCanceledWebhookEvent",
    "AnalyzeTaskCanceledWebhookEventType",
    "AnalyzeTaskFailedWebhookData",
    "AnalyzeTaskFailedWebhookDataStatus",
    "AnalyzeTaskFailedWebhookEvent",
    "AnalyzeTaskFailedWebhookEventType",
    "AnalyzeTaskReadyWebhookData",
    "AnalyzeTaskReadyWebhookDataStatus",
    "AnalyzeTaskReadyWebhookEvent",
    "AnalyzeTaskReadyWebhookEventType",
    "AnalyzeTaskWebhookDataBase",
    "AnalyzeTaskWebhookError",
    "AnalyzeTaskWebhookEventBase",
    "AnalyzeTaskWebhookVideoSource",
    "AnalyzeTaskWebhookVideoSourceSystemMetadata",
    "AnalyzeTaskWebhookVideoSourceType",
    "IndexTaskFailedWebhookEvent",
    "IndexTaskReadyWebhookEvent",
    "IndexTaskWebhookData",
    "IndexTaskWebhookMetadata",
    "IndexTaskWebhookModel",
    "WebhookEvent",
    "WebhookEvent_Unknown",
    "sign",
    "unwrap",
]

SIGNATURE_HEADER = "TL-Signature"
_LONGEST = 8192  # most characters of a signature's header
_MOST_DIGITS = 15  # of a timestamp

AnalyzeTaskWebhookVideoSourceType = Literal["url", "base64_string", "asset_id", "video_id"] | str
AnalyzeTaskReadyWebhookDataStatus = Literal["ready"] | str
AnalyzeTaskFailedWebhookDataStatus = Literal["failed"] | str
AnalyzeTaskCanceledWebhookDataStatus = Literal["canceled"] | str
AnalyzeTaskReadyWebhookEventType = Literal["analyze.task.ready"]
AnalyzeTaskFailedWebhookEventType = Literal["analyze.task.failed"]
AnalyzeTaskCanceledWebhookEventType = Literal["analyze.task.canceled"]


@define(kw_only=True)
class AnalyzeTaskWebhookVideoSourceSystemMetadata(Model):
    """The video's duration in seconds."""

    duration: float | None = None


@define(kw_only=True)
class AnalyzeTaskWebhookVideoSource(Model):
    """The video that the task was for."""

    type: AnalyzeTaskWebhookVideoSourceType | None = None
    url: str | None = field(default=None, repr=shown_url)
    asset_id: str | None = None
    video_id: str | None = None
    system_metadata: AnalyzeTaskWebhookVideoSourceSystemMetadata | None = None


@define(kw_only=True)
class AnalyzeTaskWebhookError(Model):
    """Why a task failed; beside a result, a warning. The text is for people: it may change."""

    message: str


@define(kw_only=True)
class AnalyzeTaskWebhookDataBase(Model):
    """The task. Its result is not in the event: retrieve the task."""

    id: str
    custom_id: str | None = None
    created_at: datetime
    video_source: AnalyzeTaskWebhookVideoSource | None = None


@define(kw_only=True)
class AnalyzeTaskReadyWebhookData(AnalyzeTaskWebhookDataBase):
    """A task with a result; ``error`` warns of a partial one."""

    status: AnalyzeTaskReadyWebhookDataStatus
    error: AnalyzeTaskWebhookError | None = None


@define(kw_only=True)
class AnalyzeTaskFailedWebhookData(AnalyzeTaskWebhookDataBase):
    """A task that failed, and why."""

    status: AnalyzeTaskFailedWebhookDataStatus
    error: AnalyzeTaskWebhookError | None = None


@define(kw_only=True)
class AnalyzeTaskCanceledWebhookData(AnalyzeTaskWebhookDataBase):
    """A task that was canceled."""

    status: AnalyzeTaskCanceledWebhookDataStatus


@define(kw_only=True)
class AnalyzeTaskWebhookEventBase(Model):
    """What every event has; ``id`` is the same in each delivery of it."""

    id: str
    created_at: datetime


@define(kw_only=True)
class AnalyzeTaskReadyWebhookEvent(AnalyzeTaskWebhookEventBase):
    """An analysis task has a result."""

    type: AnalyzeTaskReadyWebhookEventType = "analyze.task.ready"
    data: AnalyzeTaskReadyWebhookData


@define(kw_only=True)
class AnalyzeTaskFailedWebhookEvent(AnalyzeTaskWebhookEventBase):
    """An analysis task has failed."""

    type: AnalyzeTaskFailedWebhookEventType = "analyze.task.failed"
    data: AnalyzeTaskFailedWebhookData


@define(kw_only=True)
class AnalyzeTaskCanceledWebhookEvent(AnalyzeTaskWebhookEventBase):
    """An analysis task was canceled. The service does its best to send this, and may not."""

    type: AnalyzeTaskCanceledWebhookEventType = "analyze.task.canceled"
    data: AnalyzeTaskCanceledWebhookData


@define(kw_only=True)
class AnalyzeBatchWebhookEvent(AnalyzeTaskWebhookEventBase):
    """A batch has ended. The service documents no fields of ``data``."""

    type: Literal["analyze.batch.completed", "analyze.batch.canceled", "analyze.batch.expired"]
    data: dict[str, Any]


@define(kw_only=True)
class IndexTaskWebhookMetadata(Model):
    """The video's duration in seconds."""

    duration: float | None = None


@define(kw_only=True)
class IndexTaskWebhookModel(Model):
    """A model of the index, and what it attends to."""

    name: str | None = None
    options: list[str] | None = None


@define(kw_only=True)
class IndexTaskWebhookData(Model):
    """An indexing task."""

    id: str
    status: str | None = None
    metadata: IndexTaskWebhookMetadata | None = None
    models: list[IndexTaskWebhookModel] | None = None
    tags: list[str] | None = None


@define(kw_only=True)
class IndexTaskReadyWebhookEvent(AnalyzeTaskWebhookEventBase):
    """A video is indexed."""

    type: Literal["index.task.ready"] = "index.task.ready"
    data: IndexTaskWebhookData


@define(kw_only=True)
class IndexTaskFailedWebhookEvent(AnalyzeTaskWebhookEventBase):
    """A video could not be indexed."""

    type: Literal["index.task.failed"] = "index.task.failed"
    data: IndexTaskWebhookData


@define(kw_only=True)
class WebhookEvent_Unknown(Unknown):
    """An event of a type that this version of the package does not know."""

    if TYPE_CHECKING:  # a tag of its own: then to compare a tag narrows the union
        type: Literal["unknown"] = "unknown"
    else:
        type: str | None = None


WebhookEvent = Annotated[
    AnalyzeTaskReadyWebhookEvent
    | AnalyzeTaskFailedWebhookEvent
    | AnalyzeTaskCanceledWebhookEvent
    | AnalyzeBatchWebhookEvent
    | IndexTaskReadyWebhookEvent
    | IndexTaskFailedWebhookEvent
    | WebhookEvent_Unknown,
    Tagged("type"),
]


def unwrap(
    body: bytes | bytearray | memoryview | str,
    headers: Mapping[str, Any] | Iterable[tuple[str | bytes, Any]],
    secret: str | bytes,
    *,
    tolerance: float | None = 300.0,
) -> WebhookEvent:
    """The event in a webhook's body, once its signature was checked.

    ``body`` is the raw body as it came: bytes, or text that was decoded from UTF-8. ``headers`` are
    the request's, a mapping or pairs, with names in any case. ``secret`` is the endpoint's.
    ``tolerance`` is how many seconds the signature may be old, or ahead of this machine's clock;
    None takes any. An event of an unknown type is a `WebhookEvent_Unknown`, with what it has in
    ``extra``.

    Raises `WebhookSignatureError` when the signature is missing, malformed, wrong, too old or in
    the future; its ``reason`` says which. Raises `DecodeError` for a signed body that is not an
    event, and `ConfigurationError` for an empty secret, malformed headers and a tolerance that
    is no number of 0 or more.

    Example: ``event = unwrap(await request.body(), request.headers, secret)``
    """
    try:
        return _unwrapped(body, headers, secret, tolerance)
    except BaseException as error:  # of any kind: its frames are shown
        body = secret = b""
        drop_locals(error)
        raise


def sign(
    body: bytes | bytearray | memoryview | str,
    secret: str | bytes,
    *,
    timestamp: float | None = None,
) -> str:
    """The value of the ``TL-Signature`` header for a body, for tests of your endpoint.

    ``timestamp`` is in seconds since 1970, by default now; a fraction is cut off. Raises
    `ConfigurationError` for an empty secret and what is not a time.

    Example: ``headers = {"TL-Signature": sign(body, secret)}``
    """
    try:
        return _signed(body, secret, timestamp)
    except BaseException as error:  # of any kind, as in `unwrap`
        body = secret = b""
        drop_locals(error)
        raise


def _unwrapped(
    body: bytes | bytearray | memoryview | str,
    headers: Mapping[str, Any] | Iterable[tuple[str | bytes, Any]],
    secret: str | bytes,
    tolerance: float | None,
) -> WebhookEvent:
    raw = _raw(body)
    if tolerance is not None:
        tolerance = checked_number(tolerance, "the tolerance in seconds", 0)
    header = ",".join(_signatures(headers))[:_LONGEST]
    if not header:
        raise WebhookSignatureError(f"the request has no {SIGNATURE_HEADER} header", "missing")
    timestamp, signatures = _parsed(header)
    expected = _signature(raw, secret, timestamp).encode()
    # Each is compared, so that the time does not show which fits.
    fits = [hmac.compare_digest(given.encode("utf-8", "replace"), expected) for given in signatures]
    if not any(fits):
        raise WebhookSignatureError(
            "the signature is not that of this body and secret", "mismatch", timestamp=timestamp
        )
    age = time.time() - timestamp
    if tolerance is not None and not age <= tolerance:
        raise WebhookSignatureError(
            f"the signature is {age:.0f} s old", "too_old", timestamp=timestamp
        )
    if tolerance is not None and not -age <= tolerance:
        raise WebhookSignatureError(
            f"the signature is {-age:.0f} s ahead of this machine's clock",
            "in_future",
            timestamp=timestamp,
        )
    value = loads(raw, what="the webhook's body")
    return structure(TypeForm[WebhookEvent](WebhookEvent), value)


def _signed(
    body: bytes | bytearray | memoryview | str, secret: str | bytes, timestamp: float | None
) -> str:
    what = "the timestamp in seconds since 1970"
    given = time.time() if timestamp is None else checked_number(timestamp, what, 0)
    if given >= 10**_MOST_DIGITS:
        raise ConfigurationError(f"{what} has at most {_MOST_DIGITS} digits, and is {given}")
    at = int(given)
    return f"t={at},v1={_signature(_raw(body), secret, at)}"


def _raw(body: bytes | bytearray | memoryview | str) -> bytes:
    given: Any = body
    if isinstance(given, str):
        return _encoded(given)
    if isinstance(given, (bytes, bytearray, memoryview)):
        return bytes(cast("bytes", given))
    raise ConfigurationError(f"a webhook's body is its raw bytes, not {type(given).__name__}")


def _encoded(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # halves of surrogate pairs, which came from no bytes
        return text.encode("utf-8", "surrogatepass")


def _signature(raw: bytes, secret: str | bytes, timestamp: int) -> str:
    given: Any = secret
    if not given:
        raise ConfigurationError("the webhook's secret is empty")
    if not isinstance(given, (str, bytes)):
        raise ConfigurationError(f"a webhook's secret is text, not {type(given).__name__}")
    key = given if isinstance(given, bytes) else _encoded(given)
    return hmac.new(key, b"%d.%b" % (timestamp, raw), hashlib.sha256).hexdigest()


def _signatures(headers: Any) -> Iterator[str]:
    """The values of the header, whatever the case of its name and the kind of collection."""
    try:
        pairs = [(name, value) for name, value in getattr(headers, "items", headers.__iter__)()]
    except (AttributeError, TypeError, ValueError):
        raise ConfigurationError("headers are a mapping, or pairs of names and values") from None
    for name, value in pairs:
        if _text(name).lower() == SIGNATURE_HEADER.lower():
            values: Sequence[object] = value if is_array(value) else (value,)
            yield from map(_text, values)


def _text(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _parsed(header: str) -> tuple[int, list[str]]:
    """The time and the signatures of a header; other schemes than v1 are ignored."""
    pairs = [
        (name.strip(), value.strip())
        for name, _, value in (part.partition("=") for part in header.split(","))
    ]
    times = [value for name, value in pairs if name == "t"]
    signatures = [value.lower() for name, value in pairs if name == "v1" and value]
    good = len(set(times)) == 1 and times[0].isascii() and times[0].isdigit()
    if not good or len(times[0]) > _MOST_DIGITS or not signatures:
        raise WebhookSignatureError(
            f"the {SIGNATURE_HEADER} header is not of the form t=...,v1=...", "malformed"
        )
    return int(times[0]), signatures

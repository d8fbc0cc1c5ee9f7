"""The exceptions of this package: what a public call raises when it fails.

TwelveLabsError
 ├─ ConfigurationError (ValueError)       no key, a header that cannot be sent, a wrong option
 │   └─ ArgumentTypeError (TypeError)     an argument of a type that cannot be sent
 ├─ ClientClosedError (RuntimeError)      used after close()
 ├─ ApiError                              the service replied with an error status
 │   ├─ RedirectError              3xx    never followed: the key would go along
 │   ├─ BadRequestError            400
 │   ├─ UnauthorizedError          401
 │   ├─ ForbiddenError             403
 │   ├─ NotFoundError              404
 │   ├─ ConflictError              409
 │   ├─ GoneError                  410
 │   ├─ ContentTooLargeError       413
 │   ├─ UnprocessableEntityError   422
 │   ├─ TooManyRequestsError       429
 │   └─ InternalServerError        5xx
 │       ├─ ServiceUnavailableError  503
 │       └─ GatewayTimeoutError      504
 ├─ TransportError                        no whole reply came
 │   ├─ ConnectError                      ... and nothing was sent
 │   └─ RequestTimeoutError (TimeoutError)
 ├─ DecodeError                           a reply that is not what the API documents
 ├─ StreamError                           a stream broke off, or carried an error
 ├─ FailedError                           what was waited for has failed
 ├─ WaitTimeoutError (TimeoutError)       what was waited for took too long
 ├─ OutputTruncatedError (ValueError)     an answer was cut off, so it does not fit a class
 ├─ OutputInvalidError (ValueError)       an answer does not fit the requested class
 ├─ RecordingError (LookupError)          a request is not in the recording that is replayed
 ├─ WebhookSignatureError (ValueError)    a webhook is not signed, or not as it should be
 ├─ UploadError                           a multipart upload could not be finished
 │   └─ UploadTimeoutError                the wait for one took too long; a WaitTimeoutError, too
 ├─ UploadInDoubtError                    an upload's worker was lost: perhaps it is done
 └─ JournalError                          an ingestion's journal cannot be written
     ├─ JournalInUseError (ValueError)    ... since another run has it
     └─ JournalUnusableError (OSError)    ... since it is not a journal, damaged or locked

A call on the thread of the blocking client's own event loop raises LoopThreadError (RuntimeError),
which is in `twelvelabs_async.sync.bridge`. Python's own errors come through unchanged: OSError for
a file that cannot be read, RuntimeError for an object that is used out of order, such as a page
before the pager was awaited, and any exception of your callbacks.

All of them pickle, so that they can cross a process border, and none of them holds the API key
or the query string of a URL.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast

from . import error_bodies
from ._runtime.rate_limits import retry_after as requested_wait

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "ApiError",
    "ArgumentTypeError",
    "BadRequestError",
    "ClientClosedError",
    "ConfigurationError",
    "ConflictError",
    "ConnectError",
    "ContentTooLargeError",
    "DecodeError",
    "FailedError",
    "ForbiddenError",
    "GatewayTimeoutError",
    "GoneError",
    "InternalServerError",
    "JournalError",
    "JournalInUseError",
    "JournalUnusableError",
    "NotFoundError",
    "OutputInvalidError",
    "OutputTruncatedError",
    "RecordingError",
    "RedirectError",
    "RequestTimeoutError",
    "ServiceUnavailableError",
    "StreamError",
    "TooManyRequestsError",
    "TransportError",
    "TwelveLabsError",
    "UnauthorizedError",
    "UnprocessableEntityError",
    "UploadError",
    "UploadInDoubtError",
    "UploadTimeoutError",
    "WaitTimeoutError",
    "WebhookSignatureError",
]


__path__: list[str] = []  # the vendor has modules below this one: _vendor_modules finds them


def _revive(
    cls: type[TwelveLabsError], args: tuple[object, ...], state: dict[str, object]
) -> TwelveLabsError:
    error = cls.__new__(cls, *args)
    error.args = args  # OSError's kind takes them in __init__ only
    error.__dict__.update(state)
    return error


class TwelveLabsError(Exception):
    """The base of every exception that this package raises."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _revive, (type(self), self.args, self.__dict__)

    def _render_traceback_(self) -> list[str]:
        """What IPython shows: the traceback without the frames inside the package."""
        from ._runtime.frames import notebook_traceback  # here: few programs run in notebooks

        return notebook_traceback(self)


class ConfigurationError(TwelveLabsError, ValueError):
    """A setting or an argument that no request could be made with."""


class ArgumentTypeError(ConfigurationError, TypeError):
    """An argument of a type, or with a value inside, that nothing can be sent of."""


class ClientClosedError(TwelveLabsError, RuntimeError):
    """A call on a client that is closed, or was closed during the call.

    `maybe_done` is true when it was running, was not a read, and may have been carried out.
    """

    def __init__(self, message: str, *, maybe_done: bool = False) -> None:
        self.maybe_done = maybe_done
        super().__init__(message)


def code_and_message(body: object) -> tuple[str | None, str | None]:
    """The code and the message in the body of an error, where it has them.

    The service has the shapes ``{code, message}``, ``{error: {code, message}}``, ``{error:
    message}`` and ``{error_code, message}``. A model with such fields will do as well.
    """
    inner = _part(body, "error") or body
    codes = [_part(place, name) for place in (inner, body) for name in ("code", "error_code")]
    code = next((found for found in codes if isinstance(found, (str, int))), None)
    message = inner if isinstance(inner, str) and inner is not body else _part(inner, "message")
    return None if code is None else str(code), message if isinstance(message, str) else None


def wait_in_body(body: object) -> object:
    """For how many seconds the body of an error asks to wait, if it has that; not checked."""
    return _part(_part(_part(body, "error"), "details"), "retryAfter")


def _part(value: Any, name: str) -> object:
    if isinstance(value, Mapping):
        return cast("Mapping[str, object]", value).get(name)
    return None if isinstance(value, str) else getattr(value, name, None)


_REQUEST_IDS = ("x-request-id", "x-amzn-requestid", "x-amz-request-id", "cf-ray")


class ApiError(TwelveLabsError):
    """A reply of the service with an error status.

    `code` and `message` are the service's own, where it gave them; decide by `status_code` and
    `code`, since the texts may change. `body` is the parsed JSON, or the text when it is not JSON;
    the keys of an object that the service sent are attributes, too (``error.body.code``). `headers`
    has the names in lower case. `retry_after` is how many seconds the service asks to wait.
    `maybe_done` is true when the call was not a read and this attempt, or an earlier one, may have
    been carried out in spite of the error.

    Tests make errors by hand, as with the vendor's SDK: ``BadRequestError(body={"code": "x"})``.
    The status then comes from the class, the code and the message from the body, the request's id
    and the requested wait from the headers.
    """

    _status: ClassVar[int | None] = None
    # For classes of users' own that do not call this one's __init__.
    message: str | None = None
    status_code: int | None = None
    code: str | None = None
    request_id: str | None = None
    method: str | None = None
    path: str | None = None
    retry_after: float | None = None
    maybe_done: bool = False

    def __init__(
        self,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        *,
        message: str | None = None,
        status_code: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
        method: str | None = None,
        path: str | None = None,
        retry_after: float | None = None,
        maybe_done: bool = False,
    ) -> None:
        its_code, its_message = code_and_message(body)
        self.message = message or its_message or (body if isinstance(body, str) else None)
        self.status_code = self._status if status_code is None else status_code
        self.headers: dict[str, str] = {
            name.lower(): value for name, value in (headers or {}).items()
        }
        self.body = body
        self.code = code or its_code
        self.request_id = request_id or next(
            (self.headers[name] for name in _REQUEST_IDS if name in self.headers), None
        )
        self.method = method
        self.path = path
        if retry_after is None:
            named = {name.title(): value for name, value in self.headers.items()}
            retry_after = requested_wait(named, time.time(), wait_in_body(body))
        self.retry_after = retry_after
        self.maybe_done = maybe_done
        super().__init__(self.message)

    def __str__(self) -> str:
        call = f"{self.method} {self.path}: " if self.method else ""
        what = ": ".join(part for part in (self.code, self.message) if part)
        status = "" if self.status_code is None else str(self.status_code)
        tail = f" (request {self.request_id})" if self.request_id else ""
        doubt = "; it may have been carried out" if self.maybe_done else ""
        return f"{call}{status} {what}".strip() + tail + doubt


class RedirectError(ApiError):
    """A redirect. None is followed, because the API key would be sent to the new URL."""


class BadRequestError(ApiError):
    """400: the request is not one that the service accepts."""

    _status = 400


class UnauthorizedError(ApiError):
    """401: the API key is missing, wrong or expired."""

    _status = 401


class ForbiddenError(ApiError):
    """403: the API key may not do this."""

    _status = 403


class NotFoundError(ApiError):
    """404: the resource does not exist."""

    _status = 404


class ConflictError(ApiError):
    """409: the resource's state does not allow it. Never retried."""

    _status = 409


class GoneError(ApiError):
    """410: it has expired."""

    _status = 410


class ContentTooLargeError(ApiError):
    """413: what was sent is too large."""

    _status = 413


class UnprocessableEntityError(ApiError):
    """422: understood, but invalid."""

    _status = 422


class TooManyRequestsError(ApiError):
    """429: a rate limit is used up; `retry_after` says for how long, where it is known."""

    _status = 429


class InternalServerError(ApiError):
    """5xx: the service, or a proxy before it, failed."""

    _status = 500


class ServiceUnavailableError(InternalServerError):
    """503: the service is unavailable. It has refused the call, so it is retried."""

    _status = 503


class GatewayTimeoutError(InternalServerError):
    """504: a part of the service did not reply in time."""

    _status = 504


_BY_STATUS: dict[int, type[ApiError]] = {
    400: BadRequestError,
    401: UnauthorizedError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    410: GoneError,
    413: ContentTooLargeError,
    422: UnprocessableEntityError,
    429: TooManyRequestsError,
    503: ServiceUnavailableError,
    504: GatewayTimeoutError,
}


_BODIES: Mapping[type[ApiError], type[error_bodies.ErrorBody]] = {
    ApiError: error_bodies.FlatErrorResponse,
    BadRequestError: error_bodies.BadRequestErrorBody,
    UnauthorizedError: error_bodies.FlatErrorResponse,
    ForbiddenError: error_bodies.ForbiddenErrorBody,
    NotFoundError: error_bodies.NotFoundErrorBody,
    ConflictError: error_bodies.ConflictErrorBody,
    GoneError: error_bodies.GoneErrorBody,
    ContentTooLargeError: error_bodies.ErrorResponse,
    UnprocessableEntityError: error_bodies.UnprocessableEntityErrorBody,
    TooManyRequestsError: error_bodies.ErrorResponse,
    InternalServerError: error_bodies.InternalServerErrorBody,
    ServiceUnavailableError: error_bodies.ErrorResponse,
    GatewayTimeoutError: error_bodies.ErrorResponse,
}


def error_class(status: int) -> type[ApiError]:
    """The class of the exception for an error status."""
    if 300 <= status < 400:
        return RedirectError
    return _BY_STATUS.get(status, InternalServerError if status >= 500 else ApiError)


def readable_body(kind: type[ApiError], body: Any) -> Any:
    """The body as errors of this class have it: the keys of an object are attributes, too."""
    fields: Any = body  # not narrowed
    if type(body) is not dict:
        return fields
    return next(_BODIES[cls] for cls in kind.__mro__ if cls in _BODIES)(fields)


class TransportError(TwelveLabsError):
    """No whole reply came: the connection broke, or the reply is not HTTP.

    `maybe_done` is true when the request was not a read and may have reached the service: check
    before you send it again.
    """

    method: str | None = None
    path: str | None = None
    maybe_done: bool = False

    def __init__(
        self,
        message: str,
        *,
        method: str | None = None,
        path: str | None = None,
        maybe_done: bool = False,
    ) -> None:
        self.method = method
        self.path = path
        self.maybe_done = maybe_done
        super().__init__(message)

    def __str__(self) -> str:
        call = f"{self.method} {self.path}: " if self.method else ""
        doubt = "; it may have been carried out" if self.maybe_done else ""
        return f"{call}{super().__str__()}{doubt}"


class ConnectError(TransportError):
    """No connection could be made. Nothing was sent."""


Phase = Literal["connect", "read", "write", "total"]


class RequestTimeoutError(TransportError, TimeoutError):
    """A time limit passed; `phase` names it: connect, read, write, or total (the deadline)."""

    def __init__(
        self,
        message: str,
        *,
        phase: Phase,
        method: str | None = None,
        path: str | None = None,
        maybe_done: bool = False,
    ) -> None:
        self.phase: Phase = phase
        super().__init__(message, method=method, path=path, maybe_done=maybe_done)


class DecodeError(TwelveLabsError):
    """A reply that is not what the API documents.

    `path` is the JSON path of the first value that does not fit (`$.data[3].start`), or None when
    the body as a whole cannot be read. `call` is the verb and path. A write whose reply cannot be
    decoded may have been carried out: then `maybe_done` is true.
    """

    path: str | None = None
    status_code: int | None = None
    call: str | None = None
    maybe_done: bool = False

    def __init__(
        self,
        message: str,
        *,
        path: str | None = None,
        status_code: int | None = None,
        call: str | None = None,
        maybe_done: bool = False,
    ) -> None:
        self.path = path
        self.status_code = status_code
        self.call = call
        self.maybe_done = maybe_done
        super().__init__(message)

    def __str__(self) -> str:
        call = f"{self.call}: " if self.call else ""
        doubt = "; it may have been carried out" if self.maybe_done else ""
        return f"{call}{super().__str__()}{doubt}"


class StreamError(TwelveLabsError):
    """A stream that carried an error, or ended early; `events` are those that came before.

    They are redacted where they repeat a secret of the client.
    """

    def __init__(
        self,
        message: str,
        *,
        events: Sequence[Any] = (),
        code: str | None = None,
        body: Any = None,
    ) -> None:
        self.events: list[Any] = list(events)
        self.code: str | None = code or code_and_message(body)[0]
        self.body = body
        super().__init__(message)


class FailedError(TwelveLabsError):
    """A resource has failed; `resource` is its last state, the text is the service's."""

    def __init__(self, message: str, *, resource: Any = None) -> None:
        self.resource = resource
        super().__init__(message)


class WaitTimeoutError(TwelveLabsError, TimeoutError):
    """The deadline of a wait passed; `last` is the last state that was seen, if any."""

    def __init__(self, message: str, *, last: Any = None) -> None:
        self.last = last
        super().__init__(message)


class OutputTruncatedError(TwelveLabsError, ValueError):
    """An answer reached its maximum length, so it does not fit the requested class.

    `text` is what came. Ask again with a larger ``max_tokens``.
    """

    def __init__(self, message: str, *, text: str = "", finish_reason: str | None = None) -> None:
        self.text = text
        self.finish_reason = finish_reason
        super().__init__(message)


class OutputInvalidError(TwelveLabsError, ValueError):
    """An answer, `text`, does not fit the requested class; `path` is where, as a JSON path."""

    def __init__(
        self,
        message: str,
        *,
        path: str | None = None,
        text: str = "",
        finish_reason: str | None = None,
    ) -> None:
        self.path = path
        self.text = text
        self.finish_reason = finish_reason
        super().__init__(message)


class RecordingError(TwelveLabsError, LookupError):
    """A request that is not in the recording which is replayed; the text names the nearest ones."""


class WebhookSignatureError(TwelveLabsError, ValueError):
    """A webhook's signature does not show that the service sent it.

    `reason` says why: ``"missing"``, ``"malformed"``, ``"mismatch"``, ``"too_old"`` or
    ``"in_future"``. `timestamp` is the signed time, in seconds since 1970, where it was read.
    """

    def __init__(self, message: str, reason: str, *, timestamp: int | None = None) -> None:
        self.reason = reason
        self.timestamp = timestamp
        super().__init__(message)


class UploadError(TwelveLabsError):
    """A multipart upload that could not be finished.

    `failed_chunks` maps a chunk's index (from 1) to its error. `resumable` says whether the same
    call with `upload_id=` (or its checkpoint) can resume the upload; where the service has all of
    the file already, as asset `asset_id`, only the checkpoint can. `message` is the text.
    `chunk_index` is the first failed chunk and `original_error` what the upload failed with; each
    is None where there is none.
    """

    def __init__(
        self,
        message: str,
        chunk_index: int | None = None,
        original_error: Exception | None = None,
        *,
        upload_id: str | None = None,
        asset_id: str | None = None,
        failed_chunks: Mapping[int, Exception] | None = None,
        resumable: bool = False,
    ) -> None:
        self.message = message
        self.upload_id = upload_id
        self.asset_id = asset_id
        if failed_chunks is None and chunk_index is not None and original_error is not None:
            failed_chunks = {chunk_index: original_error}
        self.failed_chunks: dict[int, Exception] = dict(failed_chunks or {})
        self.resumable = resumable
        if chunk_index is None:
            chunk_index = min(self.failed_chunks, default=None)
        if original_error is None and chunk_index is not None:
            original_error = self.failed_chunks.get(chunk_index)
        self.chunk_index = chunk_index
        self.original_error = original_error
        super().__init__(message)

    def __reduce__(self) -> tuple[Any, ...]:
        from ._runtime.portable import portable  # here: few programs need it

        made, (cls, args, state) = super().__reduce__()
        failed = {at: portable(each) for at, each in self.failed_chunks.items()}
        changed = {"failed_chunks": failed, "original_error": portable(self.original_error)}
        return made, (cls, args, state | changed)


class UploadTimeoutError(WaitTimeoutError, UploadError):
    """The deadline of a wait for an upload passed: `last` is its last status, if one was seen."""


class UploadInDoubtError(TwelveLabsError):
    """An upload that may have been carried out: the worker that sent it was lost."""

    maybe_done = True


class JournalError(TwelveLabsError):
    """The journal of an ingestion cannot be read or written: the disk is full, for example.

    It ends the run. The journal keeps what it last recorded; the next run resumes from there.
    """


class JournalInUseError(JournalError, ConfigurationError):
    """Another run uses the journal."""


class JournalUnusableError(JournalError, OSError, ConfigurationError):
    """The file is not a journal, is damaged, or is locked by another program. It is not changed."""

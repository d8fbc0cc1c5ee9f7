"""One call: what is sent, and whether it is retried."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Protocol

from ..errors import ConfigurationError
from ..options import RequestOptions, Retry, Timeouts
from .bodies import encode_form, encode_json
from .headers import Secret, checked_headers
from .numbers import checked_count, checked_number
from .redaction import Redactor
from .urls import encode_query

if TYPE_CHECKING:
    from asyncio import Timeout

    from .async_body import Body
    from .files import FilePart
    from .rate_limits import Category

__all__ = ["Call", "CallBody", "CallContext", "Repeatable", "build_call"]


Repeatable = Literal["read", "write", "by key"]
"""Why a POST may be sent again: it changes nothing, repeating it changes nothing more, or the
service recognizes it by the Idempotency-Key header, which is then sent."""
_KEY_HEADER = "idempotency-key"
_SAFE = frozenset({"GET", "HEAD", "PUT", "PATCH", "DELETE"})


class CallBody:
    """What a call sends: made again for each attempt, since each reads a file to its end."""

    __slots__ = ("_form", "_whole", "files", "report")

    def __init__(self, whole: bytes | None = None, form: Sequence[bytes | FilePart] = ()) -> None:
        self._whole = whole
        self._form = form
        files = [piece for piece in form if not isinstance(piece, bytes)]
        # Not the empty list: it would be memory of each call that waits.
        self.files: Sequence[FilePart] = files or ()
        self.report: Callable[[int, int | None], None] | None = None
        """Gets the bytes sent of the files, and those in all, in each attempt; see FormBody."""

    @property
    def spent(self) -> str | None:
        """Why this cannot be sent again; None when it can."""
        return next((reason for file in self.files if (reason := file.spent)), None)

    def make_known(self, redactor: Redactor) -> None:
        """Redact the secrets of the presigned URLs in this from now on."""
        if self._whole:
            redactor.add_urls(self._whole)
        for piece in self._form:
            if isinstance(piece, bytes):
                redactor.add_urls(piece)

    async def open(self) -> bytes | Body | None:
        """The body for one attempt."""
        if not self._form:
            return self._whole
        from .form_body import FormBody

        return await FormBody.open(self._form, self.report)


class Call:
    """One call."""

    __slots__ = (
        "body",
        "category",
        "headers",
        "limit",
        "maybe_done",
        "method",
        "path",
        "repeatable",
        "retry",
        "template",
        "timeouts",
        "url",
        "writes",
    )

    def __init__(
        self,
        method: str,
        path: str,
        url: str,
        headers: dict[str, str],
        body: CallBody,
        *,
        repeatable: Repeatable | None,
        category: Category | None,
        timeouts: Timeouts,
        retry: Retry,
    ) -> None:
        self.method = method
        self.path = str(path)
        self.template: str = getattr(path, "template", path)
        """The path with the names of ids for the ids."""
        self.url = url
        self.headers = headers
        self.body = body
        self.repeatable = method in _SAFE or repeatable is not None
        self.category: Category | None = category
        self.timeouts = timeouts
        self.retry = retry
        self.writes = method not in ("GET", "HEAD") and repeatable != "read"
        self.maybe_done = False
        """Whether an attempt was made that may have been carried out."""
        self.limit: Timeout | None = None
        """The deadline, once the call has begun."""

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class CallContext(Protocol):
    """What a call takes of its client."""

    base_url: str
    redactor: Redactor
    timeouts: Timeouts
    retry: Retry

    @property
    def api_key(self) -> Secret:
        """The key."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """What goes with each request."""
        ...


def build_call(
    context: CallContext,
    method: str,
    path: str,
    query: Mapping[str, Any] | None,
    json: Mapping[str, Any] | None,
    form: Mapping[str, Any] | None,
    repeatable: Repeatable | None,
    category: Category | None,
    options: RequestOptions | None,
) -> Call:
    """The call of a resource's method, with the caller's options."""
    headers = {**context.headers, "x-api-key": context.api_key}
    timeouts, retry = context.timeouts, context.retry
    if options:
        query = {**(query or {}), **(options.get("additional_query_parameters") or {})}
        extra = options.get("additional_body_parameters")
        if extra and form is None:
            json = {**(json or {}), **extra}
        elif extra:
            form = {**(form or {}), **extra}
        more = checked_headers(options.get("additional_headers") or {})
        context.redactor.add_headers(more)
        headers |= more
        if (seconds := options.get("timeout_in_seconds")) is not None:
            seconds = float(checked_number(seconds, "timeout_in_seconds"))
            timeouts = timeouts._replace(total=seconds)
        if (retries := options.get("max_retries")) is not None:
            retry = retry._replace(max_retries=checked_count(retries, "max_retries", 0))
    if repeatable == "by key":
        _add_key(headers)
    encoded = encode_query(query) if query else ""
    content = _encode_body(headers, json, form)
    content.make_known(context.redactor)
    return Call(
        method,
        path,
        f"{context.base_url}{path}{'?' if encoded else ''}{encoded}",
        headers,
        content,
        repeatable=repeatable,
        category=category,
        timeouts=timeouts,
        retry=retry,
    )


def _add_key(headers: dict[str, str]) -> None:
    """Add the key by which a call is recognized, unless the caller gave one."""
    if _KEY_HEADER not in headers:
        from uuid import uuid4  # here, since hardly any call needs it

        headers[_KEY_HEADER] = str(uuid4())
    elif not headers[_KEY_HEADER].strip():
        # The service would recognize nothing by it, and do what is sent again once more.
        raise ConfigurationError("the Idempotency-Key header is empty: leave it out to have one")


def _encode_body(
    headers: dict[str, str], json: Mapping[str, Any] | None, form: Mapping[str, Any] | None
) -> CallBody:
    """What a call sends; sets the content type."""
    if form is not None:
        boundary = os.urandom(16).hex()
        headers["content-type"] = f"multipart/form-data; boundary={boundary}"
        pieces = encode_form(form, boundary)
        if len(pieces) == 1 and isinstance(pieces[0], bytes):
            return CallBody(pieces[0])  # no file among them
        return CallBody(form=pieces)
    if json is not None:
        headers["content-type"] = "application/json"
        return CallBody(encode_json(json))
    return CallBody()

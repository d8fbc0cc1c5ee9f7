"""One call: what is sent, and how often."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from ..options import Retry, Timeouts
from .bodies import encode_form, encode_json
from .redaction import Redactor

if TYPE_CHECKING:
    from .async_body import Body
    from .files import FilePart
    from .rate_limits import Category

__all__ = ["KEY_HEADER", "Call", "CallBody", "Repeatable", "encode_body"]


Repeatable = bool | Literal["by key"]
KEY_HEADER = "idempotency-key"
_SAFE = frozenset({"GET", "HEAD", "PUT", "PATCH", "DELETE"})


class CallBody:
    """What a call sends: made anew for each attempt, since a file is read to its end by each."""

    __slots__ = ("_files", "_form", "_whole")

    def __init__(self, whole: bytes | None = None, form: Sequence[bytes | FilePart] = ()) -> None:
        self._whole = whole
        self._form = form
        self._files = [piece for piece in form if not isinstance(piece, bytes)]

    @property
    def spent(self) -> str | None:
        """Why this cannot be sent again; None when it can."""
        return next((reason for file in self._files if (reason := file.spent)), None)

    def make_known(self, redactor: Redactor) -> None:
        """Have the secrets redacted that the presigned URLs in this carry."""
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

        return await FormBody.open(self._form)


class Call:
    """One call on its way."""

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
        self.path = path
        self.url = url
        self.headers = headers
        self.body = body
        self.repeatable = method in _SAFE if repeatable is None else bool(repeatable)
        self.category: Category | None = category
        self.timeouts = timeouts
        self.retry = retry
        # A POST that may be repeated as it is asks for something; the others change something.
        asks = method == "POST" and repeatable is True
        self.writes = method not in ("GET", "HEAD") and not asks
        self.maybe_done = False
        """Whether an attempt was made that may have been carried out."""
        self.moved: Callable[[], object] | None = None
        """What the transport calls while it sends a large body."""

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def encode_body(
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

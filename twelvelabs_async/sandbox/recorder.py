"""What clients sent, for tests to look at."""

from __future__ import annotations

import itertools
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from time import monotonic
from typing import Any, overload

from aiohttp import web
from attrs import define, field, frozen

from .errors import clean
from .fault_checks import path_pattern
from .server_log import log_access
from .settings import MIB

__all__ = ["FormFile", "Record", "Requests"]


@frozen
class FormFile:
    """A file in a form: what the part says of it, and its bytes."""

    filename: str
    content_type: str
    size: int


@define(kw_only=True)
class Record:
    """One request. ``status`` is None until it is answered; 0 when it was never answered."""

    origin: str
    """"api" or "storage"."""
    method: str
    path: str
    """Without the version's prefix, decoded."""
    query: list[tuple[str, str]]
    headers: dict[str, str]
    """Names in lower case; without the key."""
    has_key: bool
    """Whether an API key came with it."""
    time: float
    body: Any = None
    """The JSON body."""
    dropped: bool = False
    """Whether body and form were dropped since to bound the memory of all requests."""
    form: list[tuple[str, str | FormFile]] = field(factory=list[tuple[str, str | FormFile]])
    status: int | None = None
    request_id: str = ""
    deprecated: str | None = None
    """What it used that the service of today refuses, and what to use instead."""
    number: int = 0
    """Its place among all requests of this run, from 1 on."""
    fault: str | None = None
    """The id of the fault that was applied to it."""
    seconds: float | None = None
    """How long it took, in real seconds; None until it is answered."""
    begun: float = field(factory=monotonic, repr=False)

    def fields(self) -> dict[str, list[str | FormFile]]:
        """The form's values by name."""
        values: dict[str, list[str | FormFile]] = {}
        for name, value in self.form:
            values.setdefault(name, []).append(value)
        return values


class Requests(Sequence[Record]):
    """The last requests, oldest first.

    The last 50,000 are kept, or fewer when their paths, queries and headers have more than 64 MiB.
    Bodies and forms have another 64 MiB: beyond that the oldest are ``dropped`` from their records.
    """

    def __init__(
        self,
        keep: int = 50_000,
        *,
        heads: int = 64 * MIB,
        bodies: int = 64 * MIB,
        redact: Callable[[str], str] = str,
    ) -> None:
        self.redact = redact
        """Takes the secrets out of a text."""
        self._records: deque[Record] = deque()
        self._keep = keep
        self._most = heads
        self._size = 0
        self._bodies: deque[tuple[Record, int]] = deque()
        self._most_bodies = bodies
        self._bodies_size = 0
        self._came = threading.Condition()
        self._numbers = itertools.count(1)
        self._listeners: list[Callable[[Record], None]] = []

    @overload
    def __getitem__(self, index: int) -> Record: ...
    @overload
    def __getitem__(self, index: slice) -> list[Record]: ...
    def __getitem__(self, index: int | slice) -> Record | list[Record]:
        return list(self._records)[index] if isinstance(index, slice) else self._records[index]

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[Record]:
        return iter(list(self._records))

    def begin(
        self, request: web.Request, origin: str, path: str, now: float, request_id: str
    ) -> Record:
        """The record of a request that has just come in."""
        record = Record(
            origin=origin,
            method=request.method,
            path=clean(path),
            query=[(clean(name), clean(value)) for name, value in request.query.items()],
            headers={
                name.lower(): clean(value)
                for name, value in request.headers.items()
                if name.lower() != "x-api-key"
            },
            has_key="x-api-key" in request.headers,
            time=now,
            request_id=request_id,
            number=next(self._numbers),
        )
        with self._came:
            self._records.append(record)
            self._size += _head_size(record)
            while len(self._records) > self._keep or self._size > self._most:
                self._size -= _head_size(self._records.popleft())
            self._came.notify_all()
        return record

    def end(self, record: Record, request: web.Request) -> None:
        """Record that a request was answered, or never will be: log it, and call the listeners."""
        if record.status is None:
            record.status = 0
        record.seconds = monotonic() - record.begun
        log_access(request, record.status, record.seconds, self.redact)
        for listener in list(self._listeners):
            listener(record)

    def listen(self, listener: Callable[[Record], None]) -> Callable[[], None]:
        """Call ``listener``, in the sandbox's thread, with each request that has ended.

        Returns what ends that.
        """
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def note_body(self, record: Record, body: Any, size: int) -> None:
        """Keep the JSON body of a request, which came in so many bytes."""
        record.body = body
        self._count(record, size)

    def note_field(self, record: Record, name: str, value: str | FormFile) -> None:
        """Keep a field of the form of a request."""
        record.form.append((name, value))
        self._count(record, len(name) + (len(value) if isinstance(value, str) else 256))

    def _count(self, record: Record, size: int) -> None:
        with self._came:
            self._bodies.append((record, size))
            self._bodies_size += size
            while self._bodies_size > self._most_bodies:
                oldest, freed = self._bodies.popleft()
                self._bodies_size -= freed
                # The call that it belongs to may still be at work on the body itself.
                oldest.body, oldest.form, oldest.dropped = None, [], True

    def clear(self) -> None:
        """Forget all."""
        with self._came:
            self._records.clear()
            self._bodies.clear()
            self._size = self._bodies_size = 0

    def matching(
        self,
        method: str | None = None,
        path: str = "",
        *,
        origin: str | None = None,
        status: int | None = None,
    ) -> list[Record]:
        """Those of this method whose whole path the regular expression matches.

        Those of one ``status`` are answered; 0 is that of requests that never were. Raises
        ``ValueError`` for what is not a regular expression, or has look-around or back-references.
        """
        wanted = path_pattern("path", path) if path else None
        return [
            record
            for record in self
            if (method is None or record.method == method)
            and (origin is None or record.origin == origin)
            and (status is None or record.status == status)
            and (wanted is None or wanted.matches(record.path))
        ]

    def wait_for(
        self,
        method: str | None = None,
        path: str = "",
        *,
        origin: str | None = None,
        count: int = 1,
        timeout: float = 30.0,
    ) -> list[Record]:
        """Those that match, once there are ``count`` of them; TimeoutError after real seconds.

        It blocks: for tests that run the client in another process or thread.
        """
        with self._came:
            if not self._came.wait_for(
                lambda: len(self.matching(method, path, origin=origin)) >= count, timeout
            ):
                raise TimeoutError(f"{count} of {method or 'any'} {path} did not come")
        return self.matching(method, path, origin=origin)


# Of a record and of each text in it, besides the text.
_OBJECT, _TEXT = 1_000, 60


def _head_size(record: Record) -> int:
    pairs = [*record.query, *record.headers.items()]
    texts = sum(len(name) + len(value) + 2 * _TEXT for name, value in pairs)
    return _OBJECT + len(record.path) + len(record.method) + texts

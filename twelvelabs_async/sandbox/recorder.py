"""What clients sent, for tests to look at."""

from __future__ import annotations

import re
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any, overload

from aiohttp import web
from attrs import define, field, frozen

from .refusals import clean

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
    form: list[tuple[str, str | FormFile]] = field(factory=list[tuple[str, str | FormFile]])
    status: int | None = None
    request_id: str = ""

    def fields(self) -> dict[str, list[str | FormFile]]:
        """The form's values by name."""
        values: dict[str, list[str | FormFile]] = {}
        for name, value in self.form:
            values.setdefault(name, []).append(value)
        return values


class Requests(Sequence[Record]):
    """The last requests, oldest first."""

    def __init__(self, keep: int = 50_000) -> None:
        self._records: deque[Record] = deque(maxlen=keep)
        self._came = threading.Condition()

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
        )
        with self._came:
            self._records.append(record)
            self._came.notify_all()
        return record

    def clear(self) -> None:
        """Forget all."""
        self._records.clear()

    def matching(
        self, method: str | None = None, path: str = "", *, origin: str | None = None
    ) -> list[Record]:
        """Those of this method whose whole path the regular expression matches."""
        pattern = re.compile(path or ".*")
        return [
            record
            for record in self
            if (method is None or record.method == method)
            and (origin is None or record.origin == origin)
            and pattern.fullmatch(record.path)
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

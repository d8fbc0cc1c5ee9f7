"""A core that answers from a function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any, NamedTuple

from tests.support.clock import VirtualClock
from twelvelabs_async._runtime.convert import structure
from twelvelabs_async._runtime.core import Core
from twelvelabs_async._runtime.redaction import Redactor
from twelvelabs_async._runtime.urls import encode_query


class Sent(NamedTuple):
    method: str
    path: str
    query: str
    json: Mapping[str, Any] | None
    form: Mapping[str, Any] | None


class Open:
    """What a client that is not closed gives its waits."""

    def until_closed(self, limit: object, what: str) -> AbstractAsyncContextManager[None]:
        return nullcontext()


class FakeCore(Core):
    """Records what areas ask for; `answer` gives the JSON value of each reply, or raises."""

    def __init__(self, answer: Callable[[Sent], Any]) -> None:
        self.clock: VirtualClock = VirtualClock(0.5)
        self.redactor = Redactor()
        self.progress = None
        self.hooks = ()
        self.shared: Any = Open()
        self.sent: list[Sent] = []
        self._answer = answer

    async def request(  # type: ignore[override]  # no HTTP here
        self,
        into: Any,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        json: Mapping[str, Any] | None = None,
        form: Mapping[str, Any] | None = None,
        **_: Any,
    ) -> Any:
        sent = Sent(method, path, encode_query(query or {}), json, form)
        self.sent.append(sent)
        value = self._answer(sent)
        return None if into is None else structure(into, value)

"""The import that all calls share, when it fails and at moments that programs seldom meet."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest

from twelvelabs_async import _warm_up


class AtOnce:
    """Threads so fast that the work is done before `submit` returns."""

    def submit(self, fn: Callable[[], Any]) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn())
        except Exception as error:  # as an executor does
            future.set_exception(error)
        return future


def test_a_failure_that_is_there_immediately_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    outcomes: list[Exception | None] = [ImportError("not now"), ImportError("nor now"), None]

    def import_all(names: object) -> None:
        if (error := outcomes.pop(0)) is not None:
            raise error

    monkeypatch.setattr(_warm_up, "_loaded", False)
    monkeypatch.setattr(_warm_up, "_loading", None)
    monkeypatch.setattr(_warm_up, "_import", import_all)
    monkeypatch.setattr(_warm_up, "shared_threads", AtOnce)
    for message in ("not now", "nor now"):
        with pytest.raises(ImportError, match=message):
            asyncio.run(_warm_up.load_runtime())
    asyncio.run(_warm_up.load_runtime())
    asyncio.run(_warm_up.load_runtime())  # it is there: nothing is imported again
    assert outcomes == []

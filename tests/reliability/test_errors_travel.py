"""Every exception of the tree pickles, copies and deep-copies, with what it really holds."""

from __future__ import annotations

import copy
import importlib
import pickle
import pkgutil
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import twelvelabs_async
from tests.support.clock import VirtualClock
from tests.support.scripted_server import ScriptedServer, ok
from twelvelabs_async import AsyncTwelveLabs, errors
from twelvelabs_async.assets.models import Asset
from twelvelabs_async.errors import FailedError, TwelveLabsError, WaitTimeoutError

pytestmark = pytest.mark.anyio

WAYS: list[Callable[[Any], Any]] = [
    lambda error: pickle.loads(pickle.dumps(error)),
    copy.copy,
    copy.deepcopy,
]


def tree(kind: type[TwelveLabsError] = TwelveLabsError) -> Iterator[type[TwelveLabsError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from tree(child)


for module in pkgutil.walk_packages(twelvelabs_async.__path__, "twelvelabs_async."):
    if "sandbox" not in module.name and not module.name.endswith(("__main__", "dask")):
        importlib.import_module(module.name)
ALL = [kind for kind in dict.fromkeys(tree()) if kind.__module__.startswith("twelvelabs_async")]


def made(kind: type[TwelveLabsError]) -> TwelveLabsError:
    """An exception of this class as the package makes it."""
    asset = Asset(id="a", status="failed")
    arguments: dict[type[TwelveLabsError], dict[str, Any]] = {
        errors.RequestTimeoutError: {"phase": "read", "method": "GET", "path": "/a"},
        errors.DecodeError: {"path": "$.a", "status_code": 200, "call": "GET /a"},
        errors.StreamError: {"events": [asset], "code": "c", "body": {"a": [1]}},
        errors.FailedError: {"resource": asset},
        errors.WaitTimeoutError: {"last": asset},
        errors.UploadTimeoutError: {"last": asset},
        errors.UploadError: {"upload_id": "u", "failed_chunks": {1: made_of_api()}},
        errors.ClientClosedError: {"maybe_done": True},
        errors.WebhookSignatureError: {"reason": "too_old", "timestamp": 5},
        errors.OutputInvalidError: {"path": "$.a", "text": "t", "finish_reason": "stop"},
        errors.OutputTruncatedError: {"text": "t", "finish_reason": "length"},
    }
    if issubclass(kind, errors.ApiError):
        return kind(
            message="m", status_code=400, headers={"X-A": "b"}, body={"a": [1]}, method="GET"
        )
    return kind("no", **arguments.get(kind, {}))


def made_of_api() -> errors.ApiError:
    return errors.ApiError(message="m", status_code=400, body={"a": 1})


@pytest.mark.parametrize("way", WAYS, ids=["pickle", "copy", "deepcopy"])
@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_every_exception_travels(kind: type[TwelveLabsError], way: Callable[[Any], Any]) -> None:
    error = made(kind)
    error.add_note("a note")
    again = way(error)
    assert type(again) is kind
    assert (str(again), repr(again)) == (str(error), repr(error))
    assert again.__notes__ == ["a note"]
    assert {name: repr(value) for name, value in vars(again).items()} == {
        name: repr(value) for name, value in vars(error).items()
    }


class LockedError(OSError):
    """An error of a program's own file object: with what cannot be pickled."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(code, text)
        self.lock = threading.Lock()


class Unreadable:
    """What can be pickled, and not made anew."""

    def __reduce__(self) -> Any:
        return int, ("no number",)


class DemandingError(Exception):
    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.part = Unreadable()


@pytest.mark.parametrize("way", WAYS, ids=["pickle", "copy", "deepcopy"])
@pytest.mark.parametrize("cause", [LockedError(5, "the disk"), DemandingError(5, "the disk")])
def test_an_upload_error_with_a_cause_that_cannot_travel_travels(
    cause: Exception, way: Callable[[Any], Any]
) -> None:
    error = errors.UploadError("no", 1, cause)
    again = way(error)
    assert str(again) == "no"
    assert error.original_error is cause
    for kept in (again.original_error, again.failed_chunks[1]):
        assert str(kept) == f"{type(cause).__name__}: {cause}"
        assert isinstance(kept, OSError) == isinstance(cause, OSError)


@pytest.mark.parametrize("way", WAYS, ids=["pickle", "copy", "deepcopy"])
async def test_the_errors_of_waits_travel(way: Callable[[Any], Any]) -> None:
    status = ok({"upload_id": "u", "status": "active", "chunks_completed": 1, "total_chunks": 2})
    failed = ok({"_id": "a", "status": "failed", "error": {"message": "too short"}})
    clock = VirtualClock()
    async with (
        ScriptedServer(failed, status) as scripted,
        AsyncTwelveLabs("k", base_url=scripted.url, clock=clock) as client,
    ):
        with pytest.raises(FailedError) as caught:
            await client.assets.wait_until_ready("a")
        assert way(caught.value).resource.id == "a"
        with pytest.raises(WaitTimeoutError) as late:
            await client.multipart_upload.wait_for_upload_completion("u", max_wait_time=5.0)
        again = way(late.value)
        assert again.last is not None
        assert (str(again), repr(again.last)) == (str(late.value), repr(late.value.last))

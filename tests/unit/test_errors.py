"""Every exception crosses a process border, and says what it is."""

from __future__ import annotations

import inspect
import pickle

import pytest

from twelvelabs_async import errors

EXAMPLES: dict[str, errors.TwelveLabsError] = {
    "DecodeError": errors.DecodeError("no", path="$.a", status_code=200, call="GET /a"),
    "RequestTimeoutError": errors.RequestTimeoutError("no", phase="read", method="GET", path="/a"),
    "StreamError": errors.StreamError("no", events=[1], code="c", body={"a": 1}),
    "UploadError": errors.UploadError("no", upload_id="u", failed_chunks={1: ValueError("x")}),
    "FailedError": errors.FailedError("no", resource={"a": 1}),
    "WaitTimeoutError": errors.WaitTimeoutError("no", last=1),
    "ApiError": errors.ApiError(
        "no", status_code=418, headers={"X-A": "b"}, method="GET", path="/"
    ),
}


@pytest.mark.parametrize("name", errors.__all__)
def test_each_pickles_and_is_ours(name: str) -> None:
    kind = getattr(errors, name)
    assert inspect.getdoc(kind)
    error = EXAMPLES.get(name) or kind("no")
    error.add_note("a note")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert isinstance(again, errors.TwelveLabsError)
    assert (str(again), repr(again.args)) == (str(error), repr(error.args))
    assert {key: repr(value) for key, value in vars(again).items()} == {
        key: repr(value) for key, value in vars(error).items()
    }


@pytest.mark.parametrize("status", range(300, 600))
def test_each_status_has_a_class(status: int) -> None:
    kind = errors.error_class(status)
    assert issubclass(kind, errors.ApiError)
    if status < 400:
        assert kind is errors.RedirectError
    if status >= 500:
        assert kind is errors.InternalServerError


def test_timeouts_are_the_builtin_too() -> None:
    assert issubclass(errors.RequestTimeoutError, TimeoutError)
    assert issubclass(errors.WaitTimeoutError, TimeoutError)
    assert issubclass(errors.ConfigurationError, ValueError)
    assert issubclass(errors.ClientClosedError, RuntimeError)

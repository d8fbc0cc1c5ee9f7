"""Every exception crosses a process border, and says what it is."""

from __future__ import annotations

import inspect
import pickle
from types import MappingProxyType, SimpleNamespace
from typing import Any

import pytest

from twelvelabs_async import errors

EXAMPLES: dict[str, errors.TwelveLabsError] = {
    "DecodeError": errors.DecodeError("no", path="$.a", status_code=200, call="GET /a"),
    "RequestTimeoutError": errors.RequestTimeoutError("no", phase="read", method="GET", path="/a"),
    "StreamError": errors.StreamError("no", events=[1], code="c", body={"a": 1}),
    "UploadError": errors.UploadError("no", upload_id="u", failed_chunks={1: ValueError("x")}),
    "FailedError": errors.FailedError("no", resource={"a": 1}),
    "WebhookSignatureError": errors.WebhookSignatureError("no", "mismatch"),
    "WaitTimeoutError": errors.WaitTimeoutError("no", last=1),
    "UploadTimeoutError": errors.UploadTimeoutError("no", last=1),
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
        assert issubclass(kind, errors.InternalServerError)


def test_timeouts_are_the_builtin_too() -> None:
    assert issubclass(errors.RequestTimeoutError, TimeoutError)
    assert issubclass(errors.WaitTimeoutError, TimeoutError)
    assert issubclass(errors.UploadTimeoutError, TimeoutError)
    assert issubclass(errors.UploadTimeoutError, errors.UploadError)
    assert issubclass(errors.ConfigurationError, ValueError)
    assert issubclass(errors.ClientClosedError, RuntimeError)


OF_A_STATUS = [
    (kind._status, kind)
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, errors.ApiError) and kind._status is not None
]
BODIES: list[tuple[Any, str | None, str | None]] = [
    ({"code": "parameter_invalid", "message": "no"}, "parameter_invalid", "no"),
    ({"error": {"code": "parameter_invalid", "message": "no"}}, "parameter_invalid", "no"),
    ({"error_code": "parameter_invalid", "message": "no"}, "parameter_invalid", "no"),
    ({"error": "no"}, None, "no"),
    ({"code": 7}, "7", None),
    (
        SimpleNamespace(code="parameter_invalid", message="no", docs_url=None),
        "parameter_invalid",
        "no",
    ),
    (MappingProxyType({"message": "no"}), None, "no"),
    ("no", None, "no"),
    ({}, None, None),
    ([1], None, None),
    ({"code": {}, "message": 1}, None, None),
    (None, None, None),
]


@pytest.mark.parametrize(("status", "kind"), OF_A_STATUS)
@pytest.mark.parametrize(("body", "code", "message"), BODIES)
def test_an_error_made_by_hand_has_its_status_and_what_its_body_says(
    kind: type[errors.ApiError], status: int, body: Any, code: str | None, message: str | None
) -> None:
    headers = {"X-Request-Id": "1"}
    for made in (
        kind(body=body),
        kind(body),
        kind(body, headers),
        kind(headers=headers, body=body),
        kind(status_code=status, body=body, headers=headers),
    ):
        assert (made.status_code, made.code, made.message) == (status, code, message)
        assert made.body is body
        assert made.headers in ({}, {"x-request-id": "1"})
        assert made.request_id == made.headers.get("x-request-id")
        expected = ": ".join(part for part in (code, message) if part)
        tail = " (request 1)" if made.request_id else ""
        assert str(made) == f"{status} {expected}".strip() + tail
        assert isinstance(made, errors.TwelveLabsError)


DATE = "Sun, 15 Jun 2025 15:%s:40 GMT"
WAITS: list[tuple[dict[str, Any], Any, float | None]] = [
    ({"Retry-After": "30"}, None, 30.0),
    ({"retry-after": "30"}, {"code": "too_many_requests"}, 30.0),
    ({"RETRY-AFTER": 30}, None, 30.0),
    ({"Date": DATE % "06", "retry-after": DATE % "07"}, None, 60.0),
    ({"x-ratelimit-remaining": "0", "X-RateLimit-Reset": "12"}, None, 12.0),
    ({}, {"error": {"details": {"retryAfter": 7}}}, 7.0),
    ({}, SimpleNamespace(error=SimpleNamespace(details={"retryAfter": 7})), 7.0),
    ({"retry-after": "soon", "x-ratelimit-remaining": None}, None, None),
    ({}, None, None),
]


@pytest.mark.parametrize(("headers", "body", "wait"), WAITS)
@pytest.mark.parametrize("status", [429, 503])
def test_an_error_made_by_hand_has_the_wait_that_its_reply_asks_for(
    status: int, headers: dict[str, Any], body: Any, wait: float | None
) -> None:
    kind = errors.error_class(status)
    for made in (
        kind(body, headers),
        kind(body=body, headers=headers),
        errors.ApiError(status_code=status, headers=headers, body=body),
    ):
        assert made.retry_after == wait
    assert kind(body, headers, retry_after=3.0).retry_after == 3.0


def test_an_upload_error_made_by_hand_has_its_chunk() -> None:
    cause = ValueError("x")
    made = errors.UploadError("no", 3, cause)
    assert (made.chunk_index, made.original_error, made.failed_chunks) == (3, cause, {3: cause})
    made = errors.UploadError("no", failed_chunks={4: cause, 2: cause})
    assert (made.chunk_index, made.original_error) == (2, cause)


@pytest.mark.parametrize(("body", "code"), [({"error": {"code": "c"}}, "c"), ("no", None)])
def test_a_stream_error_made_by_hand_has_the_code_of_its_body(body: Any, code: str | None) -> None:
    assert errors.StreamError("no", body=body).code == code
    assert errors.StreamError("no", body=body, code="d").code == "d"


def test_the_base_of_such_errors_is_made_by_hand_too() -> None:
    made = errors.ApiError(status_code=418, headers={"A": "b"}, body={"message": "a teapot"})
    assert (made.status_code, str(made)) == (418, "418 a teapot")
    assert str(errors.ApiError()) == ""
    assert str(errors.ApiError(body="no")) == "no"


def test_what_is_given_by_name_comes_before_the_body() -> None:
    made = errors.NotFoundError(
        {"code": "a", "message": "b"}, message="c", code="d", status_code=499
    )
    assert (made.status_code, made.code, made.message) == (499, "d", "c")


def test_errors_of_a_status_are_what_that_status_raises() -> None:
    for status, kind in OF_A_STATUS:
        assert status is not None
        assert errors.error_class(status) is kind

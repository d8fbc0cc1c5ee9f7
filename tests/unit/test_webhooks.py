"""Webhooks: what is signed and fresh becomes an event; everything else is an error of ours."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import pickle
import time
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from twelvelabs_async import (
    ConfigurationError,
    DecodeError,
    TwelveLabsError,
    WebhookSignatureError,
    webhooks,
)
from twelvelabs_async.webhooks import sign, unwrap

SECRET = "whsec_ü"
NOW = 1_718_777_276
DATA = {"id": "t1", "custom_id": None, "created_at": "2026-06-19T06:07:56Z", "status": "ready"}
EVENT = {
    "id": "whe_1",
    "created_at": "2026-06-19T06:07:56.123456+00:00",
    "type": "analyze.task.ready",
    "data": {**DATA, "video_source": {"type": "asset_id", "asset_id": "a", "new": 1}},
}
BODY = json.dumps(EVENT, ensure_ascii=False).encode()


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: float(NOW))


def signed(body: bytes | str = BODY, timestamp: int = NOW) -> dict[str, str]:
    return {"TL-Signature": sign(body, SECRET, timestamp=timestamp)}


def reason(headers: Any, body: bytes | str = BODY, **options: Any) -> str:
    with pytest.raises(WebhookSignatureError) as caught:
        unwrap(body, headers, SECRET, **options)
    assert SECRET not in str(caught.value)
    assert pickle.loads(pickle.dumps(caught.value)).reason == caught.value.reason
    return caught.value.reason


def test_the_signature_is_hmac_sha256_of_time_and_body() -> None:
    expected = hmac.new(SECRET.encode(), b"%d." % NOW + BODY, hashlib.sha256).hexdigest()
    assert sign(BODY, SECRET, timestamp=NOW) == f"t={NOW},v1={expected}"
    assert sign(BODY, SECRET) == f"t={NOW},v1={expected}"


def test_a_signed_body_is_a_typed_event() -> None:
    event = unwrap(BODY, signed(), SECRET)
    assert isinstance(event, webhooks.AnalyzeTaskReadyWebhookEvent)
    assert event.data.video_source is not None
    assert event.data.video_source.asset_id == "a"
    assert event.created_at.microsecond == 123456


@pytest.mark.parametrize(
    ("kind", "model"),
    [
        ("analyze.task.failed", webhooks.AnalyzeTaskFailedWebhookEvent),
        ("analyze.task.canceled", webhooks.AnalyzeTaskCanceledWebhookEvent),
        ("analyze.batch.completed", webhooks.AnalyzeBatchWebhookEvent),
        ("index.task.ready", webhooks.IndexTaskReadyWebhookEvent),
        ("index.task.failed", webhooks.IndexTaskFailedWebhookEvent),
        ("something.else", webhooks.WebhookEvent_Unknown),
    ],
)
def test_each_type_has_its_model(kind: str, model: type) -> None:
    body = json.dumps({**EVENT, "type": kind}).encode()
    event = unwrap(body, signed(body), SECRET)
    assert type(event) is model
    assert getattr(event, "type", None) == kind


@pytest.mark.parametrize("given_as", [bytes, bytearray, memoryview, lambda raw: raw.decode()])
def test_the_body_may_be_any_bytes_or_text(given_as: Any) -> None:
    assert unwrap(given_as(BODY), signed(), SECRET)


@pytest.mark.parametrize(
    "headers",
    [
        {"tl-signature": "{}"},
        {"TL-SIGNATURE": "{}"},
        {b"tl-signature": b"{}"},
        {"Tl-Signature": ["{}"]},
        CIMultiDict({"TL-Signature": "{}"}),
        {"TL-Signature": " {} "},
        {"TL-Signature": "v0=abc,{},v1=00,v2=x"},
        {"TL-Signature": "v1=00,{}"},
        [("Accept", "*/*"), ("TL-Signature", "{}")],
        [(b"accept", b"*/*"), (b"tl-signature", b"{}")],
    ],
)
def test_headers_of_any_framework(headers: Any) -> None:
    value = sign(BODY, SECRET, timestamp=NOW)

    def filled(form: Any) -> Any:
        if isinstance(form, list | tuple):
            return type(form)(filled(item) for item in form)
        if isinstance(form, bytes):
            return form.replace(b"{}", value.encode())
        return form.replace("{}", value)

    pairs = headers if isinstance(headers, list) else headers.items()
    assert unwrap(BODY, type(headers)((n, filled(v)) for n, v in pairs), SECRET)


def test_what_is_wrong_is_said() -> None:
    assert reason({}) == "missing"
    assert reason({"TL-Signature": ""}) == "missing"
    assert reason(signed(b"other")) == "mismatch"
    assert reason(signed(), BODY + b" ") == "mismatch"
    assert reason({"TL-Signature": f"t={NOW},v1=00"}) == "mismatch"
    assert reason({"TL-Signature": f"t={NOW},v1=é\udcff"}) == "mismatch"
    assert reason({"TL-Signature": f"t={NOW + 1},{signed()['TL-Signature'][13:]}"}) == "mismatch"


@pytest.mark.parametrize(
    "header",
    [
        "x",
        "t=1",
        "v1=00",
        "t=,v1=00",
        "t=-1,v1=00",
        "t=1.5,v1=00",
        "t=٣,v1=00",
        "t=1,t=2,v1=00",
        "t=" + "9" * 400 + ",v1=00",
        "t=1,v1=",
        "," * 100000,
    ],
)
def test_a_malformed_header(header: str) -> None:
    assert reason({"TL-Signature": header}) == "malformed"


@pytest.mark.parametrize(
    ("offset", "tolerance", "expected"),
    [
        (-300, 300.0, None),
        (-301, 300.0, "too_old"),
        (300, 300.0, None),
        (301, 300.0, "in_future"),
        (-1, 0.0, "too_old"),
        (-(10**6), None, None),
    ],
)
def test_old_and_future_signatures_are_distinguished(
    offset: int, tolerance: float | None, expected: str | None
) -> None:
    headers = signed(timestamp=NOW + offset)
    if expected is None:
        assert unwrap(BODY, headers, SECRET, tolerance=tolerance)
    else:
        assert reason(headers, tolerance=tolerance) == expected


def test_a_wrong_signature_is_wrong_however_old() -> None:
    assert reason({"TL-Signature": "t=1,v1=00"}) == "mismatch"


@pytest.mark.parametrize(
    "body",
    [b"", b"no json", b"[]", b'"x"', b"{", b"\xff", b'{"type": "analyze.task.ready"}', b"null"],
)
def test_a_signed_body_that_is_no_event_is_an_error_of_ours(body: bytes) -> None:
    with pytest.raises(DecodeError) as caught:
        unwrap(body, signed(body), SECRET)
    assert "reply" not in str(caught.value)


def test_a_secret_may_be_bytes_and_a_time_have_a_fraction() -> None:
    value = sign(BODY, SECRET.encode(), timestamp=NOW + 0.9)
    assert value == sign(BODY, SECRET, timestamp=NOW)
    assert unwrap(BODY, {"TL-Signature": value}, SECRET.encode())


@pytest.mark.parametrize("when", [float("nan"), float("inf"), date(2026, 1, 1), "now", -1, 1e15])
def test_what_is_no_time_is_refused(when: Any) -> None:
    with pytest.raises(ConfigurationError, match="in seconds"):
        sign(BODY, SECRET, timestamp=when)


@pytest.mark.parametrize("tolerance", ["300", timedelta(minutes=5), float("nan")])
def test_a_tolerance_that_is_no_number_is_refused(tolerance: Any) -> None:
    with pytest.raises(ConfigurationError, match="tolerance in seconds must be"):
        unwrap(BODY, signed(), SECRET, tolerance=tolerance)


@pytest.mark.parametrize("headers", [None, 5, ["TL-Signature"], "TL-Signature: t=1"])
def test_what_are_no_headers_is_refused(headers: Any) -> None:
    with pytest.raises(ConfigurationError, match="headers are"):
        unwrap(BODY, headers, SECRET)


def test_half_a_surrogate_pair_is_text_that_is_no_json() -> None:
    body = '{"id": "\ud800"}'
    with pytest.raises(DecodeError):
        unwrap(body, {"TL-Signature": sign(body, SECRET)}, SECRET)
    with pytest.raises(ConfigurationError, match="secret is text"):
        sign(body, 5)  # type: ignore[arg-type]  # what is tried


def test_a_parsed_body_and_an_empty_secret_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="raw bytes"):
        unwrap(EVENT, signed(), SECRET)  # type: ignore[arg-type]  # what is tried
    with pytest.raises(ConfigurationError, match="secret"):
        sign(BODY, "")
    with pytest.raises(ConfigurationError, match="secret"):
        unwrap(BODY, signed(), "")


@given(st.binary(), st.text())
def test_anything_signed_or_not_raises_ours_alone(body: bytes, header: str) -> None:
    for headers in ({"TL-Signature": header}, {"TL-Signature": sign(body, SECRET)}):
        with contextlib.suppress(TwelveLabsError):
            unwrap(body, headers, SECRET)

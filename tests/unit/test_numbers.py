"""Numbers of numpy and Decimal, and those that JSON does not have."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from twelvelabs_async import ConfigurationError, VideoInputRequest
from twelvelabs_async._runtime.bodies import encode_form, encode_json
from twelvelabs_async._runtime.dump import json_text, plain
from twelvelabs_async._runtime.urls import encode_query


class Lazy:
    """A scalar of another library, such as torch: its text is no number."""

    shape = ()

    def __init__(self, number: float) -> None:
        self.number = number

    def __repr__(self) -> str:
        return f"Lazy({self.number})"

    def item(self) -> float:
        return self.number


TAKEN: list[tuple[Any, Any]] = [
    (np.float64(0.1), 0.1),
    (np.float32(0.1), 0.1),
    (np.float16(0.5), 0.5),
    (np.int64(7), 7),
    (np.uint8(7), 7),
    (np.bool_(True), True),
    (np.array(3), 3),
    (np.longdouble("0.1"), 0.1),
    (np.array(np.longdouble("0.5")), 0.5),
    (Decimal("0.1"), 0.1),
    (Decimal("1E+3"), 1000),
    (Decimal(2), 2),
    (Lazy(0.5), 0.5),
]
REFUSED = [
    math.nan,
    math.inf,
    -math.inf,
    np.float64("nan"),
    np.float32("inf"),
    np.longdouble("inf"),
    Decimal("NaN"),
    Decimal("sNaN"),
    Decimal("1E+999999999"),
    Decimal("-Infinity"),
]


def in_query(value: Any) -> Any:
    return json.loads(encode_query({"x": value}).removeprefix("x="))


def in_form(value: Any) -> Any:
    (body,) = encode_form({"x": [value]}, "b")
    assert isinstance(body, bytes)
    return json.loads(body.split(b"\r\n")[3])


def in_json(value: Any) -> Any:
    return json.loads(encode_json({"x": value}))["x"]


def deep_in_json(value: Any) -> Any:
    return json.loads(encode_json({"x": {"a": [0.5, {"b": value}]}, "y": None}))["x"]["a"][1]["b"]


def in_a_vector(value: Any) -> Any:
    return json.loads(encode_json({"x": [0.5, value]}))["x"][1]


def in_a_model(value: Any) -> Any:
    made = VideoInputRequest(media_source={"url": "u"}, start_sec=value)
    assert plain(made)["start_sec"] == made.model_dump(mode="json")["start_sec"]
    json.loads(made.model_dump_json())
    return json.loads(encode_json({"x": made}))["x"]["start_sec"]


def in_json_of_a_form(value: Any) -> Any:
    return json.loads(json_text({"x": value}) or "")["x"]


PLACES = [in_query, in_form, in_json, deep_in_json, in_a_vector, in_a_model, in_json_of_a_form]
each_place = pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)


@each_place
@pytest.mark.parametrize(("given", "sent"), TAKEN, ids=repr)
def test_numbers_of_numpy_and_decimal_are_numbers(place: Any, given: Any, sent: Any) -> None:
    found = place(given)
    assert found == sent
    assert isinstance(found, bool) == isinstance(sent, bool)


@each_place
@pytest.mark.parametrize("given", REFUSED, ids=repr)
def test_a_number_that_json_does_not_have_is_refused(place: Any, given: Any) -> None:
    if place is in_a_model:
        place = lambda value: encode_json(  # noqa: E731  # a dump is no request
            {"x": VideoInputRequest(media_source={"url": "u"}, start_sec=value)}
        )
    with pytest.raises(ConfigurationError, match="not a finite number"):
        place(given)


def test_the_error_names_the_number() -> None:
    with pytest.raises(ConfigurationError, match=r"'metadata\.scores\[1\]' in the request"):
        encode_json({"metadata": {"scores": [None, math.nan]}, "other": None})


def test_null_is_sent_where_it_is_meant() -> None:
    assert encode_json({"user_metadata": {"key": None, "text": "null"}}) == (
        b'{"user_metadata":{"key":null,"text":"null"}}'
    )


def test_what_is_no_number_is_refused_as_before() -> None:
    for value in (object(), np.array([1.0]), {1, 2}, np.complex128(1j), np.clongdouble(1j)):
        with pytest.raises(TypeError):
            encode_json({"x": value})
        with pytest.raises(TypeError):
            encode_query({"x": value})


def test_neither_numpy_nor_decimal_is_imported_for_it() -> None:
    program = (
        "import sys; from twelvelabs_async._runtime.bodies import encode_json as j;"
        "j({'a': [1.5, None]}); assert not {'numpy', 'decimal'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", program], check=True)

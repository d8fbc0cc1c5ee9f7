"""Every regular expression takes a time that grows with a text as the text does.

Measured by growth, since seconds depend on the machine: eight times the text takes about eight
times as long, where a quadratic expression takes sixty-four times.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator
from time import process_time
from typing import Any

import pytest

import twelvelabs_async
from twelvelabs_async._runtime.redaction import Redactor

SMALL, LARGE = 2_000, 16_000
SHORTEST = 0.004  # seconds: a shorter time is not measured well, and does nobody harm
MOST = 30.0  # times as long

PIECES = [
    "http://",
    "https:\\/\\/",
    "%3A%2F%2F",
    "%253F",
    "?",
    "?a=",
    "a=",
    "sig=,",
    "sig='",
    "&sig=",
    "<",
    "<a",
    "<Code>",
    "<Code>x",
    '"',
    '\\"',
    '"\\"',
    "[",
    "[1",
    "[ ",
    "{",
    "'",
    "a'",
    "x-api-key:",
    "Bearer ",
    "tlk_",
    "tlk_a",
    "\\",
    "\\u",
    "\\u003d",
    "%",
    "%2",
    "&",
    "&#",
    "&a",
    "@",
    ":@",
    "://@",
    " ",
    "\t",
    "\n",
    "a ",
    " a",
    "a",
    "0",
    "1.",
    "+",
    "-",
    "_",
    ".",
    "a.",
    ",",
    ";",
    "=",
    "/",
    "//",
    "é",
    "x-ratelimit-",
    "A",
    "aA",
    "Aa",
    "a-",
    "\\.",
    "{1,",
    "(?<",
    "[^]",
    "\r\n",
    "<@",
    "http://a?b=",
    "is json ",
    "key (",
    "json with",
]
ENDS = ["", "!", "x"]


def patterns() -> Iterator[tuple[str, re.Pattern[Any]]]:
    """Every regular expression that a module holds."""
    for module in pkgutil.walk_packages(twelvelabs_async.__path__, "twelvelabs_async."):
        if module.name.endswith(("__main__", "dask")):
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            table = value if isinstance(value, dict) else {"": value}
            for key, each in table.items():
                if isinstance(each, re.Pattern):
                    yield f"{module.name}.{name}{key}", each


FOUND = dict(patterns())


def seconds(work: Callable[[str], object], piece: str, end: str, size: int) -> float:
    text = (piece * (size // len(piece) + 1))[:size] + end
    return min(_once(work, text) for _ in range(2))


def _once(work: Callable[[str], object], text: str) -> float:
    began = process_time()
    work(text)
    return process_time() - began


def assert_linear(work: Callable[[str], object]) -> None:
    for piece in PIECES:
        for end in ENDS:
            long = _once(work, (piece * (LARGE // len(piece) + 1))[:LARGE] + end)
            if long > SHORTEST:
                long = seconds(work, piece, end, LARGE)
                short = seconds(work, piece, end, SMALL)
                assert long <= max(SHORTEST, MOST * short), (piece, end, short, long)


@pytest.mark.parametrize("name", FOUND)
def test_every_regular_expression_is_linear(name: str) -> None:
    pattern = FOUND[name]

    def work(text: str) -> None:
        subject = text.encode() if isinstance(pattern.pattern, bytes) else text
        pattern.search(subject)
        pattern.fullmatch(subject)
        for _ in pattern.finditer(subject):
            pass

    assert_linear(work)


def test_there_are_regular_expressions() -> None:
    assert {name.rpartition(".")[2] for name in FOUND} >= {"_QUERY", "_USER", "_TOKEN", "_TAG"}


def test_a_quadratic_expression_would_be_found() -> None:
    with pytest.raises(AssertionError):
        assert_linear(re.compile(r"(https?://[^\s?]+)\?").search)


def test_redaction_is_linear() -> None:
    redactor = Redactor("tlk_0123456789", "aaaaaaaaaaaaaaaaaaaaaaaa", "http://http://")
    assert_linear(redactor.text)
    assert_linear(redactor.cut_text)
    assert_linear(lambda text: redactor.value({text: [text]}))

"""Every regular expression takes a time that grows with a text as the text does.

Measured by growth, since seconds depend on the machine: eight times the text takes about eight
times as long, where a quadratic expression takes sixty-four times.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator
from time import thread_time
from typing import Any

import pytest

import twelvelabs_async
from twelvelabs_async._runtime.redaction import Redactor

SMALL, LARGE = 500, 4_000
SHORTEST = 0.00025  # seconds, which a quadratic expression makes 16 ms where a text is 32,000 long
MOST = 25.0  # times as long

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
    """Every regular expression that a module holds, once, though others may import it."""
    seen = set[re.Pattern[Any]]()
    for module in pkgutil.walk_packages(twelvelabs_async.__path__, "twelvelabs_async."):
        if module.name.endswith(("__main__", "dask")):
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            table = value if isinstance(value, dict) else {"": value}
            for key, each in table.items():
                if isinstance(each, re.Pattern) and each not in seen:
                    seen.add(each)
                    yield f"{module.name}.{name}{key}", each


FOUND = dict(patterns())


def assert_linear(work: Callable[[str], object]) -> None:
    for piece in PIECES:
        for end in ENDS:
            text = (piece * (LARGE // len(piece) + 1))[:LARGE]
            if (long := _once(work, text + end)) > SHORTEST:
                assert _is_linear(work, text[:SMALL] + end, text + end, long), (piece, end)


def _is_linear(work: Callable[[str], object], small: str, large: str, long: float) -> bool:
    """Whether the large text takes no more than its share, measured again while it seems to.

    Others use the machine as well, which makes a time longer and never shorter: the least of
    several is near the truth, and what is not linear is so each time.
    """
    short = min(_once(work, small) for _ in range(5))
    most = max(SHORTEST, MOST * short)
    return long <= most or any(_once(work, large) <= most for _ in range(9))


def _once(work: Callable[[str], object], text: str) -> float:
    """Seconds of this thread's on the processor."""
    began = thread_time()
    work(text)
    return thread_time() - began


@pytest.mark.parametrize("name", FOUND)
def test_every_regular_expression_is_linear(name: str) -> None:
    pattern = FOUND[name]

    def work(text: str) -> None:
        subject = text.encode() if isinstance(pattern.pattern, bytes) else text
        pattern.fullmatch(subject)
        # The first step is what `search` does.
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

"""Each sentence of docs/reliability.md names a test, and each test that the pages name is there."""

from __future__ import annotations

import re
from pathlib import Path

import twelvelabs_async

TESTS = Path(__file__).parents[1]
PAGE = (TESTS.parent / "docs" / "reliability.md").read_text("utf-8")
MIGRATING = (TESTS.parent / "docs" / "migrating.md").read_text("utf-8")
NAME = re.compile(r"`(test_\w+)`")


DEFINED = re.compile(r"^ *(?:async )?def (test_\w+)", re.MULTILINE)


def existing() -> set[str]:
    paths = TESTS.rglob("test_*.py")
    return {name for path in paths for name in DEFINED.findall(path.read_text("utf-8"))}


def promises() -> list[str]:
    """The items of the lists, and the rows of the table."""
    lines = PAGE.splitlines()
    return [line for line in lines if line.startswith(("- ", "| ")) and "| Test |" not in line]


def test_each_sentence_names_its_test() -> None:
    assert len(promises()) > 80
    assert not [line for line in promises() if not NAME.search(line)]


def test_each_item_is_one_sentence() -> None:
    for line in promises():
        said = NAME.sub("", line).strip(" -,")
        assert line.startswith("|") or len(re.findall(r"\.(?:\s|$)", said)) == 1, line


def test_each_test_is_there() -> None:
    named = set(NAME.findall(PAGE)) | set(NAME.findall(MIGRATING))
    assert not named - existing()


def test_what_takes_the_place_of_the_vendors_is_there() -> None:
    named = re.findall(r"twelvelabs_async\.(\w+)", MIGRATING)
    assert len(named) > 4
    assert not [name for name in named if not hasattr(twelvelabs_async, name)]
    readme = (TESTS.parent / "README.md").read_text("utf-8")
    for foreign, ours in (
        ("httpx.ConnectError", twelvelabs_async.ConnectError),
        ("httpx.TimeoutException", twelvelabs_async.RequestTimeoutError),
        ("httpx.TransportError", twelvelabs_async.TransportError),
    ):
        for page in (MIGRATING, readme):
            assert foreign in page
            assert ours.__name__ in page

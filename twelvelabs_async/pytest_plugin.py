"""Fixtures for pytest: clients of a test's sandbox, and recordings of what clients do."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import quote

import pytest

# What a fixture needs is imported in it, so that pytest starts as fast as without this plugin.
if TYPE_CHECKING:
    from ._runtime.cassette import Cassette, CassetteMode
    from .client import AsyncTwelveLabs
    from .sandbox import Sandbox
    from .sync.client import TwelveLabs

__all__ = ["twelvelabs_async_client", "twelvelabs_cassette", "twelvelabs_client"]


_NOT_IN_NAMES: Final = re.compile(r"[^\w.,=+@ \[\]-]")
_LONGEST_NAME: Final = 200  # bytes; many file systems take 255


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that says whether `twelvelabs_cassette` records."""
    parser.getgroup("twelvelabs").addoption(
        "--twelvelabs-cassettes",
        choices=["once", "record", "replay"],
        default="once",
        help="record what has no recording yet (once), record all anew, or only replay",
    )


@pytest.fixture
def twelvelabs_client(twelvelabs_sandbox: Sandbox) -> Iterator[TwelveLabs]:
    """A blocking client of the sandbox."""
    from .sync.client import TwelveLabs

    sandbox = twelvelabs_sandbox
    with TwelveLabs(sandbox.api_key, base_url=sandbox.base_url) as client:
        yield client


@pytest.fixture
def twelvelabs_async_client(twelvelabs_sandbox: Sandbox) -> Iterator[AsyncTwelveLabs]:
    """An asyncio client of the sandbox, for tests under any plugin that runs coroutines."""
    from .client import AsyncTwelveLabs

    sandbox = twelvelabs_sandbox
    client = AsyncTwelveLabs(sandbox.api_key, base_url=sandbox.base_url)
    try:
        yield client
    finally:
        # Not an async fixture: those depend on the plugin, whose loop may have ended by now. In
        # another loop a client drops its connections.
        asyncio.run(client.close())


@pytest.fixture
def twelvelabs_cassette(request: pytest.FixtureRequest) -> Iterator[Cassette]:
    """The test's recording, used by every client that is made in the test.

    It is in the folder ``cassettes`` beside the test's file, in a file of the test's name with its
    classes and parameters. The first run records it, later runs replay it; ``pytest
    --twelvelabs-cassettes record`` records it anew.
    """
    from ._runtime.cassette import Cassette

    mode = cast("CassetteMode", request.config.getoption("--twelvelabs-cassettes"))
    folder = request.path.parent / "cassettes" / request.path.stem
    with Cassette(folder / f"{_file_name(request.node)}.jsonl", mode) as cassette:
        yield cassette


def _file_name(test: pytest.Item) -> str:
    """The name of a file that no other test of the module has."""
    classes = [each.name for each in test.listchain() if isinstance(each, pytest.Class)]
    name = ".".join([*classes, test.name])
    name = _NOT_IN_NAMES.sub(lambda found: quote(found[0], safe=""), name)
    raw = name.encode()
    if len(raw) <= _LONGEST_NAME:
        return name
    digest = hashlib.sha256(raw).hexdigest()[:12]
    return f"{raw[: _LONGEST_NAME - 13].decode(errors='ignore')}-{digest}"

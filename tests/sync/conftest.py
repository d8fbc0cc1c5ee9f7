"""The small API, the interpreters that programs run under, and a bridge."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.register_assert_rewrite("tests.support.programs")

from tests.support.programs import PYTHONS, Api, Program  # noqa: E402  # after its asserts are known to be tests
from tests.support.variants import every, variant  # noqa: E402  # as above
from twelvelabs_async.sync.bridge import Bridge  # noqa: E402  # as above


@pytest.fixture
def bridge() -> Iterator[Bridge]:
    """A bridge whose client has nothing to close."""

    async def close() -> None:
        pass

    bridge = Bridge(close)
    yield bridge
    bridge.close()


@pytest.fixture
def api() -> Iterator[Api]:
    server = Api()
    yield server
    server.close()


@pytest.fixture(params=every(PYTHONS), ids=lambda path: f"{Path(path).parents[1].name}")
def program(request: pytest.FixtureRequest, api: Api) -> Iterator[Program]:
    """A program under one of the interpreters."""
    program = Program(variant(request, PYTHONS), api)
    yield program
    if program.process is not None and program.process.poll() is None:
        program.process.kill()
        program.process.communicate()

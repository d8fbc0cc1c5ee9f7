"""The small API, and the interpreters that programs run under."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.register_assert_rewrite("tests.support.programs")

from tests.support.programs import PYTHONS, Api, Program  # noqa: E402  # after its asserts are known to be tests


@pytest.fixture
def api() -> Iterator[Api]:
    server = Api()
    yield server
    server.close()


@pytest.fixture(params=PYTHONS, ids=lambda path: f"{Path(path).parents[1].name}")
def program(request: pytest.FixtureRequest, api: Api) -> Iterator[Program]:
    program = Program(request.param, api)
    yield program
    if program.process is not None and program.process.poll() is None:
        program.process.kill()
        program.process.communicate()

"""The stub that the contract tests send their calls to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.stub import Stub


@pytest.fixture(scope="module")
def server() -> Iterator[Stub]:
    with Stub() as server:
        yield server


@pytest.fixture
def stub(server: Stub) -> Iterator[Stub]:
    server.requests.clear()
    yield server
    server.settle()

"""Fixtures for pytest: a sandbox for each test, which `twelvelabs_async.pytest_plugin` adds to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

# What a fixture needs is imported in it, so that pytest starts as fast as without this plugin.
if TYPE_CHECKING:
    from . import Sandbox

__all__ = ["twelvelabs_env", "twelvelabs_sandbox"]


@pytest.fixture
def twelvelabs_sandbox() -> Iterator[Sandbox]:
    """A running, empty sandbox that ends with the test; in it everything is ready immediately.

    Its ``base_url`` and ``api_key`` are for the client under test.
    """
    from . import Sandbox
    from .settings import Timings

    with Sandbox(timings=Timings.none()) as sandbox:
        yield sandbox


@pytest.fixture
def twelvelabs_env(twelvelabs_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment variables that lead to the sandbox, set until the test ends.

    They are for code that makes its own client, and for programs that the test starts.
    """
    variables = {
        "TWELVE_LABS_API_KEY": twelvelabs_sandbox.api_key,
        "TWELVELABS_BASE_URL": twelvelabs_sandbox.base_url,
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return variables

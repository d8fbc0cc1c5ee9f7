"""A pytest fixture: a sandbox of its own for each test that asks for one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .server import Sandbox


@pytest.fixture
def twelvelabs_sandbox() -> Iterator[Sandbox]:
    """A running sandbox in which everything is ready at once; it is empty, and ends with the test.

    Its ``base_url`` and ``api_key`` are for the client under test.
    """
    # Imported here, so that pytest starts as fast as without this plugin, and without the extra.
    from .server import Sandbox
    from .settings import Timings

    with Sandbox(timings=Timings.none()) as sandbox:
        yield sandbox

"""Ways in which a test can run, of which each test takes one: always the same, by its name.

Neighbours take others, so that each way is run by many tests. With TWELVELABS_EVERY_VARIANT set, as
`nox -s matrix` does, each test runs in every way.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from zlib import crc32

import pytest

__all__ = ["every", "variant"]


def every(names: Sequence[str]) -> Sequence[str] | None:
    """The parameters of a fixture whose value is `variant`."""
    return names if os.environ.get("TWELVELABS_EVERY_VARIANT") else None


def variant(request: pytest.FixtureRequest, names: Sequence[str]) -> str:
    """The way in which the test that asks runs."""
    chosen = names[crc32(request.node.nodeid.encode()) % len(names)]
    return str(getattr(request, "param", chosen))

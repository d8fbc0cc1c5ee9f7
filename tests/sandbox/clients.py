"""Both clients of one sandbox, for tests that run with each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

import pytest

from tests.support.both import Worn
from tests.support.sandbox_api import Api
from twelvelabs_async import AsyncTwelveLabs, TwelveLabs

Kind = Literal["asyncio", "blocking"]
BOTH = pytest.mark.parametrize("kind", ["asyncio", "blocking"])


@asynccontextmanager
async def client_of(api: Api, kind: Kind, **options: Any) -> AsyncIterator[Any]:
    """A client of this kind; the blocking one is awaited as the other is."""
    sandbox = api.sandbox
    if kind == "asyncio":
        async with AsyncTwelveLabs(sandbox.api_key, base_url=sandbox.base_url, **options) as client:
            yield client
    else:
        async with Worn(
            TwelveLabs(sandbox.api_key, base_url=sandbox.base_url, **options)
        ) as client:
            yield client

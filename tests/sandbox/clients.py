"""Both clients of one sandbox, for tests that run with each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.support.both import CLIENTS, Kind, both_kinds
from tests.support.sandbox_api import Api

__all__ = ["BOTH", "Kind", "client_of"]

BOTH = both_kinds


@asynccontextmanager
async def client_of(api: Api, kind: Kind, **options: Any) -> AsyncIterator[Any]:
    """A client of this kind; the blocking one is awaited as the other is."""
    sandbox = api.sandbox
    async with CLIENTS[kind](sandbox.api_key, base_url=sandbox.base_url, **options) as client:
        yield client

"""Clients of a server that lies."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.support.clock import VirtualClock
from tests.support.liar import Liar
from twelvelabs_async import AsyncTwelveLabs

KEY = "tlk_SECRETKEY"


@asynccontextmanager
async def liar_and_client(*answers: Any, **settings: Any) -> AsyncIterator[Any]:
    settings.setdefault("clock", VirtualClock())
    async with (
        Liar(*answers) as liar,
        AsyncTwelveLabs(KEY, base_url=liar.url, **settings) as client,
    ):
        yield liar, client


@pytest.fixture
def lying() -> Callable[..., Any]:
    return liar_and_client

"""What the tests of the uploader share."""

from __future__ import annotations

import logging
import random
import ssl
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.support.clock import VirtualClock
from tests.support.descriptors import open_on
from tests.support.garbage import collect
from tests.support.tls import client_context, server_context
from tests.support.upload_stub import KEY, Stub
from tests.support.variants import every, variant
from twelvelabs_async import AsyncTwelveLabs

WAYS = ["plain", "tls"]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def tls() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    return server_context(), client_context()


@pytest.fixture(params=every(WAYS))
async def stub(
    request: pytest.FixtureRequest, tls: tuple[ssl.SSLContext, ssl.SSLContext]
) -> AsyncIterator[Stub]:
    server = Stub(VirtualClock(0.5))
    if variant(request, WAYS) == "tls":
        server.server_tls, server.client_tls = tls
    async with server.serve():
        yield server
        assert server.violations == []


@pytest.fixture
async def client(stub: Stub) -> AsyncIterator[AsyncTwelveLabs]:
    async with AsyncTwelveLabs(
        api_key=KEY, base_url=stub.base_url, clock=stub.clock, ssl_context=stub.client_tls
    ) as made:
        yield made


@pytest.fixture
def content() -> bytes:
    return random.Random(4).randbytes(12_345)


@pytest.fixture
def film(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "a film.mp4"
    path.write_bytes(content)
    return path


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    return tmp_path / "film.checkpoint"


@pytest.fixture(autouse=True)
def no_descriptor_left(tmp_path: Path) -> Iterator[None]:
    """Every file that a test uploads from is closed at its end."""
    yield
    collect()
    assert not open_on(tmp_path)


@pytest.fixture(autouse=True)
def no_secret_told(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No key and no signature in any log record."""
    caplog.set_level(logging.DEBUG)
    yield
    text = "\n".join(record.getMessage() for record in caplog.records)
    assert KEY not in text
    assert "X-Amz-Signature" not in text.replace("?[redacted]", "")

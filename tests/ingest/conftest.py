"""A sandbox, a client on it whose clock does not wait, and films by the hundred."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from tests.support.clock import VirtualClock
from twelvelabs_async import AsyncTwelveLabs
from twelvelabs_async.sandbox import Sandbox, Timings
from twelvelabs_async.sandbox.films import Scene, make_film


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small film that the service takes."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    return make_film(path, [Scene(seconds=4.2, colour="red")], size=(360, 360), fps=5)


@pytest.fixture
def films(tmp_path: Path, film: Path) -> Callable[[int], Path]:
    """Makes a folder of so many films: one film under many names."""

    def make(count: int) -> Path:
        folder = tmp_path / "films"
        folder.mkdir(exist_ok=True)
        for number in range(count):
            os.link(film, folder / f"film-{number:05}.mp4")
        return folder

    return make


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(timings=Timings.none(), seed=7) as sandbox:
        yield sandbox


@pytest.fixture
async def client(sandbox: Sandbox, clock: VirtualClock) -> AsyncIterator[AsyncTwelveLabs]:
    async with AsyncTwelveLabs(sandbox.api_key, base_url=sandbox.base_url, clock=clock) as client:
        yield client


@pytest.fixture
async def index_id(client: AsyncTwelveLabs) -> str:
    index = await client.indexes.create(
        index_name="films", models=[{"model_name": "marengo3.0", "model_options": ["visual"]}]
    )
    assert index.id is not None
    return index.id

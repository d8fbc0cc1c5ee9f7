"""Films and a sandbox for the tests of the sandbox."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.sandbox_api import Api, serving


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nine seconds: red, then green and moving, then blue and loud with a line."""
    from twelvelabs_async.sandbox.films import Scene, make_film

    return make_film(
        tmp_path_factory.mktemp("films") / "colours.mp4",
        [
            Scene(colour="red", seconds=3),
            Scene(colour="green", seconds=3, motion=0.8),
            Scene(colour="blue", seconds=3, tone_hz=440, subtitle="a whale sings at night"),
        ],
    )


@pytest.fixture(scope="session")
def other_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from twelvelabs_async.sandbox.films import Scene, make_film

    return make_film(
        tmp_path_factory.mktemp("films") / "yellow.mp4",
        [Scene(colour="yellow", seconds=3), Scene(colour="black", seconds=3)],
    )


@pytest.fixture(scope="session")
def small_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from twelvelabs_async.sandbox.films import Scene, make_film

    folder = tmp_path_factory.mktemp("films")
    return make_film(folder / "small.mp4", [Scene(colour="red", seconds=5)], size=(320, 240))


@pytest.fixture(scope="session")
def picture(film: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A frame of the green scene."""
    from twelvelabs_async.sandbox.media.measure.render import frame

    path = tmp_path_factory.mktemp("pictures") / "green.jpg"
    path.write_bytes(frame(film, 4.5))
    return path


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with serving() as api:
        yield api

"""Films and a sandbox for the tests of the sandbox."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import orjson
import pytest

from tests.support.sandbox_api import Api, serving
from twelvelabs_async.sandbox.changes import Changes, Table
from twelvelabs_async.sandbox.context import SandboxContext
from twelvelabs_async.sandbox.repository import Repository


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


@pytest.fixture(scope="session")
def stream(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an HLS stream of 9 seconds: ``film.mp4``, ``index.m3u8`` and its segments."""
    from twelvelabs_async.sandbox.films import Scene, make_film
    from twelvelabs_async.sandbox.media.measure.render import hls

    folder = tmp_path_factory.mktemp("stream")
    scenes = [
        Scene(colour=colour, seconds=3, motion=1, tone_hz=440)
        for colour in ("red", "green", "blue")
    ]
    hls(make_film(folder / "film.mp4", scenes, size=(160, 90)), folder)
    return folder


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with serving() as api:
        yield api


Place = tuple[str, str, str]


@pytest.fixture(autouse=True)
def noted_changes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever differs from the write before was noted as changed, else it would not be written.

    And what is written can be read.
    """
    stored: WeakKeyDictionary[Repository, dict[Place, bytes | None]] = WeakKeyDictionary()
    noted: WeakKeyDictionary[Changes, set[Place]] = WeakKeyDictionary()
    missed: list[Place] = []
    note, persist = Changes.note, SandboxContext.persist

    def record(self: Changes, table: Table[Any, Any], key: Any, *, new: bool = False) -> None:
        noted.setdefault(self, set()).add((table.kind, table.owner, str(key)))
        note(self, table, key, new=new)

    async def check(self: SandboxContext) -> None:
        repository = self.repository
        now, before = _stored(repository), stored.get(repository)
        known = noted.setdefault(repository.changes, set())
        if before is not None:
            changed = {key for key in {*now, *before} if now.get(key) != before.get(key)}
            missed.extend(changed - known)
        stored[repository] = now
        known.clear()
        await persist(self)

    monkeypatch.setattr(Changes, "note", record)
    monkeypatch.setattr(SandboxContext, "persist", check)
    yield
    assert missed == []
    for repository in list(stored):
        rows = repository.rows()
        assert sorted(Repository.load(rows, "").rows(), key=str) == sorted(rows, key=str)


def _stored(repository: Repository) -> dict[Place, bytes | None]:
    """What would be stored, without the phases of films that have a task, whose phases they are."""
    rows: dict[Place, bytes | None] = {}
    for row in repository.rows():
        body = row.body
        if row.kind == "video" and row.key in repository.tasks:
            body = orjson.dumps({**orjson.loads(body or b""), "phases": []})
        rows[row.kind, row.owner, row.key] = body
    return rows

"""A sandbox's data folder with any number of films: records and measurements without decoding.

Each film is a content of its own, with measurements of its own; their files are links to one film.
"""

from __future__ import annotations

import asyncio
import os
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from attrs import evolve

from twelvelabs_async.sandbox.data_folder import DataFolder
from twelvelabs_async.sandbox.films import Scene, make_film
from twelvelabs_async.sandbox.media.language.clip_table import ClipTable
from twelvelabs_async.sandbox.media.measure.film import Film, Frames, Line, read_film
from twelvelabs_async.sandbox.media.measure.pixels import CELLS, COLOURS
from twelvelabs_async.sandbox.media.measure.render import frame
from twelvelabs_async.sandbox.records import Asset, Index, Video
from twelvelabs_async.sandbox.state_store import StateStore

MODEL = {"model_name": "marengo3.0", "model_options": ["visual", "audio"]}
KEY = "benchmark"
_BEGAN = 1_750_000_000.0
_SCENES = ("red", "green", "blue", "yellow")
_WORDS = ("whale", "night", "goal", "market", "storm", "engine", "river", "choir")
_FRAMES = 12


@dataclass(frozen=True)
class Data:
    """A folder, and the index in it that has all films."""

    folder: Path
    index_id: str
    asset_id: str
    video_ids: list[str]
    picture: bytes
    """A JPEG of a frame of the film that all were varied from."""


def make(folder: Path, count: int) -> Data:
    """A data folder with so many films in one index."""
    data = DataFolder(folder)
    try:
        return asyncio.run(_make(data, count))
    finally:
        data.close()


async def _make(data: DataFolder, count: int) -> Data:
    files, films = data.make("files"), data.make("films")
    path = make_film(
        data.path / "film.mp4", [Scene(colour=colour, seconds=3) for colour in _SCENES]
    )
    base, dice = read_film(path), random.Random(count)
    store = StateStore(data)
    try:
        repository = store.load()
        repository.identity.api_key = KEY
        index = Index(
            id=f"{0:024x}",
            name="films",
            models=[MODEL],
            addons=[],
            created_at=_BEGAN,
            updated_at=_BEGAN,
        )
        repository.add_index(index)
        for number in range(1, count + 1):
            key, at = f"{number:040x}", _BEGAN + number
            film = _varied(base, dice)
            (films / f"{key}.json").write_text(film.to_json())
            (films / f"{key}.clips").write_bytes(ClipTable.of(film).to_json())
            os.link(path, files / key)
            named: dict[str, Any] = {
                "created_at": at,
                "updated_at": at,
                "filename": f"{number}.mp4",
                "key": key,
            }
            asset = Asset(id=f"{2 * number:024x}", method="direct", file_type="video/mp4", **named)
            phases: list[tuple[str, float | None]] = [
                ("pending", at),
                ("queued", at),
                ("indexing", at),
            ]
            repository.add(asset)
            repository.add(
                Video(
                    id=f"{2 * number + 1:024x}",
                    index_id=index.id,
                    asset_id=asset.id,
                    phases=phases,
                    user_metadata={"number": number},
                    **named,
                )
            )
            repository.measured[key] = film.info
        await store.write(repository.written(repository.changes.take()))
    finally:
        store.close()
    picture = frame(path, 4.5)
    path.unlink()
    ids = [f"{2 * n + 1:024x}" for n in range(1, count + 1)]
    return Data(data.path, index.id, f"{2:024x}", ids, picture)


def _varied(base: Film, dice: random.Random) -> Film:
    """The film with other frames and other words."""
    frames, colours = base.frames, len(COLOURS)
    step = len(frames.times) // _FRAMES
    times = frames.times[::step]
    chosen = [dice.randrange(len(frames.times)) for _ in times]
    said = " ".join(dice.sample(_WORDS, 3))
    start = dice.uniform(0, 9)
    return evolve(
        base,
        frames=Frames(
            times,
            b"".join(frames.cells[n * CELLS : (n + 1) * CELLS] for n in chosen),
            b"".join(frames.shares[n * colours : (n + 1) * colours] for n in chosen),
            tuple(time * dice.random() / 10 for time in times[:1]) + tuple(times[1:]),
        ),
        lines=(Line(round(start, 3), round(start + 2, 3), said),),
    )

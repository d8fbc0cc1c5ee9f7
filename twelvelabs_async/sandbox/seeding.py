"""Films to begin with: made, or given as files, and indexed without the waiting."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import define, frozen

from .._media_types import media_type
from .blobs import key_of
from .errors import clean
from .fault_checks import check_count, check_text
from .films import COLOURS, Scene, make_film
from .fitness import problem_of
from .indexing import unindexed
from .media.measure.probe import MediaError
from .records import Asset, Index, Video

if TYPE_CHECKING:
    from .context import SandboxContext

__all__ = ["MOST_FILMS", "SEED_INDEX", "Seeded", "SeededFilm", "add_films"]

SEED_INDEX: Final = "films"
MOST_FILMS: Final = 100
_MODELS: Final = ("marengo3.0", "pegasus1.2")
_SCENES: Final = 3


@frozen(kw_only=True)
class SeededFilm:
    """A film that is indexed: its file's name, and the ids of its asset and its video."""

    filename: str
    asset_id: str
    video_id: str


@frozen(kw_only=True)
class Seeded:
    """Films that are indexed, and the id of their index."""

    index_id: str
    films: tuple[SeededFilm, ...]


@define
class _File:
    name: str
    key: str
    size: int


async def add_films(
    sandbox: SandboxContext, films: int, paths: Sequence[Path], index_name: str
) -> Seeded:
    """Add so many films that are made, and those of ``paths``; all of them or none.

    Raises ``ValueError`` for a number that is not from 0 to 100, and for a path that has no film.
    """
    check_count("films", films, 0, MOST_FILMS)
    if len(paths) > MOST_FILMS:
        raise ValueError(f"at most {MOST_FILMS} paths can be given")
    check_text("index_name", index_name)
    if not 0 < len(index_name) <= 255:
        raise ValueError("index_name must have 1 to 255 characters")
    files: list[_File] = []
    task = asyncio.current_task()
    sandbox.calls.add(task)
    try:
        for path in paths:
            files.append(await _given(sandbox, path))  # noqa: PERF401  # each is given back below
        for number in range(films):
            files.append(await _made(sandbox, number))  # noqa: PERF401  # as above
        index = _index(sandbox, index_name)
        seeded = [await _indexed(sandbox, index, file) for file in files]
    finally:
        for file in files:
            await sandbox.give_back(file.key)
        sandbox.calls.discard(task)
    return Seeded(index_id=index.id, films=tuple(seeded))


async def _given(sandbox: SandboxContext, path: Path) -> _File:
    copy = sandbox.blobs.scratch()
    try:
        key, size = await sandbox.blobs.disk(_copy, path, copy)
    except OSError as error:
        raise ValueError(f"{str(path)!r} cannot be read: {error.strerror or error}") from None
    file = await _kept(sandbox, copy, clean(path.name), key, size)
    try:
        found = await sandbox.jobs.film(file.key)
        problem = problem_of(found.info, sandbox.settings)
        if problem is not None:
            raise problem
    except MediaError as error:
        await sandbox.give_back(file.key)
        raise ValueError(f"{str(path)!r} cannot be indexed: {error.message}") from None
    return file


def _copy(path: Path, target: Path) -> tuple[str, int]:
    if not path.is_file():
        raise FileNotFoundError(2, "the file does not exist")
    shutil.copyfile(path, target)
    with target.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    return key_of(digest.hexdigest()), target.stat().st_size


async def _made(sandbox: SandboxContext, number: int) -> _File:
    """A film whose name says its colours, which differ from film to film."""
    names = [name for name in COLOURS if name not in ("grey", "black", "white")]
    colours = [
        names[(number * 2 + scene * (1 + number // len(names))) % len(names)]
        for scene in range(_SCENES)
    ]
    scenes = [
        Scene(
            colour=colour,
            seconds=1.5 + 0.5 * ((number + place) % 3),
            motion=0.0 if place else 0.2 * (1 + number % 4),
            tone_hz=220.0 + 20 * number if place == 1 else None,
            subtitle=f"film {number + 1} shows {colour}" if place == 2 else None,
        )
        for place, colour in enumerate(colours)
    ]
    name = f"{number + 1}-{'-'.join(colours)}.mp4"
    path = sandbox.blobs.scratch().with_suffix(".mp4")
    await sandbox.jobs.media(make_film, path, scenes)
    key, size = await sandbox.blobs.disk(_measure, path)
    return await _kept(sandbox, path, name, key, size)


def _measure(path: Path) -> tuple[str, int]:
    with path.open("rb") as file:
        return key_of(hashlib.file_digest(file, "sha256").hexdigest()), path.stat().st_size


async def _kept(sandbox: SandboxContext, path: Path, name: str, key: str, size: int) -> _File:
    await sandbox.keep(path, key)
    return _File(name, key, size)


def _index(sandbox: SandboxContext, name: str) -> Index:
    repository, settings, now = sandbox.repository, sandbox.settings, sandbox.clock.now()
    if name in repository.index_names:
        return repository.indexes[repository.index_names[name]]
    life = settings.account.index_life if settings.index_life is None else settings.index_life
    retired = {*settings.retired_models, *settings.rules.absent_models}
    if settings.rules.strict:
        retired |= {*settings.rules.retired_models}
    index = Index(
        id=sandbox.ids.new(),
        name=name,
        models=[
            {"model_name": model, "model_options": ["visual", "audio"]}
            for model in _MODELS
            if model not in retired
        ],
        addons=[],
        created_at=now,
        updated_at=now,
        expires_at=None if life is None else now + life,
    )
    repository.add_index(index)
    return index


async def _indexed(sandbox: SandboxContext, index: Index, file: _File) -> SeededFilm:
    now, ids = sandbox.clock.now(), sandbox.ids
    asset = Asset(
        id=ids.new(),
        method="direct",
        filename=file.name[:255],
        file_type=media_type(file.name) or "video/mp4",
        size=file.size,
        created_at=now,
        updated_at=now,
        key=file.key,
    )
    sandbox.repository.add(asset)
    video = Video(
        id=ids.new(),
        index_id=index.id,
        asset_id=asset.id,
        filename=asset.filename,
        key=file.key,
        created_at=now,
        updated_at=now,
        # It was indexed just now, and held no place.
        phases=[(name, now) for name, _ in unindexed([("pending", now), ("queued", now)])],
        stream=True,
    )
    sandbox.repository.add(video)
    for item in (asset, video):
        sandbox.lifecycle.start(item)
        await sandbox.lifecycle.finish(item)
    return SeededFilm(filename=asset.filename, asset_id=asset.id, video_id=video.id)

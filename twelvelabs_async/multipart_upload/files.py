"""Many files in one call: on one bound, and each with its own end."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncGenerator, Iterable, Mapping
from pathlib import Path
from typing import Any, cast

from attrs import evolve

from .._core.request import Core
from .._core.threads import run_blocking
from . import MultipartUpload
from .models import Uploadable, UploadedFile, UploadFileDict
from .settings import Settings
from .slots import Slots
from .uploader import upload

__all__ = ["upload_all"]


async def upload_all(
    api: MultipartUpload,
    core: Core,
    sources: Iterable[Uploadable | UploadFileDict],
    settings: Settings,
    checkpoint_dir: str | os.PathLike[str] | None,
) -> AsyncGenerator[UploadedFile, None]:
    """Each file as it ends. The next is begun when the ones before leave a place idle."""
    slots = Slots(settings.max_workers)
    files = asyncio.Semaphore(settings.max_workers)
    ended: asyncio.Queue[UploadedFile | BaseException | None] = asyncio.Queue()
    tasks: set[asyncio.Task[None]] = set()

    async def one(index: int, given: Uploadable | UploadFileDict) -> None:
        try:
            source, own = await run_blocking(_settings, given, settings, checkpoint_dir)
            result = await upload(api, core, source, own, slots, index)
            ended.put_nowait(UploadedFile(index, given, result))
        except Exception as error:  # one bad file must not stop the others
            ended.put_nowait(UploadedFile(index, given, error=error))
        finally:
            files.release()

    async def begin_all() -> None:
        try:
            for index, given in enumerate(sources):
                await files.acquire()
                await slots.idle()
                task = asyncio.create_task(one(index, given))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
            while tasks:
                await asyncio.wait(tasks)
            ended.put_nowait(None)
        except BaseException as error:
            ended.put_nowait(error)
            raise

    starter = asyncio.create_task(begin_all())
    try:
        while (end := await ended.get()) is not None:
            if isinstance(end, BaseException):
                raise end
            yield end
    finally:
        under_way = [starter, *tasks]
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)


def _settings(
    given: Uploadable | UploadFileDict,
    settings: Settings,
    checkpoint_dir: str | os.PathLike[str] | None,
) -> tuple[Uploadable, Settings]:
    own: dict[str, Any] = {}
    source: Any = given
    if isinstance(given, Mapping):
        own = dict(cast("UploadFileDict", given))
        source = own.pop("source")
    if checkpoint_dir is not None and isinstance(source, (str, os.PathLike)):
        path: str = os.path.abspath(os.fspath(source))  # noqa: PTH100  # resolve() would follow links
        name = hashlib.sha256(path.encode()).hexdigest()[:32]
        own.setdefault("checkpoint", Path(checkpoint_dir, f"{name}.json"))
    return cast("Uploadable", source), evolve(settings, **own)

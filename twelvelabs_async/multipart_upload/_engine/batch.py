"""Many files in one call: they share the permits, and each ends on its own."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections import defaultdict
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing
from contextvars import copy_context
from pathlib import Path
from typing import Any, cast

from attrs import evolve, fields_dict

from ..._runtime.callbacks import CallbackError
from ..._runtime.file_reader import or_leave
from ..._runtime.names import path_text
from ..._runtime.semaphores import PrioritySemaphore
from ..._runtime.threads import DaemonThreads, run_blocking
from ...errors import ArgumentTypeError, ClientClosedError
from ..models import Uploadable, UploadedFile, UploadFileDict
from .api import UploadApi
from .settings import UploadSettings
from .uploader import upload

__all__ = ["upload_all"]


async def upload_all(
    api: UploadApi,
    sources: Iterable[Uploadable | UploadFileDict],
    settings: UploadSettings,
    checkpoint_dir: str | os.PathLike[str] | None,
) -> AsyncGenerator[UploadedFile, None]:
    """Each file as it ends. The next one starts when those before it leave a permit idle."""
    permits = PrioritySemaphore(settings.max_workers)
    files = asyncio.Semaphore(settings.max_workers)
    ended: asyncio.Queue[UploadedFile | BaseException | None] = asyncio.Queue()
    tasks: set[asyncio.Task[None]] = set()
    # Files with one checkpoint, such as a path that is given twice, are sent one after another.
    turns: defaultdict[str | None, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def one(index: int, given: Uploadable | UploadFileDict) -> None:
        try:
            source, own, checkpoint = await run_blocking(
                _settings_of, given, settings, checkpoint_dir
            )
            if checkpoint is None:
                result = await upload(api, source, own, permits, index)
            else:
                async with turns[checkpoint]:
                    result = await upload(api, source, own, permits, index)
            ended.put_nowait(UploadedFile(index, given, result))
        except CallbackError as error:  # the program's error, and of no file
            ended.put_nowait(error.error)
        except Exception as error:  # one bad file must not stop the others
            ended.put_nowait(UploadedFile(index, given, error=error))
        except BaseException as error:  # likewise; after a cancellation nobody reads it
            ended.put_nowait(error)
        finally:
            files.release()

    async def begin_all() -> None:
        closed: ClientClosedError | None = None
        count = 0
        try:
            try:
                async with aclosing(_each(api, sources)) as each:
                    async for given in each:
                        await files.acquire()
                        await permits.wait_idle()
                        task = asyncio.create_task(one(count, given))
                        count += 1
                        tasks.add(task)
                        task.add_done_callback(tasks.discard)
            except ClientClosedError as error:  # the files under way say how to resume
                closed = error
            while tasks:
                await asyncio.wait(tasks)
            ended.put_nowait(closed)
        except BaseException as error:  # the iteration of `sources` is the user's code
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
        while not ended.empty():  # an error there holds the frames that hold the queue
            ended.get_nowait()


async def _each(
    api: UploadApi, sources: Iterable[Uploadable | UploadFileDict]
) -> AsyncGenerator[Uploadable | UploadFileDict, None]:
    """The sources. An iterator may take any time for each, and call the blocking client."""
    if isinstance(sources, (list, tuple)):
        for given in sources:
            yield given
        return
    left, context, end = iter(sources), copy_context(), object()
    thread = DaemonThreads(1, "twelvelabs-read")
    try:
        while True:
            async with api.until_closed(asyncio.timeout(None), "the listing of files to upload"):
                found: Any = await or_leave(thread.run(context.run, next, left, end))
            if found is end:
                return
            yield found
    finally:
        thread.shutdown(wait=False)


def _settings_of(
    given: Uploadable | UploadFileDict,
    settings: UploadSettings,
    checkpoint_dir: str | os.PathLike[str] | None,
) -> tuple[Uploadable, UploadSettings, str | None]:
    """A file's source, its settings, and the real path of its checkpoint."""
    own: dict[str, Any] = {}
    source: Any = given
    if isinstance(given, Mapping):
        own = dict(cast("UploadFileDict", given))
        for name in own.keys() - fields_dict(UploadSettings) - {"source"}:
            raise ArgumentTypeError(f"a file of upload_files has no setting {name!r}")
        if "source" not in own:
            raise ArgumentTypeError("a file of upload_files that is a dict must have a source")
        source = own.pop("source")
    if checkpoint_dir is not None and isinstance(source, (str, os.PathLike)):
        path = os.path.abspath(path_text(cast("str | os.PathLike[str]", source)))  # noqa: PTH100  # resolve() would follow links
        name = hashlib.sha256(os.fsencode(path)).hexdigest()[:32]
        own.setdefault("checkpoint", Path(path_text(checkpoint_dir), f"{name}.json"))
    mine = evolve(settings, **own)
    checkpoint = mine.checkpoint
    real = None if checkpoint is None else os.path.realpath(path_text(checkpoint))
    return cast("Uploadable", source), mine, real

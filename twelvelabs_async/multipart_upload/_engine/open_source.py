"""Which source stands for what the user gave: a path, bytes, a file of any kind, or an iterable."""

from __future__ import annotations

import asyncio
import inspect
import io
import os
import stat
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

from ..._runtime.async_files import (
    AsyncReader,
    first_look,
    is_async,
    plain_file,
)
from ..._runtime.file_reader import FileReader, or_leave
from ..._runtime.files import check_binary, is_seekable, lock_of
from ..._runtime.names import file_name, path_text, shown_path
from ..._runtime.threads import DaemonThreads
from ...errors import ArgumentTypeError, ConfigurationError, UploadError
from ..models import Uploadable
from .sequential_source import IterableSource, PipeSource, in_threads
from .source import FileSource, InMemory, SeekableSource, Source

__all__ = ["open_source"]

_BYTES: Any = (bytes, bytearray, memoryview)
_PATH: Any = (str, os.PathLike)


async def open_source(given: Uploadable, size: int | None) -> Source:
    """The source for what the user gave; `size` is needed where it cannot be found out."""
    source = await _open(given, size)
    if size is not None and source.size != size:
        await source.aclose()
        raise UploadError(f"{source.name or 'the source'} has {source.size} bytes, not {size}")
    return source


async def _open(given: Any, size: int | None) -> Source:
    if isinstance(given, _BYTES):
        return InMemory(given)
    if isinstance(given, _PATH):
        return await _open_in_thread(_open_path, given)
    if _is_part_of_form(given):
        raise ArgumentTypeError(
            f"a source is the file itself, not {type(given).__name__}: its name goes in filename="
        )
    plain = plain_file(given)
    if is_async(plain):
        return await _open_async(plain, size)
    if plain is not given:
        return await _open_in_thread(_open_file, plain, size, file_name(given))
    if hasattr(given, "__aiter__"):
        return IterableSource(given, _needed(size))
    if hasattr(given, "read"):
        try:
            return await _open_in_thread(_open_file, given, size)
        except _IsAsync as found:
            await found.look
            return await _open_async(given, size, rewinds=True)
    if hasattr(given, "__iter__"):
        return IterableSource(in_threads(iter(given)), _needed(size))
    raise ArgumentTypeError(
        "a source is a path, bytes, an open binary file or an iterable of bytes, "
        f"not {type(given).__name__}"
    )


def _is_part_of_form(given: object) -> bool:
    """Whether it has a file as forms take it: it would be an iterable, and not of bytes."""
    parts = cast("tuple[object, ...]", given) if isinstance(given, tuple) else ()
    return isinstance(given, Mapping) or not all(isinstance(each, _BYTES) for each in parts)


async def _open_in_thread(opening: Callable[..., Source], *args: object) -> Source:
    """The source that a blocking function opens; it is closed again if the caller was cancelled."""
    opened: list[Source] = []

    def work() -> None:
        opened.append(opening(*args))

    thread = DaemonThreads(1, "twelvelabs-open")  # any method of an object may never return
    try:
        await or_leave(thread.run(work))
    except asyncio.CancelledError:
        for source in opened:
            await source.aclose()
        raise
    finally:
        thread.shutdown(wait=False)
    return opened[0]


def _open_path(given: str | os.PathLike[str]) -> Source:
    path = path_text(given)
    name = file_name(path)
    if not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116  # a str
        raise ConfigurationError(
            f"{shown_path(path)} is not a regular file: open it, and give its size="
        )
    if sys.platform == "win32":
        return SeekableSource(open(path, "rb"), name, owned=True)  # noqa: PTH123  # a str
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return FileSource(descriptor, path, name, by_path=True)
    except BaseException:  # also Ctrl-C: nothing else would close it
        os.close(descriptor)
        raise


class _IsAsync(Exception):  # noqa: N818  # no error: `_open` goes another way
    """A file that can seek turns out to be asynchronous: the look at it is to be awaited."""

    def __init__(self, look: Awaitable[object]) -> None:
        super().__init__()
        self.look = look


async def _open_async(file: Any, size: int | None, *, rewinds: bool = False) -> Source:
    check_binary(file)
    reader = AsyncReader(file)
    found = await reader.size() if rewinds or reader.rewinds else None
    return PipeSource(reader, file_name(file), _needed(size if found is None else found))


def _open_file(file: Any, size: int | None, name: str | None = None) -> Source:
    name = name or file_name(file)
    check_binary(file)
    if not is_seekable(file):
        return PipeSource(FileReader(file), name, _needed(size))
    descriptor = None if sys.platform == "win32" else _plain_descriptor(file)
    if descriptor is None:
        with lock_of(file):
            look = first_look(file)
        if inspect.isawaitable(look):
            raise _IsAsync(look)
        return SeekableSource(file, name)
    try:
        path = getattr(file, "name", None)
        path = os.fsdecode(path) if isinstance(path, (str, bytes)) else None
        return FileSource(descriptor, path, name, by_path=False)
    except BaseException:  # as above
        os.close(descriptor)
        raise


def _plain_descriptor(file: Any) -> int | None:
    """A new descriptor of the file, where its bytes are the file's own.

    A GzipFile has a descriptor too, of the compressed file: hence only the classes of `io`.
    """
    inner: Any = getattr(file, "file", file) if type(file).__module__ == "tempfile" else file
    if type(inner) not in (io.FileIO, io.BufferedReader, io.BufferedRandom):
        return None
    raw = getattr(inner, "raw", inner)
    if type(raw) is not io.FileIO or not raw.readable():
        return None
    inner.flush()
    if not stat.S_ISREG(os.fstat(raw.fileno()).st_mode):
        return None
    return os.dup(raw.fileno())


def _needed(size: int | None) -> int:
    if size is None:
        raise ConfigurationError("size= is needed for a source whose size cannot be found out")
    return size

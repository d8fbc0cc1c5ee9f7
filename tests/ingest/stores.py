"""A store that fsspec opens, and that breaks in the ways of its own that real stores have."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, ClassVar

import fsspec
from fsspec.implementations.memory import MemoryFile, MemoryFileSystem

PROTOCOL = "shaky"


class StoreError(Exception):
    """No OSError, as botocore's ClientError is none."""


class _ShakyFile(MemoryFile):  # type: ignore[misc]  # fsspec has no types
    def read(self, *_: Any) -> bytes:
        raise StoreError("SlowDown: reduce your request rate, see https://h/film.mp4?sig=secret")


class ShakySystem(MemoryFileSystem):  # type: ignore[misc]  # fsspec has no types
    """Like ``memory://``, apart from it; of a path that holds "unknown" it gives no facts, and of
    one that holds "unreadable" no bytes.
    """

    protocol = PROTOCOL
    cachable = False
    store: ClassVar[dict[str, Any]] = {}
    pseudo_dirs: ClassVar[list[str]] = [""]

    @classmethod
    def _strip_protocol(cls, path: str) -> Any:
        return super()._strip_protocol(path.replace(f"{PROTOCOL}://", "memory://"))

    def info(self, path: str, **options: Any) -> Any:
        if "unknown" in path:
            raise StoreError("AccessDenied")
        return {**super().info(path, **options), "ETag": "1"}

    def _open(self, path: str, *given: Any, **options: Any) -> Any:
        file = super()._open(path, *given, **options)
        return _ShakyFile(self, path, file.getvalue()) if "unreadable" in path else file


@contextmanager
def shaky_store(**films: bytes) -> Generator[str]:
    """The address of a folder with these films."""
    fsspec.register_implementation(PROTOCOL, ShakySystem, clobber=True)
    system = ShakySystem()
    for name, content in films.items():
        system.pipe(f"/store/{name}.mp4", content)
    try:
        yield f"{PROTOCOL}://store"
    finally:
        system.rm("/store", recursive=True)

"""Many concurrent calls: bounded, in the order given, with every failure kept."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, Generic, TypeVar, overload

from attrs import field, frozen

from .frames import drop_locals
from .numbers import checked_count
from .redaction import redact

__all__ = ["BulkFailure", "BulkResult", "create_all"]

T = TypeVar("T")


@frozen
class BulkFailure:
    """What could not be made, and why."""

    # A URL may be a presigned one, whose query is a secret.
    source: Any = field(repr=lambda source: redact(repr(source)))
    error: Exception


@frozen
class BulkResult(Sequence[T], Generic[T]):
    """What was made, in the order given, and what could not be: iterate it for what was made."""

    tasks: list[T]
    failures: list[BulkFailure]

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...
    def __getitem__(self, index: int | slice) -> T | list[T]:
        return self.tasks[index]

    def __len__(self) -> int:
        return len(self.tasks)

    def _repr_html_(self) -> str:
        """What a notebook shows: what was made, and how many failed."""
        from .html import rows_html

        return rows_html(self.tasks, f"{len(self.failures)} failed" if self.failures else "")


async def create_all(
    jobs: Sequence[tuple[Any, Callable[[], Awaitable[T]]]], max_workers: int
) -> BulkResult[T]:
    """The results of the jobs, at most `max_workers` of them running; each is (source, call)."""
    import anyio

    max_workers = checked_count(max_workers, "max_workers")
    made: dict[int, T] = {}
    failed: dict[int, BulkFailure] = {}
    left: Iterator[tuple[int, tuple[Any, Callable[[], Awaitable[T]]]]] = enumerate(jobs)

    async def worker() -> None:
        for at, (source, call) in left:
            try:
                made[at] = await call()
            except Exception as error:  # one bad file must not lose the others
                drop_locals(error)
                failed[at] = BulkFailure(source, error)
            finally:
                del source, call  # a URL may be a secret, and a failure shows this frame

    async with anyio.create_task_group() as group:
        for _ in range(min(max_workers, len(jobs))):
            group.start_soon(worker)
    return BulkResult([made[at] for at in sorted(made)], [failed[at] for at in sorted(failed)])

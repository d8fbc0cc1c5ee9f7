"""Lists and streams as coroutines, so that `asyncio.create_task` and `asyncio.run` take them."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Generator
from types import TracebackType
from typing import Any, Generic, TypeVar

__all__ = ["Taskable"]

T = TypeVar("T", covariant=True)


class Taskable(Generic[T]):
    """What can be awaited, and is a coroutine too: a task can be made of it.

    It is a `collections.abc.Coroutine` by its methods. A coroutine object would warn when nobody
    awaits it, and could not be iterated. Here the coroutine is made when a task takes its first
    step, and once more for the next task. Type checkers know it as an awaitable only: as a
    coroutine of a class it could not be awaited as one of a class derived from that.
    """

    _steps: Generator[Any, Any, T] | None = None
    _task: asyncio.Task[Any] | None = None

    @abstractmethod
    def __await__(self) -> Generator[Any, Any, T]:
        raise NotImplementedError  # abstract: what a wait for it does

    def _start(self) -> Generator[Any, Any, T]:
        task = asyncio.current_task()
        if self._steps is None:
            self._steps, self._task = self.__await__(), task
        elif self._task is not task:
            raise RuntimeError("another task already awaits this")
        return self._steps

    def send(self, value: Any) -> Any:
        """Run to the next suspension: for asyncio."""
        steps = self._start()
        try:
            return steps.send(value)
        except BaseException:  # StopIteration has the result
            self._steps = self._task = None
            raise

    def throw(
        self,
        kind: Any,
        value: BaseException | object = None,
        trace: TracebackType | None = None,
    ) -> Any:
        """Raise an exception at the suspension: for asyncio."""
        error: BaseException = value if isinstance(value, BaseException) else kind
        steps = self._start()
        try:
            return steps.throw(error)
        except BaseException:  # as in `send`
            self._steps = self._task = None
            raise

    def close(self) -> None:
        """Stop a task's wait: for asyncio. The object itself can be awaited again."""
        steps, self._steps, self._task = self._steps, None, None
        if steps is not None:
            steps.close()

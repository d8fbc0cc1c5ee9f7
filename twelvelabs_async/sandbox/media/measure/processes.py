"""Runs media work in processes of their own, with limits, where a library may hang or swell.

A regular expression may backtrack for ever, and a decoder may loop or take all memory, all of it
while it holds the interpreter. In another process such a job is ended when its time is over, and
nothing else notices.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any, Final, TypeVar

from attrs import define, field, frozen

from .probe import MediaError

__all__ = ["DOCUMENT", "FILM", "IMAGE", "PICTURE", "SCHEMA", "Limit", "WorkLimitError", "run"]

T = TypeVar("T")

_MIB: Final = 1024 * 1024
_PROGRAM: Final = "from twelvelabs_async.sandbox.media.measure.worker import main; main()"
_IDLE: Final = 2
"""So many processes wait for the next job; more end with theirs."""


@frozen
class Limit:
    """What a job may take: seconds of the processor, and bytes of memory.

    By the clock it may take four times as long and ten seconds more, since others use the machine.
    """

    seconds: float
    memory: int = 2048 * _MIB

    @property
    def wall(self) -> float:
        """Seconds by the clock."""
        return 4 * self.seconds + 10


FILM: Final = Limit(600.0, 3 * 1024 * _MIB)
PICTURE: Final = Limit(60.0)
"""For one picture of a film, or what its head says."""
IMAGE: Final = Limit(20.0, 1024 * _MIB)
DOCUMENT: Final = Limit(60.0, 1024 * _MIB)
SCHEMA: Final = Limit(1.5, 512 * _MIB)
"""What work of these kinds may take: many times what it takes at its most."""


class WorkLimitError(MediaError):
    """A job took more than it may, or ended its process."""

    def __init__(self, message: str) -> None:
        super().__init__("video_file_broken", message)


def run(limit: Limit, function: Callable[..., T], *arguments: Any) -> T:
    """``function(*arguments)``, called in another process; it blocks until that is done.

    The function belongs to a module; it, its arguments and its result are pickled. Raises what it
    raises, and ``WorkLimitError`` when it goes beyond its limit.
    """
    worker = _workers.take()
    try:
        done, value = worker.run(limit, function, arguments)
    except BaseException:  # also Ctrl-C: a process in the middle of a job is of no more use
        _workers.give_back(worker, fit=False)
        raise
    _workers.give_back(worker, fit=True)
    if done:
        result: T = value
        return result
    if isinstance(value, MemoryError):
        raise WorkLimitError("The work takes too much memory.")
    raise value


class _Worker:
    """One such process."""

    def __init__(self) -> None:
        paths = os.pathsep.join(path for path in sys.path if path)
        self._process = subprocess.Popen(  # noqa: S603  # this Python, with a constant program
            [sys.executable, "-P", "-c", _PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # Numbers are added up in one thread: its stacks would count as memory.
            env={**os.environ, "PYTHONPATH": paths, "OPENBLAS_NUM_THREADS": "1"},
            # Ctrl-C in a terminal is for its parent.
            start_new_session=True,
        )

    def run(self, limit: Limit, function: Any, arguments: Any) -> tuple[bool, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        # The call within is read there once the limits of the job before are lifted.
        job = pickle.dumps((limit.seconds, limit.memory, pickle.dumps((function, arguments))))
        timer = threading.Timer(limit.wall, self._process.kill)
        timer.daemon = True
        timer.start()
        try:
            self._process.stdin.write(job)
            self._process.stdin.flush()
            answer: tuple[bool, Any] = pickle.load(self._process.stdout)  # noqa: S301  # our own process
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            raise WorkLimitError(self._why(in_time=timer.is_alive())) from error
        finally:
            timer.cancel()
        return answer

    def _why(self, *, in_time: bool) -> str:
        """What a job did that has no answer."""
        try:
            code = self._process.wait(1)
        except subprocess.TimeoutExpired:  # it lives, and has answered what cannot be read
            code = 0
        if not in_time or (sys.platform != "win32" and code == -signal.SIGPROF):
            return "The work takes too long."
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        return f"The work ended its process ({how}): too much memory, or a fault in a library."

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def end(self) -> None:
        """Kill it and wait for its end."""
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):  # what it did not read any more
                    pipe.close()
        self._process.wait()


@define
class _Workers:
    """All such processes of this one."""

    _all: set[_Worker] = field(factory=set[_Worker])
    _idle: list[_Worker] = field(factory=list[_Worker])
    _lock: threading.Lock = field(factory=threading.Lock)

    def take(self) -> _Worker:
        """One that waits, or a new one."""
        with self._lock:
            while self._idle:
                worker = self._idle.pop()
                if worker.alive:
                    return worker
                self._end(worker)
        worker = _Worker()
        with self._lock:
            self._all.add(worker)
        return worker

    def give_back(self, worker: _Worker, *, fit: bool) -> None:
        """Have it wait for the next job, or end."""
        with self._lock:
            if fit and len(self._idle) < _IDLE:
                self._idle.append(worker)
            else:
                self._end(worker)

    def _end(self, worker: _Worker) -> None:
        self._all.discard(worker)
        worker.end()

    def end(self) -> None:
        """End them all, those at work too: nobody waits for their results any more."""
        with self._lock:
            self._idle.clear()
            for worker in list(self._all):
                self._end(worker)

    def forget(self) -> None:
        """Begin anew after a fork: these are the parent's, which still talks to them."""
        _PARENTS.extend(self._all)
        self._all, self._idle, self._lock = set(), [], threading.Lock()


_PARENTS: Final[list[_Worker]] = []  # kept, so that nothing of theirs is closed or waited for
_workers = _Workers()
atexit.register(_workers.end)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_workers.forget)

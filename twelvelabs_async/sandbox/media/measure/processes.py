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
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, Final, TypeVar

from attrs import define, field, frozen

from .probe import MediaError
from .worker import BEGUN

__all__ = [
    "DOCUMENT",
    "FILM",
    "IMAGE",
    "PICTURE",
    "SCHEMA",
    "Limit",
    "NoProcessError",
    "WorkLimitError",
    "run",
]

T = TypeVar("T")

_MIB: Final = 1024 * 1024
_PROGRAM: Final = "from twelvelabs_async.sandbox.media.measure.worker import main; main()"
_PACKAGES: Final = str(Path(__file__).parents[4])
_START: Final = 300.0
"""Seconds for a process to start and to read its job: the machine may be busy with others."""
_PAUSES: Final = (0.0, 0.0, 0.0, 0.2, 1.0, 4.0)
"""Seconds before each attempt to have a job begun. At first idle processes may be dead."""
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


class NoProcessError(RuntimeError):
    """No process does the work: none can be started, or this program is ending."""


def run(limit: Limit, function: Callable[..., T], *arguments: Any) -> T:
    """``function(*arguments)``, called in another process; it blocks until that is done.

    The function belongs to a module; it, its arguments and its result are pickled. Raises what it
    raises, ``WorkLimitError`` when it goes beyond its limit, and ``NoProcessError``.
    """
    # The call within is read there once the limits of the job before are lifted.
    job = pickle.dumps((limit.seconds, limit.memory, pickle.dumps((function, arguments))))
    worker = _begun(job)
    try:
        done, value = worker.answer(limit.wall)
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


def _begun(job: bytes) -> _Worker:
    """A process that has begun with the job.

    What ends a process before that is not the job's fault: it was killed while it waited, or the
    system has no room for a new one just now.
    """
    why = ""
    for pause in _PAUSES:
        time.sleep(pause)
        try:
            worker = _workers.take()
        except OSError as error:
            why = str(error)
            continue
        try:
            worker.begin(job)
        except (OSError, EOFError) as error:
            why = str(error) or worker.ending()
            _workers.give_back(worker, fit=False)
        except BaseException:  # such as Ctrl-C
            _workers.give_back(worker, fit=False)
            raise
        else:
            return worker
    raise NoProcessError(f"{sys.executable!r} cannot be started for work on media: {why}")


class _Worker:
    """One such process."""

    def __init__(self) -> None:
        paths = (*(os.fsdecode(path) or os.curdir for path in sys.path), _PACKAGES)
        self._process = subprocess.Popen(  # noqa: S603  # this Python, with a constant program
            [sys.executable, "-P", "-c", _PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(paths),
                # Numbers are added up in one thread, and threads share their heaps: what each has
                # for itself would count as memory.
                "OPENBLAS_NUM_THREADS": "1",
                "MALLOC_ARENA_MAX": "2",
            },
            # Ctrl-C in a terminal is for its parent.
            start_new_session=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._jobs, self._answers = self._process.stdin, self._process.stdout
        self._late = self._ended = False

    def begin(self, job: bytes) -> None:
        """Send it a job and wait until it begins; EOFError when it ends before."""
        with self._killed_after(_START):
            self._jobs.write(job)
            self._jobs.flush()
            # What was printed while it started comes first.
            while (line := self._answers.readline()) != BEGUN:
                if not line:
                    raise EOFError

    def answer(self, seconds: float) -> tuple[bool, Any]:
        """Whether the job that it began returned, and what it returned or raised."""
        with self._killed_after(seconds):
            try:
                answer: tuple[bool, Any] = pickle.load(self._answers)  # noqa: S301  # our own process
            except (OSError, EOFError, pickle.UnpicklingError) as error:
                if self._ended:
                    raise NoProcessError("this program is ending") from error
                raise WorkLimitError(self._why()) from error
        return answer

    @contextlib.contextmanager
    def _killed_after(self, seconds: float) -> Generator[None]:
        def kill() -> None:
            self._late = True
            self._process.kill()

        timer = threading.Timer(seconds, kill)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _why(self) -> str:
        """What a job did that has no answer."""
        ending = self.ending()
        if self._late or (sys.platform != "win32" and self._process.returncode == -signal.SIGPROF):
            return "The work takes too long."
        return f"The work ended its process ({ending}): too much memory, or a fault in a library."

    def ending(self) -> str:
        """How it ended, in words."""
        try:
            code = self._process.wait(1)
        except subprocess.TimeoutExpired:  # it lives, and has answered what cannot be read
            code = 0
        return f"signal {-code}" if code < 0 else f"exit code {code}"

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def end(self) -> None:
        """Kill it and wait for its end."""
        self._ended = True
        self._process.kill()
        for pipe in (self._jobs, self._answers):
            with contextlib.suppress(OSError):  # what it did not read any more
                pipe.close()
        self._process.wait()

    def leave(self) -> None:
        """Let go of it in a fork of its parent: it ends when nobody else has its input open."""
        with contextlib.suppress(OSError, ValueError):  # it was about to be closed
            null = os.open(os.devnull, os.O_RDWR)
            for pipe in (self._jobs, self._answers):
                os.dup2(null, pipe.fileno(), inheritable=False)
            os.close(null)


@define
class _Workers:
    """All such processes of this one."""

    _all: set[_Worker] = field(factory=set[_Worker])
    _idle: list[_Worker] = field(factory=list[_Worker])
    _lock: threading.Lock = field(factory=threading.Lock)

    def take(self) -> _Worker:
        """One that waits, or a new one."""
        while True:
            with self._lock:
                if not self._idle:
                    break
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
                return
        self._end(worker)

    def _end(self, worker: _Worker) -> None:
        with self._lock:
            self._all.discard(worker)
        worker.end()

    def end(self) -> None:
        """End them all, those at work too: nobody waits for their results any more."""
        with self._lock:
            ending = list(self._all)
            self._all.clear()
            self._idle.clear()
        for worker in ending:
            worker.end()

    def forget(self) -> None:
        """Begin anew after a fork: these are the parent's, which still talks to them."""
        for worker in self._all:
            worker.leave()
        _PARENTS.extend(self._all)
        self._all, self._idle, self._lock = set(), [], threading.Lock()


_PARENTS: Final[list[_Worker]] = []  # kept, so that nothing of theirs is closed or waited for
_workers = _Workers()
atexit.register(_workers.end)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_workers.forget)

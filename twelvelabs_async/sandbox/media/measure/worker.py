"""The process that does media work for another one: a loop over functions to call.

Jobs come on its standard input, and on its standard output go `BEGUN` and the results, pickled. It
ends with its parent, whose end closes the input; and with a job that takes more than its time,
since the system counts the seconds of the processor.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, Final, NoReturn

__all__ = ["BEGUN", "main"]

_MOST_THREADS: Final = 8
BEGUN: Final = b"the job has begun\n"
"""Sent when a job begins. If the process ends after that, the job has ended it."""

if sys.platform == "win32":

    def _set_signals() -> None:
        """Ctrl-C is for the parent."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    def _bound(seconds: float, memory: int) -> None:
        """Windows has no such limits: the parent's clock is all there is."""

    def _unbound() -> None:
        """Nothing is to be lifted."""

else:
    import resource

    def _set_signals() -> None:
        """Ignore what asks the parent to end, and take SIGPROF whatever the parent does with it.

        A service manager asks all processes at the same time: the parent may yet finish its work.
        """
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())

    def _bound(seconds: float, memory: int) -> None:
        """Let the next job take so many seconds of the processor, and so many bytes more."""
        signal.setitimer(signal.ITIMER_PROF, seconds)  # its signal ends the process
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        soft = _size() + _stacks() + memory
        if hard != resource.RLIM_INFINITY:
            soft = min(soft, hard)
        with contextlib.suppress(OSError, ValueError):  # macOS refuses such limits
            resource.setrlimit(resource.RLIMIT_AS, (soft, hard))

    def _unbound() -> None:
        """Lift the limits: what the next job imports before it begins is not bound by them."""
        signal.setitimer(signal.ITIMER_PROF, 0)
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_AS, (hard, hard))

    def _size() -> int:
        try:
            return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        except OSError:  # not Linux: about what the modules take
            return 1 << 30

    def _stacks() -> int:
        """The bytes that the stacks of decoders' threads take where ``ulimit -s`` is large."""
        size = resource.getrlimit(resource.RLIMIT_STACK)[0]
        return 0 if size == resource.RLIM_INFINITY else _MOST_THREADS * size


def main() -> None:
    """Do jobs until the input ends."""
    _set_signals()
    jobs, results = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    # What a library prints is not a result.
    os.dup2(2, 1)
    while (job := _read(jobs)) is not None:
        seconds, memory, call = job
        function, arguments = _loaded(call)
        # After a line end: while Python started, something may have been printed.
        results.write(b"\n" + BEGUN)
        results.flush()
        _bound(seconds, memory)
        try:
            result = _dumped(True, function(*arguments))
        except Exception as error:  # every one goes to the caller, as it came
            result = _dumped(False, error)
        _unbound()
        results.write(result)
        results.flush()


def _read(jobs: IO[bytes]) -> Any:
    try:
        return pickle.load(jobs)  # noqa: S301  # from the process that started this one
    except EOFError:
        return None


def _loaded(call: bytes) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    try:
        loaded: tuple[Callable[..., Any], tuple[Any, ...]] = pickle.loads(call)  # noqa: S301  # too
    except Exception as error:  # it goes to the caller as well
        return _fail, (error,)
    return loaded


def _fail(error: Exception) -> NoReturn:
    raise error


def _dumped(done: bool, value: object) -> bytes:
    try:
        dumped = pickle.dumps((done, value))
        if not done:
            pickle.loads(dumped)  # noqa: S301  # some errors can be pickled and not made again
    except Exception as error:  # a value that cannot be pickled may raise anything
        failure: Exception
        if done:
            failure = TypeError(f"the result cannot be sent: {error}")
        else:
            failure = RuntimeError(f"{type(value).__name__}: {value}")
        return pickle.dumps((False, failure))
    return dumped

"""The process that does media work for another one: a loop over functions to call.

Jobs come on its standard input and results go out on its standard output, both pickled. It ends
with its parent, whose end closes the input; and with a job that takes more than its time, since the
system counts the seconds of the processor.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
from pathlib import Path
from typing import IO, Any

if sys.platform == "win32":

    def _bound(seconds: float, memory: int) -> None:
        """Windows has no such limits: the parent's clock is all there is."""

    def _unbound() -> None:
        """Nothing is to be lifted."""

else:
    import resource

    def _bound(seconds: float, memory: int) -> None:
        """Let the next job take so many seconds of the processor, and so many bytes more."""
        signal.setitimer(signal.ITIMER_PROF, seconds)  # its signal ends the process
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        soft = _size() + memory
        if hard != resource.RLIM_INFINITY:
            soft = min(soft, hard)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))

    def _unbound() -> None:
        """Lift the limits: what the next job imports before it begins is not bound by them."""
        signal.setitimer(signal.ITIMER_PROF, 0)
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (hard, hard))

    def _size() -> int:
        try:
            return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        except OSError:  # not Linux: about what the modules take
            return 1 << 30


def main() -> None:
    """Do jobs until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    jobs, results = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    # What a library prints is not a result.
    os.dup2(2, 1)
    while (job := _read(jobs)) is not None:
        seconds, memory, call = job
        try:
            function, arguments = pickle.loads(call)  # noqa: S301  # from there too
            _bound(seconds, memory)
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


def _dumped(done: bool, value: object) -> bytes:
    try:
        return pickle.dumps((done, value))
    except Exception as error:  # a value that cannot be pickled may raise anything
        return pickle.dumps((False, TypeError(f"the result cannot be sent: {error}")))

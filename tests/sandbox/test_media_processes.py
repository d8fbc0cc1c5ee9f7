"""Media work in processes of their own, with limits."""

from __future__ import annotations

import itertools
import math
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from twelvelabs_async.sandbox.media.measure import processes
from twelvelabs_async.sandbox.media.measure.probe import MediaError
from twelvelabs_async.sandbox.media.measure.processes import (
    Limit,
    NoProcessError,
    WorkLimitError,
    run,
)

LIMIT = Limit(10.0)
SHORT = Limit(0.3)
ENDLESS = (re.search, r"^(\S+\s*)+!$", "a" * 60)


@pytest.fixture
def own_processes(monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """Begin without processes, and end those that the test starts."""
    workers = type(processes._workers)()
    monkeypatch.setattr(processes, "_workers", workers)
    yield
    workers.end()


def test_a_job_is_done_elsewhere_and_its_result_comes_back() -> None:
    assert run(LIMIT, math.sqrt, 4.0) == 2.0
    there = run(LIMIT, os.getpid)
    assert there != os.getpid()
    assert run(LIMIT, os.getpid) == there


def test_what_it_raises_is_raised_here() -> None:
    with pytest.raises(ValueError, match=r"domain|nonnegative"):
        run(LIMIT, math.sqrt, -1.0)
    with pytest.raises(MediaError) as caught:
        run(LIMIT, _refuse, "no film")
    assert (caught.value.code, caught.value.message) == ("video_file_broken", "no film")


def _refuse(message: str) -> None:
    raise MediaError("video_file_broken", message)


def test_a_job_that_does_not_end_is_ended_and_others_continue() -> None:
    with ThreadPoolExecutor(2) as pool:
        endless = [pool.submit(run, SHORT, *ENDLESS) for _ in range(2)]
        assert run(LIMIT, math.sqrt, 4.0) == 2.0
        for each in endless:
            with pytest.raises(WorkLimitError, match="too long"):
                each.result()
    assert run(LIMIT, math.sqrt, 9.0) == 3.0


def test_a_job_that_waits_is_ended_by_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Limit, "wall", 0.2)
    with pytest.raises(WorkLimitError, match="too long"):
        run(LIMIT, time.sleep, 600.0)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the size is read from /proc")
def test_a_job_that_takes_too_much_memory_is_ended() -> None:
    with pytest.raises(WorkLimitError, match="memory"):
        run(Limit(10.0, 64 << 20), bytearray, 1 << 30)
    assert len(run(Limit(10.0, 64 << 20), bytes, 1 << 20)) == 1 << 20


def test_a_process_that_dies_is_replaced() -> None:
    with pytest.raises(WorkLimitError, match=r"exit code 3\b"):
        run(LIMIT, os._exit, 3)
    assert run(LIMIT, math.sqrt, 4.0) == 2.0


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
def test_a_job_that_a_signal_ends_says_which() -> None:
    with pytest.raises(WorkLimitError, match=rf"signal {int(signal.SIGUSR1)}\b"):
        run(LIMIT, signal.raise_signal, signal.SIGUSR1)


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_that_asks_to_end_is_for_the_parent(number: str) -> None:
    run(LIMIT, signal.raise_signal, getattr(signal, number))


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
def test_a_process_that_is_killed_while_it_waits_fails_no_job() -> None:
    for _ in range(3):
        idle = run(LIMIT, os.getpid)
        os.kill(idle, signal.SIGKILL)  # it may live yet when it is taken
        assert run(LIMIT, os.getpid) != idle


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="the processor's time is POSIX's")
def test_the_time_is_counted_whatever_the_parent_does_with_its_signal(
    own_processes: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = signal.signal(signal.SIGPROF, signal.SIG_IGN)
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGPROF})
    monkeypatch.setattr(Limit, "wall", 600.0)
    try:
        with pytest.raises(WorkLimitError, match="too long"):
            run(SHORT, *ENDLESS)
    finally:
        signal.signal(signal.SIGPROF, before)
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


def test_odd_entries_of_the_path_and_what_is_printed_at_the_start_do_no_harm(
    own_processes: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text("print('hello', flush=True)")
    odd: list[Any] = [str(tmp_path), tmp_path, b"bytes", "", *sys.path]
    monkeypatch.setattr(sys, "path", odd)
    assert run(LIMIT, math.sqrt, 4.0) == 2.0


def test_a_process_that_cannot_be_started_is_no_fault_of_the_job(
    own_processes: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = subprocess.Popen
    failures: Iterator[OSError] = iter([OSError(24, "Too many open files")] * 2)

    def busy(*arguments: Any, **settings: Any) -> Any:
        for failure in failures:
            raise failure
        return start(*arguments, **settings)

    monkeypatch.setattr(subprocess, "Popen", busy)
    assert run(LIMIT, math.sqrt, 4.0) == 2.0
    failures = itertools.repeat(OSError(24, "Too many open files"))
    monkeypatch.setattr(processes, "_PAUSES", (0.0, 0.0))
    monkeypatch.setattr(processes, "_workers", type(processes._workers)())
    with pytest.raises(NoProcessError, match="Too many open files"):
        run(LIMIT, math.sqrt, 4.0)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="the processor's time is POSIX's")
def test_a_limit_ends_with_its_job() -> None:
    there = run(SHORT, os.getpid)
    # What a job imports before it begins is as little bound by its own limit.
    assert run(SHORT, len, _Slow(2 * SHORT.seconds)) == 1
    assert run(Limit(10.0, 1 << 20), os.getpid) == there
    assert len(run(LIMIT, bytes, _Large(1 << 28))) == 1


class _Slow:
    """An argument whose reading takes so many seconds of the processor."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def __reduce__(self) -> tuple[Any, ...]:
        return _spin, (self._seconds,)


def _spin(seconds: float) -> bytes:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
    return b"1"


class _Large(_Slow):
    """An argument whose reading takes so many bytes of memory."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _swell, (int(self._seconds),)


def _swell(size: int) -> bytes:
    return bytes(bytearray(size)[:1])


def test_a_job_that_cannot_be_read_is_an_error_and_ends_nothing() -> None:
    there = run(LIMIT, os.getpid)
    with pytest.raises(ZeroDivisionError):
        run(LIMIT, len, _Unreadable())
    assert run(LIMIT, os.getpid) == there


class _Unreadable:
    def __reduce__(self) -> tuple[Any, ...]:
        return divmod, (1, 0)


class _OddError(Exception):
    """An error that is pickled, and cannot be made again of that."""

    def __init__(self, one: str, other: str) -> None:
        super().__init__(f"{one}, {other}")


def _fail_oddly() -> None:
    raise _OddError("one", "other")


def test_an_error_that_cannot_be_sent_keeps_its_message() -> None:
    there = run(LIMIT, os.getpid)
    with pytest.raises(RuntimeError, match="_OddError: one, other"):
        run(LIMIT, _fail_oddly)
    assert run(LIMIT, os.getpid) == there


def test_a_result_that_cannot_be_sent_is_an_error_and_ends_nothing() -> None:
    there = run(LIMIT, os.getpid)
    with pytest.raises(TypeError, match="cannot be sent"):
        run(LIMIT, threading.Lock)
    assert run(LIMIT, os.getpid) == there


def test_what_a_library_prints_is_no_result() -> None:
    assert run(LIMIT, os.write, 1, b"noise") == 5
    assert run(LIMIT, math.sqrt, 4.0) == 2.0


FORKS = """
import math, os, sys
from twelvelabs_async.sandbox.media.measure.processes import Limit, run
before = run(Limit(10.0), os.getpid)
child = os.fork()
if not child:
    other = run(Limit(10.0), os.getpid)
    assert other != before, other
    os._exit(0)
_, status = os.waitpid(child, 0)
assert status == 0, status
assert run(Limit(10.0), os.getpid) == before
print(before)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_fork_has_processes_of_its_own_and_none_outlives_its_parent() -> None:
    done: Any = subprocess.run(
        [sys.executable, "-W", "error", "-c", FORKS], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    with pytest.raises(ProcessLookupError):
        os.kill(int(done.stdout), 0)


KILLED = """
import os, sys, threading, time
from twelvelabs_async.sandbox.media.measure.processes import Limit, run
print(run(Limit(10.0), os.getpid), flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
def test_it_ends_when_its_parent_is_killed() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", KILLED], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    deadline = time.monotonic() + 20
    while _runs(worker):
        assert time.monotonic() < deadline
        os.sched_yield()


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{process}/stat")
    # One that nobody waits for stays as a zombie where there is no init.
    return not status.exists() or ") Z " not in status.read_text()

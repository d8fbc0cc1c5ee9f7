"""Recordings of a client's requests and replies, to replay them without a network.

A recording is a file of JSON Lines: first what it is, then a line for each reply in the order of
the requests. Keys, signatures and tokens are not in it.
"""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from ..errors import ConfigurationError
from .clock import Clock, SystemClock
from .recorded_transport import RecordingTransport, ReplayingTransport
from .resources import cassettes
from .tape import Tape
from .threads import run_blocking
from .transport import Transport

__all__ = ["Cassette", "CassetteMode"]

CassetteMode = Literal["once", "record", "replay"]


class Cassette:
    """A recording of what clients send and get, for tests without a network.

    `mode` "once" replays the file at `path` if it is there, and else records it; "record" records
    it anew; "replay" only replays, and raises ConfigurationError where there is no file. Give it to
    a client as ``cassette=``; in a ``with`` block it holds for each client that is made there. The
    file is written at the end of the block, by `save`, and when a client of it is closed: as a
    whole, or not at all.

    A request is matched by method, URL and body; files by their hash. Equal requests get
    their replies in the order of the recording. A request that is not in it raises `RecordingError`
    with the nearest ones. Streams come in the pieces in which they came. While it replays, no key
    is needed, the clients' clock is that of the recording, and their waits take no time.

    Example: ``with Cassette("tests/search.jsonl"), TwelveLabs() as client: ...``
    """

    def __init__(self, path: str | os.PathLike[str], mode: CassetteMode = "once") -> None:
        self.path: Path = Path(path)
        self.mode: CassetteMode = mode
        if mode not in ("once", "record", "replay"):
            raise ConfigurationError('mode must be "once", "record" or "replay"')
        if self.path.is_dir():
            raise ConfigurationError(f"the recording {self.path} is a folder; give a file in it")
        there = self.path.is_file()
        if mode == "replay" and not there:
            raise ConfigurationError(f"there is no recording {self.path}")
        self._tape = Tape(self.path, replays=mode == "replay" or (mode == "once" and there))

    @property
    def replays(self) -> bool:
        """Whether it replays; else it records."""
        return self._tape.replays

    def __repr__(self) -> str:
        if not hasattr(self, "_tape"):  # while, or if, __init__ fails
            return f"<Cassette {getattr(self, 'path', '')} not made>"
        doing = "replays" if self.replays else "records"
        return f"<Cassette {self.path} {doing} {len(self._tape.lines)} replies>"

    @property
    def unused(self) -> list[str]:
        """The recorded requests that were not made again, as verbs and paths."""
        return [line.name for line in self._tape.waiting()]

    def save(self) -> None:
        """Write what was recorded. ConfigurationError where the file cannot be written."""
        self._tape.save()

    def __enter__(self) -> Self:
        cassettes.append(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        cassettes.remove(self)
        self.save()

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        cassettes.remove(self)
        await run_blocking(self.save)

    def clock(self) -> Clock:
        """The time of what is replayed; the system's while it records."""
        return _ReplayClock(self._tape.began) if self.replays else SystemClock()

    def transport(self, base_url: str, **settings: Any) -> Transport:
        """What a client sends its requests over; the settings are those of `Transport`."""
        kind = ReplayingTransport if self.replays else RecordingTransport
        return kind(self._tape, base_url, **settings)


class _ReplayClock(SystemClock):
    """The time of a recording: waits take none of ours, and advance it."""

    def __init__(self, began: float) -> None:
        self._began = began
        self._passed = 0.0

    def time(self) -> float:
        """Seconds since the epoch."""
        return self._began + self._passed

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return self._passed

    async def sleep(self, seconds: float) -> None:
        """Return, so many seconds later."""
        until = self._passed + seconds
        await super().sleep(0)
        self._passed = max(self._passed, until)

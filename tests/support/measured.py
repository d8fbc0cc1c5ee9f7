"""What was measured in films, for sandboxes that get the same films again."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from hashlib import sha256
from pathlib import Path

import pytest

from twelvelabs_async.sandbox import jobs
from twelvelabs_async.sandbox.media.measure.film import Film

_MEASURED: dict[tuple[bytes, float], bytes] = {}


def measure_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the sandboxes of this process read each film once, whatever sandbox it is sent to.

    A sandbox keeps what it has read; each test has a new one, and a few films do for all.
    """
    monkeypatch.setattr(jobs, "_read", partial(_read, jobs._read))


def _read(
    measure: Callable[[Path, Path, float], Film], path: Path, kept: Path, longest: float
) -> Film:
    if kept.exists():
        return measure(path, kept, longest)
    film = sha256(path.read_bytes()).digest(), longest
    if film in _MEASURED:
        jobs._write(kept, _MEASURED[film])
    found = measure(path, kept, longest)
    _MEASURED[film] = kept.read_bytes()
    return found

"""Memory stays flat, whatever the file's size and the chunks'."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
MIB = 1 << 20
GIB = 1 << 30

pytestmark = [
    pytest.mark.skipif(
        not Path("/proc/self/clear_refs").exists(), reason="the peak is read from Linux's /proc"
    ),
    pytest.mark.skipif(not BENCHMARKS.is_dir(), reason="the benchmarks are not in this package"),
    pytest.mark.timeout(300),  # four gigabytes take four seconds, on a machine with nothing else
]


def cost(who: str, film: Path, size: int, chunk: int, workers: int) -> dict[str, float]:
    """What an upload over loopback costs the process that does nothing else, by the kernel."""
    with film.open("wb") as file:
        file.truncate(size)  # sparse: it takes no disk
    with subprocess.Popen(
        [sys.executable, str(BENCHMARKS / "upload_sink.py"), str(chunk), "0", "0"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as sink:
        assert sink.stdout is not None
        url = sink.stdout.readline().strip()
        client = [str(BENCHMARKS / "upload_client.py"), who, url, str(film)]
        measured = subprocess.run(
            [sys.executable, *client, str(chunk), str(workers)],
            env={**os.environ, "PYTHONPATH": str(BENCHMARKS.parent)},
            stdout=subprocess.PIPE,
            check=True,
            text=True,
        )
        sink.communicate()
    figures: dict[str, float] = json.loads(measured.stdout)
    assert figures["disk"] == 0
    return figures


def test_four_gigabytes_in_64_mebibyte_chunks_take_little_memory(tmp_path: Path) -> None:
    # More than 32 bits count; with less than half of the memory of a chunk.
    figures = cost("ours", tmp_path / "film", size=4 * GIB + 1, chunk=64 * MIB, workers=8)
    assert figures["memory"] < 30 * MIB


def test_what_is_read_once_takes_a_chunk_for_each_worker(tmp_path: Path) -> None:
    figures = cost("ours_once", tmp_path / "film", size=512 * MIB, chunk=32 * MIB, workers=4)
    assert figures["memory"] < (4 * 32 + 25) * MIB

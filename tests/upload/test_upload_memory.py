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


@pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="the peak is Linux's to tell"
)
@pytest.mark.skipif(not BENCHMARKS.is_dir(), reason="the benchmarks are not in this package")
def test_a_large_file_in_large_chunks_takes_little_memory(tmp_path: Path) -> None:
    film = tmp_path / "film"
    with film.open("wb") as file:
        file.truncate(1024 * MIB)  # sparse: it takes no disk
    chunk = 64 * MIB
    with subprocess.Popen(
        [sys.executable, str(BENCHMARKS / "upload_sink.py"), str(chunk), "0", "0"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as sink:
        assert sink.stdout is not None
        url = sink.stdout.readline().strip()
        measured = subprocess.run(
            [sys.executable, BENCHMARKS / "upload_client.py", "ours", url, film, str(chunk), "8"],
            env={**os.environ, "PYTHONPATH": str(BENCHMARKS.parent)},
            stdout=subprocess.PIPE,
            check=True,
            text=True,
        )
        sink.communicate()
    figures = json.loads(measured.stdout)
    assert figures["memory"] < 60 * MIB
    assert figures["disk"] == 0

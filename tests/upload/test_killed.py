"""kill -9 or Ctrl-C in the middle, and the same call again, which has only the checkpoint."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.support.clock import VirtualClock
from tests.support.upload_stub import KEY, Put, Stub
from tests.upload.program import run

HERE = Path(__file__).parent
WORKERS = 4
CHUNKS = 40


class RealTime(VirtualClock):
    __test__ = False

    def time(self) -> float:
        return time.time()


async def program(stub: Stub, kind: str, *arguments: str | Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        str(HERE / "program.py"),
        kind,
        KEY,
        stub.base_url,
        *map(str, arguments),
        env={**os.environ, "PYTHONPATH": str(HERE.parents[1])},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


@pytest.mark.parametrize("kind", ["async", "sync"])
async def test_an_interrupt_ends_the_program_and_says_how_to_resume(
    tmp_path: Path, kind: str
) -> None:
    film, checkpoint = tmp_path / "film", tmp_path / "checkpoint"
    content = os.urandom(CHUNKS * 1000)
    film.write_bytes(content)
    stub = Stub(RealTime())
    stub.put_fault = lambda put: "hold" if put.index > 9 else None

    def interrupt(put: Put) -> None:
        if len(stub.puts) == 9 + WORKERS:
            os.kill(running.pid, signal.SIGINT)

    async with stub.serve():
        stub.on_put = interrupt
        running = await program(stub, kind, film, checkpoint)
        output, said = await running.communicate()
        assert running.returncode not in (0, -signal.SIGKILL)
        assert not output
        assert b"KeyboardInterrupt" in said
        assert b"the same call resumes it from 9 of 40 chunks" in said
        assert len(json.loads(checkpoint.read_bytes())["etags"]) == 9
        stub.put_fault = lambda put: None
        stub.on_put = lambda put: None
        sent = len(stub.puts)
        stub.held.set()
        running = await program(stub, kind, film, checkpoint)
        output, _ = await running.communicate()
        assert stub.assets[output.decode()] == content
        assert {put.index for put in stub.puts[sent:]} == set(range(10, 41))
    assert not stub.violations


@pytest.mark.parametrize("at", [1, 7, 20, 39, 40])
async def test_what_the_service_has_is_not_sent_again(tmp_path: Path, at: int) -> None:
    film, checkpoint = tmp_path / "film", tmp_path / "checkpoint"
    content = os.urandom(CHUNKS * 1000 - 1)
    film.write_bytes(content)
    stub = Stub(RealTime())
    killed: list[int] = []

    def kill(put: Put) -> None:
        if len(stub.puts) == at and not killed:
            killed.append(at)
            os.kill(running.pid, signal.SIGKILL)

    async with stub.serve():
        stub.on_put = kill
        running = await program(stub, "async", film, checkpoint)
        output, _ = await running.communicate()
        assert running.returncode == -signal.SIGKILL
        assert not output
        sent = len(stub.puts)
        (upload,) = stub.uploads.values()
        held = set(upload.reported)
        if checkpoint.exists():
            held |= {int(index) for index in json.loads(checkpoint.read_bytes())["etags"]}

        assert stub.assets[await run(KEY, stub.base_url, str(film), str(checkpoint))] == content
    again = {put.index for put in stub.puts[sent:]}
    assert not again & held
    assert len(stub.uploads) == 1
    assert not checkpoint.exists()
    assert not stub.violations
    assert not [path for path in tmp_path.iterdir() if path.suffix == ".new"]


async def test_what_storage_has_taken_is_soon_in_the_checkpoint(tmp_path: Path) -> None:
    film, checkpoint = tmp_path / "film", tmp_path / "checkpoint"
    content = os.urandom(CHUNKS * 1000 - 1)
    film.write_bytes(content)
    stub = Stub(RealTime())
    taken = 20
    stub.put_fault = lambda put: "hold" if len(stub.puts) > taken else None

    def saved() -> int:
        return len(json.loads(checkpoint.read_bytes())["etags"]) if checkpoint.exists() else 0

    async with stub.serve():
        running = await program(stub, "async", film, checkpoint)
        while saved() < taken:
            assert running.returncode is None
            await asyncio.sleep(0)
        running.kill()
        await running.communicate()
        stub.held.set()
        stub.put_fault = lambda put: None
        assert stub.assets[await run(KEY, stub.base_url, str(film), str(checkpoint))] == content
    # Only what was under way can be sent twice.
    twice = [index for index, count in Counter(p.index for p in stub.puts).items() if count > 1]
    assert len(twice) <= WORKERS
    assert not stub.violations

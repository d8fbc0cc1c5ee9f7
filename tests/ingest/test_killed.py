"""Killed at any moment and run again: every film once, none lost. On one machine, and on many."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest

from tests.ingest.test_pipeline import agree, on_server, rows
from twelvelabs_async import AsyncTwelveLabs
from twelvelabs_async.sandbox import Sandbox
from twelvelabs_async.sandbox.films import Scene, make_film

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
Films = Callable[[int], Path]
KILLS = int(os.environ.get("TWELVELABS_KILLS", "5"))
# A worker is forked from a process that has imported what workers need, which is most of its start.
FORKS = {"DASK_DISTRIBUTED__WORKER__MULTIPROCESSING_METHOD": "forkserver"}

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is of POSIX"),
    pytest.mark.timeout(60 + 20 * KILLS),
]


async def run(
    program: str, *arguments: object, **environment: str
) -> subprocess.CompletedProcess[str]:
    def work() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(HERE / program), *map(str, arguments)],
            env={**os.environ, "PYTHONPATH": str(ROOT), **FORKS, **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    return await anyio.to_thread.run_sync(work)


async def all_is_well(client: AsyncTwelveLabs, index_id: str, journal: Path) -> None:
    assert {item.state for item in await rows(journal)} == {"ready"}
    await agree(client, index_id, journal)


async def test_killed_again_and_again(
    client: AsyncTwelveLabs, sandbox: Sandbox, index_id: str, films: Films, tmp_path: Path
) -> None:
    folder, journal = films(100), tmp_path / "journal.db"
    where = (sandbox.base_url, sandbox.api_key, index_id, folder, journal)
    chance = random.Random(20)
    for seed in range(KILLS):
        done = await run("killed.py", *where, chance.randrange(5, 300 // (KILLS + 1)), seed)
        assert done.returncode == -9, done.stderr
    last = await run("killed.py", *where, 0, 0)
    assert (last.returncode, last.stdout) == (0, "100 {'ready'}\n"), last.stderr
    await all_is_well(client, index_id, journal)


async def test_a_worker_of_a_cluster_is_killed(
    client: AsyncTwelveLabs, sandbox: Sandbox, index_id: str, films: Films, tmp_path: Path
) -> None:
    pytest.importorskip("distributed", reason="needs the dask extra")
    folder, journal = films(80), tmp_path / "journal.db"
    # So that the worker is killed while uploads of its are under way, done or not.
    sandbox.faults.add("POST", "/assets", times=None, delay=0.05, after=True)
    done = await run(
        "on_dask.py", "kill", sandbox.base_url, sandbox.api_key, index_id, folder, journal
    )
    assert done.returncode == 0, done.stderr
    outcome = json.loads(done.stdout.splitlines()[-1])
    assert outcome["killed"]
    assert outcome["states"] == ["ready"] * 80
    sandbox.faults.clear()
    await all_is_well(client, index_id, journal)


async def test_submitters_share_what_the_account_may_do_concurrently(
    client: AsyncTwelveLabs, sandbox: Sandbox, index_id: str, films: Films, tmp_path: Path
) -> None:
    pytest.importorskip("distributed", reason="needs the dask extra")
    folder, journal = films(16), tmp_path / "journal.db"
    for number, path in enumerate(sorted(folder.iterdir())):
        (folder / str(number % 2)).mkdir(exist_ok=True)
        path.rename(folder / str(number % 2) / path.name)
    sandbox.faults.add("POST", "/assets", times=None, delay=0.1, after=True)
    # Longer than a lease lasts that is not renewed: three turns of both submitters.
    sandbox.faults.add("POST", ".*/indexed-assets", times=6, delay=1.5, after=True)
    done = await run(
        "on_dask.py", "share", sandbox.base_url, sandbox.api_key, index_id, folder, journal,
        DASK_DISTRIBUTED__SCHEDULER__LOCKS__LEASE_TIMEOUT="1s",
        DASK_DISTRIBUTED__SCHEDULER__LOCKS__LEASE_VALIDATION_INTERVAL="100ms",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    outcome = json.loads(done.stdout.splitlines()[-1])
    assert (outcome["killed"], outcome["states"]) == (True, ["ready"] * 16)
    assert outcome["most"] == 2, "two submitters share two permits, and have not two each"
    assert "agree on Concurrency.indexing" in outcome["said"]
    sandbox.faults.clear()
    assets, indexed = await on_server(client, index_id)
    assert len(assets) == len(indexed) == 16


async def test_a_cluster_with_the_blocking_clients(
    client: AsyncTwelveLabs, sandbox: Sandbox, index_id: str, films: Films, tmp_path: Path
) -> None:
    pytest.importorskip("distributed", reason="needs the dask extra")
    folder, journal = films(6), tmp_path / "journal.db"
    make_film(folder / "small.mp4", [Scene(seconds=5)], size=(320, 240), fps=5)
    sandbox.faults.add("POST", "/assets", nth=2, after=True, status=500)
    sandbox.faults.add("POST", "/assets", nth=4, status=500)
    done = await run(
        "on_dask.py", "blocking", sandbox.base_url, sandbox.api_key, index_id, folder, journal
    )
    assert done.returncode == 0, done.stderr
    assert sandbox.api_key not in done.stderr
    states = json.loads(done.stdout.splitlines()[-1])["states"]
    assert sorted(states) == ["ready"] * 6 + ["refused"]
    await agree(client, index_id, journal)

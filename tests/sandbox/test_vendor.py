"""The vendor's own SDKs, unchanged, against the sandbox.

Each runs in its own interpreter, made by nox: TWELVELABS_VENDOR_110 and TWELVELABS_VENDOR_136 name
them. One that is missing is a failure: these are the only tests that our reading of the API is also
somebody else's.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from twelvelabs_async import TwelveLabs
from twelvelabs_async.cli.demo_films import bigbuckbunny
from twelvelabs_async.sandbox import Sandbox, Settings, Timings
from twelvelabs_async.sandbox.eras import ERAS
from twelvelabs_async.sandbox.media.measure.render import frame
from twelvelabs_async.sandbox.routes import AREAS

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def command(version: str, *arguments: str, script: str = "vendor_scenario") -> list[str]:
    """How to run a scenario."""
    name = f"TWELVELABS_VENDOR_{version.replace('.', '')}"
    default = ROOT / ".cache" / "vendor" / version / "bin" / "python"
    python = os.environ.get(name, str(default))
    assert Path(python).exists(), f"{name} names no interpreter; run the tests through nox"
    path = HERE / f"{script}_{version.replace('.', '')}.py"
    return [python, str(path), *arguments]


@pytest.mark.timeout(300)
def test_the_older_sdk_calls_every_method(tmp_path: Path) -> None:
    film, picture = bigbuckbunny(), tmp_path / "frame.jpg"
    picture.write_bytes(frame(film, 3.0))
    with Sandbox(timings=Timings.none()) as sandbox:
        store = sandbox.connect_store([film])
        scenario = command(
            "1.1.0", sandbox.base_url, sandbox.api_key, str(film), str(picture), store
        )
        done = subprocess.run(scenario, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-4000:]
        assert len(done.stdout.split()) == 60
        assert not [r for r in sandbox.requests if r.status is None or r.status >= 500]
        answered = {(r.method, r.path.split("/")[1]) for r in sandbox.requests}
        for area in AREAS.values():
            older = [route for route in area if not ERAS["2025-12"].lacks(route.path)]
            assert {(route.method, route.path.split("/")[1]) for route in older} <= answered


def states_seen(sandbox: Sandbox, scenario: Sequence[str]) -> list[str]:
    """The states that a scenario sees, when the clock moves by a second after each."""
    seen: list[str] = []
    with subprocess.Popen(
        scenario, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for state in process.stdout:
            seen.append(state.strip())
            sandbox.advance(1)
            process.stdin.write("\n")
            process.stdin.flush()
    assert process.returncode == 0
    return seen


@pytest.mark.timeout(300)
def test_the_newer_sdk_does_the_main_job() -> None:
    timings = Timings(asset=1, pending=1, queued=1, indexing=1)
    with Sandbox(speed=0, timings=timings) as sandbox:
        scenario = command("1.3.6", sandbox.base_url, sandbox.api_key, str(bigbuckbunny()))
        seen = states_seen(sandbox, scenario)
        assert seen == ["processing", "pending", "queued", "indexing", "ready"]
        assert not [r for r in sandbox.requests if r.status is None or r.status >= 400]
        assert not any(r.has_key for r in sandbox.requests if r.origin == "storage")


@pytest.mark.timeout(300)
def test_the_newer_sdk_runs_analyses_as_jobs(tmp_path: Path) -> None:
    film, picture = bigbuckbunny(), tmp_path / "frame.jpg"
    picture.write_bytes(frame(film, 3.0))
    timings = Timings(asset=0, queued=1, pending=1, analysis=1, batch=1, canceling=1)
    with Sandbox(speed=0, timings=timings, settings=Settings(era="2026-10")) as sandbox:
        with TwelveLabs(sandbox.api_key, base_url=sandbox.base_url) as client:
            asset = client.multipart_upload.upload_file(film)
            url = asset.asset_url
        given = (sandbox.base_url, sandbox.api_key, str(film), str(picture), url, asset.asset_id)
        seen = states_seen(sandbox, command("1.3.6", *map(str, given), script="vendor_analyses"))
        one = ["queued", "pending", "processing"]
        assert seen == [*one, *one, "pending", "processing", "canceling"]
        assert not [r for r in sandbox.requests if r.status is None or r.status >= 500]
        assert not [r for r in sandbox.requests if r.deprecated]
        answered = {
            (r.method, r.path.split("/")[2]) for r in sandbox.requests if r.path.count("/") > 1
        }
        for name in ("analyze_async.tasks", "analyze_async.batches"):
            assert {(each.method, each.path.split("/")[2]) for each in AREAS[name]} <= answered

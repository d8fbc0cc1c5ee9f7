"""The vendor's own SDKs, unchanged, against the sandbox.

Each runs in its own interpreter, made by nox: TWELVELABS_VENDOR_110 and TWELVELABS_VENDOR_136 name
them. One that is missing is a failure: these are the only tests that our reading of the API is also
somebody else's.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from twelvelabs_async.sandbox import Sandbox, Timings
from twelvelabs_async.sandbox.app import AREAS
from twelvelabs_async.sandbox.films import bigbuckbunny
from twelvelabs_async.sandbox.media.render import frame

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def run(version: str, *arguments: str) -> str:
    """What a scenario printed."""
    name = f"TWELVELABS_VENDOR_{version.replace('.', '')}"
    default = ROOT / ".cache" / "vendor" / version / "bin" / "python"
    python = os.environ.get(name, str(default))
    assert Path(python).exists(), f"{name} names no interpreter; run the tests through nox"
    script = HERE / f"vendor_scenario_{version.replace('.', '')}.py"
    done = subprocess.run([python, str(script), *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout


@pytest.mark.timeout(300)
def test_the_older_sdk_calls_every_method(tmp_path: Path) -> None:
    film, picture = bigbuckbunny(), tmp_path / "frame.jpg"
    picture.write_bytes(frame(film, 3.0))
    with Sandbox(timings=Timings.none()) as sandbox:
        store = sandbox.connect_store([film])
        called = run("1.1.0", sandbox.base_url, sandbox.api_key, str(film), str(picture), store)
        assert len(called.split()) == 60
        assert not [r for r in sandbox.requests if r.status is None or r.status >= 500]
        answered = {(r.method, r.path.split("/")[1]) for r in sandbox.requests}
        for area in AREAS:
            assert {(route.method, route.path.split("/")[1]) for route in area.routes} <= answered


@pytest.mark.timeout(300)
def test_the_newer_sdk_does_the_main_job() -> None:
    with Sandbox() as sandbox:
        run("1.3.6", sandbox.base_url, sandbox.api_key, str(bigbuckbunny()))
        assert not [r for r in sandbox.requests if r.status is None or r.status >= 400]
        assert not any(r.has_key for r in sandbox.requests if r.origin == "storage")

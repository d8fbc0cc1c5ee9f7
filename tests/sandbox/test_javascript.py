"""The vendor's JavaScript SDK does the main job here; curl steers the sandbox meanwhile."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.npm import installed
from twelvelabs_async.sandbox import Sandbox

SCENARIO = Path(__file__).with_name("vendor_scenario.cjs")
PACKAGE = "twelvelabs-js@1.3.4"


@pytest.mark.timeout(300)
@pytest.mark.skipif(
    shutil.which("npm") is None or shutil.which("curl") is None, reason="it needs npm and curl"
)
def test_the_javascript_sdk_indexes_searches_analyses_and_retries(film: Path) -> None:
    with Sandbox(speed=0) as sandbox:
        ran = subprocess.run(
            ["node", SCENARIO, sandbox.base_url.removesuffix("/v1.3"), sandbox.api_key, film],
            env={
                **os.environ,
                "NODE_PATH": str(installed("twelvelabs-js", PACKAGE) / "node_modules"),
                "TWELVELABS_BASE_URL": sandbox.base_url,
            },
            capture_output=True,
            text=True,
        )
        asked = [(request.method, request.path, request.status) for request in sandbox.requests]
    assert ran.returncode == 0, ran.stderr
    lines = [json.loads(line) for line in ran.stdout.splitlines() if line.startswith('{"step"')]
    steps: dict[str, Any] = {line.pop("step"): line for line in lines}
    assert steps["asset"]["status"] == "ready"
    assert steps["indexed"]["status"] == "ready"
    # The film is red for three seconds.
    best = steps["search"]["hits"][0]
    assert best == {"start": 0, "end": 3, "id": steps["indexed"]["id"]}
    assert "red" in steps["analysis"]["text"]
    assert steps["stream"]["text"] == steps["analysis"]["text"]
    assert steps["retried"]["names"] == ["films"]
    # It is sent again after the refusal; then the SDK asks for a page after the last.
    listed = [status for *way, status in asked if way == ["GET", "/indexes"]]
    assert listed == [503, 200, 200]
    assert steps["retried"]["faults"]["faults"][0]["hits"] == 1
    assert steps["refused"] == {"status": 429, "known": True}
    assert steps["again"]["id"] == steps["index"]["id"]

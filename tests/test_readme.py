"""The README's blocks run as they are printed, on the sandbox."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from twelvelabs_async import TwelveLabs
from twelvelabs_async.cli import demo_films
from twelvelabs_async.sandbox import Sandbox, Settings
from twelvelabs_async.sandbox.media.measure.render import frame

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
PROGRAMS = [text for language, text in BLOCKS if language == "python"]
SHELL = [line for language, text in BLOCKS if language == "sh" for line in text.splitlines()]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    shutil.copy(demo_films.bigbuckbunny(), tmp_path / "film.mp4")
    (tmp_path / "frame.jpg").write_bytes(frame(demo_films.bigbuckbunny(), 2.0))
    return tmp_path


@pytest.fixture
def env(sandbox: Sandbox) -> dict[str, str]:
    return os.environ | {
        "PYTHONPATH": str(ROOT),
        "TWELVE_LABS_API_KEY": sandbox.api_key,
        "TWELVELABS_BASE_URL": sandbox.base_url,
    }


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(settings=Settings(era="2026-10")) as running:
        yield running
        assert not [record for record in running.requests if record.deprecated]


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_of_the_readme_runs(program: str, place: Path, env: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=place,
        env=env,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_commands_of_the_readme_run(sandbox: Sandbox, place: Path, env: dict[str, str]) -> None:
    with TwelveLabs(sandbox.api_key, base_url=sandbox.base_url) as client:
        index = client.indexes.create(
            index_name="readme",
            models=[{"model_name": "marengo3.0", "model_options": ["visual", "audio"]}],
        )
        assert index.id is not None
        asset = client.assets.create(method="direct", file=demo_films.bigbuckbunny())
        assert asset.id is not None
        client.assets.wait_until_ready(asset.id)
        video = client.indexes.indexed_assets.create(index.id, asset_id=asset.id)
        client.indexes.indexed_assets.wait_until_ready(index.id, video.id)
    commands = [line for line in SHELL if line.startswith("twelvelabs-async ")]
    assert len(commands) == 6
    for line in commands:
        words = [{"INDEX": index.id, "ASSET": asset.id}.get(w, w) for w in shlex.split(line)[1:]]
        done = subprocess.run(
            [sys.executable, "-m", "twelvelabs_async", *words],
            cwd=place,
            env=env,
            capture_output=True,
            text=True,
            timeout=100,
        )
        assert done.returncode == 0, (line, done.stderr)


def test_the_two_commands_are_sessions_that_there_are() -> None:
    sessions = [line for line in SHELL if "nox" in line]
    assert len(sessions) == 2
    assert sessions[0].endswith("python3 -m nox -s demo")
    assert sessions[1].endswith("python3 -m nox")
    assert "def demo(session" in (ROOT / "noxfile.py").read_text()
    # CI runs both on a clean clone; here they would run each other.
    assert all(line.split("&& ")[1] in (ROOT / ".ci" / "run").read_text() for line in sessions)

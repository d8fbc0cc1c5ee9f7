"""The programs of the pages in docs run as they are printed, on the sandbox."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from twelvelabs_async.cli import demo_films
from twelvelabs_async.sandbox import Sandbox, Timings

ROOT = Path(__file__).parents[1]
PYTHON = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def programs(page: str) -> list[str]:
    return PYTHON.findall((ROOT / "docs" / page).read_text())


@pytest.fixture
def environment() -> Iterator[dict[str, str]]:
    with Sandbox(timings=Timings.none()) as sandbox:
        yield os.environ | {
            "PYTHONPATH": str(ROOT),
            "TWELVE_LABS_API_KEY": sandbox.api_key,
            "TWELVELABS_BASE_URL": sandbox.base_url,
        }


def run(folder: Path, environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("program", programs("typed_answers.md"))
def test_a_program_of_the_page_on_typed_answers_runs(
    program: str, tmp_path: Path, environment: dict[str, str]
) -> None:
    shutil.copy(demo_films.bigbuckbunny(), tmp_path / "film.mp4")
    assert run(tmp_path, environment, "-c", program)


def test_the_programs_of_the_page_on_testing_run(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    tests, recordings = programs("testing.md")
    (tmp_path / "test_page.py").write_text(tests)
    names = ("twelvelabs_async.sandbox.pytest_plugin", "twelvelabs_async.pytest_plugin")
    plugins = [word for name in names for word in ("-p", name)]
    alone = {**environment, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    assert "2 passed" in run(tmp_path, alone, "-m", "pytest", "-q", *plugins)
    assert "is not in the recording" in run(tmp_path, environment, "-c", recordings)

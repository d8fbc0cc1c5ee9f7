"""What is imported when: start-up is mostly other packages."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = ("aiohttp", "cattrs", "attrs", "orjson", "anyio", "asyncio", "numpy", "av")


@pytest.mark.parametrize(
    ("program", "imported"),
    [
        ("import twelvelabs_async", set()),
        ("from twelvelabs_async import AsyncTwelveLabs; AsyncTwelveLabs('k')", {"asyncio"}),
        ("from twelvelabs_async import TwelveLabs; TwelveLabs('k')", {"asyncio"}),
        (
            "from twelvelabs_async import AsyncTwelveLabs as T; c = T('k'); c.search, c.indexes",
            {"asyncio", "anyio", "attrs", "cattrs", "orjson"},
        ),
    ],
    ids=["package", "client", "blocking", "areas"],
)
def test_nothing_is_imported_before_it_is_used(program: str, imported: set[str]) -> None:
    report = f"import json, sys; print(json.dumps([m for m in {HEAVY} if m in sys.modules]))"
    answer = subprocess.run(
        [sys.executable, "-c", f"{program}\n{report}"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(ROOT)},
    )
    assert set(json.loads(answer.stdout)) <= imported

"""The dry run in docs/CONTRIBUTING.md names the files that the method really touches."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "CONTRIBUTING.md").read_text("utf-8")
DRY_RUN = PAGE[PAGE.index("### A dry run") : PAGE.index("## Style")]
BY_HAND = set(re.findall(r"^\| `([\w/]+\.py)` \|", DRY_RUN, re.MULTILINE))
OTHERS = set(re.findall(r"`((?:twelvelabs_async|tests)/[\w/]+\.pyi?)`", DRY_RUN)) - BY_HAND
ELSEWHERE = {
    "tests/sandbox/test_rules_of_today.py",
    "tests/sandbox/test_vendor_connectors.py",
    "tests/sandbox/vendor_connectors_136.py",
}
"""Where the vendor's own SDK is called, and where a rule is tested on many methods."""


def test_the_files_of_the_dry_run_are_there_and_at_most_seven_by_hand() -> None:
    assert 5 <= len(BY_HAND) <= 7
    assert not [name for name in BY_HAND | OTHERS if not (ROOT / name).is_file()]


def test_no_other_file_names_the_method_or_its_path() -> None:
    called = re.compile(r"retrieve_transcription|/\{[\w-]*\}/transcription\b")
    found = {
        path.relative_to(ROOT).as_posix()
        for folder in ("twelvelabs_async", "tests", "tools")
        for path in (ROOT / folder).rglob("*.py")
        if called.search(path.read_text("utf-8"))
    }
    assert found - {Path(__file__).relative_to(ROOT).as_posix()} <= BY_HAND | OTHERS | ELSEWHERE
    assert {"twelvelabs_async/assets/__init__.py", "tests/contract/operations.py"} <= found

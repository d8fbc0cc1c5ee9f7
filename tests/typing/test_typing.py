"""mypy and pyright see the types that the files beside say, and reject what is marked wrong."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
FILES = [HERE / "awaited.py", HERE / "blocking.py", HERE / "answers.py"]
SEED = REPOSITORY / "tests" / "contract" / "seed_calls.py"

Line = tuple[str, int]


def expected() -> tuple[dict[Line, str], set[Line]]:
    """The types and the errors that the files' comments say."""
    types: dict[Line, str] = {}
    errors: set[Line] = set()
    for path in FILES:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if found := re.search(r"# is (.*)$", line):
                types[path.name, number] = found[1]
            elif line.endswith("# wrong"):
                errors.add((path.name, number))
    return types, errors


def short(name: str) -> str:
    """A type's name without modules; of a TypedDict without its fields."""
    name = re.sub(r"^TypedDict\(([\w.]+), .*\)$", r"\1", name)
    return re.sub(r"\b(?:\w+\.)+(\w+)", r"\1", name)


def run(*command: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=REPOSITORY, capture_output=True, text=True
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.stdout


def check(types: Mapping[Line, str], errors: set[Line]) -> None:
    wanted_types, wanted_errors = expected()
    names = {path.name for path in (*FILES, SEED)}  # the package has its own check
    assert dict(types) == wanted_types
    assert sorted(place for place in errors if place[0] in names) == sorted(wanted_errors)


@pytest.mark.timeout(300)
def test_mypy() -> None:
    pytest.importorskip("mypy", reason="mypy is in the dependency group 'types'")
    output = run(
        "mypy",
        f"--config-file={HERE / 'mypy.ini'}",
        "--no-error-summary",
        "--output=json",
        *map(str, FILES),
        str(SEED),
    )
    types: dict[Line, str] = {}
    errors: set[Line] = set()
    for line in output.splitlines():
        finding = json.loads(line)
        place = (Path(finding["file"]).name, finding["line"])
        if found := re.match(r'Revealed type is "(.*)"', finding["message"]):
            types[place] = short(found[1])
        elif finding["severity"] == "error":
            errors.add(place)
    check(types, errors)


@pytest.mark.timeout(300)
def test_pyright() -> None:
    pytest.importorskip("pyright", reason="pyright is in the dependency group 'types'")
    output = run(
        "pyright", "--outputjson", "--pythonpath", sys.executable, *map(str, FILES), str(SEED)
    )
    types: dict[Line, str] = {}
    errors: set[Line] = set()
    retired: set[tuple[str, str]] = set()
    for finding in json.loads(output)["generalDiagnostics"]:
        place = (Path(finding["file"]).name, finding["range"]["start"]["line"] + 1)
        if found := re.match(r'Type of ".*" is "(.*)"$', finding["message"], re.DOTALL):
            types[place] = found[1]
        elif finding.get("rule") == "reportDeprecated":
            retired.add((place[0], finding["message"].split('"')[1]))
        elif finding["severity"] == "error":
            errors.add(place)
    check(types, errors)
    assert {("awaited.py", "summarize"), ("blocking.py", "summarize")} <= retired
    assert {name for file, name in retired if file == SEED.name} == {
        *("summarize", "gist", "generate", "list_all_entities", "create", "get_status", "get_logs")
    }

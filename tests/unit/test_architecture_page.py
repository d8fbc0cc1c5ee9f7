"""What docs/architecture.md says of files and of generated code is so."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from twelvelabs_async._runtime import convert

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "twelvelabs_async"
PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
CODE = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def section(title: str) -> str:
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def named_files() -> Iterator[str]:
    """The files of the two tables, as they are written: some without their folder."""
    for line in section("Which file does what").splitlines():
        if line.startswith("|"):
            yield from re.findall(r"`([\w/]+(?:\*?\.py|/))`", line)
    for line in section("Layers").splitlines():
        if line.startswith("| `_runtime/") or "; `_runtime/" in line:
            names = re.findall(r"`([\w/]+)`", line.split("|")[1])
            at = next(i for i, name in enumerate(names) if "/" in name)
            yield from (f"{name}.py" for name in names[:at])
            yield from (f"_runtime/{name.removeprefix('_runtime/')}.py" for name in names[at:])


def test_each_file_of_the_tables_is_there() -> None:
    names = list(named_files())
    assert len(names) > 80
    missing = [
        name
        for name in names
        if not (list(PACKAGE.rglob(name.strip("/"))) or (ROOT / name).exists())
    ]
    assert missing == []


def test_the_generated_function_is_the_one_of_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    model, function = (code for code in CODE if "Clip(Model)" in code or "def model" in code)
    written: list[str] = []

    def spy(source: str, scope: dict[str, object]) -> None:
        written.append(source)
        exec(source, scope)

    monkeypatch.setattr(convert, "exec", spy, raising=False)
    names: dict[str, object] = {}
    imports = "from attrs import define\nfrom twelvelabs_async._runtime.model import Model\n"
    exec(imports + model, names)
    made = convert.hook(names["Clip"])({"video_id": "v1"}, None)
    assert repr(made) == "Clip(video_id='v1')"
    (source,) = written
    assert ast.unparse(ast.parse(source)) == ast.unparse(ast.parse(function))

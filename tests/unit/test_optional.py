"""What a use says whose package is not installed."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest

from twelvelabs_async import ConfigurationError
from twelvelabs_async._runtime.optional import needed

ROOT = Path(__file__).parents[2]
EXTRAS: dict[str, list[str]] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))[
    "project"
]["optional-dependencies"]


def asked_for() -> set[tuple[str, str]]:
    """The module and the extra of each call of `needed` in the package."""
    found: set[tuple[str, str]] = set()
    for path in (ROOT / "twelvelabs_async").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Name("needed"),
                    args=[ast.Constant(str(module)), _, ast.Constant(str(extra))],
                ):
                    found.add((module, extra))
                case _:
                    pass
    return found


def test_a_module_that_is_there_is_returned() -> None:
    assert needed("os.path", "a test", "all") is sys.modules["os.path"]


def test_a_missing_package_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ConfigurationError) as raised:
        needed("pandas", "to_pandas()", "data")
    assert str(raised.value) == (
        "to_pandas() needs pandas: python -m pip install pandas, or 'twelvelabs-async[data]'"
    )


def test_what_a_package_lacks_itself_is_another_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "broken_package.py").write_text("import no_such_package", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="no_such_package"):
        needed("broken_package", "a test", "data")


def test_each_extra_has_the_package() -> None:
    found = asked_for()
    assert len(found) >= 6
    for module, extra in found:
        packages = {re.split(r"[\[>=;]", bound)[0] for bound in EXTRAS[extra]}
        assert module.partition(".")[0] in packages, (module, extra)

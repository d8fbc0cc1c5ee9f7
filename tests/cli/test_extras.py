"""What programs say where an extra of the package is not installed."""

from __future__ import annotations

import asyncio
import sys
from importlib import import_module

import pytest
from typer.testing import CliRunner

from twelvelabs_async import __main__, __version__, sandbox
from twelvelabs_async.cli import demo
from twelvelabs_async.cli.app import app

NEEDS = "the sandbox needs an extra: python -m pip install 'twelvelabs-async[sandbox]'"


@pytest.fixture
def without_typer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "twelvelabs_async.cli.app")
    monkeypatch.setitem(sys.modules, "typer", None)


@pytest.fixture
def without_av(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each import of a module of the sandbox fails as where PyAV is not installed."""

    def fail(name: str, package: str | None = None) -> object:
        raise ModuleNotFoundError("No module named 'av'", name="av")

    monkeypatch.setattr(sandbox, "import_module", fail)
    monkeypatch.delitem(sys.modules, "twelvelabs_async.sandbox.__main__", raising=False)


@pytest.mark.usefixtures("without_typer")
def test_the_program_says_its_version_without_its_extra(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["twelvelabs-async", "--version"])
    __main__.main()
    assert capsys.readouterr().out == f"twelvelabs-async {__version__}\n"


@pytest.mark.usefixtures("without_typer")
def test_the_program_says_which_extra_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["twelvelabs-async", "index", "list"])
    with pytest.raises(SystemExit, match=r"needs an extra: .*'twelvelabs-async\[all\]'"):
        __main__.main()


@pytest.mark.usefixtures("without_av")
def test_the_sandbox_says_which_extra_it_needs() -> None:
    for needing in (lambda: sandbox.Sandbox, lambda: import_module(f"{sandbox.__name__}.__main__")):
        with pytest.raises(ModuleNotFoundError) as raised:
            needing()
        assert (str(raised.value), raised.value.name) == (NEEDS, "av")


def test_another_module_that_is_missing_is_named_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str, package: str | None = None) -> object:
        raise ModuleNotFoundError("No module named 'other'", name="other")

    monkeypatch.setattr(sandbox, "import_module", fail)
    with pytest.raises(ModuleNotFoundError, match=r"^No module named 'other'$"):
        _ = sandbox.Settings


@pytest.mark.usefixtures("without_av")
@pytest.mark.parametrize("command", ["sandbox", "demo"])
def test_the_commands_say_which_extra_they_need(
    monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    async def demonstrate(films: object, **options: bool) -> None:
        await asyncio.sleep(0)
        _ = sandbox.Sandbox

    monkeypatch.setattr(demo, "demonstrate", demonstrate)
    done = CliRunner().invoke(app, [command])
    assert (done.exit_code, done.output) == (1, f"error: {NEEDS}\n")

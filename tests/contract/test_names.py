"""Every public name of the vendor's SDK is here; importing the package costs next to nothing."""

from __future__ import annotations

import importlib
import inspect
import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

import twelvelabs_async
from tests.contract.contract_paths import REPOSITORY
from tests.contract.wire_calls import bound
from tools import generate_raw, generate_types
from tools.outputs import write
from twelvelabs_async import AsyncTwelveLabs, TwelveLabs, types

VENDOR = json.loads(Path(__file__).with_name("vendor_names.json").read_text(encoding="utf-8"))

each_version = pytest.mark.parametrize("version", VENDOR)


def test_the_table_of_types_is_up_to_date() -> None:
    assert write(generate_types.outputs(), ["--check"]) == 0, "run python -m tools.generate_types"


def test_the_raw_methods_are_up_to_date() -> None:
    assert write(generate_raw.outputs(), ["--check"]) == 0, "run python -m tools.generate_raw"


def test_both_versions_are_compared_whole() -> None:
    sizes = {
        version: (
            len(its["modules"]),
            len({name for names in its["modules"].values() for name in names}),
            len(its["methods"]),
        )
        for version, its in VENDOR.items()
    }
    assert sizes == {"1.1.0": (267, 296, 66), "1.3.6": (581, 635, 107)}


@each_version
def test_the_vendors_names_are_where_they_were(version: str) -> None:
    missing = []
    for module, names in VENDOR[version]["modules"].items():
        try:
            ours = importlib.import_module(f"twelvelabs_async.{module}".rstrip("."))
        except ModuleNotFoundError:
            missing.append(module)
            continue
        for name in names:
            if not hasattr(ours, name):
                try:
                    importlib.import_module(f"{ours.__name__}.{name}")
                except ModuleNotFoundError:
                    missing.append(f"{module}.{name}")
    assert missing == []


@pytest.mark.parametrize("client", [AsyncTwelveLabs, TwelveLabs])
@each_version
def test_the_vendors_parameters_are_taken(version: str, client: type[Any]) -> None:
    made = client("key")
    for method, theirs in VENDOR[version]["methods"].items():
        parameters = list(inspect.signature(bound(made, method)).parameters.values())
        positional = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
        named = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY]
        assert positional == theirs["positional"], method
        assert set(theirs["named"]) <= set(named), method
        assert len(positional) + len(named) == len(parameters), method
        assert (parameters[-1].name, parameters[-1].default) == ("request_options", None), method
        way, _, name = method.rpartition(".")
        raw = bound(made, f"{way}.with_raw_response.{name}".lstrip("."))
        assert list(inspect.signature(raw).parameters.values()) == parameters, method


def test_programs_find_the_vendors_core() -> None:
    from twelvelabs_async.core import ApiError, RequestOptions
    from twelvelabs_async.core.api_error import ApiError as FromItsModule
    from twelvelabs_async.core.request_options import RequestOptions as OptionsFromIts

    assert ApiError is FromItsModule is twelvelabs_async.ApiError
    assert RequestOptions is OptionsFromIts is twelvelabs_async.RequestOptions


@pytest.mark.parametrize("module", [twelvelabs_async, types], ids=lambda module: module.__name__)
def test_every_name_in_all_resolves(module: object) -> None:
    names: list[str] = module.__all__  # type: ignore[attr-defined]  # made at run time
    assert len(set(names)) == len(names)
    for name in names:
        assert getattr(module, name) is getattr(twelvelabs_async, name)
    assert set(names) <= set(dir(module))
    with pytest.raises(AttributeError, match="no attribute 'NoSuchName'"):
        module.NoSuchName  # type: ignore[attr-defined]  # noqa: B018  # it must fail


def test_importing_brings_in_nothing_heavy() -> None:
    heavy = ("attrs", "attr", "cattrs", "aiohttp", "anyio", "asyncio", "orjson", "ssl", "av")
    program = f"import sys, twelvelabs_async; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_the_package_is_installed_with_its_own_version() -> None:
    assert version("twelvelabs-async") == twelvelabs_async.__version__

"""Public names of the last release work for one release more, and warn."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

import twelvelabs_async
from twelvelabs_async._runtime import hooks

types = import_module("twelvelabs_async.types")  # to a checker it has the public names alone


@pytest.mark.parametrize("module", [twelvelabs_async, types])
@pytest.mark.parametrize(("old", "new"), types.RENAMED.items())
def test_a_renamed_type_is_there_and_warns(module: object, old: str, new: str) -> None:
    with pytest.warns(DeprecationWarning, match=f"{old} is now {new}") as warned:
        found = getattr(module, old)
    assert found is getattr(module, new) is getattr(hooks, new)
    assert warned[0].filename == __file__


@pytest.mark.parametrize("module", [twelvelabs_async, types])
@pytest.mark.parametrize("old", types.RENAMED)
def test_a_renamed_type_is_no_public_name(module: Any, old: str) -> None:
    assert old not in module.__all__

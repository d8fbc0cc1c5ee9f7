"""Public names of the last release work for one release more, and warn."""

from __future__ import annotations

import pytest

import twelvelabs_async
from twelvelabs_async import types
from twelvelabs_async._runtime import hooks
from twelvelabs_async.types import RENAMED


@pytest.mark.parametrize("module", [twelvelabs_async, types])
@pytest.mark.parametrize(("old", "new"), RENAMED.items())
def test_a_renamed_type_is_there_and_warns(module: object, old: str, new: str) -> None:
    with pytest.warns(DeprecationWarning, match=f"{old} is now {new}") as warned:
        found = getattr(module, old)
    assert found is getattr(module, new) is getattr(hooks, new)
    assert warned[0].filename == __file__


@pytest.mark.parametrize("old", RENAMED)
def test_a_renamed_type_is_no_public_name(old: str) -> None:
    assert old not in twelvelabs_async.__all__
    assert old not in types.__all__

"""The annotations of public methods, as frameworks that make tools or routes of them read them."""

from __future__ import annotations

import inspect
import typing

import pytest

from tests.support.methods import METHODS
from twelvelabs_async import AsyncTwelveLabs, TwelveLabs


@pytest.mark.parametrize(
    ("kind", "path"), [(kind, path) for kind, found in METHODS.items() for path in found]
)
def test_the_annotations_of_a_method_resolve(kind: type, path: str) -> None:
    method = METHODS[kind][path]
    hints = typing.get_type_hints(method)
    annotated = inspect.signature(method).parameters.keys() - {"self"}
    assert hints.keys() == {*annotated, "return"}


def test_both_clients_have_the_same_methods() -> None:
    assert METHODS[AsyncTwelveLabs].keys() == METHODS[TwelveLabs].keys()
    assert len(METHODS[TwelveLabs]) > 100

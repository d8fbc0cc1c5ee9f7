"""Structuring: what the fast paths must not give up."""

from __future__ import annotations

from typing import Literal

import pytest
from attrs import define

from twelvelabs_async import DecodeError
from twelvelabs_async._runtime.convert import structure
from twelvelabs_async._runtime.model import Model


@pytest.mark.parametrize(
    ("form", "good", "bad"),
    [
        (list[str], ["a"], ["a", None]),
        (list[int], [1], [1, 3.7]),
        (list[bool], [True], [True, 1]),
        (dict[str, str], {"a": "b"}, {"a": 1}),
    ],
)
def test_scalars_inside_containers_are_strict(
    form: type[object], good: object, bad: object
) -> None:
    assert structure(form, good) == good
    with pytest.raises(DecodeError, match=r"expected .* at \$[.\[][1a]\]?"):
        structure(form, bad)


@define(kw_only=True)
class Leaf(Model):
    kind: Literal["a"] | str | None = None
    tags: list[str] | None = None


@define(kw_only=True)
class Tree(Model):
    leaves: list[Leaf]
    below: list[Tree] | None = None
    vector: list[float] | None = None


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({"leaves": {}}, "$.leaves"),
        ({"leaves": [{}, 5]}, "$.leaves[1]"),
        ({"leaves": [{"tags": "abc"}]}, "$.leaves[0].tags"),
        ({"leaves": [{}, {"tags": ["x", "y", None]}]}, "$.leaves[1].tags[2]"),
        ({"leaves": [{"kind": 3}]}, "$.leaves[0].kind"),
        ({"leaves": [], "below": [{"leaves": [], "below": [{}]}]}, "$.below[0].below[0].leaves"),
        ({"leaves": [], "vector": {"0": 1.0}}, "$.vector"),
    ],
)
def test_what_is_wrong_is_named_by_its_path(value: object, path: str) -> None:
    with pytest.raises(DecodeError) as caught:
        structure(Tree, value)
    assert caught.value.path == path


def test_models_may_hold_each_other() -> None:
    made = structure(Tree, {"leaves": [{"tags": ["x"]}], "below": [{"leaves": []}]})
    again = structure(Tree, {"leaves": [{"tags": ["x"]}], "below": [{"leaves": []}]})
    assert made == again == Tree(leaves=[Leaf(tags=["x"])], below=[Tree(leaves=[])])


def test_vectors_are_handed_through() -> None:
    vector = [0.25] * 512
    assert structure(Tree, {"leaves": [], "vector": vector}).vector is vector

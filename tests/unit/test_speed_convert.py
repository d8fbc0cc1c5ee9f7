"""Structuring: what the fast paths must not give up."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import pytest
from attrs import define, field

from twelvelabs_async import DecodeError
from twelvelabs_async._runtime.convert import Mismatch, field_by_field, structure
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


@define(kw_only=True)
class Root(Model):
    """A field of each kind that the generated functions have words for."""

    name: str
    at: datetime | None = None
    size: float | None = None
    count: int
    leaf: Leaf | None = None
    trees: list[Tree] = field(factory=list[Tree])
    numbers: list[int] | None = None
    kind: Literal["a", "b"] | str = "a"
    rest: dict[str, Any] | None = None
    tree: Tree | None = None


FULL: dict[str, Any] = {
    "name": "n",
    "at": "2026-03-01T12:00:00Z",
    "size": 5,
    "count": 3,
    "leaf": {"kind": "a", "tags": ["x"]},
    "trees": [{"leaves": [{}, {"tags": []}], "vector": [0.5]}],
    "numbers": [1, 2],
    "kind": "new",
    "rest": {"x": None},
    "tree": {"leaves": [{"kind": "b"}], "below": [{"leaves": []}]},
}
ODD: tuple[Any, ...] = (
    None,
    True,
    0,
    1.5,
    "a",
    "2026-03-01t12:00:00z",
    [],
    [None],
    ["a"],
    [0],
    [{}],
    {},
)


@pytest.mark.parametrize("name", FULL)
def test_the_quick_way_gives_what_the_plain_one_does(name: str) -> None:
    absent = {key: value for key, value in FULL.items() if key != name}
    for value in (FULL, absent, *({**FULL, name: odd} for odd in ODD)):
        path = None
        try:
            expected = field_by_field(Root)(value, None)
        except Mismatch as error:
            path = error.path
        if path is None:
            made = structure(Root, value)
            assert made == expected
            assert type(made.size) is type(expected.size)
        else:
            with pytest.raises(DecodeError) as caught:
                structure(Root, value)
            assert caught.value.path == path

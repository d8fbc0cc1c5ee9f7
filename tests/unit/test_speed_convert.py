"""Structuring: what the fast paths must not give up."""

from __future__ import annotations

import pytest

from twelvelabs_async import DecodeError
from twelvelabs_async._core.convert import structure


@pytest.mark.parametrize(
    ("form", "good", "bad"),
    [
        (list[str], ["a"], ["a", None]),
        (list[int], [1], [1, 3.7]),
        (list[bool], [True], [True, 1]),
        (dict[str, str], {"a": "b"}, {"a": 1}),
    ],
)
def test_scalars_inside_containers_are_strict(form: type[object], good: object, bad: object) -> None:
    assert structure(form, good) == good
    with pytest.raises(DecodeError, match=r"expected .* at \$[.\[][1a]\]?"):
        structure(form, bad)

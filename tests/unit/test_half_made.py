"""Objects whose construction failed, or has just begun: debuggers and crash reports show them."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import traceback
from pathlib import Path
from typing import Any

import pytest

import twelvelabs_async
from twelvelabs_async import AsyncTwelveLabs, TwelveLabs
from twelvelabs_async.errors import ConfigurationError, TransportError

ROOT = Path(twelvelabs_async.__file__).parent
SHOWN = ("__repr__", "__str__", "__del__")


def is_written_by_hand(kind: type, name: str) -> bool:
    """Whether a method of a class is in a file of the package, and not made by attrs."""
    code = getattr(getattr(kind, name, None), "__code__", None)
    return code is not None and Path(code.co_filename).is_relative_to(ROOT)


def shown() -> dict[str, tuple[type, str]]:
    """The classes of the package that show themselves by a method of their own, and that one."""
    found: dict[str, tuple[type, str]] = {}
    for info in pkgutil.walk_packages([str(ROOT)], f"{ROOT.name}."):
        if info.name.endswith(("__main__", "pytest_plugin")):
            continue
        for value in list(vars(importlib.import_module(info.name)).values()):
            kind: Any = value
            if not inspect.isclass(kind) or inspect.isabstract(kind):
                continue
            if kind.__module__.startswith(ROOT.name):
                for name in SHOWN:
                    shows = name != "__str__" or issubclass(kind, BaseException)
                    if shows and is_written_by_hand(kind, name):
                        found[f"{kind.__module__}.{kind.__qualname__}.{name}"] = kind, name
    return found


METHODS = shown()


class Late(AsyncTwelveLabs):
    def __init__(self) -> None:
        self.shown: str = repr(self)
        super().__init__("k")


class LateToo(TwelveLabs):
    def __init__(self) -> None:
        self.shown: str = repr(self)
        super().__init__("k")


class BrokenWireError(TransportError):
    def __init__(self, why: str) -> None:
        self.why = why


def test_the_clients_are_among_these() -> None:
    kinds = {kind for kind, _ in METHODS.values()}
    assert {AsyncTwelveLabs, TwelveLabs, TransportError} <= kinds


@pytest.mark.parametrize("name", METHODS)
def test_what_is_half_made_can_be_shown(name: str) -> None:
    kind: Any
    kind, method = METHODS[name]
    text = getattr(kind.__new__(kind), method)()
    assert text is None or isinstance(text, str)


@pytest.mark.parametrize("kind", [Late, LateToo])
def test_a_class_of_a_user_may_show_itself_before_it_is_made(kind: Any) -> None:
    assert kind().shown == f"<{kind.__name__} not made>"


@pytest.mark.parametrize("kind", [AsyncTwelveLabs, TwelveLabs])
def test_a_client_that_could_not_be_made_can_be_shown(kind: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        kind("k", base_url="nowhere")
    shown = [
        repr(frame.f_locals["self"])
        for frame, _ in traceback.walk_tb(caught.value.__traceback__)
        if isinstance(frame.f_locals.get("self"), kind)
    ]
    assert shown == [f"<{kind.__name__} not made>"] * len(shown)
    assert shown


def test_an_error_of_a_user_need_not_call_ours() -> None:
    error = BrokenWireError("the wire is cut")
    assert (str(error), error.maybe_done) == ("the wire is cut", False)

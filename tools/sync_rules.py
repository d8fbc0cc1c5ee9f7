"""The rules of the generator: kinds of results, what is done by name, what is refused."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from .sync_source import Module

__all__ = [
    "ASYNCHRONOUS",
    "KINDS",
    "OF_THE_PAGER",
    "GeneratorError",
    "Kind",
    "Node",
    "Rules",
    "WrappedClass",
]

Node = ast.FunctionDef | ast.AsyncFunctionDef
Kind = Literal["value", "call", "pager", "stream", "items", "wrapper", "self"]
KINDS: Mapping[str, Kind] = {
    "Awaitable": "call",
    "Coroutine": "call",
    "Pager": "pager",
    "Stream": "stream",
    "TextStream": "stream",
    "AsyncGenerator": "items",
    "AsyncIterable": "items",
    "AsyncIterator": "items",
    "Self": "self",
}
ASYNCHRONOUS = frozenset(KINDS) - {"Self"} | {
    "AbstractAsyncContextManager",
    "AsyncContextManager",
    "AsyncExitStack",
    "Future",
    "Task",
}
"""Names that no blocking signature may have."""

OF_THE_PAGER = frozenset({"items", "page_info", "has_next", "next_page", "iter_pages"})
"""What `SyncPager` does itself, for every kind of pager."""


@dataclass(frozen=True)
class Rules:
    """What is done by name; each must come to use."""

    client: str = "AsyncTwelveLabs"
    docs: Sequence[tuple[str, str]] = (
        ("await ", ""),
        ("async for", "for"),
        ("async with", "with"),
        ("AsyncTwelveLabs", "TwelveLabs"),
        ("for asyncio", "for blocking programs"),
        ("one event loop and any number of tasks", "any number of threads"),
        (
            "after each attempt; `hooks`",
            "after each attempt, in the thread that waits, as every callback is; `hooks`",
        ),
        (", plain or async,", ""),
        ("; once awaited, ", ", and "),
        ("; awaited, the first page", "; the first page is fetched"),
        (" (close it, or let ``contextlib.aclosing`` do it)", ""),
        ("; RuntimeError before the pager was awaited", ""),
        (" Each property raises RuntimeError before the pager was awaited.", ""),
    )
    """Text of docstrings and what it becomes; a line's end counts as a space."""

    skipped: frozenset[str] = frozenset({"__reduce__", "__reopen__", "__repr__"})
    """Special methods that the blocking objects inherit from `SyncWrapper`, or do not need."""

    passed: frozenset[str] = frozenset({"Uploadable"})
    """Aliases of what parameters take that go through though something in them is asynchronous."""


class GeneratorError(Exception):
    """A source that there is no rule for, or a rule that there is no source for."""


@dataclass(frozen=True)
class WrappedClass:
    """A class that gets a wrapper: `alias` is what the wrapper's module calls the original."""

    module: Module
    node: ast.ClassDef
    sort: Literal["resource", "pager", "client"]
    base: ast.expr | None
    is_base: bool

    @property
    def name(self) -> str:
        """The wrapper's name."""
        if self.sort == "pager":
            return f"Sync{self.node.name}"
        return self.node.name.removeprefix("Async")

    @property
    def alias(self) -> str:
        """What the wrapper's module calls the original."""
        return f"Async{self.name}" if self.name == self.node.name else self.node.name

    @property
    def where(self) -> str:
        """The module of the wrapper."""
        return f".sync.{self.module.name}"

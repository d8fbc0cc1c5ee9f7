"""What leads from a page to the next one; it needs none of the models."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["PageLink"]


class PageLink:
    """What leads from a page to the next one. A copy of a page has none: it is data only."""

    __slots__ = ("has_next", "next_page")

    def __init__(self, next_page: Callable[[], Any], *, has_next: bool) -> None:
        self.next_page = next_page
        self.has_next = has_next

    def __reduce__(self) -> tuple[Callable[[], None], tuple[()]]:
        return _no_link, ()


def _no_link() -> None:
    return None

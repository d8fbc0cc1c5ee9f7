"""Lists: the parameters that page, sort and filter them, and what these do."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, Protocol, TypeVar

from aiohttp import web

from .checks import Check, Fields, integer, moment, one_of, optional
from .records import Item
from .request import RequestContext

__all__ = [
    "PAGES",
    "dated",
    "filters",
    "ordered",
    "page",
    "ranged",
    "since",
    "sorting",
    "within",
]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

PAGES: Fields = {"page": optional(integer(1), 1), "page_limit": optional(integer(1, 50), 10)}


def sorting(*names: str) -> Fields:
    """The parameters that sort a list: by these fields, newest first by default."""
    return {
        "sort_by": optional(one_of("created_at", "updated_at", *names), "created_at"),
        "sort_option": optional(one_of("asc", "desc"), "desc"),
    }


def dated() -> Fields:
    """The parameters that filter a list by when its items were made or changed."""
    return {"created_at": optional(moment), "updated_at": optional(moment)}


def ranged(name: str, check: Check) -> Fields:
    """A figure to filter by: equal to, at least, at most."""
    return {key: optional(check) for key in (name, f"{name}[gte]", f"{name}[lte]")}


class Ordered(Protocol[T_co]):
    """Items in an order: a list, or the values of a dictionary."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[T_co]: ...
    def __reversed__(self) -> Iterator[T_co]: ...


async def page(
    ctx: RequestContext,
    items: Ordered[T],
    show: Callable[[T], dict[str, Any]],
    *,
    keep: Callable[[T], bool] | None = None,
    sort: Callable[[T], Any] | None = None,
) -> web.Response:
    """A page of a list; ``items`` are in the order of their making.

    Without a filter or another order, only the page itself is looked at.
    """
    number, limit = ctx.query["page"], ctx.query["page_limit"]
    newest_first = ctx.query.get("sort_option", "desc") == "desc"
    if keep is not None or sort is not None:
        await ctx.sandbox.lifecycle.settle(*(item for item in items if isinstance(item, Item)))
    kept: Ordered[T] = items if keep is None else [item for item in items if keep(item)]
    if sort is not None:
        arranged: Iterable[T] = sorted(kept, key=sort, reverse=newest_first)
    else:
        arranged = reversed(kept) if newest_first else kept
    start = min((number - 1) * limit, len(kept))
    chosen = list(islice(arranged, start, start + limit))
    await ctx.sandbox.lifecycle.settle(*(item for item in chosen if isinstance(item, Item)))
    info = {
        "page": number,
        "limit_per_page": limit,
        "total_page": math.ceil(len(kept) / limit),
        "total_results": len(kept),
    }
    return ctx.reply({"data": [show(item) for item in chosen], "page_info": info})


def ordered(ctx: RequestContext) -> Callable[[Any], Any] | None:
    """How the query wants a list sorted; None for the order of making."""
    if ctx.query.get("sort_by", "created_at") == "created_at":
        return None
    if ctx.query["sort_by"] == "name":
        return lambda item: item.name
    lifecycle = ctx.sandbox.lifecycle
    return lambda item: lifecycle.status(item)[1] if isinstance(item, Item) else item.updated_at


def within(ctx: RequestContext, name: str, value: float | None) -> bool:
    """Whether a figure passes the query's filters by it."""
    exact, low, high = (ctx.query.get(f"{name}{op}") for op in ("", "[gte]", "[lte]"))
    if exact is None and low is None and high is None:
        return True
    if value is None:
        return False
    return (
        (exact is None or math.isclose(value, exact, rel_tol=1e-9, abs_tol=1e-6))
        and (low is None or value >= low)
        and (high is None or value <= high)
    )


def since(ctx: RequestContext, created: float, updated: float) -> bool:
    """Whether an item passes the query's filters by time."""
    made, changed = ctx.query.get("created_at"), ctx.query.get("updated_at")
    return (made is None or created >= made) and (changed is None or updated >= changed)


def filters(ctx: RequestContext, *names: str) -> bool:
    """Whether the query filters by any of these, in any form."""
    return any(
        value is not None for name, value in ctx.query.items() if name.split("[")[0] in names
    )

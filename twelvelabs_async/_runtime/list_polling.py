"""Waiting: reasons of failures, resources not known yet, and many states by list pages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar, cast

from ..errors import ApiError, FailedError, TwelveLabsError
from .clock import Clock
from .model import Model
from .pager import Pager
from .polling import ROW_LIMIT, Progress, State, WaitContext, verdict, wait_until_all

__all__ = ["GRACE", "is_missing", "judge", "judge_end", "just_made", "reason_of", "wait_by_lists"]

T = TypeVar("T")
Row = TypeVar("Row", bound=Model)

GRACE = 10.0
"""Seconds in which the service may not know a new resource yet."""


def is_missing(error: ApiError) -> bool:
    """Whether the service says that the resource does not exist: by 404, or by 400 and a code."""
    return error.status_code == 404 or error.code in ("resource_not_exist", "resource_not_exists")


def just_made(
    fetch: Callable[[], Awaitable[T]], unknown: Callable[[], T], clock: Clock
) -> Callable[[], Awaitable[T]]:
    """`fetch` for a new resource: `unknown` while the service may not know it."""
    began = clock.monotonic()

    async def known() -> T:
        try:
            return await fetch()
        except ApiError as error:
            if not is_missing(error) or clock.monotonic() - began > GRACE:
                raise
            return unknown()

    return known


def judge(resource: Any) -> State:
    """What the state of a resource, or an error instead of it, means for a wait."""
    if isinstance(resource, ApiError):
        return State("failed", str(resource))
    reason = reason_of(resource)
    if resource.status == "canceled":
        return State("failed", f"it was canceled{f': {reason}' if reason else ''}")
    return verdict(resource.status, reason)


def judge_end(resource: Any) -> State:
    """The same for a wait that ends either way: a failure is not an error there."""
    return verdict(resource.status, done=("ready", "failed"), failed=())


def reason_of(resource: object) -> str | None:
    """The service's message in a resource that has failed, where there is one."""
    # The documents name a field for assets only; the service may send one anyway.
    for name in ("error", "error_message", "message"):
        found = getattr(resource, name, None)
        if isinstance(found, Model):
            found = getattr(found, "message", None)
        elif isinstance(found, Mapping):
            found = cast("Mapping[str, object]", found).get("message")
        if isinstance(found, str) and found:
            return found
    return None


def _id(row: Any) -> str:
    id_: str = row.id
    return id_


async def wait_by_lists(
    ids: Sequence[str],
    open_list: Callable[[Sequence[str]], Pager[Row]],
    lookup: Callable[[str], Awaitable[Row]],
    *,
    core: WaitContext,
    what: str,
    timeout: float | None,
    interval: float | None,
    on_update: Callable[[Progress], object] | None,
    progress: bool | None,
    by_id: bool = False,
    id_of: Callable[[Row], str] = _id,
) -> dict[str, Row | TwelveLabsError]:
    """Each id with its resource once ready, or with the error that it ended in.

    `open_list` gives a list, newest first, of what is looked for among others: it is read until all
    have been seen; with `by_id` it is requested for 50 ids at a time. A resource that a whole list
    did not show is looked up by itself from then on.
    """
    clock = core.clock
    began = clock.monotonic()
    unlisted: set[str] = set()

    async def rows(waiting: set[str]) -> dict[str, Row | ApiError]:
        found: dict[str, Row | ApiError] = {}
        listed = sorted(waiting - unlisted)
        batch = ROW_LIMIT if by_id else max(1, len(listed))
        for start in range(0, len(listed), batch):
            wanted = listed[start : start + batch]
            # Page by page, not by iteration: that would request one unused page.
            page: Pager[Row] | None = await open_list(wanted)
            while page is not None:
                found.update((id_of(row), row) for row in page.items if id_of(row) in waiting)
                done = all(id_ in found for id_ in wanted)
                page = None if done else await page.next_page()
        unlisted.update(waiting - found.keys())
        for id_ in sorted(waiting & unlisted):
            try:
                found[id_] = await lookup(id_)
            except ApiError as error:
                if not is_missing(error):
                    raise
                if clock.monotonic() - began > GRACE:
                    found[id_] = error
        return found

    ends = await wait_until_all(
        ids,
        rows,
        core=core,
        judge=judge,
        what=what,
        timeout=timeout,
        interval=interval,
        on_update=on_update,
        progress=progress,
    )
    # A 404 is raised as it is: nothing has failed, the resource does not exist.
    return {
        id_: end.resource
        if isinstance(end, FailedError) and isinstance(end.resource, ApiError)
        else end
        for id_, end in ends.items()
    }

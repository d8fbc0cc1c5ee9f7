"""Waits for many resources: one task polls, by list pages, for all that are waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from math import inf
from typing import Any, Generic, TypeVar

from attrs import define

from .._runtime.clock import Clock
from .._runtime.list_polling import GRACE, is_missing, judge
from .._runtime.model import Model
from .._runtime.polling import ROW_LIMIT, State
from ..assets import Asset, Assets
from ..errors import ApiError, DecodeError, TwelveLabsError, WaitTimeoutError
from ..indexes.indexed_assets import IndexedAsset, IndexedAssets
from .error_policy import is_fatal, is_passing, wait_asked

__all__ = ["BatchPoller", "list_assets", "list_indexed_assets"]

Row = TypeVar("Row", bound=Model)
Look = Callable[[Sequence[str]], Awaitable[dict[str, Row]]]

SHORTEST, LONGEST = 0.1, 10.0
"""Seconds between two rounds. A round costs a request for each 50 that are waited for."""
_EARLY = 0.9  # of the usual time: before that, nothing is expected to have ended


@define
class _Waiting(Generic[Row]):
    since: float
    end: asyncio.Future[tuple[Row | None, State]]


class BatchPoller(Generic[Row]):
    """All waits for resources of one kind; `run` is the task that polls."""

    def __init__(
        self,
        look: Look[Row],
        retrieve: Callable[[str], Awaitable[Row]],
        clock: Clock,
        *,
        what: str,
        share: float,
        timeout: float | None,
        on_round: Callable[[], Awaitable[None]],
    ) -> None:
        self._look = look
        self._retrieve = retrieve
        self._clock = clock
        self._what = what
        self._share = share
        self._timeout = timeout
        self._on_round = on_round
        self._waiting: dict[str, _Waiting[Row]] = {}
        self._usual = 0.0  # seconds, of late, from the wait's beginning to its end
        self._news = asyncio.Event()

    async def wait_for(self, id_: str) -> tuple[Row | None, State]:
        """The resource once it is ready or failed, and which; None when it does not exist.

        WaitTimeoutError when it is neither for too long.
        """
        end: asyncio.Future[tuple[Row | None, State]] = asyncio.get_running_loop().create_future()
        self._waiting[id_] = _Waiting(self._clock.monotonic(), end)
        self._news.set()
        try:
            return await end
        finally:
            del self._waiting[id_]

    async def run(self) -> None:
        """Poll, until cancelled."""
        while True:
            if not self._waiting:
                self._news.clear()
                await self._news.wait()
            await self._clock.sleep(self._delay() * (0.9 + 0.2 * self._clock.random()))
            await self._round()
            await self._on_round()

    def _delay(self) -> float:
        """Seconds until the next poll.

        The first poll of a resource is when such resources usually end. After that, the interval is
        a share of how long it has taken, so no end is seen later than by that share. Resources that
        began together also end together: intervals that grew while nothing ended would miss that.
        """
        now = self._clock.monotonic()
        usual, most = _EARLY * self._usual, self._timeout or inf
        ages = (now - waiting.since for waiting in self._waiting.values())
        soonest = min(
            (min(most - age, max(self._share * age, usual - age)) for age in ages), default=0.0
        )
        return min(LONGEST, max(SHORTEST, soonest))

    async def _round(self) -> None:
        asked = [id_ for id_, waiting in self._waiting.items() if not waiting.end.done()]
        rows: dict[str, Row] = {}
        heard = True
        try:
            rows = await self._listed(asked) if asked else {}
            for id_ in asked:
                if id_ not in rows:
                    rows |= await self._alone(id_)
        except TwelveLabsError as error:
            if not is_passing(error):
                raise
            heard = False
            await self._clock.sleep(wait_asked(error))
        now = self._clock.monotonic()
        for id_ in asked:
            self._settle(id_, rows.get(id_), now, heard)

    async def _listed(self, ids: Sequence[str]) -> dict[str, Row]:
        try:
            return await self._look(ids)
        except TwelveLabsError as error:
            if not _concerns_rows(error):
                raise
            return {}  # one odd row must not delay the others: each is requested by itself

    def _settle(self, id_: str, row: Row | None, now: float, heard: bool) -> None:
        """End the wait for one resource if it has ended, is unknown or took too long."""
        waiting = self._waiting.get(id_)
        if waiting is None or waiting.end.done():
            return
        state = State("going") if row is None else judge(row)
        age = now - waiting.since
        if state.kind != "going":
            waiting.end.set_result((row, state))
        elif heard and row is None and age > GRACE:
            waiting.end.set_result((None, State("failed", "the service does not know it")))
        elif self._timeout is not None and age > self._timeout:
            text = f"{self._what} {id_} is not done after {self._timeout:g} s"
            waiting.end.set_exception(WaitTimeoutError(text, last=row))
        else:
            return
        self._usual = 0.8 * self._usual + 0.2 * age if self._usual else age

    async def _alone(self, id_: str) -> dict[str, Row]:
        try:
            return {id_: await self._retrieve(id_)}
        except TwelveLabsError as error:
            if not _concerns_rows(error):
                raise
            waiting = self._waiting.get(id_)
            missing = isinstance(error, ApiError) and is_missing(error)
            if waiting is not None and not waiting.end.done() and not missing:
                waiting.end.set_exception(error)
            return {}


def _concerns_rows(error: TwelveLabsError) -> bool:
    """Whether the reply is about what was asked for, and not about the connection or the key."""
    if isinstance(error, DecodeError):
        return True
    return isinstance(error, ApiError) and not is_passing(error) and not is_fatal(error)


def list_assets(assets: Assets) -> Look[Asset]:
    """Assets by their ids, 50 a request."""

    async def look(ids: Sequence[str]) -> dict[str, Asset]:
        rows: dict[str, Asset] = {}
        for start in range(0, len(ids), ROW_LIMIT):
            some = ids[start : start + ROW_LIMIT]
            page = await assets.list(asset_ids=some, page_limit=ROW_LIMIT)
            rows |= {row.id: row for row in page.items}
        return rows

    return look


def list_indexed_assets(indexed: IndexedAssets, index_id: str) -> Look[IndexedAsset]:
    """Indexed assets, which no list gives by id, from the newest pages of the index.

    It reads as many pages as they may fill, and as many again, since other programs add to the
    index too. What older pages have is requested by itself.
    """

    async def look(ids: Sequence[str]) -> dict[str, IndexedAsset]:
        wanted = set(ids)
        rows: dict[str, IndexedAsset] = {}
        most = 2 * -(-len(wanted) // ROW_LIMIT)
        page: Any = await indexed.list(
            index_id, page_limit=ROW_LIMIT, sort_by="created_at", sort_option="desc"
        )
        while page is not None:
            rows |= {row.id: row for row in page.items if row.id in wanted}
            most -= 1
            page = await page.next_page() if most and len(rows) < len(wanted) else None
        return rows

    return look

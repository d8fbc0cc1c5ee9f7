"""Finds out whether a call whose reply was lost was carried out, before it is sent again.

The lists are read newest first, from the top down to what was there before the call: something that
the journal had the reply for before the call was recorded. So no two clocks need to agree, and a
look-up costs a page or two, however much the account holds.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Literal, TypeVar

from .._runtime.clock import Clock, timestamp
from .._runtime.pager import Pager
from .._runtime.polling import ROW_LIMIT
from ..assets import Asset, Assets
from ..indexes.indexed_assets import IndexedAsset, IndexedAssets
from .items import MARK, Item
from .journal import Journal

__all__ = ["SETTLE", "Reconciler"]

Row = TypeVar("Row", Asset, IndexedAsset)

SETTLE = 10.0
"""Seconds after which what is on no list counts as not made. Before that, the service may still be
at work on a call whose connection broke."""
_FAR_APART = 24 * 3600.0
"""Seconds by which the service's clock is taken to differ from ours at most."""


class Reconciler:
    """Look-ups for the items of one index."""

    def __init__(
        self, assets: Assets, indexed: IndexedAssets, index_id: str, journal: Journal, clock: Clock
    ) -> None:
        self._assets = assets
        self._indexed = indexed
        self._index_id = index_id
        self._journal = journal
        self._clock = clock

    async def asset(self, item: Item, since: float) -> Asset | None:
        """The asset that the item's upload made, if it made one; `since` is a monotonic time from
        which on nothing more was sent.
        """
        began = item.upload_began or 0.0

        def is_it(row: Asset) -> bool:
            if row.status == "waiting":  # a session whose chunks never all came
                return False
            return (row.user_metadata or {}).get(MARK) == item.key

        return await self._find_settled(
            since,
            lambda: self._assets.list(page_limit=ROW_LIMIT),
            is_it,
            "asset_id",
            began,
        )

    async def indexed_asset(self, item: Item, since: float) -> IndexedAsset | None:
        """The indexed asset of the item's asset, if there is one."""
        began = item.index_began or 0.0
        return await self._find_settled(
            since,
            lambda: self._indexed.list(
                self._index_id, page_limit=ROW_LIMIT, sort_by="created_at", sort_option="desc"
            ),
            lambda row: row.asset_id == item.asset_id,
            "indexed_asset_id",
            began,
        )

    async def _find_settled(
        self,
        since: float,
        open_list: Callable[[], Pager[Row]],
        is_it: Callable[[Row], bool],
        kind: Literal["asset_id", "indexed_asset_id"],
        began: float,
    ) -> Row | None:
        found = await self._find(open_list, is_it, kind, began)
        wait = since + SETTLE - self._clock.monotonic()
        if found is None and wait > 0:
            await self._clock.sleep(wait)
            found = await self._find(open_list, is_it, kind, began)
        return found

    async def _find(
        self,
        open_list: Callable[[], Pager[Row]],
        is_it: Callable[[Row], bool],
        kind: Literal["asset_id", "indexed_asset_id"],
        began: float,
    ) -> Row | None:
        page: Pager[Row] | None = await open_list()
        last = False
        while page is not None:
            for row in page.items:
                if is_it(row):
                    return row
            if last or not page.items:
                return None
            # One page more: the service's machines need not agree to the millisecond.
            last = await self._journal.answered_before(
                kind, [row.id for row in page.items], began
            ) or (_made(page.items[-1]) < began - _FAR_APART)
            page = await page.next_page()
        return None


def _made(row: Asset | IndexedAsset) -> float:
    """When the row was made, by the service's clock; infinity when the row does not say."""
    moment = row.created_at
    if not isinstance(moment, datetime):
        try:
            moment = datetime.fromisoformat(moment or "")
        except ValueError:
            return float("inf")
    return timestamp(moment)

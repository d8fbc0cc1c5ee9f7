"""Look-ups of what a lost answer may have made: they find it, and stop reading when they can."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.support.clock import EPOCH, VirtualClock
from twelvelabs_async import AsyncTwelveLabs
from twelvelabs_async.ingest.items import MARK, Item
from twelvelabs_async.ingest.journal import Journal
from twelvelabs_async.ingest.reconcile import SETTLE, Reconciler
from twelvelabs_async.sandbox import Sandbox

pytestmark = pytest.mark.anyio
Films = Callable[[int], Path]


def item(key: str, **values: Any) -> Item:
    return Item(key=key, location=f"/{key}.mp4", filename="x.mp4", content="c", **values)


class World:
    """A hundred and sixty assets, some of them known to the journal, and a count of list calls."""

    def __init__(
        self, client: AsyncTwelveLabs, sandbox: Sandbox, journal: Journal, clock: VirtualClock
    ) -> None:
        self.client, self.sandbox, self.journal = client, sandbox, journal
        self.reconciler = Reconciler(
            client.assets, client.indexes.indexed_assets, "index", journal, clock
        )

    async def upload(self, content: bytes, keys: Sequence[str]) -> list[str]:
        return [
            (
                await self.client.assets.create(
                    method="direct", file=("f.mp4", content), user_metadata={MARK: key}
                )
            ).id
            for key in keys
        ]

    def pages(self) -> int:
        return len(self.sandbox.requests.matching("GET", "/assets"))


@pytest.fixture
def content(film: Path) -> bytes:
    return film.read_bytes()


@pytest.fixture
async def world(
    client: AsyncTwelveLabs, sandbox: Sandbox, clock: VirtualClock, tmp_path: Path
) -> object:
    journal = await Journal.open(tmp_path / "j.db", "index")
    yield World(client, sandbox, journal, clock)
    await journal.close()


async def test_a_look_up_ends_where_the_journal_knew_before(
    world: World, content: bytes, clock: VirtualClock
) -> None:
    old = await world.upload(content, [f"old-{at}" for at in range(120)])
    known = item("old-119", asset_id=old[-1], uploaded=EPOCH)
    clock.now = 100.0
    doubtful = item("lost", upload_began=EPOCH + 50)
    await world.journal.claim([known, doubtful])
    await world.upload(content, [f"new-{at}" for at in range(30)])
    since = clock.monotonic()

    assert await world.reconciler.asset(doubtful, since) is None

    # A page that reaches down to what was known, one more, and the same again after a while.
    assert world.pages() == 4
    assert clock.now == since + SETTLE

    (made,) = await world.upload(content, ["lost"])
    before = world.pages()
    found = await world.reconciler.asset(doubtful, since)
    assert (found and found.id, world.pages() - before) == (made, 1)


async def test_what_appears_late_is_found(
    world: World, content: bytes, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    doubtful = item("late", upload_began=EPOCH)
    await world.journal.claim([doubtful])
    sleep, made = clock.sleep, []

    async def appear(seconds: float) -> None:
        made.extend(await world.upload(content, ["late"]))
        await sleep(seconds)

    monkeypatch.setattr(clock, "sleep", appear)
    found = await world.reconciler.asset(doubtful, clock.monotonic())
    assert found is not None
    assert [found.id] == made


async def test_with_nothing_known_the_list_is_read_to_its_end(
    world: World, content: bytes, clock: VirtualClock
) -> None:
    (first,) = await world.upload(content, ["lost"])
    await world.upload(content, [f"of-others-{at}" for at in range(110)])
    # The service's clock is far from ours: only a day and more says that it was before.
    doubtful = item("lost", upload_began=world.sandbox.now() + 80_000)
    await world.journal.claim([doubtful])
    found = await world.reconciler.asset(doubtful, clock.monotonic())
    assert found is not None
    assert (found.id, world.pages()) == (first, 3)


async def test_what_is_a_day_older_is_not_read(
    world: World, content: bytes, clock: VirtualClock
) -> None:
    await world.upload(content, [f"of-others-{at}" for at in range(160)])
    doubtful = item("lost", upload_began=world.sandbox.now() + 90_000)
    await world.journal.claim([doubtful])
    assert await world.reconciler.asset(doubtful, clock.monotonic() - SETTLE) is None
    assert world.pages() == 2

"""Waiting for many by list pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import anyio
import pytest

from tests.support.clock import VirtualClock
from twelvelabs_async import (
    AsyncTwelveLabs,
    InternalServerError,
    UnauthorizedError,
    WaitTimeoutError,
)
from twelvelabs_async.assets import Asset
from twelvelabs_async.ingest.batch_poller import (
    LONGEST,
    BatchPoller,
    list_assets,
    list_indexed_assets,
)
from twelvelabs_async.sandbox import Sandbox

pytestmark = pytest.mark.anyio


async def make(client: AsyncTwelveLabs, content: bytes, count: int) -> list[str]:
    return [
        (await client.assets.create(method="direct", file=("f.mp4", content))).id
        for _ in range(count)
    ]


@pytest.fixture
def content(film: Path) -> bytes:
    return film.read_bytes()


async def test_assets_are_asked_for_by_fifties(
    client: AsyncTwelveLabs, sandbox: Sandbox, content: bytes
) -> None:
    ids = await make(client, content, 120)
    await make(client, content, 30)
    sandbox.requests.clear()
    rows = await list_assets(client.assets)([*ids, "f" * 24])
    assert set(rows) == set(ids)
    assert len(sandbox.requests) == 3


async def test_indexed_assets_are_looked_for_on_the_newest_pages(
    client: AsyncTwelveLabs, sandbox: Sandbox, index_id: str, content: bytes
) -> None:
    (asset_id,) = await make(client, content, 1)
    ids = [
        (await client.indexes.indexed_assets.create(index_id, asset_id=asset_id)).id
        for _ in range(130)
    ]
    sandbox.requests.clear()
    look = list_indexed_assets(client.indexes.indexed_assets, index_id)
    assert set(await look(ids[-20:])) == set(ids[-20:])
    assert len(sandbox.requests) == 1
    # One that lies deeper than those that may be wanted reach is asked for by itself, elsewhere.
    assert set(await look([ids[0], ids[-1]])) == {ids[-1]}
    assert len(sandbox.requests) == 3


class Service:
    """Rows as a service would list them, one round after another."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.rows: dict[str, Asset] = {}
        self.errors: list[Exception] = []
        self.rounds: list[float] = []
        self.alone: list[str] = []
        self.on_round: Callable[[], object] = lambda: None

    async def look(self, ids: Sequence[str]) -> dict[str, Asset]:
        self.rounds.append(self.clock.now)
        self.on_round()
        if self.errors:
            raise self.errors.pop(0)
        return {id_: row for id_, row in self.rows.items() if id_ in ids}

    async def retrieve(self, id_: str) -> Asset:
        self.alone.append(id_)
        return Asset(id=id_, status="ready")

    async def after(self) -> None:
        pass

    def say(self, status: str, *ids: str) -> None:
        self.rows.update((id_, Asset(id=id_, status=status)) for id_ in ids)


@pytest.fixture
def service(clock: VirtualClock) -> Service:
    return Service(clock)


@pytest.fixture
async def watch(service: Service, clock: VirtualClock) -> BatchPoller[Asset]:
    return BatchPoller(
        service.look,
        service.retrieve,
        clock,
        what="asset",
        share=0.5,
        timeout=600.0,
        on_round=service.after,
    )


async def ends(watch: BatchPoller[Asset], *ids: str) -> dict[str, object]:
    """What the waits for these ids gave or raised."""
    ended: dict[str, object] = {}

    async def wait(id_: str) -> None:
        try:
            row, state = await watch.wait_for(id_)
            ended[id_] = (row.id if row else None, state.kind)
        except WaitTimeoutError as error:
            ended[id_] = error

    async with anyio.create_task_group() as outer:
        outer.start_soon(watch.run)
        async with anyio.create_task_group() as group:
            for id_ in ids:
                group.start_soon(wait, id_)
        outer.cancel_scope.cancel()
    return ended


async def test_each_gets_its_own_end(watch: BatchPoller[Asset], service: Service) -> None:
    service.say("ready", "good")
    service.say("failed", "bad")
    assert await ends(watch, "good", "bad", "hidden") == {
        "good": ("good", "done"),
        "bad": ("bad", "failed"),
        "hidden": ("hidden", "done"),
    }
    assert service.alone == ["hidden"]


async def test_rounds_grow_apart_while_nothing_ends(
    watch: BatchPoller[Asset], service: Service, clock: VirtualClock
) -> None:
    service.say("processing", "slow")

    def later() -> None:
        if clock.now > 100:
            service.say("ready", "slow")

    service.on_round = later
    await ends(watch, "slow")
    gaps = [after - before for before, after in pairwise(service.rounds)]
    assert gaps == sorted(gaps)
    assert gaps[-1] <= 1.1 * LONGEST
    assert len(service.rounds) < 25


async def test_what_takes_too_long_is_given_up(
    watch: BatchPoller[Asset], service: Service, clock: VirtualClock
) -> None:
    service.say("processing", "slow")
    ended = await ends(watch, "slow")
    assert isinstance(ended["slow"], WaitTimeoutError)
    assert ended["slow"].last == service.rows["slow"]
    assert 600 < clock.now < 620


async def test_a_round_that_fails_is_made_up_for(
    watch: BatchPoller[Asset], service: Service, clock: VirtualClock
) -> None:
    service.say("ready", "good")
    service.errors = [InternalServerError(status_code=500) for _ in range(5)]
    assert await ends(watch, "good") == {"good": ("good", "done")}
    assert len(service.rounds) == 6


async def test_a_wrong_key_ends_all_waits(watch: BatchPoller[Asset], service: Service) -> None:
    service.errors = [UnauthorizedError(status_code=401)]
    with pytest.raises(ExceptionGroup) as caught:
        await ends(watch, "good")
    assert caught.group_contains(UnauthorizedError)

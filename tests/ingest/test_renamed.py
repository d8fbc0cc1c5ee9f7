"""Names of the last release, for one release more."""

from __future__ import annotations

from pathlib import Path

import pytest

from twelvelabs_async import AsyncTwelveLabs
from twelvelabs_async.ingest import engine, journal, journal_export
from twelvelabs_async.ingest.engine import LocalEngine, UploadedAsset
from twelvelabs_async.ingest.items import Item


def test_renamed_names_are_there_and_warn() -> None:
    for module, name, new in (
        (engine, "Here", LocalEngine),
        (engine, "Sent", UploadedAsset),
        (journal, "export", journal_export.export),
    ):
        with pytest.warns(DeprecationWarning, match="is"):
            assert getattr(module, name) is new
        with pytest.raises(AttributeError):
            _ = module.nothing


@pytest.mark.anyio
async def test_an_engine_of_the_last_release_works_and_warns(
    client: AsyncTwelveLabs, index_id: str, film: Path
) -> None:
    class Old:
        def __init__(self) -> None:
            local = LocalEngine()
            self.start, self.check, self.stop = local.start, local.check, local.stop
            self.upload, self.indexing = local.upload, local.indexing

        async def settled(self, item: Item) -> None:
            """As it was called."""

    with pytest.warns(DeprecationWarning, match="Engine.settled is now Engine.wait_idle"):
        run = client.ingest(index_id, film, engine=Old())  # type: ignore[arg-type]  # the old way
    assert [result.status async for result in run] == ["ready"]

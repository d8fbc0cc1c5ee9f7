"""The main job on real films, step by step and timed, by both clients."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from anyio import to_thread
from rich.table import Table
from rich.text import Text

from ..client import AsyncTwelveLabs
from . import console
from .runner import fail

if TYPE_CHECKING:
    from ..search import SearchItem

__all__ = ["demonstrate"]

CHUNK = 256 * 1024
"""Bytes of a chunk in the sandbox: small, so that also a film of 1 MB goes up in parallel."""

WORDS = "something green"
PROMPT = "Describe this film: its shots, its colours, and its sound."


class Steps:
    """What each step took."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, float, str]] = []

    @contextmanager
    def step(self, name: str, *, spinner: bool = True) -> Generator[list[str]]:
        """Time a step; what is put into the list is its result.

        A step that shows a bar needs no `spinner`.
        """
        found: list[str] = []
        began = time.perf_counter()
        with console.status(name) if spinner else nullcontext():
            yield found
        seconds = time.perf_counter() - began
        self.taken.append((name, seconds, " ".join(found)))
        line = Text.assemble(("done", "green"), f" {name}: {' '.join(found)}")
        console.out.print(line, soft_wrap=True)

    def table(self) -> Table:
        """All steps with their seconds."""
        table = Table("step", "seconds", "result", box=None, header_style="bold")
        for name, seconds, found in self.taken:
            table.add_row(Text(name), f"{seconds:.2f}", Text(found))
        return table


async def demonstrate(films: Sequence[Path], *, live: bool, keep: bool) -> None:
    """Run the main job on the films (none: two real ones) and print what was found.

    Against a sandbox of its own, or with `live` against the service, where what was created is
    deleted at the end unless `keep` says otherwise.
    """
    steps = Steps()
    films = films or await _real_films(steps)
    at, image = await _middle(films[0])
    async with AsyncExitStack() as stack:
        client, base_url, key = await stack.enter_async_context(_client(live))
        index_id = await _create_index(client, steps)
        assets: list[str] = []
        if not keep:
            stack.push_async_callback(_clean_up, client, index_id, assets)
        videos: dict[str, Path] = {}
        for film in films:
            assets.append(await _upload(client, film, steps))
            videos[await _index(client, index_id, assets[-1], film, steps)] = film
        await _search_by_words(client, index_id, videos, steps)
        with steps.step(f"search by an image cut from {films[0].name} at {at:.1f} s") as found:
            seen = await client.search.create(
                index_id=index_id,
                query_media_type="image",
                query_media_file=("frame.jpg", image, "image/jpeg"),
                search_options=["visual"],
            )
            found.append(_clips(seen.items, videos))
        with steps.step("the same search by the blocking client") as found:
            again = await to_thread.run_sync(_blocking, base_url, key, index_id, image)
            same = [(hit.video_id, hit.start) for hit in again] == [
                (hit.video_id, hit.start) for hit in seen.items
            ]
            found.append("the same clips" if same else "OTHER CLIPS: " + _clips(again, videos))
        await _describe(client, assets[0], steps)
    console.out.print(steps.table())


async def _real_films(steps: Steps) -> Sequence[Path]:
    from . import demo_films as real

    try:
        with steps.step("get two real films") as found:
            films = [await to_thread.run_sync(get) for get in (real.bigbuckbunny, real.bikes)]
            found += [film.name for film in films]
    except real.FilmError as error:
        fail(str(error))
    return films


async def _middle(film: Path) -> tuple[float, bytes]:
    """The time of the film's middle, and its picture there."""
    from ..sandbox.media.measure.probe import MediaError, probe
    from ..sandbox.media.measure.render import frame

    try:
        at = (await to_thread.run_sync(probe, film)).duration / 2
        return at, await to_thread.run_sync(frame, film, at)
    except MediaError as error:
        fail(f"{film} cannot be read as a film: {error.message}")


async def _create_index(client: AsyncTwelveLabs, steps: Steps) -> str:
    with steps.step("create an index") as found:
        index = await client.indexes.create(
            index_name=f"demo-{time.time_ns():x}",
            models=[{"model_name": "marengo3.0", "model_options": ["visual", "audio"]}],
        )
        assert index.id is not None
        found.append(index.id)
    return index.id


async def _upload(client: AsyncTwelveLabs, film: Path, steps: Steps) -> str:
    """The id of the film's asset."""
    with (
        steps.step(f"upload {film.name}", spinner=False) as found,
        console.upload_bar(film.name) as move,
    ):
        sent = await client.multipart_upload.upload_file(film, progress_callback=move)
        size = (await to_thread.run_sync(film.stat)).st_size
        found.append(f"{size:,} bytes, asset {sent.asset_id}")
    return sent.asset_id


async def _index(
    client: AsyncTwelveLabs, index_id: str, asset_id: str, film: Path, steps: Steps
) -> str:
    """The id of the film's video, once it can be searched."""
    with steps.step(f"index {film.name}") as found:
        await client.assets.wait_until_ready(asset_id)
        item = await client.indexes.indexed_assets.create(index_id, asset_id=asset_id)
        ready = await client.indexes.indexed_assets.wait_until_ready(index_id, item.id)
        found.append(f"{ready.status}: {item.id}")
    return item.id


async def _search_by_words(
    client: AsyncTwelveLabs, index_id: str, videos: dict[str, Path], steps: Steps
) -> None:
    with steps.step(f"search by words: {WORDS!r}") as found:
        hits = [
            hit
            async for hit in client.search.query(
                index_id=index_id, query_text=WORDS, search_options=["visual"]
            )
        ]
        found.append(_clips(hits, videos))


async def _describe(client: AsyncTwelveLabs, asset_id: str, steps: Steps) -> None:
    console.out.print(Text(f"\n{PROMPT}", "bold"))
    with steps.step("describe the film") as found:
        async with client.analyze_stream(
            model_name="pegasus1.6",
            video={"type": "asset_id", "asset_id": asset_id},
            prompt=PROMPT,
        ) as stream:
            pieces = 0
            async for event in stream:
                if event.event_type == "text_generation":
                    pieces += 1
                    text = console.visible(event.text or "", lines=True)
                    console.out.out(text, end="", highlight=False)
        console.out.print("\n")
        found.append(f"{pieces} pieces")


@asynccontextmanager
async def _client(live: bool) -> AsyncGenerator[tuple[AsyncTwelveLabs, str | None, str | None]]:
    """The client, and the base URL and key that a second one needs (None: as the first)."""
    if live:
        async with AsyncTwelveLabs() as client:
            yield client, None, None
        return
    from ..sandbox import Sandbox, Settings

    async with (
        # As strict as the service of today, which the same steps meet with --live.
        Sandbox(settings=Settings(chunk_size=CHUNK, era="2026-10")) as sandbox,
        AsyncTwelveLabs(sandbox.api_key, base_url=sandbox.base_url) as client,
    ):
        console.out.print(f"a sandbox answers at {sandbox.base_url}", highlight=False)
        yield client, sandbox.base_url, sandbox.api_key


def _blocking(
    base_url: str | None, key: str | None, index_id: str, image: bytes
) -> list[SearchItem]:
    from ..sync.client import TwelveLabs

    with TwelveLabs(key, base_url=base_url) as client:
        return client.search.create(
            index_id=index_id,
            query_media_type="image",
            query_media_file=("frame.jpg", image, "image/jpeg"),
            search_options=["visual"],
        ).items


async def _clean_up(client: AsyncTwelveLabs, index_id: str, assets: Sequence[str]) -> None:
    await client.indexes.delete(index_id)
    for asset_id in assets:
        await client.assets.delete(asset_id)


def _clips(hits: Sequence[SearchItem], videos: dict[str, Path]) -> str:
    """The first three hits in words."""
    if not hits:
        return "nothing found"
    named = [
        f"{videos[hit.video_id].name if hit.video_id in videos else hit.video_id} "
        f"{console.clock_time(hit.start)} to {console.clock_time(hit.end)}"
        for hit in hits[:3]
    ]
    more = f" and {len(hits) - 3} more" if len(hits) > 3 else ""
    return "; ".join(named) + more

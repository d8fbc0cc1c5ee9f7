"""The commands of ``twelvelabs-async``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..client import AsyncTwelveLabs
from . import console, ingest

if TYPE_CHECKING:
    from ..sandbox import Sandbox
    from ..search import SearchItem

__all__ = ["app"]

app = typer.Typer(
    help="The TwelveLabs API from the command line. The key is read from TWELVE_LABS_API_KEY.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # its tracebacks would show local variables, keys among them
)
index_app = typer.Typer(help="Create, list and delete indexes.", no_args_is_help=True)
app.add_typer(index_app, name="index")
app.add_typer(ingest.app, name="ingest")

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
BaseUrl = Annotated[
    str | None,
    typer.Option("--base-url", help="Another address than the service's, such as a sandbox's."),
]


@index_app.command("create")
def index_create(
    name: str,
    model: Annotated[
        list[str] | None,
        typer.Option(help="A model and its options: marengo3.0:visual,audio. May be repeated."),
    ] = None,
    thumbnails: Annotated[bool, typer.Option(help="Make thumbnails of what is found.")] = False,
    as_json: Json = False,
    base_url: BaseUrl = None,
) -> None:
    """Create an index and print its id."""
    models = [_model(item) for item in model or ["marengo3.0", "pegasus1.2"]]

    async def work() -> None:
        async with AsyncTwelveLabs(base_url=base_url) as client:
            index = await client.indexes.create(
                index_name=name,
                models=models,  # type: ignore[arg-type]  # dicts of the right keys
                addons=["thumbnail"] if thumbnails else None,
            )
            console.show({"_id": index.id, "index_name": name}, as_json)

    console.run(work())


@index_app.command("list")
def index_list(as_json: Json = False, base_url: BaseUrl = None) -> None:
    """List all indexes."""

    async def work() -> None:
        async with AsyncTwelveLabs(base_url=base_url) as client:
            rows = [index async for index in client.indexes.list(page_limit=50)]
        console.show_rows(
            rows,
            {
                "id": lambda row: row.id,
                "name": lambda row: row.index_name,
                "videos": lambda row: row.video_count,
                "seconds": lambda row: row.total_duration,
                "created": lambda row: row.created_at,
            },
            as_json,
        )

    console.run(work())


@index_app.command("delete")
def index_delete(
    index_id: str,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    base_url: BaseUrl = None,
) -> None:
    """Delete an index and the videos in it."""
    if not yes:
        typer.confirm(f"Delete index {index_id} and everything in it?", abort=True)

    async def work() -> None:
        async with AsyncTwelveLabs(base_url=base_url) as client:
            await client.indexes.delete(index_id)
        console.err.print(f"deleted {index_id}", markup=False)

    console.run(work())


@app.command()
def upload(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)],
    index: Annotated[str | None, typer.Option(help="Index it too, in this index.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Chunks sent at once.")] = 8,
    checkpoint: Annotated[
        Path | None, typer.Option(help="Remember here what was sent, to go on after a crash.")
    ] = None,
    upload_id: Annotated[str | None, typer.Option(help="Go on with this upload.")] = None,
    file_type: Annotated[str, typer.Option("--type", help="video, audio or image.")] = "video",
    as_json: Json = False,
    base_url: BaseUrl = None,
) -> None:
    """Upload a file in parallel chunks, wait until it is ready, and print its asset id."""

    async def work() -> None:
        async with AsyncTwelveLabs(base_url=base_url) as client:
            with console.upload_bar(file.name) as move:
                result = await client.multipart_upload.upload_file(
                    file,
                    file_type=file_type,
                    max_workers=workers,
                    checkpoint=checkpoint,
                    upload_id=upload_id,
                    progress_callback=move,
                )
            found: dict[str, Any] = {"asset_id": result.asset_id}
            with console.status("the service looks at the file") as say:
                await client.assets.wait_until_ready(
                    result.asset_id, on_update=lambda asset: say(f"asset: {asset.status}")
                )
                if index is not None:
                    item = await client.indexes.indexed_assets.create(
                        index, asset_id=result.asset_id
                    )
                    found["indexed_asset_id"] = item.id
                    await client.indexes.indexed_assets.wait_until_ready(
                        index, item.id, on_update=lambda seen: say(f"indexing: {seen.status}")
                    )
        console.show(found, as_json)

    again = f"the same command with --checkpoint {checkpoint} goes on where it stopped"
    console.run(work(), hint=again if checkpoint else "give --checkpoint FILE to be able to go on")


@app.command()
def search(
    index_id: str,
    words: Annotated[str | None, typer.Argument(help="What to look for, in words.")] = None,
    image: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="An image to look for.")
    ] = None,
    option: Annotated[
        list[str] | None, typer.Option(help="visual, audio or transcription. May be repeated.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="The most clips to print.")] = 20,
    as_json: Json = False,
    base_url: BaseUrl = None,
) -> None:
    """Find clips by words, by an image, or by both."""
    if words is None and image is None:
        raise typer.BadParameter("give words, --image FILE, or both")

    async def work() -> None:
        hits: list[SearchItem] = []
        async with AsyncTwelveLabs(base_url=base_url) as client:
            async for hit in client.search.query(
                index_id=index_id,
                search_options=option or ["visual"],
                query_text=words,
                query_media_type="image" if image else None,
                query_media_file=image,
                page_limit=min(limit, 50),
            ):
                hits.append(hit)
                if len(hits) == limit:
                    break
        console.show_rows(
            hits,
            {
                "rank": lambda hit: hit.rank,
                "video": lambda hit: hit.video_id,
                "from": lambda hit: console.clock_time(hit.start),
                "to": lambda hit: console.clock_time(hit.end),
            },
            as_json,
        )

    console.run(work())


@app.command()
def analyze(
    video_id: str,
    prompt: str,
    temperature: Annotated[float | None, typer.Option(min=0, max=1)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole reply as JSON.")] = False,
    base_url: BaseUrl = None,
) -> None:
    """Ask about a video; the answer is printed as it comes."""

    async def work() -> None:
        async with AsyncTwelveLabs(base_url=base_url) as client:
            if as_json:
                reply = await client.analyze(
                    video_id=video_id, prompt=prompt, temperature=temperature
                )
                console.show(reply, as_json=True)
                return
            async with client.analyze_stream(
                video_id=video_id, prompt=prompt, temperature=temperature
            ) as stream:
                async for event in stream:
                    if event.event_type == "text_generation":
                        console.out.out(event.text or "", end="", highlight=False)
                    elif event.event_type == "stream_end" and event.finish_reason == "length":
                        console.err.print("\n(cut off: the answer reached its longest)")
            console.out.print()

    console.run(work())


@app.command()
def sandbox(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8765,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    data: Annotated[
        Path | None, typer.Option(file_okay=False, help="Keep everything here, for the next time.")
    ] = None,
    api_key: Annotated[
        str | None, typer.Option(help="The key to accept; by default a new one is made.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one line of JSON with the address and the key.")
    ] = False,
) -> None:
    """Serve a local API that answers as the service does, until it is interrupted."""
    try:
        from ..sandbox.__main__ import describe, serve
    except ModuleNotFoundError as error:
        if error.name not in ("av", "numpy"):
            raise
        console.fail("the sandbox needs an extra: python -m pip install 'twelvelabs-async[all]'")

    def ready(sandbox: Sandbox) -> None:
        typer.echo(describe(sandbox, json=as_json))
        sys.stdout.flush()

    try:
        serve(
            host=host,
            port=port,
            data=None if data is None else str(data),
            api_key=api_key,
            ready=ready,
        )
    except OSError as error:
        console.fail(f"cannot listen on {host}:{port}: {error.strerror or error}")


@app.command()
def demo(
    films: Annotated[
        list[Path] | None, typer.Argument(exists=True, dir_okay=False, help="Films of your own.")
    ] = None,
    live: Annotated[
        bool, typer.Option(help="On the real service, with your key, instead of the sandbox.")
    ] = False,
    keep: Annotated[bool, typer.Option(help="Do not delete what was created (live).")] = False,
) -> None:
    """Upload films, index them, search them, and have one described: the main job, timed."""
    from .demo import demonstrate

    console.run(
        demonstrate(films or [], live=live, keep=keep),
        hint="what it created on the service is still there" if live else "",
    )


def _model(text: str) -> dict[str, Any]:
    name, _, options = text.partition(":")
    return {"model_name": name, "model_options": (options or "visual,audio").split(",")}

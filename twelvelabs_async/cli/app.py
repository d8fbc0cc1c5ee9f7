"""The commands of ``twelvelabs-async``."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .. import __version__
from ..errors import TwelveLabsError
from . import console, ingest
from .connection import Connection, connected
from .runner import fail, run

if TYPE_CHECKING:
    from ..sandbox import Sandbox
    from ..search import SearchItem

__all__ = ["app"]

app: typer.Typer = typer.Typer(
    help="The TwelveLabs API from the command line. The key is read from TWELVE_LABS_API_KEY.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # its tracebacks would show local variables, keys among them
    rich_markup_mode=None,
)
index_app: typer.Typer = typer.Typer(help="Create, list and delete indexes.", no_args_is_help=True)
app.add_typer(index_app, name="index")
app.add_typer(ingest.app, name="ingest")

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"twelvelabs-async {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """The TwelveLabs API from the command line. The key is read from TWELVE_LABS_API_KEY."""


@index_app.command("create")
@connected
def index_create(
    name: Annotated[str, typer.Argument(help="Name of the new index.")],
    connection: Connection,
    model: Annotated[
        list[str] | None,
        typer.Option(
            help="A model with its options, by default marengo3.0:visual,audio. May be repeated."
        ),
    ] = None,
    thumbnails: Annotated[bool, typer.Option(help="Make thumbnails of the clips.")] = False,
    as_json: Json = False,
) -> None:
    """Create an index and print its id."""
    models = [_model(item) for item in model or ["marengo3.0"]]

    async def work() -> None:
        async with connection.client() as client:
            index = await client.indexes.create(
                index_name=name,
                models=models,  # type: ignore[arg-type]  # dicts of the right keys
                addons=["thumbnail"] if thumbnails else None,
            )
            console.show({"_id": index.id, "index_name": name}, as_json)

    run(work(), connection)


@index_app.command("list")
@connected
def index_list(connection: Connection, as_json: Json = False) -> None:
    """List all indexes."""

    async def work() -> None:
        async with connection.client() as client:
            rows = [index async for index in client.indexes.list(page_limit=50)]
        console.show_rows(
            rows,
            {
                "id": lambda row: row.id,
                "name": lambda row: row.index_name,
                "videos": lambda row: console.count(row.video_count),
                "seconds": lambda row: row.total_duration,
                "created": lambda row: row.created_at,
            },
            as_json,
        )

    run(work(), connection)


@index_app.command("delete")
@connected
def index_delete(
    index_id: Annotated[str, typer.Argument(help="Id of the index to delete.")],
    connection: Connection,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
) -> None:
    """Delete an index and the videos in it."""
    if not yes:
        typer.confirm(f"Delete index {index_id} and everything in it?", abort=True)

    async def work() -> None:
        async with connection.client() as client:
            await client.indexes.delete(index_id)
        console.note(f"deleted {index_id}")

    run(work(), connection)


@app.command()
@connected
def upload(
    file: Annotated[
        Path,
        typer.Argument(exists=True, dir_okay=False, readable=True, help="File to upload."),
    ],
    connection: Connection,
    index: Annotated[str | None, typer.Option(help="Also index it, in this index.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Chunks sent concurrently.")] = 8,
    checkpoint: Annotated[
        Path | None, typer.Option(help="File that records progress, to resume after a crash.")
    ] = None,
    upload_id: Annotated[str | None, typer.Option(help="Resume this upload.")] = None,
    file_type: Annotated[str, typer.Option("--type", help="video, audio or image.")] = "video",
    checks: Annotated[
        bool, typer.Option(help="Refuse a film that the service would refuse, before sending it.")
    ] = True,
    as_json: Json = False,
) -> None:
    """Upload a file in parallel chunks, wait until it is ready, and print its asset id.

    With --index it is indexed too. What was created is printed also when a later step fails.
    """
    if checks and file_type != "image":
        _check(file)
    made: dict[str, str] = {}

    async def work() -> None:
        async with connection.client() as client:
            if index is not None:
                await client.indexes.retrieve(index)  # a wrong id fails before the film is sent
            with console.upload_bar(str(file.name)) as move:
                result = await client.multipart_upload.upload_file(
                    file,
                    file_type=file_type,
                    max_workers=workers,
                    checkpoint=checkpoint,
                    upload_id=upload_id,
                    progress_callback=move,
                )
            made["asset_id"] = result.asset_id
            with console.status("the service checks the file") as say:
                await client.assets.wait_until_ready(
                    result.asset_id, on_update=lambda asset: say(f"asset: {asset.status}")
                )
                if index is not None:
                    item = await client.indexes.indexed_assets.create(
                        index, asset_id=result.asset_id
                    )
                    made["indexed_asset_id"] = item.id
                    await client.indexes.indexed_assets.wait_until_ready(
                        index, item.id, on_update=lambda seen: say(f"indexing: {seen.status}")
                    )

    resume = f"the same command with --checkpoint {checkpoint} resumes it"
    try:
        run(
            work(),
            connection,
            hint=resume if checkpoint else "give --checkpoint FILE to be able to resume",
        )
    finally:
        if made:
            console.show(made, as_json)


@app.command()
@connected
def search(
    index_id: Annotated[str, typer.Argument(help="Id of the index to search.")],
    connection: Connection,
    words: Annotated[str | None, typer.Argument(help="Words to search for.")] = None,
    image: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Image to search for.")
    ] = None,
    option: Annotated[
        list[str] | None,
        typer.Option(help="visual (the default), audio or transcription. May be repeated."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Largest number of clips to print.")] = 20,
    as_json: Json = False,
) -> None:
    """Find clips by words, by an image, or by both."""
    if words is None and image is None:
        raise typer.BadParameter("give words, --image FILE, or both")

    async def work() -> None:
        hits: list[SearchItem] = []
        async with connection.client() as client:
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
                "video id": lambda hit: hit.video_id,
                "from": lambda hit: console.clock_time(hit.start),
                "to": lambda hit: console.clock_time(hit.end),
            },
            as_json,
        )

    run(work(), connection)


@app.command()
@connected
def analyze(
    video: Annotated[str, typer.Argument(help="An asset's id, or the URL of a video.")],
    prompt: Annotated[str, typer.Argument(help="What to ask.")],
    connection: Connection,
    model: Annotated[
        str | None, typer.Option(help="By default pegasus1.6; the index's own with --indexed.")
    ] = None,
    start: Annotated[
        float | None, typer.Option(min=0, help="Start in the video, in seconds.")
    ] = None,
    end: Annotated[float | None, typer.Option(min=0, help="End in the video, in seconds.")] = None,
    temperature: Annotated[
        float | None, typer.Option(min=0, max=1, help="Randomness of the answer.")
    ] = None,
    max_tokens: Annotated[
        int | None, typer.Option(min=1, help="Largest number of tokens in the answer.")
    ] = None,
    indexed: Annotated[
        bool, typer.Option("--indexed", help="VIDEO is the id of a video in an index (pegasus1.2).")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole reply as JSON.")] = False,
) -> None:
    """Ask about a video; the answer is printed as it arrives."""
    question: dict[str, Any] = {
        "prompt": prompt,
        "temperature": temperature,
        "max_tokens": max_tokens,
        "start_time": start,
        "end_time": end,
        "model_name": model if indexed or model else "pegasus1.6",
    }
    if indexed:
        question["video_id"] = video
    else:
        kind = "url" if "://" in video else "asset_id"
        question["video"] = {"type": kind, kind: video}

    async def work() -> None:
        async with connection.client() as client:
            if as_json:
                console.show(await client.analyze(**question), as_json=True)
                return
            async with client.analyze_stream(**question) as stream:
                async for event in stream:
                    if event.event_type == "text_generation":
                        text = console.visible(event.text or "", lines=True)
                        console.out.out(text, end="", highlight=False)
                    elif event.event_type == "stream_end" and event.finish_reason == "length":
                        console.note("\n(cut off: the answer reached its maximum length)")
            console.out.print()

    run(work(), connection)


@app.command()
def sandbox(
    port: Annotated[
        int,
        typer.Option(
            envvar="TWELVELABS_SANDBOX_PORT",
            min=0,
            max=65535,
            help="Port to listen on; 0 takes a free one.",
        ),
    ] = 8765,
    host: Annotated[
        str, typer.Option(envvar="TWELVELABS_SANDBOX_HOST", help="Address to listen on.")
    ] = "127.0.0.1",
    data: Annotated[
        str | None,  # a Path would take an empty text for the current folder
        typer.Option(
            envvar="TWELVELABS_SANDBOX_DATA",
            metavar="DIRECTORY",
            help="Folder that keeps everything between runs.",
        ),
    ] = None,
    api_key: Annotated[
        str | None,
        typer.Option(
            envvar="TWELVELABS_SANDBOX_API_KEY",
            help="API key to accept; by default a new one.",
        ),
    ] = None,
    storage_port: Annotated[
        int,
        typer.Option(
            envvar="TWELVELABS_SANDBOX_STORAGE_PORT",
            min=0,
            max=65535,
            help="Port of presigned URLs; 0 takes a free one.",
        ),
    ] = 0,
    public_url: Annotated[
        str | None,
        typer.Option(
            envvar="TWELVELABS_SANDBOX_PUBLIC_URL",
            help="The API's origin as clients know it, such as http://media.test:8765.",
        ),
    ] = None,
    allowed_host: Annotated[
        list[str] | None,
        typer.Option(
            envvar="TWELVELABS_SANDBOX_ALLOWED_HOSTS",
            help="Another host name that requests may use. May be repeated.",
        ),
    ] = None,
    era: Annotated[
        str | None, typer.Option(help="Date whose rules apply: 2025-12 to 2026-10, or any.")
    ] = None,
    tier: Annotated[
        str | None, typer.Option(help="The account's tier: free, developer-1, -2, -3 or unlimited.")
    ] = None,
    settings: Annotated[
        Path | None,
        typer.Option(
            envvar="TWELVELABS_SANDBOX_SETTINGS",
            help="A TOML or JSON file with settings by their names.",
        ),
    ] = None,
    timings: Annotated[
        str | None,
        typer.Option(
            envvar="TWELVELABS_SANDBOX_TIMINGS", help="How long states last: fast, real or none."
        ),
    ] = None,
    drive: Annotated[
        str | None,
        typer.Option(
            envvar="TWELVELABS_SANDBOX_DRIVE",
            metavar="DIRECTORY",
            help="Folder of files to import, as from a user's drive.",
        ),
    ] = None,
    seed_films: Annotated[
        int,
        typer.Option(
            envvar="TWELVELABS_SANDBOX_SEED_FILMS",
            min=0,
            max=100,
            help="Films to make and index at the start, unless it has indexes.",
        ),
    ] = 0,
    webhook: Annotated[
        list[str] | None,
        typer.Option(help="A URL to send events to; its secret is printed. May be repeated."),
    ] = None,
    allow_remote_control: Annotated[
        bool,
        typer.Option(
            "--allow-remote-control",
            envvar="TWELVELABS_SANDBOX_ALLOW_REMOTE_CONTROL",
            help="Let other machines control it, at /_sandbox/.",
        ),
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", help="Log warnings only, not each request.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one line of JSON with the base URL and the key.")
    ] = False,
) -> None:
    """Serve a local API that answers as the service does, until it is interrupted."""
    with _sandbox_extra():
        from ..sandbox.__main__ import configure, describe, serve

    def ready(sandbox: Sandbox) -> None:
        typer.echo(describe(sandbox, json=as_json))

    try:
        file = None if settings is None else str(settings)
        configured = configure(file=file, timings=timings, era=era, tier=tier)
        status = serve(
            host=host,
            port=port,
            data=data,
            api_key=api_key,
            storage_port=storage_port,
            public_url=public_url,
            hosts=allowed_host or (),
            drive=drive,
            webhooks=webhook or (),
            allow_remote_control=allow_remote_control,
            quiet=quiet,
            seed_films=seed_films,
            ready=ready,
            **configured,
        )
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    except OSError as error:
        fail(str(error))
    raise typer.Exit(status)


@app.command()
def demo(
    films: Annotated[
        list[Path] | None, typer.Argument(exists=True, dir_okay=False, help="Your own films.")
    ] = None,
    live: Annotated[
        bool, typer.Option(help="Use the real service, with your key, instead of the sandbox.")
    ] = False,
    keep: Annotated[bool, typer.Option(help="Do not delete what was created (live).")] = False,
) -> None:
    """Upload films, index them, search them, and have one described: the main job, timed."""
    from .demo import demonstrate

    with _sandbox_extra():
        run(
            demonstrate(films or [], live=live, keep=keep),
            hint="what it created on the service is still there" if live else "",
        )


@contextmanager
def _sandbox_extra() -> Generator[None]:
    """Fail with what to install where the sandbox's extra is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        from ..sandbox import EXTRA

        if error.name not in EXTRA:
            raise
        fail("the sandbox needs an extra: python -m pip install 'twelvelabs-async[sandbox]'")


def _check(file: Path) -> None:
    """Fail when the service would refuse the film."""
    from ..ingest.file_identity import identify
    from ..ingest.items import Source
    from ..ingest.media_check import check_media

    item = identify(Source(str(file)), 0.0)
    if item.state == "refused":  # it cannot be read: no film is there to be judged
        fail(f"cannot upload {file}: {item.message}")
    try:
        refusal = check_media(item)
    except (TwelveLabsError, OSError) as error:
        fail(str(error))
    if refusal is not None:
        fail(f"{refusal.reason}: {refusal.message} --no-checks sends it anyway.")


def _model(text: str) -> dict[str, Any]:
    name, _, options = text.partition(":")
    return {"model_name": name, "model_options": (options or "visual,audio").split(",")}

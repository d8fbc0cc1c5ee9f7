"""``twelvelabs-async ingest``: uploads and indexes many films, with a live view and reports."""

from __future__ import annotations

import asyncio
import re
import signal
import sys
import threading
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, aclosing, contextmanager
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer
from attrs import asdict, fields_dict
from rich.console import Group
from rich.live import Live
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text
from typer.core import TyperGroup

from ..errors import TwelveLabsError
from ..ingest.items import STATES, Concurrency, IngestProgress, IngestResult, Item, State
from ..ingest.journal import states_of
from ..ingest.journal_export import export
from ..ingest.journal_file import connect
from ..ingest.locations import printable, shown_location
from ..ingest.manifests import MANIFESTS
from . import console, runner
from .connection import Connection, connected

__all__ = ["app"]

_EVERY = 10.0  # seconds between two lines where there is no live view
_BATCH = 500  # films that are looked up in the journal in one step


class _Group(TyperGroup):
    """Takes ``ingest INDEX SOURCES...`` for ``ingest run INDEX SOURCES...``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] != "--help":
            args = ["run", *args]
        return super().parse_args(ctx, args)


app: typer.Typer = typer.Typer(
    cls=_Group,
    no_args_is_help=True,
    help="Ingest films in bulk: ingest INDEX SOURCES... Run it again to resume.",
)

Journal = Annotated[
    Path, typer.Argument(exists=True, dir_okay=False, help="Journal of an ingestion.")
]


def _checked_manifests(given: list[Path] | None) -> list[Path] | None:
    for path in given or ():
        if not path.name.lower().endswith(MANIFESTS):
            raise typer.BadParameter(
                f"{shown_location(str(path))}: the suffix must be one of {', '.join(MANIFESTS)}"
            )
    return given


@app.command("run")
@connected
def ingest(
    index: Annotated[str, typer.Argument(help="The id of the index.")],
    connection: Connection,
    sources: Annotated[
        list[str] | None,
        typer.Argument(help="Files, folders, patterns, URLs or manifests."),
    ] = None,
    manifest: Annotated[
        list[Path] | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            callback=_checked_manifests,
            help="A table of films with their metadata.",
        ),
    ] = None,
    journal: Annotated[
        Path | None,
        typer.Option(dir_okay=False, help="Journal to resume from (default: ./ingest-INDEX.db)."),
    ] = None,
    concurrency: Annotated[
        str, typer.Option(help="Limits, as uploads=16,indexing=25; also checks, metadata, chunks.")
    ] = "",
    retry_failed: Annotated[bool, typer.Option(help="Retry the films that failed.")] = False,
    checks: Annotated[bool, typer.Option(help="Check files before they are sent.")] = True,
    dry_run: Annotated[bool, typer.Option(help="Print what would be done.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a line of JSON for each film as it ends.")
    ] = False,
) -> None:
    """Upload films, index them, wait until they are ready, and set their metadata.

    Ctrl-C or SIGTERM finishes the current files and starts no others; a second one aborts. Run the
    same command again to resume. The exit code is 0 only when every film of the journal is ready.
    """
    journal = journal or Path(f"ingest-{index}.db")
    named = [*(sources or []), *map(str, manifest or [])]
    if not named and not journal.exists():
        runner.fail("name the films: files, folders, patterns, URLs or a --manifest")
    if dry_run:
        runner.run(_preview(named, journal, checks=checks, as_json=as_json))
        return
    run = _Run(as_json=as_json)

    async def work() -> None:
        async with connection.client() as client:
            results = client.ingest(
                index,
                named,
                journal=journal,
                concurrency=_concurrency(concurrency),
                on_progress=run.progress,
                retry_failed=retry_failed,
                checks=checks,
                stop=run.stop,
            )
            async with aclosing(results) as ended:
                with run.interruptible(), run.view():
                    async for result in ended:
                        run.result(result)

    runner.run(work(), connection)
    run.summary(journal)
    raise typer.Exit(run.exit_code)


@app.command("report")
def report(
    journal: Journal,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            dir_okay=False,
            help="Page to write (default: the journal's name, .html).",
        ),
    ] = None,
) -> None:
    """Write an HTML page about a journal: counts, times, failures, throughput."""
    from ..ingest.report import write_report

    target = output or journal.with_suffix(".html")
    with _reported():
        write_report(journal, target)
    console.out.print(Text(console.visible(shown_location(str(target)))), soft_wrap=True)


@app.command("export")
def export_journal(
    journal: Journal,
    target: Annotated[Path, typer.Argument(help="A .csv, .jsonl or .parquet file.")],
) -> None:
    """Write a journal as a table: CSV, JSON lines or Parquet."""
    with _reported():
        count = export(journal, target)
    console.note(f"{count} rows in {shown_location(str(target))}")


@contextmanager
def _reported() -> Generator[None]:
    try:
        yield
    except (TwelveLabsError, OSError) as error:
        runner.fail(str(error))


def _concurrency(text: str) -> Concurrency:
    given: dict[str, int] = {}
    for part in filter(None, text.replace(" ", "").split(",")):
        name, _, number = part.partition("=")
        if name not in fields_dict(Concurrency) or not re.fullmatch(r"[0-9]{1,18}", number):
            runner.fail(f"--concurrency takes stages and numbers, as uploads=8, not {part!r}")
        given[name] = int(number)
    with _reported():
        return Concurrency(**given)


class _Run:
    """What is shown of a run, and how signals end it."""

    def __init__(self, *, as_json: bool) -> None:
        self.stop = threading.Event()
        self._as_json = as_json
        self._news: IngestProgress | None = None
        self._printed = time.monotonic()
        self._signals: list[int] = []
        self._refused = False

    @contextmanager
    def interruptible(self) -> Generator[None]:
        """On a first SIGINT or SIGTERM begin nothing more; on a second cancel the task of this."""
        task = asyncio.current_task()
        loop = asyncio.get_running_loop()
        assert task is not None

        def end(number: int, _frame: object) -> None:
            self._signals.append(number)
            self.stop.set()
            if len(self._signals) == 1:
                loop.call_soon_threadsafe(
                    console.note,
                    "\nFinishing current files; press Ctrl-C again to abort.",
                    "yellow",
                )
            else:
                loop.call_soon_threadsafe(task.cancel)

        before = {each: signal.signal(each, end) for each in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        except asyncio.CancelledError:
            if len(self._signals) < 2:
                raise
            task.uncancel()
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)

    @contextmanager
    def view(self) -> Generator[None]:
        """The live view, where there is a terminal."""
        if not console.err.is_terminal:
            yield
            return
        with Live(console=console.err, get_renderable=self._render, transient=True):
            yield

    def result(self, result: IngestResult) -> None:
        """Print one film that has ended: each as JSON, and those that are not ready in words."""
        if self._as_json:
            row = {**asdict(result), "source": shown_location(result.source)}
            sys.stdout.write(console.to_json(row) + "\n")
            sys.stdout.flush()
        if result.status != "ready" and not result.earlier:
            self._refused |= result.status == "refused"  # perhaps only a source's metadata
            why = result.message or result.reason
            console.note(f"{result.status}: {shown_location(result.source)}: {why}", "red")

    def progress(self, news: IngestProgress) -> None:
        """Keep the news for the live view; without one, print them now and then."""
        self._news = news
        now = time.monotonic()
        if not console.err.is_terminal and now - self._printed >= _EVERY:
            self._printed = now
            console.note(_line(news))

    def _render(self) -> Group | Text:
        news = self._news
        if news is None:
            return Text("reading the index and the journal")
        grid = Table.grid(padding=(0, 2))
        for state in STATES:
            if count := news.states.get(state):
                grid.add_row(state, Text(f"{count:,}", justify="right"), style=_STYLES.get(state))
        done = news.items - news.left
        parts: list[Any] = [
            # A bar does not end its line, so what follows would be cut off.
            Padding(ProgressBar(total=max(1, news.items), completed=done), 0),
            Text(_line(news)),
            grid,
        ]
        for name, limit in news.limits.items():
            parts.append(Text(f"limit of {name}: {limit.remaining} of {limit.limit} calls left"))
        if news.held:
            parts.append(Text(f"rate limit: waiting {news.held:.0f} s", style="yellow"))
        for reason, count in sorted(news.failures.items(), key=lambda pair: -pair[1])[:5]:
            parts.append(Text(f"{console.visible(reason)}: {count:,}", style="red"))
        return Group(*parts)

    @property
    def exit_code(self) -> int:
        """0 when every film of the journal is ready."""
        if self._signals:
            return 128 + self._signals[0]  # as shells report it
        states: Mapping[str, int] = self._news.states if self._news else {}
        return 0 if states and not self._refused and states.keys() <= {"ready", "replaced"} else 1

    def summary(self, journal: Path) -> None:
        """Print the results as a table on the error stream."""
        news = self._news
        if news is None or news.items == news.failures.get("source_missing", 0):
            console.note("no films were found", "yellow")
        if news is None or not news.items:
            return
        table = Table("state", "films", box=None, header_style="bold")
        for state in STATES:
            if count := news.states.get(state):
                table.add_row(state, f"{count:,}", style=_STYLES.get(state))
        console.err.print(table)
        for reason, count in sorted(news.failures.items(), key=lambda pair: -pair[1]):
            console.note(f"{count:,} x {reason}", "red")
        console.note(
            f"{news.ended:,} in {_span(news.elapsed)} ({news.per_minute:.0f} a minute), "
            f"{news.bytes_sent / 1e6:,.1f} MB, {news.requests:,} requests"
        )
        if self._signals:
            name = shown_location(str(journal))
            console.note(f"interrupted: run the same command to resume from {name}", "yellow")


_STYLES: Mapping[str, str] = {"ready": "green", "failed": "red", "refused": "red"}


def _line(news: IngestProgress) -> str:
    done = news.items - news.left
    failed = news.states.get("failed", 0) + news.states.get("refused", 0)
    left = news.seconds_left
    rate = news.bytes_sent / news.elapsed / 1e6 if news.elapsed > 0 else 0.0
    return (
        f"{done:,} of {news.items:,}{'' if news.listed else '+'} done, {failed:,} failed; "
        f"{news.per_minute:.0f} a minute, {news.bytes_sent / 1e6:,.1f} MB at {rate:.1f} MB/s"
        + ("" if left is None or not news.listed else f", {_span(left)} left")
    )


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


async def _preview(named: Sequence[str], journal: Path, *, checks: bool, as_json: bool) -> None:
    """Print what would be done, and do none of it."""
    from ..ingest.discovery import expand
    from ..ingest.file_identity import identify
    from ..ingest.media_check import check_media

    def verdict(item: Item, known: State | None) -> dict[str, Any]:
        message = item.message
        if checks and item.state == "waiting":
            try:
                refusal = check_media(item)
                message = None if refusal is None else refusal.message
            except OSError as error:
                message = printable(str(error))
        would = "refuse" if message else "send"
        if known is not None:
            would = "nothing: it is ready" if known == "ready" else "resume"
        source = shown_location(item.location)
        return {"source": source, "would": would, "size": item.size, "message": message}

    def show(row: Mapping[str, Any]) -> None:
        if as_json:
            sys.stdout.write(console.to_json(row) + "\n")
        else:
            why = f" ({row['message']})" if row["message"] else ""
            line = console.visible(f"{row['would']}: {row['source']}{why}")
            console.out.print(Text(line), soft_wrap=True)

    def work() -> None:
        counts: dict[str, int] = {}
        sources = expand(named)
        with ExitStack() as stack:
            db = stack.enter_context(connect(journal)) if journal.exists() else None
            while some := list(islice(sources, _BATCH)):
                items = [identify(source, time.time()) for source in some]
                known = {} if db is None else states_of(db, [item.key for item in items])
                for item in items:
                    row = verdict(item, known.get(item.key))
                    counts[row["would"]] = counts.get(row["would"], 0) + 1
                    show(row)
        for would, count in counts.items():
            console.note(f"{count:,} to {would}")

    await asyncio.to_thread(work)

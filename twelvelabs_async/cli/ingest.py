"""``twelvelabs-async ingest``: many films to ready, watched while it goes on, and reported."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from attrs import asdict, fields_dict
from rich.console import Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text
from typer.core import TyperGroup

from ..errors import ConfigurationError, redact
from ..ingest.items import ENDS, STATES, Concurrency, IngestProgress, IngestResult, Source
from ..ingest.journal import export, read_states
from . import console, runner
from .connection import Connection, connected

__all__ = ["app"]

_EVERY = 10.0  # seconds between two lines where there is no live view


class _Group(TyperGroup):
    """Takes ``ingest INDEX SOURCES...`` for ``ingest run INDEX SOURCES...``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] != "--help":
            args = ["run", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_Group,
    no_args_is_help=True,
    help="Ingest films in bulk: ingest INDEX SOURCES..., with a journal to go on from.",
)

Journal = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Of an ingestion.")]


@app.command("run")
@connected
def ingest(
    index: Annotated[str, typer.Argument(help="The id of the index.")],
    connection: Connection,
    sources: Annotated[
        list[str] | None,
        typer.Argument(help="Files, folders, globs, URLs, manifests (.csv, .jsonl, .parquet)."),
    ] = None,
    manifest: Annotated[
        list[Path] | None,
        typer.Option(exists=True, dir_okay=False, help="A table of films with their metadata."),
    ] = None,
    journal: Annotated[
        Path | None,
        typer.Option(dir_okay=False, help="What to go on from. By default ingest-INDEX.db, here."),
    ] = None,
    concurrency: Annotated[
        str, typer.Option(help="Such as uploads=16,indexing=25; also checks, metadata, chunks.")
    ] = "",
    retry_failed: Annotated[bool, typer.Option(help="Try again what has failed.")] = False,
    checks: Annotated[bool, typer.Option(help="Look at files before they are sent.")] = True,
    dry_run: Annotated[bool, typer.Option(help="Only tell what would be done.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a line of JSON for each film, as they end.")
    ] = False,
) -> None:
    """Bring films into an index: uploaded, indexed, ready, their metadata set.

    Ctrl-C once lets what was begun come to its end, twice stops; the same command goes on from
    there. The exit code is 0 only when every film of the journal is ready.
    """
    journal = journal or Path(f"ingest-{index}.db")
    named = [*(sources or []), *map(str, manifest or [])]
    if not named and not journal.exists():
        runner.fail("name the films: files, folders, globs, URLs or a --manifest")
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
            async with aclosing(results) as told:
                with run.interruptible(), run.view():
                    async for result in told:
                        run.result(result)

    runner.run(work(), connection)
    run.summary(journal)
    raise typer.Exit(run.exit_code)


@app.command("report")
def report(
    journal: Journal,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", dir_okay=False, help="Where the page goes.")
    ] = None,
) -> None:
    """Write an HTML page about a journal: counts, times, failures, throughput."""
    from ..ingest.report import write_report

    target = output or journal.with_suffix(".html")
    with _told():
        write_report(journal, target)
    console.out.print(target, markup=False, soft_wrap=True)


@app.command("export")
def export_journal(
    journal: Journal,
    target: Annotated[Path, typer.Argument(help="A .csv, .jsonl or .parquet file.")],
) -> None:
    """Write a journal as a table: CSV, JSON lines or Parquet."""
    with _told():
        count = export(journal, target)
    console.err.print(f"{count} rows in {target}", markup=False)


@contextmanager
def _told() -> Generator[None]:
    try:
        yield
    except (ConfigurationError, OSError) as error:
        runner.fail(str(error))


def _concurrency(text: str) -> Concurrency:
    given: dict[str, int] = {}
    for part in filter(None, text.replace(" ", "").split(",")):
        name, _, number = part.partition("=")
        if name not in fields_dict(Concurrency) or not number.isdigit():
            runner.fail(f"--concurrency takes stages and numbers, as uploads=8, not {part!r}")
        given[name] = int(number)
    with _told():
        return Concurrency(**given)


class _Run:
    """What is shown of a run, and how it is interrupted."""

    def __init__(self, *, as_json: bool) -> None:
        self.stop = threading.Event()
        self._as_json = as_json
        self._news: IngestProgress | None = None
        self._live: Live | None = None
        self._told = time.monotonic()
        self._interrupts = 0

    @contextmanager
    def interruptible(self) -> Generator[None]:
        """Ctrl-C once: begin nothing more; twice: cancel this task, and come out here."""
        task = asyncio.current_task()
        loop = asyncio.get_running_loop()
        assert task is not None

        def interrupt(_number: int, _frame: object) -> None:
            self._interrupts += 1
            self.stop.set()
            if self._interrupts == 1:
                console.err.print("\nno more is begun; once more stops at once", style="yellow")
            else:
                loop.call_soon_threadsafe(task.cancel)

        before = signal.signal(signal.SIGINT, interrupt)
        try:
            yield
        except asyncio.CancelledError:
            if self._interrupts < 2:
                raise
            task.uncancel()
        finally:
            signal.signal(signal.SIGINT, before)

    @contextmanager
    def view(self) -> Generator[None]:
        """The live view, where there is a terminal."""
        if not console.err.is_terminal:
            yield
            return
        with Live(console=console.err, get_renderable=self._render, transient=True) as live:
            self._live = live
            yield

    def result(self, result: IngestResult) -> None:
        """Tell of one film that has ended."""
        if self._as_json:
            row = {**asdict(result), "source": redact(result.source)}
            sys.stdout.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE).decode())
            sys.stdout.flush()
        if result.status != "ready" and not result.earlier:
            to = console.err if self._live is None else self._live.console
            to.print(
                f"{result.status}: {redact(result.source)}: {result.message or result.reason}",
                style="red",
                markup=False,
                soft_wrap=True,
            )

    def progress(self, news: IngestProgress) -> None:
        """Take in how far it is; tell it, now and then, where there is no live view."""
        self._news = news
        now = time.monotonic()
        if not console.err.is_terminal and now - self._told >= _EVERY:
            self._told = now
            console.err.print(_line(news), markup=False, soft_wrap=True)

    def _render(self) -> Group | Text:
        news = self._news
        if news is None:
            return Text("looking at the index and the journal")
        grid = Table.grid(padding=(0, 2))
        for state in STATES:
            if count := news.states.get(state):
                grid.add_row(state, Text(f"{count:,}", justify="right"), style=_STYLES.get(state))
        done = sum(count for state, count in news.states.items() if state in ENDS)
        parts: list[Any] = [
            ProgressBar(total=max(1, news.items), completed=done),
            Text(_line(news)),
            grid,
        ]
        for name, limit in news.limits.items():
            parts.append(Text(f"limit of {name}: {limit.remaining} of {limit.limit} calls left"))
        if news.held:
            parts.append(Text(f"held back for another {news.held:.0f} s", style="yellow"))
        for reason, count in sorted(news.failures.items(), key=lambda pair: -pair[1])[:5]:
            parts.append(Text(f"{reason}: {count:,}", style="red"))
        return Group(*parts)

    @property
    def exit_code(self) -> int:
        """0 when every film of the journal is ready."""
        if self._interrupts:
            return runner.INTERRUPTED
        states: Mapping[str, int] = self._news.states if self._news else {}
        return 0 if states and states.keys() <= {"ready", "replaced"} else 1

    def summary(self, journal: Path) -> None:
        """What has become of all, as a table on the error stream."""
        news = self._news
        if news is None or not news.states:
            console.err.print("no films were found", style="yellow")
            return
        table = Table("state", "films", box=None, header_style="bold")
        for state in STATES:
            if count := news.states.get(state):
                table.add_row(state, f"{count:,}", style=_STYLES.get(state))
        console.err.print(table)
        for reason, count in sorted(news.failures.items(), key=lambda pair: -pair[1]):
            console.err.print(f"{count:,} x {reason}", style="red", markup=False)
        console.err.print(
            f"{news.ended:,} in {_span(news.elapsed)} ({news.per_minute:.0f} a minute), "
            f"{news.bytes_sent / 1e6:,.1f} MB, {news.requests:,} requests",
            markup=False,
        )
        if self._interrupts:
            console.err.print(
                f"interrupted: the same command goes on from {journal}", style="yellow"
            )


_STYLES: Mapping[str, str] = {"ready": "green", "failed": "red", "refused": "red"}


def _line(news: IngestProgress) -> str:
    done = sum(count for state, count in news.states.items() if state in ENDS)
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
    """Tell what would be done, and do none of it."""
    from ..ingest.checks import check
    from ..ingest.sources import expand, identify, reading

    def verdict(source: Source) -> dict[str, Any]:
        item = identify(source, time.time())
        known = read_states(journal, [item.key]) if journal.exists() else {}
        message = item.message
        if checks and item.state == "waiting":
            try:
                with reading():
                    refusal = check(item)
                message = None if refusal is None else refusal.message
            except OSError as error:
                message = redact(str(error))
        would = "refuse" if message else "send"
        if item.key in known:
            would = {"ready": "nothing: it is ready"}.get(known[item.key], "go on")
        return {
            "source": redact(item.location),
            "would": would,
            "size": item.size,
            "message": message,
        }

    def work() -> None:
        counts: dict[str, int] = {}
        for source in expand(named):
            row = verdict(source)
            counts[row["would"]] = counts.get(row["would"], 0) + 1
            if as_json:
                sys.stdout.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE).decode())
            else:
                why = f" ({row['message']})" if row["message"] else ""
                console.out.print(
                    f"{row['would']}: {row['source']}{why}", markup=False, soft_wrap=True
                )
        for would, count in counts.items():
            console.err.print(f"{count:,} to {would}", markup=False)

    await asyncio.to_thread(work)

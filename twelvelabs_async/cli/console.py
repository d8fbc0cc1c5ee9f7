"""What the commands print: tables and bars on a terminal, JSON with ``--json``, errors in one line.

Results go to standard output, everything else to standard error, so that output can be piped.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine, Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

import orjson
import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.status import Status
from rich.table import Table

from .._core.model import Model, plain
from ..errors import TwelveLabsError, UploadError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..multipart_upload import UploadProgress

__all__ = ["clock_time", "err", "fail", "out", "run", "show", "show_rows", "status", "upload_bar"]

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

INTERRUPTED = 130  # what shells give a program that SIGINT ended
_LOOK = 0.1  # seconds after which Ctrl-C is heard at the latest


def run(work: Coroutine[Any, Any, None], *, hint: str = "") -> None:
    """Run a command; turn its errors into one line and an exit code.

    `hint` says how to go on after Ctrl-C.
    """
    try:
        asyncio.run(_awake(work))
    except KeyboardInterrupt:
        after = f": {hint}" if hint else ""
        err.print(f"\ninterrupted{after}", style="yellow", markup=False, soft_wrap=True)
        raise typer.Exit(INTERRUPTED) from None
    except UploadError as error:
        after = f" Go on with --upload-id {error.upload_id}" if error.resumable else ""
        fail(f"{error}.{after}")
    except (TwelveLabsError, OSError) as error:
        fail(str(error) or type(error).__name__)


async def _awake(work: Coroutine[Any, Any, None]) -> None:
    """Do the work, and let the loop look up now and then.

    The system may hand Ctrl-C to another thread, which wakes nobody who waits in this one.
    """
    loop = asyncio.get_running_loop()

    def look() -> None:
        loop.call_later(_LOOK, look)

    look()
    await work


def fail(message: str) -> NoReturn:
    """Print an error and end with exit code 1."""
    err.print(f"error: {message}", style="red", markup=False, soft_wrap=True)
    raise typer.Exit(1) from None


def show(value: Model | Mapping[str, Any], as_json: bool) -> None:
    """Print one result: its fields a line each, or as JSON."""
    fields = _dump(value) if isinstance(value, Model) else plain(value)
    if as_json:
        _print_json(fields)
        return
    table = Table.grid(padding=(0, 2))
    for name, field in fields.items():
        table.add_row(f"[bold]{name.removeprefix('_')}[/]", _cell(field))
    out.print(table)


def _dump(value: Model) -> dict[str, Any]:
    return value.model_dump(mode="json", by_alias=True, exclude_none=True)


def show_rows(
    rows: Sequence[Model], columns: Mapping[str, Callable[[Any], object]], as_json: bool
) -> None:
    """Print results as a table with the given columns, or all they hold as a JSON array."""
    if as_json:
        _print_json([_dump(row) for row in rows])
        return
    if not rows:
        err.print("nothing found")
        return
    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*(_cell(read(row)) for read in columns.values()))
    out.print(table)


def clock_time(seconds: float | None) -> str:
    """Seconds as 1:02.5, or a dash when there are none."""
    if seconds is None:
        return "-"
    minutes, rest = divmod(seconds, 60)
    return f"{minutes:.0f}:{rest:04.1f}"


@contextmanager
def upload_bar(name: str) -> Generator[Callable[[UploadProgress], None]]:
    """A bar with bytes, rate and time left; it gives the callback that moves it."""
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    ) as progress:
        bar = progress.add_task(f"uploading {name}", total=None)

        def move(news: UploadProgress) -> None:
            progress.update(bar, total=news.total_bytes, completed=news.bytes_sent)

        yield move


@contextmanager
def status(text: str) -> Generator[Callable[[str], None]]:
    """A spinner with a text; it gives the function that changes the text."""
    if not err.is_terminal:
        yield lambda _: None
        return
    with Status(text, console=err) as spinner:
        yield spinner.update


def _print_json(value: object) -> None:
    sys.stdout.write(orjson.dumps(value, default=str, option=orjson.OPT_INDENT_2).decode() + "\n")
    sys.stdout.flush()


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.2f}"
    if isinstance(value, (dict, list)):
        return orjson.dumps(value, default=str).decode()
    return str(value)

"""What the commands print: tables and bars on a terminal, JSON with ``--json``.

Results go to standard output, everything else to standard error, so that output can be piped. Texts
of the service and of files are data: none of them is markup, and none can steer the terminal.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

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
from rich.text import Text

from .._runtime.dump import plain
from .._runtime.model import Model

if TYPE_CHECKING:
    from ..multipart_upload import UploadProgress

__all__ = [
    "clock_time",
    "count",
    "err",
    "note",
    "out",
    "prepare_streams",
    "show",
    "show_rows",
    "status",
    "to_json",
    "upload_bar",
    "visible",
]

out: Console = Console(highlight=False, markup=False)
err: Console = Console(stderr=True, highlight=False, markup=False)

_WIDE = 1 << 15  # columns of a table in a pipe: nothing is cut there
# Control characters, and those that reverse the direction of a line.
_CONTROLS = {
    number: ascii(chr(number))[1:-1]
    for number in (*range(32), *range(127, 160), 0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F))
} | {number: ascii(chr(number))[1:-1] for number in range(0x2066, 0x206A)}
_IN_LINES = {number: shown for number, shown in _CONTROLS.items() if chr(number) not in "\n\t"}

# JSON escapes the others itself; a line end is the layout's own.
_IN_JSON = {number: f"\\u{number:04x}" for number in _CONTROLS if number > 126}


def visible(text: str, *, lines: bool = False) -> str:
    """The text with its control characters escaped; with ``lines``, line ends and tabs stay."""
    return text.translate(_IN_LINES if lines else _CONTROLS)


def note(text: str, style: str = "") -> None:
    """Print a line for the user on standard error."""
    err.print(Text(visible(text, lines=True), style), soft_wrap=True)


def show(value: Model | Mapping[str, Any], as_json: bool) -> None:
    """Print one result: its fields a line each, or as JSON."""
    found = _dump(value) if isinstance(value, Model) else plain(value)
    if as_json:
        _print_json(found)
        return
    table = Table.grid(padding=(0, 2))
    for name, field in found.items():
        table.add_row(Text(visible(name.removeprefix("_")), "bold"), _cell(field))
    _print_table(table)


def show_rows(
    rows: Sequence[Model], columns: Mapping[str, Callable[[Any], object]], as_json: bool
) -> None:
    """Print results as a table with the given columns, or all they hold as a JSON array.

    Columns whose name ends in "id" are never cut or folded: they are what is copied.
    """
    if as_json:
        _print_json([_dump(row) for row in rows])
        return
    if not rows:
        note("nothing found")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        table.add_column(name, no_wrap=name.endswith("id"), overflow="fold")
    cells = [[_cell(read(row)) for read in columns.values()] for row in rows]
    for column, texts in zip(table.columns, zip(*cells, strict=True), strict=True):
        if column.no_wrap:
            column.min_width = max(text.cell_len for text in texts)
    for row_cells in cells:
        table.add_row(*row_cells)
    _print_table(table)


def clock_time(seconds: float | None) -> str:
    """Seconds as 1:02.5, or a dash when there are none."""
    if seconds is None:
        return "-"
    minutes, rest = divmod(round(seconds, 1), 60)
    return f"{minutes:.0f}:{rest:04.1f}"


def count(number: float | None) -> str:
    """A number of things, or a dash when it is not known."""
    return "-" if number is None else f"{number:.0f}"


@contextmanager
def upload_bar(name: str) -> Generator[Callable[[UploadProgress], None]]:
    """The callback that moves a bar with bytes, rate and time left."""
    with Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    ) as progress:
        bar = progress.add_task(f"uploading {visible(name)}", total=None)

        def move(state: UploadProgress) -> None:
            progress.update(bar, total=state.total_bytes, completed=state.bytes_sent)

        yield move


@contextmanager
def status(text: str) -> Generator[Callable[[str], None]]:
    """The function that changes the text beside a spinner."""
    if not err.is_terminal:
        yield lambda _: None
        return
    with Status(Text(visible(text)), console=err) as spinner:
        yield lambda words: spinner.update(Text(visible(words)))


def to_json(value: object, *, indent: int | None = None) -> str:
    """The value as JSON that standard output can take.

    What its encoding lacks is escaped, and so is what would steer a terminal.
    """
    encoding = (getattr(sys.stdout, "encoding", None) or "ascii").lower().replace("-", "")
    text = json.dumps(
        value, default=str, indent=indent, ensure_ascii=not encoding.startswith("utf")
    )
    return text.translate(_IN_JSON)


def prepare_streams() -> None:
    """Make the standard streams take any text, and end the program when their reader is closed."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:  # closed by a shell's >&-, or never there, as with pythonw
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115  # for good
            continue
        stream.reconfigure(errors="backslashreplace")
        if mode == "w":
            setattr(sys, name, _Stream(stream))


class _Stream:
    """A standard stream whose reader may leave, as ``head`` does: that ends the program quietly.

    What cannot be written otherwise, as to a full disk, ends it in one line.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except OSError as error:
            self._end(error)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError as error:
            self._end(error)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def _end(self, error: OSError) -> NoReturn:
        # What is still buffered must go somewhere when the interpreter flushes it at its end.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._stream.fileno())
        os.close(nowhere)
        if isinstance(error, BrokenPipeError):
            raise SystemExit(0)
        raise SystemExit(f"error: cannot write: {error.strerror or error}")


def _dump(value: Model) -> dict[str, Any]:
    return value.model_dump(mode="json", by_alias=True, exclude_none=True)


def _print_json(value: object) -> None:
    sys.stdout.write(to_json(value, indent=2) + "\n")
    sys.stdout.flush()


def _print_table(table: Table) -> None:
    before = out.width
    least = out.measure(table, options=out.options.update(max_width=_WIDE)).minimum
    # A console prints nothing wider than itself, even if asked for more.
    out.width = max(before if out.is_terminal else _WIDE, least)
    try:
        out.print(table, crop=False, no_wrap=True, overflow="ignore")
    finally:
        out.width = before


def _cell(value: object) -> Text:
    if value is None:
        return Text("-")
    if isinstance(value, float):
        return Text(f"{value:.2f}")
    structured = isinstance(value, (dict, list))
    return Text(visible(to_json(plain(value)) if structured else str(value)))

"""Progress on the screen: automatic in a notebook, elsewhere on request.

A notebook shows a bar. A terminal has one by rich or tqdm, whichever is installed; without either,
and if the error stream is not a terminal, lines are written to it.
"""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from contextlib import contextmanager
from html import escape
from typing import Any, NamedTuple, Protocol, Self

from .log import log

__all__ = ["Step", "is_shown", "notebook_shell", "shown_progress"]

_EVERY = 0.1  # seconds between two changes of a notebook's bar
_EVERY_LINE = 5.0  # seconds between two lines of one bar


def notebook_shell() -> Any:
    """IPython's shell of a notebook; None in a terminal, and where IPython does not run."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return None if getattr(shell, "kernel", None) is None else shell


def is_shown(wanted: bool | None, setting: bool | None) -> bool:
    """Whether progress is shown: as a call wants it, else as its client does, else in notebooks."""
    for choice in (wanted, setting):
        if choice is not None:
            return choice
    return notebook_shell() is not None


class Step(NamedTuple):
    """The progress of something: `done` of `total` (None: unknown), and in words."""

    done: float = 0
    total: float | None = None
    note: str = ""
    in_bytes: bool = False

    @classmethod
    def of_bytes(cls, sent: int, total: int | None) -> Self:
        """So much of what is sent, whose length may be unknown."""
        note = f"{_size(sent)} sent" if total is None else ""
        return cls(sent, total, note, in_bytes=True)

    def __str__(self) -> str:
        if self.total is None:
            return self.note
        if self.in_bytes:
            count = f"{_size(self.done)} of {_size(self.total)}"
        else:
            count = f"{self.done:g} of {self.total:g}"
        return f"{count}, {self.note}" if self.note else count


def _size(count: float) -> str:
    for unit in ("bytes", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:.2f} GB"


class _Bar(Protocol):
    def update(self, step: Step) -> None: ...
    def close(self) -> None: ...


@contextmanager
def shown_progress(
    shown: bool, title: str, clock: Callable[[], float]
) -> Generator[Callable[[Step], None]]:
    """A function that shows each step of something with this title, on one bar.

    The bar comes with the first step. One that cannot be shown does no harm to what it is of.
    """
    bar: _Bar | None = None

    def show(step: Step) -> None:
        nonlocal bar, shown
        if not shown:
            return
        try:
            bar = bar or _new_bar(title, clock)
            bar.update(step)
        except Exception:  # of whatever shows it
            shown = False
            log.exception("progress cannot be shown")

    try:
        yield show
    finally:
        if bar is not None:
            try:
                bar.close()
            except Exception:  # as above
                log.exception("progress cannot be shown")


def _new_bar(title: str, clock: Callable[[], float]) -> _Bar:
    if notebook_shell() is not None:
        return _NotebookBar(title, clock)
    # While rich shows bars, stderr is its own, and in older versions is not said to be a terminal.
    if _RichBar.is_open() or (sys.stderr is not None and sys.stderr.isatty()):
        for kind in (_RichBar, _TqdmBar):
            try:
                return kind(title)
            except ImportError:
                continue
    return _Lines(title, clock)


class _Throttled(ABC):
    """Shows the first step, then some, and the last."""

    _every: float

    def __init__(self, title: str, clock: Callable[[], float]) -> None:
        self._title = title
        self._clock = clock
        self._shown_at = float("-inf")
        self._held: Step | None = None

    def update(self, step: Step) -> None:
        self._held = step
        if self._clock() - self._shown_at >= self._every:
            self._flush()

    def close(self) -> None:
        self._flush()

    def _flush(self) -> None:
        if self._held is not None:
            step, self._held = self._held, None
            self._shown_at = self._clock()
            self._show(step)

    @abstractmethod
    def _show(self, step: Step) -> None:
        raise NotImplementedError  # abstract: how a kind of display shows it


class _NotebookBar(_Throttled):
    _every = _EVERY
    _handle: Any = None
    _last = Step()

    def close(self) -> None:
        super().close()
        if self._last.total is None:
            self._write(self._last, "")  # a bar without an end would move for ever

    def _show(self, step: Step) -> None:
        self._last = step
        size = "" if step.total is None else f' value="{step.done}" max="{step.total}"'
        self._write(step, f"<progress{size}></progress> ")

    def _write(self, step: Step, bar: str) -> None:
        display: Any = sys.modules["IPython"].display
        shown = display.HTML(f"<div>{bar}{escape(f'{self._title}: {step}')}</div>")
        if self._handle is None:
            self._handle = display.display(shown, display_id=True)
        else:
            self._handle.update(shown)


class _Lines(_Throttled):
    _every = _EVERY_LINE

    def _show(self, step: Step) -> None:
        if sys.stderr is not None:
            sys.stderr.write(f"{self._title}: {step}\n")
            sys.stderr.flush()


class _RichBar:
    """A line of the one display that rich can have at a time."""

    _display: Any = None
    _open = 0

    @classmethod
    def is_open(cls) -> bool:
        """Whether a bar is shown now."""
        return cls._open > 0

    def __init__(self, title: str) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        cls = type(self)
        if cls._display is None:
            cls._display = Progress(
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                TextColumn("{task.fields[words]}", markup=False),
                console=Console(stderr=True),
                auto_refresh=False,  # it would take a thread
            )
            cls._display.start()
        cls._open += 1
        self._task = cls._display.add_task(title, total=None, words="")

    def update(self, step: Step) -> None:
        self._display.update(
            self._task, completed=step.done, total=step.total, words=str(step), refresh=True
        )

    def close(self) -> None:
        cls = type(self)
        cls._open -= 1
        if not cls._open:
            display, cls._display = cls._display, None
            display.stop()


class _TqdmBar:
    def __init__(self, title: str) -> None:
        from tqdm import tqdm

        make: Any = tqdm
        self._bar = make(desc=title, file=sys.stderr, bar_format="{desc}: {bar} {postfix}")

    def update(self, step: Step) -> None:
        self._bar.total = step.total
        self._bar.n = step.done
        self._bar.set_postfix_str(str(step), refresh=True)

    def close(self) -> None:
        self._bar.close()

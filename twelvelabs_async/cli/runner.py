"""How a command runs: its coroutine, Ctrl-C, errors in one line, exit codes."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, NoReturn

import typer

from ..errors import TwelveLabsError, UploadError
from . import console
from .connection import Connection, advice

__all__ = ["INTERRUPTED", "fail", "run"]

INTERRUPTED = 130  # what shells report for a program that SIGINT ended
_WAKE = 0.1  # seconds after which Ctrl-C is noticed at the latest


def run(
    work: Coroutine[Any, Any, None], connection: Connection | None = None, *, hint: str = ""
) -> None:
    """Run a command; turn its errors into one line and an exit code.

    ``connection`` is what the command's client was made of: errors name the part that is at fault.
    ``hint`` says how to resume after Ctrl-C.
    """
    try:
        asyncio.run(_wakeful(work))
    except KeyboardInterrupt:
        after = f": {hint}" if hint else ""
        console.note(f"\ninterrupted{after}", "yellow")
        raise typer.Exit(INTERRUPTED) from None
    except (TwelveLabsError, OSError) as error:
        words = str(error) or type(error).__name__
        if isinstance(error, UploadError) and error.resumable:
            words += f". Resume with --upload-id {error.upload_id}"
        help_ = advice(error, connection or Connection())
        fail(f"{words}. {help_}" if help_ else words)


def fail(message: str) -> NoReturn:
    """Print an error and end with exit code 1."""
    console.note(f"error: {message}", "red")
    raise typer.Exit(1) from None


async def _wakeful(work: Coroutine[Any, Any, None]) -> None:
    """Do the work, and wake the loop now and then.

    The system may hand Ctrl-C to another thread, which does not wake this one.
    """
    loop = asyncio.get_running_loop()

    def wake() -> None:
        loop.call_later(_WAKE, wake)

    wake()
    await work

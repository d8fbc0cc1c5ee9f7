"""What a tool makes: files to be written, or to be compared with those that are there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

__all__ = ["write"]


def write(made: Mapping[Path, str], arguments: Sequence[str]) -> int:
    """0 when the files are current or were written; 1 with ``--check`` when one is not current."""
    if "--check" in arguments:
        stale = [p for p, text in made.items() if not p.is_file() or p.read_text("utf-8") != text]
        return 1 if stale else 0
    for path, text in made.items():
        path.write_text(text, "utf-8")
    return 0

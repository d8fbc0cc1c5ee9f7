"""What a tool makes: files to be written, or to be compared with those that are there."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from .areas import PACKAGE

__all__ = ["write"]


def write(made: Mapping[Path, str], arguments: Sequence[str]) -> int:
    """0 when the files are current or were written; 1 with ``--check`` when one is not current."""
    check = "--check" in arguments
    stale = [p for p, text in made.items() if not p.is_file() or p.read_text("utf-8") != text]
    for path in stale:
        sys.stderr.write(
            f"{path.relative_to(PACKAGE)}: {'not as generated' if check else 'written'}\n"
        )
        if not check:
            path.write_text(made[path], "utf-8")
    return 1 if check and stale else 0

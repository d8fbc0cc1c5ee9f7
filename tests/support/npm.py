"""Packages of npm, installed on first use, below ``.cache``."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

CACHE = Path(__file__).parents[2] / ".cache"


def installed(name: str, package: str) -> Path:
    """The folder ``.cache/NAME``, whose ``node_modules`` have the package.

    It needs Node and npm.
    """
    home = CACHE / name
    if home.exists():
        return home
    CACHE.mkdir(exist_ok=True)
    # Elsewhere first: an installation that breaks off leaves nothing behind.
    with TemporaryDirectory(dir=CACHE) as folder:
        made = Path(folder, name)
        made.mkdir()
        command = ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(made), package]
        subprocess.run(command, check=True, stdout=sys.stderr)
        with suppress(OSError):  # another process was quicker
            made.rename(home)
    return home

"""The package's log, and the environment variable that turns it on."""

from __future__ import annotations

import logging
import os
from typing import Any

from ..errors import ConfigurationError

__all__ = ["log", "log_as_asked"]


log = logging.getLogger("twelvelabs_async")
log.addHandler(logging.NullHandler())
VARIABLE = "TWELVELABS_LOG"


def log_as_asked() -> None:
    """Write the package's log to stderr if the environment variable is set.

    ``TWELVELABS_LOG=debug`` gives a line for each attempt, ``warning`` one for each retry.
    """
    asked = os.environ.get(VARIABLE)
    if not asked:
        return
    level = logging.getLevelNamesMapping().get(asked.upper())
    if level is None:
        raise ConfigurationError(f"{VARIABLE} must name a level such as debug, not {asked!r}")
    log.setLevel(level)
    if not any(isinstance(handler, _Stderr) for handler in log.handlers):
        handler = _Stderr()
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        log.addHandler(handler)


class _Stderr(logging.StreamHandler[Any]):
    """Ours, so that it is added once."""

"""Packages that only some uses need: those of the extras."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from ..errors import ConfigurationError

__all__ = ["needed"]


def needed(module: str, what: str, extra: str) -> Any:
    """The module; ConfigurationError with `what` needs it, and which extra has it, if missing."""
    package = module.partition(".")[0]
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != package:
            raise
        raise ConfigurationError(
            f"{what} needs {package}: python -m pip install {package}, "
            f"or 'twelvelabs-async[{extra}]'"
        ) from None

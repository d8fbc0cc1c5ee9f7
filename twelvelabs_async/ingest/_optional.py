"""Packages that only some uses of ingestion need."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from ..errors import ConfigurationError

__all__ = ["needed"]


def needed(module: str, what: str, package: str) -> Any:
    """The module; ConfigurationError, with what needs which package, when it is missing."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != module.partition(".")[0]:
            raise
        raise ConfigurationError(
            f"{what} needs {package}: python -m pip install {package}"
        ) from None

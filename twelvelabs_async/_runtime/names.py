"""Names of files: not every name on a disk is text that can be sent, stored or printed. No I/O.

A name that is no UTF-8 reaches Python with lone surrogates (PEP 383), which no encoder takes.
"""

from __future__ import annotations

import os
from typing import Any

from ..errors import ConfigurationError

__all__ = ["file_name", "path_text", "sendable", "shown_path"]


def path_text(path: str | os.PathLike[str]) -> str:
    """The path as text, for the functions of `os`; ConfigurationError for one with a NUL."""
    text = os.fsdecode(path)
    if "\0" in text:
        raise ConfigurationError(f"{text!r} cannot be a path")
    return text


def sendable(name: str) -> str:
    """The name with a replacement for each character that UTF-8 does not have."""
    return name.encode(errors="replace").decode()


def shown_path(path: str | os.PathLike[str]) -> str:
    """The path for a message: printable on every output, and still told from another."""
    return os.fsdecode(path).encode(errors="backslashreplace").decode()


def file_name(content: Any) -> str | None:
    """The last part of a path, or of an open file's name; None where there is none."""
    if not isinstance(content, (str, os.PathLike)):
        content = getattr(content, "name", None)
        if not isinstance(content, (str, bytes)):  # a descriptor's number, or no name at all
            return None
    return sendable(os.path.basename(os.fsdecode(content))) or None  # noqa: PTH119  # a str

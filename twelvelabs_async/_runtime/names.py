"""Names of files: not every name on a disk is text that can be sent, stored or printed. No I/O.

A name that is not UTF-8 reaches Python with lone surrogates (PEP 383), which encoders refuse.
"""

from __future__ import annotations

import os
from typing import Any, cast

from ..errors import ArgumentTypeError, ConfigurationError

__all__ = ["absolute", "file_name", "path_text", "sendable", "shown_path"]


def path_text(path: str | os.PathLike[str]) -> str:
    """The path as text, for the functions of `os`; ConfigurationError for one with a NUL."""
    text = os.fsdecode(path)
    if "\0" in text:
        raise ConfigurationError(f"{text!r} cannot be a path")
    return text


def absolute(path: str) -> str:
    """The path as it leads from the current folder, which the program may change."""
    try:
        return os.path.join(os.getcwd(), path)  # noqa: PTH109, PTH118  # a str, also with `..`
    except FileNotFoundError:  # the folder was removed
        return path


def sendable(name: str) -> str:
    """The name with a replacement for each character that UTF-8 does not have.

    ArgumentTypeError for what is no text.
    """
    if not isinstance(name, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without types
        raise ArgumentTypeError(f"the name of a file is a str, not {type(name).__name__}")
    return name.encode(errors="replace").decode()


def shown_path(path: str | os.PathLike[str]) -> str:
    """The path for a message: printable on every output, and still unambiguous."""
    return os.fsdecode(path).encode(errors="backslashreplace").decode()


def file_name(content: Any) -> str | None:
    """The last part of a path, or of an open file's name; None where there is none."""
    if isinstance(content, (str, os.PathLike)):
        return _last_part(cast("str", content))
    # The uploads of web frameworks have a `filename`. A name may be a descriptor's number.
    names = (getattr(content, attribute, None) for attribute in ("name", "filename"))
    found = next((name for name in names if isinstance(name, (str, bytes))), None)
    return None if found is None else _last_part(found)


def _last_part(path: str | bytes) -> str | None:
    return sendable(os.path.basename(os.fsdecode(path))) or None  # noqa: PTH119  # a str

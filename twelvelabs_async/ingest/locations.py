"""What a location names: a path, a URL that the service fetches, or an object in a store."""

from __future__ import annotations

import os
import re
from collections.abc import Generator
from contextlib import contextmanager

from .._runtime.redaction import redact
from ..errors import TwelveLabsError

__all__ = [
    "OBJECT_QUERY",
    "fetched_by_service",
    "full_location",
    "in_store",
    "printable",
    "reading",
    "shown_location",
]

OBJECT_QUERY = re.compile(r"\?[\w.-]+=[^/]*$")
"""What may follow an object's name in a store, such as ``?versionId=3``: no pattern."""


def fetched_by_service(location: str) -> bool:
    """Whether the service fetches it itself."""
    return location.lower().startswith(("http://", "https://"))


def in_store(location: str) -> bool:
    """Whether it is a URL that fsspec opens."""
    scheme, colon, _ = location.partition("://")
    return bool(colon) and len(scheme) > 1 and not fetched_by_service(location)


def full_location(location: str) -> str:
    """The location as the journal has it: the same for a file from any working folder."""
    if not location or fetched_by_service(location) or in_store(location):
        return location
    return os.path.abspath(location)  # noqa: PTH100  # Path would follow no "..", and resolve links


def printable(text: str) -> str:
    """A message as every output takes it: without query strings, valid UTF-8."""
    return redact(_valid(text))


def shown_location(location: str) -> str:
    """A location as every output takes it: a URL without its query string, valid UTF-8.

    A path is shown whole: in the name of a file, ``?`` and ``key=`` are characters like others, and
    two films must not look like one.
    """
    is_url = fetched_by_service(location) or in_store(location)
    return printable(location) if is_url else _valid(location)


def _valid(text: str) -> str:
    r"""The text as UTF-8 has it.

    File names are bytes, and Python keeps a byte that is not UTF-8 as a surrogate: it shows as
    ``\xff``.
    """
    if text.isascii():
        return text
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:  # a surrogate that encodes no byte
        return text.encode("utf-8", "backslashreplace").decode()


@contextmanager
def reading() -> Generator[None]:
    """Turn whatever a source raises that cannot be read into an OSError, or an error of ours.

    Stores have errors of their own kinds, and Python has a ValueError for a name with a NUL in it.
    """
    try:
        yield
    except (OSError, TwelveLabsError):
        raise
    except Exception as error:  # each store has its own classes
        raise OSError(f"{type(error).__name__}: {error}") from error

"""Errors of the program's own classes, such as those of its files, that are to be pickled."""

from __future__ import annotations

import pickle

__all__ = ["portable"]


def portable(error: Exception | None) -> Exception | None:
    """The error; one of its class's name and its text, where it cannot be pickled."""
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301  # what was just written
    except Exception:  # of the code of any class
        text = f"{type(error).__name__}: {error}"
        return OSError(text) if isinstance(error, OSError) else Exception(text)
    return error

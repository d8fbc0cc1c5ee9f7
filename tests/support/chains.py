"""The exceptions that an exception leads to."""

from __future__ import annotations

from typing import Any


def holds_itself(error: BaseException, above: tuple[BaseException, ...] = ()) -> bool:
    """Whether causes, contexts and members of groups lead back: no pickle of such ever ends."""
    if error in above:
        return True
    group: Any = error
    within = group.exceptions if isinstance(error, BaseExceptionGroup) else ()
    further = (error.__cause__, error.__context__, *within)
    return any(each is not None and holds_itself(each, (*above, error)) for each in further)

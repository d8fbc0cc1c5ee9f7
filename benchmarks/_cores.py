"""A processor for each side: contestants have the first, and what answers them the last."""

from __future__ import annotations

import os
from collections.abc import Callable

FIRST, LAST = 0, -1


def on_core(core: int | None) -> Callable[[], None] | None:
    """A `preexec_fn` that keeps a process on a core; None, for all cores, where that cannot be."""
    if core is None or not hasattr(os, "sched_setaffinity"):
        return None
    chosen = sorted(os.sched_getaffinity(0))[core]
    return lambda: os.sched_setaffinity(0, {chosen})

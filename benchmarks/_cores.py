"""What the system gives each side: a processor, and open files.

Contestants have the first processor, and what answers them the last.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Callable

FIRST, LAST = 0, -1


def on_core(core: int | None) -> Callable[[], None] | None:
    """A `preexec_fn` that keeps a process on a core; None, for all cores, where that cannot be."""
    if core is None or not hasattr(os, "sched_setaffinity"):
        return None
    chosen = sorted(os.sched_getaffinity(0))[core]
    return lambda: os.sched_setaffinity(0, {chosen})


def open_many_files() -> None:
    """Let this process have as many open files as the system allows: a connection takes one."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

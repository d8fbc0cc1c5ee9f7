"""How costs grow: calls in flight, rows of a list, streams, uploads, waiting calls, a journal.

Each row is a curve (`_curves.py`): the CPU time of one item at each size, and other figures of the
same work. A row whose cost grows faster than in proportion, by more than a fifth, is short of its
goal. The peer is bare aiohttp with orjson; `_scale_work.py` has both. ``scale_chart.py`` draws the
curves.
"""

from __future__ import annotations

from contextlib import AbstractContextManager

from _curves import STRAIGHT, Case, Figure, nothing
from _curves import measure as measure_curves
from _measure import HERE, Goal, Row, main, server

CHUNK = 5 << 20
TASKS = "100,000 tasks of asyncio grow as much: the collector and the caches take the rest"
IN_FLIGHT = (1, 16, 64, 256, 1_024, 4_096)


def sink() -> AbstractContextManager[str]:
    """The base URL of a service and storage that take every upload."""
    return server(str(HERE / "upload_sink.py"), str(CHUNK), "0", "0")


CASES = [
    Case(
        "in_flight",
        IN_FLIGHT,
        [
            Figure("calls in flight, 64 connections", base=64),
            Figure("calls in flight: timers a call", "timers", "timers", base=64),
            # As many are under way; those may end in any order.
            Figure("calls in flight: overtaken by", "late", "calls", goals=[Goal("most", 64)]),
        ],
    ),
    Case(
        "waiting",
        (256, 1_024, 4_096),
        [
            Figure(
                "waiting calls: memory of each",
                "kilobytes",
                "KB",
                goals=[Goal("most", 4.0)],
                short="a task, a deadline and the coroutines of the call; bare aiohttp has 7",
            )
        ],
        rounds=(1, 3),
    ),
    Case(
        "connections",
        (64, 256, 1_024, 4_096),
        [Figure("calls in flight, a connection each", base=64, goals=[Goal("floor", 1.1)])],
        warm=True,
    ),
    Case(
        "rows",
        (10_000, 100_000, 1_000_000),
        [
            Figure("rows of a list", unit="row", base=10_000),
            Figure("rows of a list: memory", "memory", "MB", "list", goals=[Goal("most", 1)]),
        ],
        quick=100_000,
        rounds=(1, 3),
    ),
    Case(
        "streams_in_turn",
        (100, 1_000, 10_000),
        [
            Figure("streams, one after another", unit="stream", base=100),
            Figure("streams: memory", "memory", "MB", "run", goals=[Goal("most", 1)]),
        ],
        rounds=(1, 3),
    ),
    Case(
        "streams_concurrently",
        (1, 16, 64, 256),
        [Figure("concurrent streams", unit="stream", base=16)],
        warm=True,
    ),
    Case(
        "uploads",
        (10, 100, 1_000),
        [
            Figure("concurrent uploads of 1 MB", unit="upload", base=10),
            Figure("concurrent uploads: memory", "memory", "MB", "run", goals=[Goal("most", 64)]),
        ],
        server=sink,
    ),
    Case(
        "limiter",
        (1_000, 10_000, 100_000),
        [
            Figure(
                "calls waiting for a connection",
                base=1_000,
                goals=[STRAIGHT, Goal("floor", 1.1)],
                short=TASKS,
            )
        ],
        warm=True,  # asyncio's set of tasks shrinks with the first task after many
        server=nothing,
    ),
    Case(
        "windows",
        (1_000, 10_000, 100_000),
        [
            Figure(
                "calls waiting for a rate limit",
                base=1_000,
                goals=[STRAIGHT, Goal("floor", 1.1)],
                short=TASKS,
            )
        ],
        warm=True,  # asyncio's set of tasks shrinks with the first task after many
        server=nothing,
    ),
    Case(
        "journal",
        (1_000, 10_000, 100_000),
        [
            Figure(
                "journal: a film from entry to end",
                unit="row",
                base=1_000,
                goals=[STRAIGHT, Goal("floor", 1.1)],
                short="each is looked up by its key in a tree that grows, as sqlite3's own rows do",
            )
        ],
        quick=10_000,
        rounds=(1, 3),
        server=nothing,
    ),
    Case(
        "resumed",
        (1_000, 10_000, 100_000),
        [
            Figure(
                "journal: a film of a second run",
                unit="row",
                base=1_000,
                short="each is looked up by its key in a tree that grows, as sqlite3's own rows do",
            )
        ],
        who=("ours",),
        quick=10_000,
        rounds=(1, 3),
        server=nothing,
    ),
]


def measure(*, quick: bool) -> list[Row]:
    return measure_curves("_scale_work", CASES, quick=quick)


if __name__ == "__main__":
    main(measure)

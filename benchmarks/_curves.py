"""Curves: the cost of an item at each of several sizes, and how much it grows.

The growth is the cost of an item at the largest size by that at a smaller one, taken within each
round; its median counts. A cost that is in proportion to the size has a growth of 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Any

import _stub
from _measure import Goal, Row, amount, line, worker

STRAIGHT = Goal("most", 1.2)
"""No more than a fifth faster than in proportion to the size."""
Server = Callable[[], Any]  # a context manager of the base URL
Asks = dict[str, Callable[[int], dict[str, Any]]]


@dataclass(frozen=True)
class Figure:
    """A figure that is measured at each size.

    `key` is "cpu", "memory", or what the work reports. With `base`, the growth from that size on is
    judged; without, the figure at the largest size.
    """

    name: str
    key: str = "cpu"
    quantity: str = "us"
    unit: str = "call"
    base: int | None = None
    goals: Sequence[Goal] = (STRAIGHT,)
    short: str = ""  # why, where a goal is not met


@dataclass(frozen=True)
class Case:
    """Work that is measured at several sizes; those above `quick` not in a quick run."""

    work: str
    sizes: Sequence[int]
    figures: Sequence[Figure]
    quick: int | None = None
    who: Sequence[str] = ("floor", "ours")
    rounds: tuple[int, int] = (2, 5)  # of a quick run, and of a whole one
    warm: bool = False  # each size is done once before it is measured
    server: Server = _stub.running


@dataclass
class Curve(Row):
    """A row whose samples are growths, or figures at the largest size, and the curve of it."""

    sizes: list[int] = field(default_factory=list)
    costs: dict[str, list[float]] = field(default_factory=dict)
    """The median of each size's figures, in `measured`, for each contestant."""
    measured: str = "us"

    def text(self) -> str:
        """The row and, below it, the curves."""
        lines = [line(self)]
        for who, costs in self.costs.items():
            points = zip(self.sizes, costs, strict=True)
            shown = "  ".join(f"{size:,}: {amount(cost, self.measured)}" for size, cost in points)
            lines.append(f"    {who:5s} {shown}")
        return "\n".join(lines)


@contextmanager
def nothing() -> Iterator[str]:
    """No server."""
    yield ""


def measure(module: str, cases: Sequence[Case], *, quick: bool) -> list[Row]:
    """Measures the cases, and prints each curve as it is done."""
    curves: list[Row] = []
    for case in cases:
        if quick and case.quick is not None:
            most = case.quick
            case = replace(case, sizes=[size for size in case.sizes if size <= most])
        for curve in _measured(module, case, case.rounds[0 if quick else 1]):
            print(curve.text(), flush=True)
            curves.append(curve)
    return curves


def _measured(module: str, case: Case, rounds: int) -> list[Curve]:
    # By figure, contestant and size: the samples of the rounds.
    samples: dict[str, dict[str, dict[int, list[float]]]] = {
        figure.key: {who: {size: [] for size in case.sizes} for who in case.who}
        for figure in case.figures
    }
    with ExitStack() as stack:
        url = stack.enter_context(case.server())
        asks: Asks = {
            who: stack.enter_context(worker(module, who, case.work, url)) for who in case.who
        }
        for ask in asks.values():
            ask(case.sizes[0])  # connections, imports, compiled hooks
        for _ in range(rounds):
            for size in case.sizes:
                for who, ask in asks.items():
                    if case.warm:
                        ask(size)
                    cost = ask(size)
                    for key, found in samples.items():
                        found[who][size].append(_figure(cost, key))
    return [_curve(case, figure, samples[figure.key]) for figure in case.figures]


def _figure(cost: dict[str, Any], key: str) -> float:
    report: dict[str, float] = cost["found"]
    if key == "cpu":
        return float(cost["cpu"]) / report["items"] * 1e6
    return float(cost["memory"]) / 1e6 if key == "memory" else report[key]


def _curve(case: Case, figure: Figure, found: dict[str, dict[int, list[float]]]) -> Curve:
    last = case.sizes[-1]
    judged = {
        who: by_size[last]
        if figure.base is None
        else [a / b for a, b in zip(by_size[last], by_size[figure.base], strict=True)]
        for who, by_size in found.items()
    }
    curve = Curve(
        figure.name,
        figure.unit,
        judged if all(min(each) > 0 for each in judged.values()) else {"ours": judged["ours"]},
        figure.quantity if figure.base is None else "times",
        sizes=list(case.sizes),
        costs={
            who: [median(by_size[size]) for size in case.sizes] for who, by_size in found.items()
        },
        measured=figure.quantity,
    )
    curve.judge(figure.goals, figure.short)
    return curve

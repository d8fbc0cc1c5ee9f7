"""Contests: vendor, floor and ours in turn, round by round, so that a busy machine slows all alike.

A ratio is taken within each round, between costs that were measured within a second of each other,
and the median of the rounds is what counts; the spread is that of its middle half.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import _stub

HERE = Path(__file__).parent
ROOT = HERE.parent
VENDOR_VERSION = "1.3.6"


@dataclass(frozen=True)
class Goal:
    """How a ratio must be: "floor" and "vendor" are ours by theirs, "times" is theirs by ours."""

    beside: str
    bound: float

    def text(self) -> str:
        return f"{self.bound:g}x" if self.beside == "times" else f"{self.bound:.2f}"


@dataclass(frozen=True)
class Case:
    """A row of the table: what is done, how many items in a round, and the goals."""

    name: str
    work: str
    items: Mapping[str, int]
    unit: str = "call"
    goals: Sequence[Goal] = ()
    short: str = ""  # why, where a goal is not met


@dataclass
class Row:
    """What was measured of a case. Samples are microseconds of CPU an item, round by round."""

    name: str
    unit: str
    samples: dict[str, list[float]]
    wall: dict[str, list[float]] = field(default_factory=dict)
    goals: list[dict[str, Any]] = field(default_factory=list)
    note: str = ""

    def cost(self, who: str) -> float:
        return median(self.samples[who])

    def ratio(self, over: str, under: str) -> float:
        return median(self._ratios(over, under))

    def spread(self, over: str, under: str) -> tuple[float, float]:
        ratios = self._ratios(over, under)
        if len(ratios) < 3:
            return min(ratios), max(ratios)
        low, _, high = quantiles(ratios, n=4, method="inclusive")
        return low, high

    def _ratios(self, over: str, under: str) -> list[float]:
        return [a / b for a, b in zip(self.samples[over], self.samples[under], strict=True)]


def goal(row: Row, wanted: Goal, reason: str = "") -> dict[str, Any]:
    """A goal with what was reached."""
    match wanted.beside:
        case "floor" | "vendor":
            reached = row.ratio("ours", wanted.beside)
            met = reached <= wanted.bound
        case "times":
            reached = row.ratio("vendor", "ours")
            met = reached >= wanted.bound
        case _:  # an absolute figure
            reached = row.cost("ours")
            met = reached <= wanted.bound
    return {**asdict(wanted), "reached": reached, "met": met, "reason": "" if met else reason}


def vendor_python() -> str:
    """The interpreter that has the vendor's SDK; `nox -s bench` makes it."""
    default = ROOT / ".cache" / "vendor" / VENDOR_VERSION / "bin" / "python"
    found = os.environ.get("TWELVELABS_VENDOR_136") or str(default)
    if not Path(found).exists():
        raise SystemExit(
            f"no interpreter with twelvelabs=={VENDOR_VERSION} at {found}: "
            "run `nox -s bench`, or set TWELVELABS_VENDOR_136"
        )
    return found


def environment() -> dict[str, str]:
    path = os.pathsep.join([str(HERE), str(ROOT), os.environ.get("PYTHONPATH", "")])
    return {**os.environ, "PYTHONPATH": path.rstrip(os.pathsep), "PYTHONDONTWRITEBYTECODE": ""}


@contextmanager
def worker(module: str, who: str, work: str, url: str) -> Iterator[Callable[[int], dict[str, Any]]]:
    """Has a contestant work so many items: gives what it cost."""
    python = vendor_python() if who == "vendor" else sys.executable
    command = [python, str(HERE / "_worker.py"), module, f"{who}_{work}", url]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment()
    ) as process:
        to, back = process.stdin, process.stdout
        assert to is not None
        assert back is not None

        def ask(items: int) -> dict[str, Any]:
            print(items, file=to, flush=True)
            line = back.readline()
            if not line:
                raise SystemExit(f"{module}.{who}_{work} has failed")
            answer: dict[str, Any] = json.loads(line)
            return answer

        try:
            yield ask
        finally:
            to.close()


def contest(module: str, case: Case, rounds: int, *, share: float = 1.0) -> Row:
    """Measures a case; `share` makes each round shorter."""
    items = {who: max(1, int(count * share)) for who, count in case.items.items()}
    row = Row(case.name, case.unit, {who: [] for who in items}, {who: [] for who in items})
    with ExitStack() as stack:
        url = stack.enter_context(_stub.running())
        asks = {who: stack.enter_context(worker(module, who, case.work, url)) for who in items}
        for who, ask in asks.items():
            ask(max(1, items[who] // 10))  # connections, imports, compiled hooks
        for _ in range(rounds):
            for who, ask in asks.items():
                cost = ask(items[who])
                row.samples[who].append(cost["cpu"] / items[who] * 1e6)
                row.wall[who].append(cost["wall"] / items[who] * 1e6)
    row.goals = [goal(row, wanted, case.short) for wanted in case.goals]
    return row


def measure(module: str, cases: Sequence[Case], *, quick: bool) -> list[Row]:
    """Measures the cases of a benchmark, and prints each row as it is done."""
    rows: list[Row] = []
    for case in cases:
        rows.append(contest(module, case, 3 if quick else 9, share=0.2 if quick else 1.0))
        print(line(rows[-1]), flush=True)
    return rows


# How it is shown


def amount(microseconds: float) -> str:
    for bound, unit in ((1e6, "s"), (1e3, "ms")):
        if microseconds >= bound:
            return f"{microseconds / bound:.3g} {unit}"
    return f"{microseconds:.3g} us"


COLUMNS = "{:<42} {:>9} {:>9} {:>9}  {:>17} {:>20}  {}"
HEAD = COLUMNS.format(
    "CPU an item", "vendor", "floor", "ours", "ours / floor", "vendor / ours", "goals"
)


def line(row: Row) -> str:
    """A row of the table, as text."""
    if not row.samples:
        return f"{row.name:<42} {row.note}"
    costs = [
        amount(row.cost(who)) if who in row.samples else "" for who in ("vendor", "floor", "ours")
    ]
    ratios = [
        "{:.2f} ({:.2f}..{:.2f})".format(row.ratio(a, b), *row.spread(a, b))
        if a in row.samples and b in row.samples
        else ""
        for a, b in (("ours", "floor"), ("vendor", "ours"))
    ]
    goals = ", ".join(
        f"{Goal(g['beside'], g['bound']).text()} {'met' if g['met'] else 'SHORT'}"
        for g in row.goals
    )
    return COLUMNS.format(row.name, *costs, *ratios, f"{goals} {row.note}".strip())


def main(run: Callable[..., list[Row]]) -> None:
    """Runs one benchmark by itself, and prints its table; the rows go to --json as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--json", type=Path, help="write the rows here too")
    arguments = parser.parse_args()
    print(HEAD)
    rows = run(quick=arguments.quick)
    if arguments.json is not None:
        arguments.json.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")

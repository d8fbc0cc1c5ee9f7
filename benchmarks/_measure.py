"""Contests: vendor, floor and ours in turn, round by round, so that a busy machine slows all alike.

In some rows this package takes part twice: on asyncio's event loop, and on uvloop where that is
installed.

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
from importlib.util import find_spec
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Literal

import _stub
from _cores import FIRST, LAST, on_core

HERE = Path(__file__).parent
ROOT = HERE.parent
VENDOR_VERSION = "1.3.6"


@dataclass(frozen=True)
class Goal:
    """The bound of a figure.

    "floor" and "vendor" are ours by theirs, "times" is the vendor's by ours, each at most or at
    least; "most" bounds our own figure.
    """

    beside: Literal["floor", "vendor", "times", "most"]
    bound: float


@dataclass(frozen=True)
class Case:
    """A row of the table: what is done, how many items in a round, and the goals."""

    name: str
    work: str
    items: Mapping[str, int]
    unit: str = "call"
    goals: Sequence[Goal] = ()
    short: str = ""  # why, where a goal is not met
    uvloop: bool = False  # whether ours takes part on uvloop as well


@dataclass
class Row:
    """What was measured of a case: a figure an item for each contestant, round by round.

    `quantity` is what the figures are: CPU, in microseconds, unless it says otherwise.
    """

    name: str
    unit: str
    samples: dict[str, list[float]]
    quantity: str = "us"
    wall: dict[str, list[float]] = field(default_factory=dict)
    goals: list[dict[str, Any]] = field(default_factory=list)

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

    def judge(self, goals: Sequence[Goal], short: str = "") -> Row:
        """This, with each goal, what was reached, and why not where it was not."""
        for goal in goals:
            if goal.beside == "times":
                reached = self.ratio("vendor", "ours")
            elif goal.beside == "most":
                reached = self.cost("ours")
            else:
                reached = self.ratio("ours", goal.beside)
            met = reached >= goal.bound if goal.beside == "times" else reached <= goal.bound
            reason = "" if met else short
            self.goals.append({**asdict(goal), "reached": reached, "met": met, "reason": reason})
        return self


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


def _started(command: Sequence[str], core: int | None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
        preexec_fn=on_core(core),
    )


@contextmanager
def server(*command: str, core: int | None = LAST) -> Iterator[str]:
    """A server of ours: the line that it prints. It ends when its input closes."""
    with _started([sys.executable, *command], core) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.communicate()


@contextmanager
def worker(module: str, who: str, work: str, url: str) -> Iterator[Callable[[int], dict[str, Any]]]:
    """Has a contestant work so many items: gives what it cost."""
    python = vendor_python() if who == "vendor" else sys.executable
    function = f"ours_{work}" if who == "uvloop" else f"{who}_{work}"
    command = [python, str(HERE / "_worker.py"), module, function, url]
    command += ["uvloop"] if who == "uvloop" else []
    with _started(command, FIRST) as process:
        to, back = process.stdin, process.stdout
        assert to is not None
        assert back is not None

        def ask(items: int) -> dict[str, Any]:
            print(items, file=to, flush=True)
            line = back.readline()
            if not line:
                raise SystemExit(f"{module}.{function} has failed")
            answer: dict[str, Any] = json.loads(line)
            return answer

        try:
            yield ask
        finally:
            to.close()


def contest(module: str, case: Case, rounds: int, *, share: float = 1.0) -> Row:
    """Measures a case; `share` makes each round shorter."""
    items = {who: max(1, int(count * share)) for who, count in case.items.items()}
    if case.uvloop and find_spec("uvloop") is not None:
        items["uvloop"] = items["ours"]
    row = Row(case.name, case.unit, {who: [] for who in items}, wall={who: [] for who in items})
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
    return row.judge(case.goals, case.short)


def measure(module: str, cases: Sequence[Case], *, quick: bool) -> list[Row]:
    """Measures the cases of a benchmark, and prints each row as it is done."""
    rows: list[Row] = []
    for case in cases:
        rows.append(contest(module, case, 3 if quick else 9, share=0.2 if quick else 1.0))
        print(line(rows[-1]), flush=True)
    return rows


# How it is shown

WHO = ("vendor", "floor", "ours", "uvloop")
COLUMNS = "{:<38} {:>9} {:>9} {:>9} {:>9}  {:>17} {:>20}  {}"
HEAD = COLUMNS.format(
    "", "vendor", "floor", "ours", "on uvloop", "ours / floor", "vendor / ours", "goals"
)


def amount(figure: float, quantity: str) -> str:
    """A figure with its unit."""
    if quantity != "us":
        return f"{figure:.4g} {quantity}"
    for bound, unit in ((1e6, "s"), (1e3, "ms")):
        if figure >= bound:
            return f"{figure / bound:.3g} {unit}"
    return f"{figure:.3g} us"


def goal_text(goal: Mapping[str, Any], quantity: str) -> str:
    """A goal and what was reached, such as ``ours / floor <= 1.10: 1.06``."""
    reached = goal["reached"]
    match goal["beside"]:
        case "times":
            text = f"vendor / ours >= {goal['bound']:g}: {reached:.4g}"
        case "most":
            text = f"<= {amount(goal['bound'], quantity)}: {amount(reached, quantity)}"
        case who:
            text = f"ours / {who} <= {goal['bound']:.2f}: {reached:.2f}"
    return text if goal["met"] else f"{text} SHORT"


def line(row: Row) -> str:
    """A row of the table, as text."""
    costs = [amount(row.cost(who), row.quantity) if who in row.samples else "" for who in WHO]
    ratios = [
        "{:.2f} ({:.2f}..{:.2f})".format(row.ratio(a, b), *row.spread(a, b))
        if a in row.samples and b in row.samples
        else ""
        for a, b in (("ours", "floor"), ("vendor", "ours"))
    ]
    goals = "; ".join(goal_text(goal, row.quantity) for goal in row.goals)
    return COLUMNS.format(row.name, *costs, *ratios, goals).rstrip()


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

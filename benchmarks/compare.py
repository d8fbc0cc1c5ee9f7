"""Compares two saved runs: ``python benchmarks/compare.py SAVED NEW [--fail-above 1.10]``.

Compared are ratios within each run, ours by the floor, or by the vendor's where there is no floor,
so that the two may come from different machines; of a curve, our growth or the figure that is
judged. Ends with 1 when one has grown by more than the factor given.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path
from statistics import median
from typing import Any

from chart import ratio


def standing(row: dict[str, Any]) -> float | None:
    """Our cost beside the floor's, else beside the vendor's; of a curve, what is judged."""
    if row.get("sizes"):
        return median(row["samples"]["ours"])
    floor = ratio(row, "ours", "floor")
    return ratio(row, "ours", "vendor") if floor is None else floor


def _is_met(row: dict[str, Any]) -> bool:
    return all(goal["met"] for goal in row["goals"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("saved", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--fail-above", type=float, metavar="FACTOR")
    arguments = parser.parse_args()
    saved, new = (
        {row["name"]: row for row in json.loads(path.read_text())["rows"]}
        for path in (arguments.saved, arguments.new)
    )
    worse: list[str] = []
    for name, row in new.items():
        after = standing(row)
        before = standing(saved[name]) if name in saved else None
        if after is None or before is None:
            continue
        # Nothing to divide by, such as no growth of memory: then the row's own goals decide.
        grown = after / before if before else 1.0 if _is_met(row) else math.inf
        if arguments.fail_above is not None and grown > arguments.fail_above:
            worse.append(name)
        mark = " WORSE" if name in worse else ""
        print(f"{name:<48} {before:8.3f} {after:8.3f}  x{grown:.2f}{mark}")
    for name in saved.keys() - new.keys():
        print(f"{name:<48} not measured")
    sys.exit(1 if worse else 0)


if __name__ == "__main__":
    main()

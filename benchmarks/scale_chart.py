"""Draws the curves of a saved run as small multiples.

``python benchmarks/scale_chart.py results.json > scale.svg``
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from _measure import amount
from chart import FAINT, FONT, GRID, INK, MET, PLAIN, SHORT, text

COLUMNS, WIDE, HIGH, GAP, TOP = 3, 300, 190, 20, 76
LEFT, RIGHT, ABOVE, BELOW = 8, 12, 62, 34  # around a curve, within its cell
COLOURS = {"floor": PLAIN, "ours": MET}


def draw(results: Mapping[str, Any]) -> str:
    """The curves as SVG; an empty picture when the run has none."""
    rows = [row for row in results["rows"] if row.get("sizes")]
    width = COLUMNS * WIDE + (COLUMNS + 1) * GAP
    height = TOP + -(-len(rows) // COLUMNS) * (HIGH + GAP) + 44
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"',
        f'width="{width}" height="{height}" font-family="{FONT}">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        text(GAP, 34, "twelvelabs-async: how costs grow", size=18),
        text(
            GAP,
            55,
            "An item's cost at each size (from 0; sizes on a logarithmic scale). A flat line "
            "grows with the size, and no faster.",
            fill=FAINT,
        ),
    ]
    for at, row in enumerate(rows):
        down, along = divmod(at, COLUMNS)
        parts += _cell(row, GAP + along * (WIDE + GAP), TOP + down * (HIGH + GAP))
    versions = ", ".join(f"{name} {number}" for name, number in results["versions"].items())
    how = "; a quick run" if results["quick"] else ""
    parts += [
        _line([(GAP, height - 36), (GAP + 16, height - 36)], MET),
        text(GAP + 22, height - 32, "ours", size=12, fill=FAINT),
        _line([(GAP + 62, height - 36), (GAP + 78, height - 36)], PLAIN),
        text(GAP + 84, height - 32, "bare aiohttp, or asyncio", size=12, fill=FAINT),
        text(
            GAP,
            height - 12,
            f"{results['date']}, {results['commit']}: {versions}; {results['machine']}{how}",
            size=11,
            fill=FAINT,
        ),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _cell(row: Mapping[str, Any], left: float, top: float) -> list[str]:
    sizes, costs, unit = row["sizes"], row["costs"], row["measured"]
    bounds = [goal["bound"] for goal in row["goals"] if row["quantity"] != "times"]
    most = max(*bounds, *(cost for each in costs.values() for cost in each), 0.0) or 1.0
    across = WIDE - LEFT - RIGHT
    base, roof = top + HIGH - BELOW, top + ABOVE

    def place(size: float, cost: float) -> tuple[float, float]:
        share = math.log(size / sizes[0]) / math.log(sizes[-1] / sizes[0])
        return left + LEFT + share * across, base - max(cost, 0) / most * (base - roof)

    met = all(goal["met"] for goal in row["goals"])
    parts = [
        f'<rect x="{left}" y="{top}" width="{WIDE}" height="{HIGH}" fill="none" stroke="{GRID}"/>',
        text(left + LEFT, top + 20, row["name"]),
        text(left + LEFT, top + 38, _judged(row), size=11, fill=FAINT if met else SHORT),
        _line([(left + LEFT, base), (left + WIDE - RIGHT, base)], GRID),
    ]
    for who, each in costs.items():
        points = [place(size, cost) for size, cost in zip(sizes, each, strict=True)]
        parts.append(_line(points, COLOURS[who] if met or who != "ours" else SHORT))
        x, y = points[-1]
        if who == "ours":
            label = amount(each[-1], unit)
            parts.append(text(x, y - 6, label, size=11, fill=INK, anchor="end"))
    for at, size in enumerate(sizes):
        anchor = "start" if at == 0 else "end" if at == len(sizes) - 1 else "middle"
        x, _ = place(size, 0)
        parts.append(text(x, base + 16, f"{size:,}", size=10, fill=FAINT, anchor=anchor))
    return parts


def _judged(row: Mapping[str, Any]) -> str:
    """The figures that are judged, and their goals."""
    unit = row["quantity"]
    what = "growth " if unit == "times" else ""
    shown: list[str] = []
    for goal in row["goals"]:
        if goal["beside"] == "floor":
            shown.append(f"ours / peer {goal['reached']:.2f} (goal {goal['bound']:g})")
        else:
            reached = f"{goal['reached']:.2f}" if what else amount(goal["reached"], unit)
            shown.append(f"{what}{reached} (goal {goal['bound']:g})")
    return "; ".join(shown)


def _line(points: Sequence[tuple[float, float]], colour: str) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'


if __name__ == "__main__":
    sys.stdout.write(draw(json.loads(Path(sys.argv[1]).read_text())))

"""Draws the chart of a saved run: how many times the vendor's SDK, and the cost beside the floor.

``python benchmarks/chart.py results.json > results.svg``
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping
from html import escape
from pathlib import Path
from statistics import median
from typing import Any

WIDTH, LEFT, RIGHT, ROW, TOP = 960, 316, 200, 26, 92
MOST = 1_000  # times, at the right end of the scale
INK, FAINT, GRID, GOAL = "#1f2933", "#6b7785", "#e3e8ee", "#1f2933"
MET, SHORT, PLAIN = "#2f7d6d", "#c98a2b", "#8fa6b8"
FONT = "ui-sans-serif, system-ui, 'Segoe UI', Helvetica, Arial, sans-serif"


def ratio(row: Mapping[str, Any], over: str, under: str) -> float | None:
    """The median of the rounds' ratios; None where one of the two did not take part."""
    samples = row["samples"]
    if over not in samples or under not in samples:
        return None
    return median(a / b for a, b in zip(samples[over], samples[under], strict=True))


def x(times: float) -> float:
    """Where so many times are on the scale, which is logarithmic."""
    share = math.log10(min(max(times, 1), MOST)) / math.log10(MOST)
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def text(
    left: float, top: float, words: str, *, size: int = 13, fill: str = INK, anchor: str = "start"
) -> str:
    return (
        f'<text x="{left:.1f}" y="{top:.1f}" font-size="{size}" fill="{fill}" '
        f'text-anchor="{anchor}">{escape(words)}</text>'
    )


def mark(left: float, top: float, bottom: float) -> str:
    """Where a goal is."""
    return (
        f'<line x1="{left:.1f}" x2="{left:.1f}" y1="{top}" y2="{bottom}" stroke="{GOAL}" '
        'stroke-width="2"/>'
    )


def beside_floor(row: Mapping[str, Any]) -> tuple[str, str]:
    """The words at the right of a row, and their colour."""
    most = next((goal for goal in row["goals"] if goal["beside"] == "most"), None)
    if most is not None:
        words = f"{most['reached']:.3g} {row['quantity']} (goal {most['bound']:g})"
        return words, INK if most["met"] else SHORT
    found = ratio(row, "ours", "floor")
    if found is None:
        return "", FAINT
    goals = [goal for goal in row["goals"] if goal["beside"] == "floor"]
    wanted = f" (goal {goals[0]['bound']:.2f})" if goals else ""
    met = all(goal["met"] for goal in goals)
    return f"{found:.2f}{wanted}", INK if met else SHORT


def draw(results: Mapping[str, Any]) -> str:
    """The chart as SVG; `scale_chart.py` draws the rows that are curves."""
    rows = [row for row in results["rows"] if not row.get("sizes")]
    bottom = TOP + ROW * len(rows)
    height = bottom + 74
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img"',
        f'width="{WIDTH}" height="{height}" font-family="{FONT}">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        text(24, 34, "twelvelabs-async: how many times the vendor's SDK", size=18),
        text(
            24,
            55,
            "CPU of the client (uploads: time) for the same work. "
            "Right: ours by bare aiohttp + orjson, less is better.",
            fill=FAINT,
        ),
    ]
    for times in (1, 3, 10, 30, 100, 300, 1_000):
        parts.append(
            f'<line x1="{x(times):.1f}" x2="{x(times):.1f}" y1="{TOP - 8}" y2="{bottom}" '
            f'stroke="{GRID}"/>'
        )
        parts.append(text(x(times), TOP - 14, f"{times}x", size=11, fill=FAINT, anchor="middle"))
    parts.append(text(WIDTH - 24, TOP - 14, "ours / floor", size=11, fill=FAINT, anchor="end"))
    for at, row in enumerate(rows):
        top = TOP + ROW * at
        parts.append(text(LEFT - 12, top + 16, row["name"], anchor="end"))
        times = ratio(row, "vendor", "ours")
        if times is not None:
            goals = [
                goal["bound"] if goal["beside"] == "times" else 1 / goal["bound"]
                for goal in row["goals"]
                if goal["beside"] in ("times", "vendor")
            ]
            met = all(times >= goal for goal in goals)
            fill = PLAIN if not goals else MET if met else SHORT
            parts.append(
                f'<rect x="{LEFT}" y="{top + 4}" width="{x(times) - LEFT:.1f}" height="{ROW - 9}" '
                f'rx="2" fill="{fill}"/>'
            )
            parts += [mark(x(goal), top + 1, top + ROW - 2) for goal in goals]
            label = f"{times:.0f}x" if times >= 10 else f"{times:.1f}x"
            parts.append(text(max([x(times), *map(x, goals)]) + 6, top + 16, label, size=12))
        words, fill = beside_floor(row)
        parts.append(text(WIDTH - 24, top + 16, words, size=12, fill=fill, anchor="end"))
    how = "; a quick run" if results["quick"] else ""
    versions = ", ".join(f"{name} {number}" for name, number in results["versions"].items())
    parts += [
        f'<rect x="24" y="{bottom + 20}" width="12" height="12" rx="2" fill="{MET}"/>',
        text(42, bottom + 30, "goal met", size=12, fill=FAINT),
        f'<rect x="112" y="{bottom + 20}" width="12" height="12" rx="2" fill="{SHORT}"/>',
        text(130, bottom + 30, "short of the goal", size=12, fill=FAINT),
        f'<rect x="252" y="{bottom + 20}" width="12" height="12" rx="2" fill="{PLAIN}"/>',
        text(270, bottom + 30, "no goal set", size=12, fill=FAINT),
        mark(362, bottom + 18, bottom + 34),
        text(370, bottom + 30, "the goal", size=12, fill=FAINT),
        text(
            24,
            bottom + 54,
            f"{results['date']}, {results['commit']}: {versions}; {results['machine']}{how}",
            size=11,
            fill=FAINT,
        ),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    sys.stdout.write(draw(json.loads(Path(sys.argv[1]).read_text())))

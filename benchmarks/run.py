"""Runs the benchmarks, prints their table, and draws the charts.

``python benchmarks/run.py [NAME ...] [--quick] [--out FOLDER]``. A run of all of them writes
``results.json``, ``results.svg`` and ``scale.svg`` beside this file, or into FOLDER; one of some
only with --out.
Needs what the package needs, and the vendor's SDK in an interpreter of its own, which
TWELVELABS_VENDOR_136 names: `nox -s bench` has both.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from _measure import HEAD, HERE, VENDOR_VERSION, Goal, Row, environment, goal_text, line
from chart import draw
from scale_chart import draw as draw_curves

# Who runs for whom; of two, the faster one counts.
CONTESTANTS = {"vendor": ("vendor_sync", "vendor_async"), "floor": ("floor",), "ours": ("ours",)}
# Those that have an event loop to hold up.
MEASURED = {"vendor": "vendor_async", "floor": "floor", "ours": "ours"}
MIB = 1 << 20
NAMES = (
    "startup",
    "calls",
    "decode",
    "embeddings",
    "stream",
    "sync",
    "wait",
    "upload",
    "upload_rclone",
    "sandbox",
    "scale",
)


def upload(*, quick: bool) -> list[Row]:
    """The rows of `upload.py`, which measures the clock: kernel and disk take part."""
    size, rounds = (128, 1) if quick else (1024, 5)
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder, "upload.json")
        command = [sys.executable, str(HERE / "upload.py"), "--json", str(answer)]
        command += ["--size", str(size), "--rounds", str(rounds)]
        subprocess.run(command, env=environment(), check=True, stdout=subprocess.DEVNULL)
        found = json.loads(answer.read_text())
    rows: list[Row] = []
    for each in found["rows"]:
        samples = {
            who: [min(times[one]["wall"] for one in those) * 1e6 for times in each["rounds"]]
            for who, those in CONTESTANTS.items()
        }
        row = Row(f"upload {size} MiB by {' '.join(each['setting'].split())}", "file", samples)
        least = 6.0 if each["chunk"] == 5 else 2.5
        bare = median(samples["vendor"]) / median(samples["floor"])
        short = f"bare aiohttp itself is {bare:.1f} times the vendor's" if bare < least else ""
        rows.append(row.judge([Goal("floor", 1.15), Goal("times", least)], short))
    # Of all rows the worst, in what the clock does not show.
    for name, key, unit, scale, bound in (
        ("uploads: memory above import", "memory", "MiB", 1 / MIB, 60),
        ("uploads: stall of the event loop", "stall", "ms", 1e3, 20),
        ("uploads: on disk", "disk", "MiB", 1 / MIB, 0),
    ):
        most = {
            who: [scale * max(each[them][key] for each in found["rows"])]
            for who, them in MEASURED.items()
        }
        # Nothing to divide by.
        samples = most if min(most["ours"]) > 0 else {"ours": most["ours"]}
        rows.append(Row(name, "file", samples, unit).judge([Goal("most", bound)]))
    for row in rows:
        print(line(row), flush=True)
    return rows


def versions() -> dict[str, str]:
    names = ("aiohttp", "orjson", "attrs", "cattrs", "anyio")
    return {
        "python": platform.python_version(),
        **{name: version(name) for name in names},
        "twelvelabs": VENDOR_VERSION,
    }


def commit() -> str:
    """The commit that is measured, with "-dirty" where files differ from it; "" outside of git."""
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"],
        cwd=HERE,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


def save(results: dict[str, Any], out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    (out / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    (out / "results.svg").write_text(draw(results))
    (out / "scale.svg").write_text(draw_curves(results))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--out", type=Path, help="where the results and charts go")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(NAMES):
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}")
    out = arguments.out or (None if arguments.names else HERE)
    results: dict[str, Any] = {
        "date": datetime.now(UTC).date().isoformat(),
        "commit": commit(),
        "versions": versions(),
        "quick": arguments.quick,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
    }
    rows: list[Row] = []
    print(HEAD)
    for name in arguments.names or NAMES:
        measure: Callable[..., list[Row]] = (
            upload if name == "upload" else import_module(name).measure
        )
        rows += measure(quick=arguments.quick)
        results["rows"] = [asdict(row) for row in rows]
        if out is not None:  # after each: a whole run takes long, and may be stopped
            save(results, out)
    short = [(row, goal) for row in rows for goal in row.goals if not goal["met"]]
    print(f"\n{len(short)} goals are short" if short else "\nall goals are met")
    for row, goal in short:
        reason = f": {goal['reason']}" if goal["reason"] else ""
        print(f"  {row.name}, {goal_text(goal, row.quantity)}{reason}")
    if out is not None:
        print(f"\nwritten: results.json, results.svg and scale.svg in {out}")


if __name__ == "__main__":
    main()

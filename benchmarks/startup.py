"""Start-up, each time in a new process: import, a client, the areas of the main job, a first call.

The time is CPU from the first line of the program on, so without that of the bare interpreter; the
memory is that of the whole process when it is done. Byte code is there, as after an installation.
The last row is for how long a running event loop serves nobody while a client makes its first call:
the package is imported before, as at the top of a program.
"""

from __future__ import annotations

import subprocess
import sys
from textwrap import indent

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
SHORT = "20 MB are the interpreter's and those of asyncio with ssl; the goal is 22"
MEMORY = "import, a client, its areas"

FIRST_CALL = {
    "vendor": f"{VENDOR}; await c.indexes.list()",
    "floor": """
import aiohttp, orjson
async with aiohttp.ClientSession() as session, session.get(f'{URL}/indexes') as reply:
    orjson.loads(await reply.read())
""",
    "ours": """
async with AsyncTwelveLabs('key', base_url=URL) as c:
    await c.indexes.list()
""",
}
BEFORE = {
    "vendor": "from twelvelabs import AsyncTwelveLabs",
    "floor": "",
    "ours": "from twelvelabs_async import AsyncTwelveLabs",
}
STALL = """
import asyncio, time
URL = {url!r}
{before}
async def call():
{program}
async def main():
    longest, last = 0.0, time.perf_counter()
    task = asyncio.create_task(call())
    while not task.done():
        await asyncio.sleep(0.001)
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
    await task
    print(longest * 1e3)
asyncio.run(main())
"""

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
    spent, peak = printed(who, FRAME.format(url=url, program=program.replace("; \n", "\n")))
    return spent * 1e6, peak * 1024 / 1e6


def printed(who: str, code: str) -> list[float]:
    """The numbers that a program prints."""
    python = vendor_python() if who == "vendor" else sys.executable
    ran = subprocess.run(
        [python, "-c", code],
        env=environment(),
        check=True,
        capture_output=True,
        text=True,
        preexec_fn=on_core(FIRST),
    )
    return [float(number) for number in ran.stdout.split()]


def stall(rounds: int, url: str) -> Row:
    """The longest time for which the event loop ran nothing else, in milliseconds."""
    row = Row("a first call: stall of the event loop", "call", {}, "ms")
    programs = {
        who: STALL.format(url=url, before=BEFORE[who], program=indent(program, "    "))
        for who, program in FIRST_CALL.items()
    }
    for _ in range(rounds):
        for who, program in programs.items():
            row.samples.setdefault(who, []).extend(printed(who, program))
    return row.judge([Goal("most", 20)])


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
                rows.append(memory.judge([Goal("vendor", 0.40)], SHORT))
        rows.append(stall(3 if quick else 15, url))
    for row in rows:
        print(line(row), flush=True)
    return rows


if __name__ == "__main__":
    main(measure)

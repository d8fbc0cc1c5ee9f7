"""One contestant in a process of its own: it handles as many items as asked, and prints the cost.

Run by `_measure.py` with the contestant's own interpreter: ``_worker.py MODULE FUNCTION URL
[uvloop]``. The function of the benchmark's module is an asynchronous context manager that gives the
work, a coroutine function of the number of items. Each line on stdin is such a number; each on
stdout the cost as JSON: seconds of CPU and of the clock, and by how much the memory in use went up
at most.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from importlib import import_module
from pathlib import Path

from _cores import open_many_files


def memory(field: str) -> int:
    """Bytes of memory, by the kernel's own account: VmRSS now, VmHWM at the most."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) * 1024
    return 0


def forget_peak() -> None:
    """Reset VmHWM."""
    Path("/proc/self/clear_refs").write_text("5")


async def serve(module: str, function: str, url: str, *_: str) -> None:
    async with getattr(import_module(module), function)(url) as work:
        for line in sys.stdin:
            gc.collect()
            before = memory("VmRSS:")
            forget_peak()
            cpu, wall = time.process_time(), time.perf_counter()
            found = await work(int(line))
            cost = {
                "cpu": time.process_time() - cpu,
                "wall": time.perf_counter() - wall,
                "memory": memory("VmHWM:") - before,
                "found": found,
            }
            print(json.dumps(cost), flush=True)


if __name__ == "__main__":
    open_many_files()
    if "uvloop" in sys.argv[4:]:
        # By the policy, so that the loop in a blocking client's thread is uvloop's as well.
        asyncio.set_event_loop_policy(import_module("uvloop").EventLoopPolicy())
    asyncio.run(serve(*sys.argv[1:]))

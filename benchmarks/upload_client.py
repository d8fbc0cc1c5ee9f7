"""One upload by one contestant, in a process of its own: ``upload_client.py WHO URL FILE CHUNK N``.

It prints what the upload cost as JSON. Nothing of a contestant is imported before its turn, so that
each is measured alone, also in the vendor's interpreter.
"""

from __future__ import annotations

import asyncio
import io
import json
import logging
import os
import resource
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

# Seconds between two looks at the loop. The blocking contestants have none: at a millisecond the
# looking alone would cost the others a tenth of their time.
TICK = 0.005
# How often the vendor's SDK tries a chunk again: with its three times a line that loses connections
# ends an upload now and then.
RETRIES = 10
Job = Callable[[], Awaitable[object]]


def memory(field: str) -> int:
    text = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith(field)) * 1024


def reset_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def vendor_sync(url: str, path: str, chunk: int, workers: int) -> Job:
    from twelvelabs import TwelveLabs

    client = TwelveLabs(api_key="k", base_url=url)

    async def job() -> object:
        upload = client.multipart_upload.upload_file
        return upload(path, max_workers=workers, batch_size=50, max_retries=RETRIES)

    return job


def vendor_async(url: str, path: str, chunk: int, workers: int) -> Job:
    from twelvelabs import AsyncTwelveLabs

    client = AsyncTwelveLabs(api_key="k", base_url=url)
    upload = client.multipart_upload.upload_file
    return lambda: upload(path, max_workers=workers, batch_size=50, max_retries=RETRIES)


def ours(url: str, path: str, chunk: int, workers: int) -> Job:
    from twelvelabs_async import AsyncTwelveLabs

    client = AsyncTwelveLabs("k", base_url=url)
    upload = client.multipart_upload.upload_file
    # Modules that are imported on first use belong to the import, as the vendor's do.
    import twelvelabs_async._runtime.transport
    import twelvelabs_async.multipart_upload._engine.uploader
    import twelvelabs_async.multipart_upload._service  # noqa: F401  # to have it loaded

    async def job() -> object:
        async with client:
            return await upload(path, max_workers=workers)

    return job


def ours_once(url: str, path: str, chunk: int, workers: int) -> Job:
    """The same from a file that cannot be rewound, and so is in memory by whole chunks."""
    import twelvelabs_async._runtime.transport
    import twelvelabs_async.multipart_upload._engine.uploader
    import twelvelabs_async.multipart_upload._service  # noqa: F401  # see ours
    from twelvelabs_async import AsyncTwelveLabs

    size = Path(path).stat().st_size

    class Pipe(io.FileIO):
        def seekable(self) -> bool:
            return False

    async def job() -> object:
        async with AsyncTwelveLabs("k", base_url=url) as client:
            upload = client.multipart_upload.upload_file
            with Pipe(path) as pipe:
                return await upload(pipe, size=size, max_workers=workers)

    return job


def ours_sync(url: str, path: str, chunk: int, workers: int) -> Job:
    import twelvelabs_async._runtime.transport
    import twelvelabs_async.multipart_upload._engine.uploader
    import twelvelabs_async.multipart_upload._service  # noqa: F401  # see ours
    from twelvelabs_async import TwelveLabs

    async def job() -> object:
        with TwelveLabs("k", base_url=url) as client:
            return client.multipart_upload.upload_file(path, max_workers=workers)

    return job


def floor(url: str, path: str, chunk: int, workers: int) -> Job:
    import aiohttp
    from aiohttp.abc import AbstractStreamWriter
    from aiohttp.payload import Payload

    step = 1 << 20
    size = Path(path).stat().st_size

    class Part(Payload):
        def __init__(self, file: int, offset: int, length: int) -> None:
            super().__init__(None)
            self._file, self._offset, self._size = file, offset, length

        def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
            return ""

        async def write(self, writer: AbstractStreamWriter) -> None:
            await self.write_with_length(writer, None)

        async def write_with_length(
            self, writer: AbstractStreamWriter, content_length: int | None
        ) -> None:
            loop = asyncio.get_running_loop()
            end = self._offset + (self._size or 0)
            for at in range(self._offset, end, step):
                count = min(step, end - at)
                await writer.write(
                    await loop.run_in_executor(None, os.pread, self._file, count, at)
                )

    async def job() -> None:
        file = os.open(path, os.O_RDONLY)
        offsets = iter(range(0, size, chunk))
        async with aiohttp.ClientSession() as session:

            async def worker() -> None:
                for offset in offsets:
                    part = Part(file, offset, min(chunk, size - offset))
                    async with session.put(f"{url}/part/1?sig=x", data=part) as response:
                        await response.read()
                        assert response.status == 200, response.status

            await asyncio.gather(*(worker() for _ in range(workers)))
        os.close(file)

    return job


async def stalls(worst: list[float]) -> None:
    while True:
        began = time.perf_counter()
        await asyncio.sleep(TICK)
        worst[0] = max(worst[0], time.perf_counter() - began - TICK)


def watch_disk(folder: Path, most: list[int], over: threading.Event) -> None:
    before = sum(entry.stat().st_size for entry in folder.rglob("*") if entry.is_file())
    while not over.wait(0.02):
        total = 0
        for entry in folder.rglob("*"):
            with suppress(OSError):  # removed in between
                total += entry.stat().st_size if entry.is_file() else 0
        most[0] = max(most[0], total - before)


async def measure(job: Job, folder: Path, *, watch_loop: bool) -> dict[str, float]:
    over, disk, worst = threading.Event(), [0], [0.0]
    watcher = threading.Thread(target=watch_disk, args=(folder, disk, over))
    watcher.start()
    ticker = asyncio.create_task(stalls(worst)) if watch_loop else None
    before = resource.getrusage(resource.RUSAGE_SELF)
    base = memory("VmRSS")
    reset_peak()
    await asyncio.sleep(0.05)
    worst[0] = 0.0
    began = time.perf_counter()
    await job()
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_SELF)
    if ticker is not None:
        ticker.cancel()
    over.set()
    watcher.join()
    return {
        "wall": wall,
        "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "memory": memory("VmHWM") - base,
        "disk": disk[0],
        "stall": worst[0],
    }


def main() -> None:
    who, url, path, chunk, workers = sys.argv[1:]
    make = {
        "floor": floor,
        "ours": ours,
        "ours_once": ours_once,
        "ours_sync": ours_sync,
        "vendor_sync": vendor_sync,
        "vendor_async": vendor_async,
    }[who]
    logging.disable(logging.WARNING)  # the vendor's SDK reports each repeated chunk
    job = make(url, path, int(chunk), int(workers))
    watch = not who.endswith("_sync")
    print(json.dumps(asyncio.run(measure(job, Path(path).parent, watch_loop=watch))))


if __name__ == "__main__":
    main()

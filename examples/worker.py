"""A worker that keeps an index up to date with a manifest, and survives being killed.

    TWELVE_LABS_API_KEY=... python examples/worker.py INDEX_ID films.jsonl

Run it from cron or a systemd unit, as often as you like: what is there already costs no request,
a second run beside the first one ends immediately, and SIGTERM finishes the current files.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from pathlib import Path

from twelvelabs_async import AsyncTwelveLabs
from twelvelabs_async.ingest import Concurrency, IngestProgress, JournalInUseError, write_report

STILL_RUNNING = 75  # as sysexits.h has it: try again later


def log_progress(news: IngestProgress) -> None:
    """What a monitor may look at."""
    if news.held > 10:
        sys.stderr.write(f"held back by a rate limit for {news.held:.0f} s\n")


async def main(index_id: str, manifest: str) -> int:
    """Ingest the manifest; the exit code is 0 when every film of it is ready."""
    stop = threading.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    journal = Path(manifest).with_suffix(".db")
    good = True
    try:
        async with AsyncTwelveLabs() as client:
            async for film in client.ingest(
                index_id,
                manifest,
                journal=journal,
                concurrency=Concurrency(uploads=16, indexing=25),
                retry_failed=True,
                on_progress=log_progress,
                stop=stop,
            ):
                good = good and film.status == "ready"
                if not film.earlier:
                    sys.stdout.write(f"{film.status}: {film.filename} {film.message or ''}\n")
    except JournalInUseError:
        return STILL_RUNNING
    write_report(journal, journal.with_suffix(".html"))
    return 0 if good and not stop.is_set() else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(*sys.argv[1:])))

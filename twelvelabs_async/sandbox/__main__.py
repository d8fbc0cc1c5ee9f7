"""The sandbox as a program: ``python -m twelvelabs_async.sandbox``."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import orjson

from .server import Sandbox
from .settings import Timings

__all__ = ["TIMINGS", "main", "serve"]

TIMINGS = {"fast": Timings, "real": Timings.real, "none": Timings.none}


def serve(
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    storage_port: int = 0,
    data: str | None = None,
    api_key: str | None = None,
    timings: str = "fast",
    ready: Callable[[Sandbox], None] | None = None,
) -> int:
    """Serve until SIGINT or SIGTERM, then return 0, the exit status.

    ``ready`` is called once it answers. Call it from the main thread, where signals arrive.
    """
    ended = False

    def end(number: int, frame: object) -> None:
        nonlocal ended
        ended = True

    handlers = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with Sandbox(
            host=host,
            port=port,
            storage_port=storage_port,
            data=data,
            api_key=api_key,
            timings=TIMINGS[timings](),
        ) as sandbox:
            if ready is not None:
                ready(sandbox)
            # In steps: a signal that the system hands to another thread ends no wait in this one.
            while not ended:
                time.sleep(0.1)
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    return 0


def describe(sandbox: Sandbox, *, json: bool) -> str:
    """What to tell the user once it answers: one line of JSON, or lines to paste into a shell."""
    if json:
        facts: dict[str, Any] = {
            "base_url": sandbox.base_url,
            "api_key": sandbox.api_key,
            "storage_url": sandbox.storage_url,
        }
        return orjson.dumps(facts).decode()
    return (
        f"export TWELVELABS_BASE_URL={sandbox.base_url}\n"
        f"export TWELVE_LABS_API_KEY={sandbox.api_key}\n"
        "# serving until interrupted"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program."""
    parser = argparse.ArgumentParser(
        prog="python -m twelvelabs_async.sandbox",
        description="Serve a local stand-in for the TwelveLabs API.",
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="of the API; 0 chooses a free one")
    parser.add_argument("--storage-port", type=int, default=0, help="of the presigned URLs")
    parser.add_argument("--data", help="directory that keeps everything between runs")
    parser.add_argument("--api-key", help="the key to accept; by default a new one is made")
    parser.add_argument("--timings", choices=sorted(TIMINGS), default="fast")
    parser.add_argument("--json", action="store_true", help="say where it is in one line of JSON")
    options = parser.parse_args(arguments)

    def ready(sandbox: Sandbox) -> None:
        sys.stdout.write(describe(sandbox, json=options.json) + "\n")
        sys.stdout.flush()

    return serve(
        host=options.host,
        port=options.port,
        storage_port=options.storage_port,
        data=options.data,
        api_key=options.api_key,
        timings=options.timings,
        ready=ready,
    )


if __name__ == "__main__":
    sys.exit(main())

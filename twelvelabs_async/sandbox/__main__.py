"""The sandbox as a program: ``python -m twelvelabs_async.sandbox``."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

import orjson

from . import Sandbox  # so that a missing extra is named
from .addresses import is_everywhere
from .eras import ERAS
from .server_log import logging_to_terminal
from .settings import Settings, SettingsError, Timings
from .tiers import TIERS

__all__ = ["TIMINGS", "configure", "describe", "main", "serve"]

TIMINGS: dict[str, Callable[[], Timings]] = {
    "fast": Timings,
    "real": Timings.real,
    "none": Timings.none,
}


def serve(
    *,
    ready: Callable[[Sandbox], None] | None = None,
    quiet: bool = False,
    seed_films: int = 0,
    **options: Any,
) -> int:
    """Serve until SIGINT, SIGTERM or SIGHUP, then return 0, the exit status; 1 if it failed.

    ``options`` are those of ``Sandbox``. So many ``seed_films`` are made and indexed at the start,
    unless there are indexes. ``ready`` is called once it answers. A line for each request goes to
    standard error, unless ``quiet``. Call it from the main thread, where signals arrive.
    """
    ended = False

    def end(number: int, frame: object) -> None:
        nonlocal ended
        ended = True

    handlers = {number: signal.signal(number, end) for number in _ends()}
    try:
        sandbox = Sandbox(**options)
        with contextlib.ExitStack() as stack:
            stack.enter_context(logging_to_terminal(quiet=quiet))
            stack.callback(sandbox.close)
            stack.enter_context(sandbox)
            if seed_films and not sandbox.index_names:
                sandbox.seed(seed_films)
            if ready is not None:
                ready(sandbox)
            # In steps: a signal that the system hands to another thread ends no wait in this one.
            while not ended and sandbox.is_serving:
                time.sleep(0.1)
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    return 0 if ended else 1


def _ends() -> Iterator[int]:
    """The signals that end it. What ``nohup`` starts outlives its terminal."""
    yield from (signal.SIGINT, signal.SIGTERM)
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        yield signal.SIGHUP


def configure(
    *, file: str | None = None, timings: str | None = None, **options: object
) -> dict[str, Any]:
    """The settings and timings for ``serve``, from a file, the environment and options.

    The later ones win; options that are None were not given. Raises ``SettingsError``.
    """
    given = {name: value for name, value in options.items() if value is not None}
    if timings not in (None, *TIMINGS):
        raise SettingsError(f"timings is {timings!r}; it must be one of: {', '.join(TIMINGS)}")
    chosen = Timings() if timings is None else TIMINGS[timings]()
    if timings is None and file is not None:
        chosen = Timings.from_file(file)
    return {"settings": Settings.gather(file=file, options=given), "timings": chosen}


def describe(sandbox: Sandbox, *, json: bool) -> str:
    """What to print once it answers: one line of JSON, or lines to paste into a shell."""
    webhooks = sandbox.webhooks.list()
    if json:
        facts: dict[str, Any] = {
            "base_url": _nearest(sandbox.base_url),
            "api_key": sandbox.api_key,
            "storage_url": _nearest(sandbox.storage_url),
        }
        if webhooks:
            facts["webhook_secret"] = webhooks[-1].secret
            facts["webhooks"] = [{"url": each.url, "secret": each.secret} for each in webhooks]
        return orjson.dumps(facts).decode()
    return (
        f"export TWELVELABS_BASE_URL={_nearest(sandbox.base_url)}\n"
        f"export TWELVE_LABS_API_KEY={sandbox.api_key}\n"
        + "".join(f"# the secret of {each.url} is {each.secret}\n" for each in webhooks)
        + "# serving until interrupted"
    )


def _nearest(url: str) -> str:
    """The address from this machine, where a sandbox listens on all of them."""
    host = urlsplit(url).hostname or ""
    if not is_everywhere(host):
        return url
    return url.replace(f"[{host}]", "[::1]") if ":" in host else url.replace(host, "127.0.0.1")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program."""
    parser = argparse.ArgumentParser(
        prog="python -m twelvelabs_async.sandbox",
        description="Serve a local stand-in for the TwelveLabs API.",
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="of the API; 0 chooses a free one")
    parser.add_argument("--storage-port", type=int, default=0, help="of the presigned URLs")
    parser.add_argument("--public-url", help="the API's origin as clients know it, without /v1.3")
    parser.add_argument(
        "--allowed-host",
        action="append",
        default=[],
        metavar="HOST",
        help="a host by which requests may name it, besides its own; may be repeated",
    )
    parser.add_argument("--data", help="directory that keeps everything between runs")
    parser.add_argument("--api-key", help="the key to accept; by default a new one is made")
    parser.add_argument("--timings", choices=sorted(TIMINGS), help="how long states last")
    parser.add_argument("--era", choices=list(ERAS), help="the time whose rules apply")
    parser.add_argument("--tier", choices=list(TIERS), help="the account's tier, with its limits")
    parser.add_argument("--settings", help="a TOML or JSON file with settings by their names")
    parser.add_argument("--drive", help="a folder of files to import, a user's drive")
    parser.add_argument(
        "--seed-films",
        type=int,
        default=0,
        metavar="NUMBER",
        help="films to make and index at the start, up to 100, unless it has indexes",
    )
    parser.add_argument(
        "--webhook", action="append", default=[], help="a URL to send events to; may be repeated"
    )
    parser.add_argument("--json", action="store_true", help="say where it is in one line of JSON")
    parser.add_argument(
        "--allow-remote-control",
        action="store_true",
        help="let other machines control it, at /_sandbox/ of the API's origin",
    )
    parser.add_argument("--quiet", action="store_true", help="log warnings only, not each request")
    options = parser.parse_args(arguments)
    try:
        configured = configure(
            file=options.settings, timings=options.timings, era=options.era, tier=options.tier
        )
    except SettingsError as error:
        parser.error(str(error))

    def ready(sandbox: Sandbox) -> None:
        if sys.stdout is not None:  # it may have been closed
            sys.stdout.write(describe(sandbox, json=options.json) + "\n")
            sys.stdout.flush()

    try:
        return serve(
            host=options.host,
            port=options.port,
            storage_port=options.storage_port,
            public_url=options.public_url,
            hosts=options.allowed_host,
            data=options.data,
            api_key=options.api_key,
            drive=options.drive,
            webhooks=options.webhook,
            allow_remote_control=options.allow_remote_control,
            quiet=options.quiet,
            seed_films=options.seed_films,
            ready=ready,
            **configured,
        )
    except ValueError as error:
        parser.error(str(error))
    except OSError as error:
        parser.exit(1, f"{parser.prog}: error: {error}\n")


if __name__ == "__main__":
    sys.exit(main())

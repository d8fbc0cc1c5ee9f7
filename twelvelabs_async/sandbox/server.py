"""The sandbox as a user holds it: two origins on a thread of their own."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import tempfile
import threading
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import CancelledError
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

from .addresses import Addresses
from .app import api_app
from .clock import Clock
from .connections import Connections
from .context import SandboxContext
from .data_folder import DataFolder
from .drive import Drive
from .fault_checks import check_kind
from .faults import Faults
from .hosts import check_hosts, is_host
from .indexing import Indexing
from .limits import Limits
from .listener import Listener
from .preset_answers import Answers
from .recorder import Requests
from .seeding import SEED_INDEX, Seeded, add_films
from .settings import Settings, Timings
from .settings_change import changed_settings
from .storage import Storage
from .storage_app import storage_app
from .urls import is_web, split_url
from .webhooks import Webhooks

__all__ = ["Sandbox"]

T = TypeVar("T")

# SERVER_LOG plays down lost connections, which are a client's affair; this is not.
_log = logging.getLogger("twelvelabs_async.sandbox")
_SAVE_EVERY = 1.0
_LONGEST_CALL = 60.0
_LAST_PORT = 65_535


def _origin_of(url: str) -> str:
    parts = split_url(url)
    if (
        not is_web(parts)
        or not is_host(parts.hostname or "")
        or not url.isprintable()
        or parts.path not in ("", "/")
        or parts.query
        or parts.fragment
        or "@" in parts.netloc
    ):
        raise ValueError(f"public_url is {url!r}; it must be like http://host:8765")
    return url


def _check_host(host: str) -> None:
    if not is_host(host):
        raise ValueError(
            f"host is {host!r}; it must be a name or an address, without a port, "
            "such as 0.0.0.0 for all addresses"
        )


def _check_key(key: str) -> None:
    """Refuse a key that no client can send in a header."""
    if not key or not key.isascii() or not key.isprintable() or key != key.strip():
        raise ValueError("api_key must be printable ASCII text, without spaces around")


def _check_ports(**ports: int) -> None:
    for name, port in ports.items():
        if not 0 <= port <= _LAST_PORT:
            raise ValueError(f"{name} is {port!r}; it must be from 0 to {_LAST_PORT}")
    if 0 < ports["port"] == ports["storage_port"]:
        raise ValueError("port and storage_port are the same; give each its own")


class Sandbox:
    """A local server that answers as the TwelveLabs API does, on real media.

    Use it as a context manager, blocking or async; both run it on a thread and an event loop of its
    own, so that a test's loop holds nothing of it. ``data`` is a directory that keeps everything
    between runs; by default all is lost at the end. ``speed`` is how fast its clock runs (0: only
    by :meth:`advance`), ``timings`` how long states last on it (``Timings.none()``: everything is
    ready immediately), ``settings`` whatever the service leaves open. With a ``seed``, ids repeat.
    ``public_url`` is the API's origin as clients know it, without ``/v1.3``, if that is not where
    it listens; the storage then has the same host, at ``storage_port``.
    ``storage`` takes the chunks of uploads instead of the sandbox: see :class:`Storage`.
    It answers requests whose Host, and Origin if there is one, name the loopback, ``host``, the
    host of ``public_url``, or one of ``hosts``: the names by which other machines know it.
    ``drive`` is a folder that stands for a user's drive: files are imported from it by their paths
    relative to it.
    Programs on this machine control it over HTTP, at ``/_sandbox/`` of the API's origin; with
    ``allow_remote_control`` those of other machines do too. ``webhooks`` are URLs to which it sends
    events from the start, and after a reset.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        storage_port: int = 0,
        public_url: str | None = None,
        data: str | PathLike[str] | None = None,
        api_key: str | None = None,
        speed: float = 1.0,
        timings: Timings | None = None,
        settings: Settings | None = None,
        seed: int | None = None,
        storage: Storage | None = None,
        hosts: Sequence[str] = (),
        drive: str | PathLike[str] | None = None,
        allow_remote_control: bool = False,
        webhooks: Sequence[str] = (),
    ) -> None:
        _check_host(host)
        if data == "":
            raise ValueError("data is ''; it must be a folder")
        if drive == "" or (drive is not None and not Path(drive).is_dir()):
            raise ValueError(f"drive is {str(drive)!r}; it must be a folder")
        self._public_url = None if public_url is None else _origin_of(public_url)
        named = check_hosts(hosts)
        if settings is not None:
            check_kind("settings", settings, Settings)
        if timings is not None:
            check_kind("timings", timings, Timings)
        if api_key is not None:
            _check_key(api_key)
        _check_ports(port=port, storage_port=storage_port)
        self._addresses = ((host, port), (host, storage_port))
        self._clock = Clock(speed)
        self._temporary = None if data else tempfile.TemporaryDirectory(prefix="twelvelabs-")
        folder = Path(self._temporary.name if self._temporary else data or "")
        self._folder = DataFolder(folder)
        try:
            self._context = SandboxContext(
                self._folder,
                clock=self._clock,
                settings=settings or Settings(),
                timings=timings or Timings(),
                seed=seed,
                api_key=api_key,
                persistent=data is not None,
                storage=storage,
                drive=None if drive is None else Drive(Path(drive)),
            )
        except BaseException:  # whatever it is, the folder is free for the next sandbox
            self._folder.close()
            raise
        public = urlsplit(public_url).hostname if public_url else None
        for name in (host, *named, *([public] if public else [])):
            self._context.hosts.add(name)
        self._context.remote_control = allow_remote_control
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._started = threading.Event()
        self._failure: BaseException | None = None
        try:
            for url in webhooks:
                self._context.first_webhooks[url] = self._context.notifier.register(url).secret
        except BaseException:  # whatever a URL is refused with, the folder is free again
            self.close()
            raise

    @property
    def base_url(self) -> str:
        """The API's URL with its version, for a client's ``base_url``."""
        return self._context.base_url

    @property
    def storage_url(self) -> str:
        """The URL of the storage that presigned URLs point to."""
        return self._context.storage_url

    @property
    def api_key(self) -> str:
        """The key that it accepts."""
        return self._context.repository.api_key

    @property
    def is_serving(self) -> bool:
        """Whether it answers: from its start until it is closed, or stops by a failure."""
        thread = self._thread
        return self._started.is_set() and thread is not None and thread.is_alive()

    @property
    def data(self) -> Path:
        """The directory with its files."""
        return self._context.folder

    @property
    def requests(self) -> Requests:
        """What clients sent to either origin."""
        return self._context.requests

    @property
    def faults(self) -> Faults:
        """Faults to be put in wait."""
        return self._context.faults

    @property
    def limits(self) -> Limits:
        """Rate limits to be set."""
        return self._context.limits

    @property
    def answers(self) -> Answers:
        """What analyses and responses say, where that is set."""
        return self._context.answers

    @property
    def clock(self) -> Clock:
        """Its clock, to be moved, set, or run at another speed."""
        return self._clock

    @property
    def connections(self) -> Connections:
        """The connections to the drive that users consented to."""
        return Connections(self._context)

    @property
    def webhooks(self) -> Webhooks:
        """The webhooks to which it sends events."""
        return Webhooks(self._context.notifier, self._in_its_thread)

    @property
    def indexing(self) -> Indexing:
        """What is being indexed now, and the most that ever was concurrently."""
        return self._context.lifecycle.queue.snapshot()

    @property
    def settings(self) -> Settings:
        """Its settings, which :meth:`configure` changes."""
        return self._context.settings

    def configure(
        self, settings: Mapping[str, object] | None = None, /, **more: object
    ) -> Settings:
        """Change settings by their names, from now on; the others stay. Returns all of them.

        ``timings`` is a :class:`Timings`, or a mapping of some of its names. Raises
        ``SettingsError``, and changes nothing, where one is not allowed.
        """
        changed = changed_settings(self._context, {**(settings or {}), **more})
        self._in_its_thread(lambda: self._context.configure(*changed))
        return self.settings

    @property
    def index_names(self) -> tuple[str, ...]:
        """The names of its indexes, the oldest first."""
        return tuple(index.name for index in self._context.repository.indexes.values())

    def reset(self) -> None:
        """Forget everything that was made, set or recorded, and be as at the start.

        Films, faults, limits, answers, settings, requests and webhooks go; the API key, and what
        the sandbox was made with, stay. The clock shows the real time again. Calls that are being
        answered are cut off.
        """
        self._run_in_its_thread(self._context.reset())

    def seed(
        self,
        films: int = 0,
        *,
        paths: Sequence[str | PathLike[str]] = (),
        index_name: str = SEED_INDEX,
    ) -> Seeded:
        """Films that are indexed and ready: so many that are made, or those of ``paths``.

        They go into the index of this name, which is made unless it is there. Raises
        ``ValueError`` for more than 100 films, and for a path that has no film, which adds none,
        and ``RuntimeError`` where a reset cuts it off.
        """
        return self._run_in_its_thread(
            add_films(self._context, films, [Path(path) for path in paths], index_name)
        )

    def now(self) -> float:
        """The time on its clock, in seconds since the epoch."""
        return self._clock.now()

    def advance(self, seconds: float) -> None:
        """Move its clock on. From then on, every call waits for work that the clock says is done,
        so that the next reply shows the state that follows.
        """
        self._clock.advance(seconds)

    def connect_store(self, films: Sequence[str | PathLike[str]]) -> str:
        """The id of a new integration that imports (``tasks.transfers``) find these files in."""
        identifier = self._context.ids.new()
        self._context.integrations[identifier] = [Path(film) for film in films]
        return identifier

    def start(self) -> None:
        """Serve; returns once it answers."""
        if self._thread is not None:
            raise RuntimeError("the sandbox has been started")
        self._thread = threading.Thread(target=self._run, name="twelvelabs-sandbox", daemon=True)
        self._thread.start()
        self._started.wait()
        if self._failure is not None:
            self.close()
            raise self._failure

    def close(self) -> None:
        """Stop serving, end all work, and remove the files unless they are to be kept."""
        thread, loop, stop = self._thread, self._loop, self._stop
        if thread is not None:
            if loop is not None and stop is not None:
                with contextlib.suppress(RuntimeError):
                    loop.call_soon_threadsafe(stop.set)
            thread.join()
        self._context.close_store()
        self._folder.close()
        if self._temporary is not None:
            self._temporary.cleanup()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self.start)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await asyncio.to_thread(self.close)

    def __repr__(self) -> str:
        made = hasattr(self, "_context")  # else __init__ runs, or has failed
        return f"<Sandbox {(self.base_url if made else '') or 'not started'}>"

    def _in_its_thread(self, function: Callable[[], T]) -> T:
        """``function()``, called by the sandbox's thread while that serves."""
        loop = self._loop
        if loop is None or loop.is_closed() or threading.current_thread() is self._thread:
            return function()

        async def call() -> T:
            return function()

        return asyncio.run_coroutine_threadsafe(call(), loop).result(_LONGEST_CALL)

    def _run_in_its_thread(self, work: Coroutine[Any, Any, T]) -> T:
        loop = self._loop
        if loop is None or not self._started.is_set() or loop.is_closed():
            work.close()
            raise RuntimeError("the sandbox is not being served")
        try:
            return asyncio.run_coroutine_threadsafe(work, loop).result()
        except CancelledError:
            raise RuntimeError("the sandbox was reset meanwhile, which cut the call off") from None

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # start() raises it in its caller's thread
            self._failure = error
            if self._started.is_set():
                _log.exception("The sandbox has stopped")
        finally:
            self._started.set()

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        sandbox = self._context
        await sandbox.open()
        await sandbox.persist()
        listeners: list[Listener] = []
        try:
            for make, (host, port) in zip((api_app, storage_app), self._addresses, strict=True):
                listeners.append(await Listener.start(make(sandbox), host, port))
            api, storage = listeners
            sandbox.addresses = Addresses(
                self._addresses[0][0], api.port, storage.port, self._public_url
            )
            self._started.set()
            await self._wait()
        finally:
            for listener in listeners:
                await listener.close()
            await sandbox.close()

    async def _wait(self) -> None:
        assert self._stop is not None
        failed = False
        while not self._stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), _SAVE_EVERY)
            # What no call waited for, such as the end of an import.
            try:
                await self._context.persist()
            except OSError as error:  # it is tried again, as by each call
                if not failed:
                    _log.error("%s", error)
                failed = True
            else:
                failed = False

"""The client: settings, lifecycle, and a property for each group of methods."""

from __future__ import annotations

import os
import ssl
import sys
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from functools import cached_property
from threading import Event
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, Self
from urllib.parse import urlsplit

from ._lazy import LazyModule, lazy
from ._runtime.clock import Clock, SystemClock
from ._runtime.core import Core
from ._runtime.frames import drop_locals
from ._runtime.headers import checked_headers
from ._runtime.hooks import AttemptHook, AttemptResult, Hooks
from ._runtime.log import log_as_asked
from ._runtime.numbers import checked_count
from ._runtime.resources import AFTER_WITH, ClientResources
from ._runtime.resources import cassettes as recordings
from ._runtime.urls import proxy_url
from ._version import __version__
from ._warm_up import load_all, load_runtime
from .analyze import Analyze
from .errors import ConfigurationError
from .options import Retry, Timeouts, TwelveLabsEnvironment

if TYPE_CHECKING:
    from ._runtime import cassette as cassettes
    from ._runtime.limiter import Limiter
    from ._runtime.transport import Transport
    from .analyze_async import AnalyzeAsync
    from .assets import Assets
    from .data_connectors import DataConnectors
    from .embed import Embed
    from .entity_collections import EntityCollections
    from .imports import Imports
    from .indexes import Indexes
    from .ingest import engine as engines
    from .ingest import items as ingestion
    from .knowledge_store_item_collections import KnowledgeStoreItemCollections
    from .knowledge_store_items import KnowledgeStoreItems
    from .knowledge_stores import KnowledgeStores
    from .manage_entities import ManageEntities
    from .multipart_upload import MultipartUpload
    from .responses import Responses
    from .search import Search
    from .tasks import Tasks
else:
    cassettes = LazyModule("_runtime.cassette")
    engines = LazyModule("ingest.engine")
    ingestion = LazyModule("ingest.items")
    # Programs for the vendor's SDK import both clients from here.
    __getattr__, __dir__ = lazy(__name__, {"sync.client": ("TwelveLabs",)})

__all__ = ["API_URL", "AsyncTwelveLabs"]

API_URL = TwelveLabsEnvironment.DEFAULT.value
KEY_VARIABLES = ("TWELVE_LABS_API_KEY", "TWELVELABS_API_KEY")
URL_VARIABLE = "TWELVELABS_BASE_URL"


class AsyncTwelveLabs(Analyze):
    """A client of the TwelveLabs API for asyncio.

    ``async with AsyncTwelveLabs() as client: ...`` closes its connections at the end; or call
    ``await client.close()``. One client serves one event loop and any number of tasks.

    `api_key` is by default TWELVE_LABS_API_KEY or TWELVELABS_API_KEY of the environment, `base_url`
    TWELVELABS_BASE_URL, else the service. `timeout` is in seconds for a whole call, retries
    included (default 600), or `Timeouts`. `max_retries` is how often a failed call is retried where
    that is safe (default 2); `retry` sets that and the waits. `max_wait` bounds in seconds the
    waits that the service asks for (default 90). `headers` go on every request to the API, but an
    x-api-key among them: `api_key` is sent. `max_connections` bounds the concurrent calls (default
    64), `max_reply_bytes` one reply (default 1 GiB). `ssl_context` and `proxy` are aiohttp's; with
    `trust_env` the proxy is read from the environment.

    `on_exchange` is called with an `AttemptResult` after each attempt; `hooks` take part in it, on
    the event loop. With `compact_vectors` embeddings are ``array("f")``, an eighth of the memory of
    lists. `progress` shows uploads, waits and ingestions, by default in a notebook only: by rich or
    tqdm in a terminal, else as lines on stderr. `clock` is for tests, and so is `cassette`, which
    records requests and replies, or replays them: see `Cassette`. Of the vendor's settings,
    `environment` names the service if nothing else does; `follow_redirects` changes nothing, since
    no redirect is followed with the key; an `httpx_client` is refused. TWELVELABS_LOG=debug in the
    environment writes a line for each attempt to stderr.

    Raises ConfigurationError for a missing key, a key or header with control characters, and
    settings out of bounds.

    Example: ``async with AsyncTwelveLabs(max_retries=4) as client: ...``
    """

    def __init__(
        self,
        api_key: str | None = None,
        *,
        base_url: str | None = None,
        timeout: float | Timeouts | None = None,
        max_retries: int = 2,
        retry: Retry | None = None,
        max_wait: float = 90.0,
        headers: Mapping[str, str] | None = None,
        max_connections: int = 64,
        max_reply_bytes: int = 1 << 30,
        ssl_context: ssl.SSLContext | None = None,
        proxy: str | None = None,
        trust_env: bool = False,
        on_exchange: Callable[[AttemptResult], object] | None = None,
        hooks: Sequence[Hooks] = (),
        compact_vectors: bool = False,
        progress: bool | None = None,
        clock: Clock | None = None,
        cassette: cassettes.Cassette | None = None,
        environment: TwelveLabsEnvironment | None = None,
        follow_redirects: bool | None = None,
        httpx_client: object | None = None,
    ) -> None:
        try:
            log_as_asked()
            if httpx_client is not None:
                raise ConfigurationError(
                    "httpx_client= cannot be used, since this client does not use httpx: give its "
                    "settings as timeout=, proxy=, ssl_context=, trust_env=, headers=, hooks= and "
                    "max_connections="
                )
            max_connections = checked_count(max_connections, "max_connections")
            max_reply_bytes = checked_count(max_reply_bytes, "max_reply_bytes")
            if cassette is None and recordings:
                cassette = recordings[-1]
            replays = cassette is not None and cassette.replays
            clock = clock or (SystemClock() if cassette is None else cassette.clock())
            via = proxy_url(proxy, "proxy") if proxy else None

            def connect() -> tuple[Limiter, Transport]:
                # Here, because importing aiohttp is most of what a client costs to make.
                from ._runtime.limiter import Limiter
                from ._runtime.transport import Transport

                settings: Any = {
                    "max_reply": max_reply_bytes,
                    "ssl_context": ssl_context,
                    "proxy": via,
                    "trust_env": trust_env,
                }
                transport = (
                    Transport(**settings)
                    if cassette is None
                    else cassette.transport(url, **settings)
                )
                return Limiter(clock, max_connections), transport

            url = _base_url(base_url, _service(environment))
            super().__init__(
                Core(
                    api_key=_api_key(api_key, needed=not replays),
                    base_url=url,
                    headers={
                        "user-agent": f"twelvelabs-async/{__version__}",
                        **checked_headers(headers or {}),
                    },
                    timeouts=Timeouts.of(timeout),
                    retry=retry or Retry(max_retries=max_retries, max_wait=max_wait),
                    clock=clock,
                    shared=ClientResources(
                        f"{type(self).__name__} of {url}", connect, load_runtime
                    ),
                    hooks=_hooks(on_exchange, hooks),
                    compact_vectors=compact_vectors,
                    progress=progress,
                    max_reply_bytes=max_reply_bytes,
                )
            )
        except BaseException as error:  # of any kind: its frames are shown
            api_key = headers = base_url = proxy = via = None
            drop_locals(error)
            raise
        if "IPython" in sys.modules:
            from ._runtime.notebook import show_lists

            show_lists()

    def __repr__(self) -> str:
        core: Core | None = getattr(self, "_core", None)  # not there while, or if, __init__ fails
        return f"<{type(self).__name__} {core.base_url if core else 'not made'}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a client cannot be pickled: make one in the process that uses it")

    # Settings and lifecycle

    def with_options(
        self,
        *,
        timeout: float | Timeouts | None = None,
        max_retries: int | None = None,
        retry: Retry | None = None,
        headers: Mapping[str, str] | None = None,
        on_exchange: Callable[[AttemptResult], object] | None = None,
        hooks: Sequence[Hooks] = (),
        compact_vectors: bool | None = None,
        progress: bool | None = None,
    ) -> Self:
        """A client with these settings changed, on the same connections and rate limits.

        ``timeout`` is in seconds for a whole call, retries included, or `Timeouts`. ``max_retries``
        is how often a failed call is retried where that is safe; ``retry`` sets that and the waits.
        ``headers`` and ``hooks`` are added to those of this client, and ``on_exchange`` is one more
        function that gets an `AttemptResult` after each attempt. ``compact_vectors`` gives
        embeddings as ``array("f")``; ``progress`` shows that of uploads, waits and ingestions. What
        is left out stays. Closing either client closes both. Raises ConfigurationError for settings
        out of bounds.

        Example: ``patient = client.with_options(timeout=300.0, max_retries=5)``
        """
        if retry is None and max_retries is not None:
            retry = self._core.retry._replace(max_retries=max_retries)
        if timeout is not None and not isinstance(timeout, Timeouts):
            timeout = self._core.timeouts._replace(total=timeout)
        child = self.__class__.__new__(self.__class__)
        try:
            child._core = self._core.with_options(
                timeouts=None if timeout is None else Timeouts.of(timeout),
                retry=retry,
                headers=headers,
                hooks=_hooks(on_exchange, hooks),
                compact_vectors=compact_vectors,
                progress=progress,
            )
        except BaseException as error:  # of any kind: its frames are shown
            headers = None
            drop_locals(error)
            raise
        return child

    async def close(self) -> None:
        """Nothing; the connections are closed.

        Later calls raise ClientClosedError. Closing twice does no harm.

        Example: ``await client.close()``
        """
        await self._core.shared.close()

    async def warm_up(self) -> None:
        """Nothing; all that later calls would import is imported, in a thread.

        A client imports on first use: what every call needs, 150 ms and more, in a thread, by
        ``async with`` or by the first call; a group of methods, 3 to 40 ms, where it is first
        used, on the event loop. A service calls this when it starts, before it takes requests. It
        makes no request, and calling it again costs nothing.

        Example: ``await client.warm_up()``
        """
        await load_all(self)

    def __reopen__(self) -> None:
        """Take calls again, after a close by the interpreter's exit.

        For the bridge of the blocking client, whose exit functions may still make calls.
        """
        self._core.shared.reopen()

    async def __aenter__(self) -> Self:
        await self._core.shared.load()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._core.shared.close(AFTER_WITH)

    def ingest(
        self,
        index_id: str,
        sources: ingestion.Sources,
        *,
        journal: str | os.PathLike[str] | None = None,
        concurrency: ingestion.Concurrency | None = None,
        on_progress: Callable[[ingestion.IngestProgress], object] | None = None,
        progress: bool | None = None,
        retry_failed: bool = False,
        checks: bool = True,
        enable_video_stream: bool | None = None,
        timeout: float | None = 6 * 3600.0,
        max_wait: float = 3600.0,
        stop: Event | None = None,
        engine: engines.Engine | None = None,
    ) -> AsyncGenerator[ingestion.IngestResult, None]:
        """The result of each film, as it ends: uploaded, indexed and ready, with its metadata set.

        ``sources`` are paths, folders, patterns, URLs, manifests (.csv, .tsv, .jsonl, .parquet) and
        `Source`, one or several, for the index ``index_id``. A source that names no film is
        `refused`. ``journal`` is a file that records each item: after a crash the same call
        resumes, and makes nothing twice. Items that ended in an earlier run are reported with
        ``earlier``; ``retry_failed`` retries those that failed. A file that has changed is a new
        item.

        Files are checked before they are sent, unless ``checks`` is false: what the service would
        refuse is `refused` with the reason. ``concurrency`` limits each stage. ``on_progress``,
        plain or async, gets an `IngestProgress` at most ten times a second, and ``progress`` shows
        it (default: in a notebook). With ``enable_video_stream`` (by default false) the service
        keeps the videos for streaming. ``timeout`` is in seconds for one film on the service (None:
        no limit). A run waits for a rate limit up to ``max_wait`` seconds; a longer one ends it
        with `TooManyRequestsError`. Once the ``stop`` event is set, the run finishes the current
        files and starts no others. ``engine`` sends the files; by default this process does.

        Raises `JournalInUseError` while another run has the journal, `JournalUnusableError` for a
        file that is not a journal or is damaged or locked, ConfigurationError for a journal of
        another index, a manifest that cannot be read and a missing package, and `NotFoundError` or
        `BadRequestError` when the index does not exist. Leaving the iteration early (close it, or
        let ``contextlib.aclosing`` do it) cancels what is running; the next run resumes.

        Example: ``async for film in client.ingest(index.id, "films/", journal="films.db"):
        print(film.status)``
        """
        from .ingest.items import Concurrency
        from .ingest.pipeline import Ingestion

        return Ingestion(
            self._core,
            index_id,
            sources,
            journal=None if journal is None else os.fspath(journal),
            concurrency=Concurrency() if concurrency is None else concurrency,
            on_progress=on_progress,
            progress=progress,
            retry_failed=retry_failed,
            checks=checks,
            enable_video_stream=enable_video_stream,
            timeout=timeout,
            max_wait=max_wait,
            stop=stop,
            engine=engine,
        ).results()

    # Groups of methods, imported on first use

    @cached_property
    def indexes(self) -> Indexes:
        """Indexes, and what is in them."""
        from .indexes import Indexes

        return Indexes(self._core)

    @cached_property
    def assets(self) -> Assets:
        """Files on the service."""
        from .assets import Assets

        return Assets(self._core)

    @cached_property
    def multipart_upload(self) -> MultipartUpload:
        """Uploads in chunks, for files of any size."""
        from .multipart_upload import MultipartUpload

        return MultipartUpload(self._core)

    @cached_property
    def search(self) -> Search:
        """Search an index by words, images or both."""
        from .search import Search

        return Search(self._core)

    @cached_property
    def tasks(self) -> Tasks:
        """Video indexing tasks, which upload and index in one call."""
        from .tasks import Tasks

        return Tasks(self._core)

    @cached_property
    def embed(self) -> Embed:
        """Embeddings of text, images, sound and video."""
        from .embed import Embed

        return Embed(self._core)

    @cached_property
    def entity_collections(self) -> EntityCollections:
        """Collections of people and things to find."""
        from .entity_collections import EntityCollections

        return EntityCollections(self._core)

    @cached_property
    def manage_entities(self) -> ManageEntities:
        """Entities of all collections."""
        from .manage_entities import ManageEntities

        return ManageEntities(self._core)

    @cached_property
    def analyze_async(self) -> AnalyzeAsync:
        """Analyses that run on the service in the background."""
        from .analyze_async import AnalyzeAsync

        return AnalyzeAsync(self._core)

    @cached_property
    def responses(self) -> Responses:
        """Answers that draw on a knowledge store."""
        from .responses import Responses

        return Responses(self._core)

    @cached_property
    def knowledge_stores(self) -> KnowledgeStores:
        """Stores of videos and images that are searched together."""
        from .knowledge_stores import KnowledgeStores

        return KnowledgeStores(self._core)

    @cached_property
    def knowledge_store_items(self) -> KnowledgeStoreItems:
        """What is in a knowledge store."""
        from .knowledge_store_items import KnowledgeStoreItems

        return KnowledgeStoreItems(self._core)

    @cached_property
    def knowledge_store_item_collections(self) -> KnowledgeStoreItemCollections:
        """Groups of the items in a knowledge store."""
        from .knowledge_store_item_collections import KnowledgeStoreItemCollections

        return KnowledgeStoreItemCollections(self._core)

    @cached_property
    def data_connectors(self) -> DataConnectors:
        """Users' accounts at other services."""
        from .data_connectors import DataConnectors

        return DataConnectors(self._core)

    @cached_property
    def imports(self) -> Imports:
        """Files of such an account that become assets."""
        from .imports import Imports

        return Imports(self._core)


def _hooks(
    on_exchange: Callable[[AttemptResult], object] | None, hooks: Sequence[Hooks]
) -> tuple[Hooks, ...]:
    return tuple(hooks) if on_exchange is None else (*hooks, AttemptHook(on_exchange))


def _api_key(given: str | None, *, needed: bool) -> str:
    key: Any = given
    if key is None:
        # Files of variables and of secrets often end in a line break.
        key = next(filter(None, (os.environ.get(name, "").strip() for name in KEY_VARIABLES)), None)
    if not key and not needed:
        return "replayed"
    if not key:
        raise ConfigurationError(
            f"no API key: give api_key=, or set {KEY_VARIABLES[0]} (or {KEY_VARIABLES[1]})"
        )
    # The key is never shown, not even the part that is wrong.
    if not isinstance(key, str) or not key.isprintable() or not key.isascii() or key != key.strip():
        raise ConfigurationError(
            "the API key must be printable ASCII text, without control characters or spaces around"
        )
    return key


def _service(environment: TwelveLabsEnvironment | None) -> str:
    """The base URL of a named service, in our enumeration or the vendor's own."""
    if environment is None:
        return API_URL
    url: object = getattr(environment, "value", environment)
    if not isinstance(url, str) or not _is_http(url):
        raise ConfigurationError(
            "environment must be a TwelveLabsEnvironment: base_url is for others"
        )
    return url


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
        named = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # an invalid port or IPv6 address
        return False
    return named and url.isascii() and url.isprintable() and not set(url) & set(" ?#\\")


def _base_url(given: str | None, service: str) -> str:
    url = os.environ.get(URL_VARIABLE, "").strip() or service if given is None else given
    source = URL_VARIABLE if given is None else "base_url"
    # Also where the scheme is missing: the message must not show a password.
    if "@" in url.partition("://")[2].partition("/")[0] or "@" in url.partition("/")[0]:
        raise ConfigurationError(f"{source} must not hold a user name or a password")
    if not _is_http(url):
        raise ConfigurationError(
            f"{source} must be an http or https URL without query or fragment, "
            f"as {API_URL}, not {url!r}"
        )
    return url.rstrip("/")

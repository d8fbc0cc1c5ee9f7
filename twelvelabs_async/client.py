"""The client: settings, lifecycle, and a property for each group of methods."""

from __future__ import annotations

import os
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from functools import cached_property
from threading import Event
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, ParamSpec, Self, TypeVar
from urllib.parse import urlsplit

from ._lazy import LazyModule, lazy
from ._runtime.clock import Clock, SystemClock
from ._runtime.core import Core
from ._runtime.hooks import AttemptHook, AttemptResult, Hooks
from ._runtime.log import log_as_asked
from ._runtime.raw_response import RawResponse
from ._runtime.resources import AFTER_WITH, ClientResources
from ._runtime.urls import proxy_url
from ._version import __version__
from .analyze import Analyze
from .errors import ConfigurationError
from .options import Retry, Timeouts, TwelveLabsEnvironment

if TYPE_CHECKING:
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
    engines = LazyModule("ingest.engine")
    ingestion = LazyModule("ingest.items")
    # Programs for the vendor's SDK import both clients from here.
    __getattr__, __dir__ = lazy(__name__, {"sync.client": ("TwelveLabs",)})

__all__ = ["API_URL", "AsyncTwelveLabs"]

P = ParamSpec("P")
T = TypeVar("T")

API_URL = TwelveLabsEnvironment.DEFAULT.value
KEY_VARIABLES = ("TWELVE_LABS_API_KEY", "TWELVELABS_API_KEY")
URL_VARIABLE = "TWELVELABS_BASE_URL"


class AsyncTwelveLabs(Analyze):
    """A client of the TwelveLabs API for asyncio.

    ``async with AsyncTwelveLabs() as client: ...`` closes its connections at the end; or call
    ``await client.close()``. One client serves one event loop and any number of tasks.

    `api_key` is read from TWELVE_LABS_API_KEY or TWELVELABS_API_KEY where it is not given.
    `base_url` is the argument, else TWELVELABS_BASE_URL, else the service. `timeout` is a number of
    seconds for a whole call, retries included (default 600), or `Timeouts`. `max_retries` is how
    often a call that failed is sent again where that does no harm (default 2), or `retry` says it
    in full; `max_wait` bounds in seconds the waits that the service asks for (default 90).
    `headers` go on every request to the API. `max_connections` bounds the calls under way at once
    (default 64), `max_reply_bytes` one answer (default 1 GiB). `ssl_context` and `proxy` are
    aiohttp's; with `trust_env` the proxy is read from the environment. `on_exchange` is called with
    an `AttemptResult` after each attempt;
    `hooks` take part in it, on the event loop.
    With `compact_vectors` embeddings are ``array("f")``, an eighth of the memory of lists.
    Of the vendor's settings, `environment` names the service where nothing else does;
    `follow_redirects` changes nothing, since no redirect is followed with the key; an
    `httpx_client` is refused.
    TWELVELABS_LOG=debug in the environment writes a line for each attempt to stderr.

    Raises ConfigurationError for a missing key, a key or header with control characters, and
    settings out of bounds.
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
        clock: Clock | None = None,
        environment: TwelveLabsEnvironment | None = None,
        follow_redirects: bool | None = None,
        httpx_client: object | None = None,
    ) -> None:
        log_as_asked()
        if httpx_client is not None:
            raise ConfigurationError(
                "httpx_client= cannot be used, since this client does not use httpx: give its "
                "settings as timeout=, proxy=, ssl_context=, trust_env=, headers=, hooks= and "
                "max_connections="
            )
        if not (max_connections >= 1 and max_reply_bytes >= 1):  # not a number either
            raise ConfigurationError("max_connections and max_reply_bytes must be 1 or more")
        clock = clock or SystemClock()
        via = proxy_url(proxy, "proxy") if proxy else None

        def connect() -> tuple[Limiter, Transport]:
            # Here, because importing aiohttp is most of what a client costs to make.
            from ._runtime.limiter import Limiter
            from ._runtime.transport import Transport

            return Limiter(clock, max_connections), Transport(
                max_reply=max_reply_bytes,
                ssl_context=ssl_context,
                proxy=via,
                trust_env=trust_env,
            )

        url = _base_url(base_url, _service(environment))
        super().__init__(
            Core(
                api_key=_api_key(api_key),
                base_url=url,
                headers={"User-Agent": f"twelvelabs-async/{__version__}", **(headers or {})},
                timeouts=Timeouts.of(timeout),
                retry=retry or Retry(max_retries=max_retries, max_wait=max_wait),
                clock=clock,
                shared=ClientResources(f"{type(self).__name__} of {url}", connect),
                hooks=_hooks(on_exchange, hooks),
                compact_vectors=compact_vectors,
                max_reply_bytes=max_reply_bytes,
            )
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._core.base_url}>"

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
    ) -> Self:
        """A client with these settings changed, on the same connections and rate limits.

        What is not given stays; `headers` and hooks are added. Closing either closes both.
        """
        if retry is None and max_retries is not None:
            retry = self._core.retry._replace(max_retries=max_retries)
        if isinstance(timeout, (int, float)):
            timeout = self._core.timeouts._replace(total=float(timeout))
        child = self.__class__.__new__(self.__class__)
        child._core = self._core.with_options(
            timeouts=None if timeout is None else Timeouts.of(timeout),
            retry=retry,
            headers=headers,
            hooks=_hooks(on_exchange, hooks),
            compact_vectors=compact_vectors,
        )
        return child

    async def with_raw_response(
        self, method: Callable[P, Awaitable[T]], /, *args: P.args, **kwargs: P.kwargs
    ) -> RawResponse[T]:
        """What a method returns, with the status, headers and rate limits of its reply.

        ``await client.with_raw_response(client.indexes.retrieve, index_id)``. For a list it is the
        reply of the first page.
        """
        return await self._core.capture(method(*args, **kwargs))

    async def close(self) -> None:
        """Close the connections. Calls after it raise ClientClosedError; closing twice is fine."""
        await self._core.shared.close()

    async def __aenter__(self) -> Self:
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
        retry_failed: bool = False,
        checks: bool = True,
        enable_video_stream: bool | None = None,
        timeout: float | None = 6 * 3600.0,
        max_wait: float = 3600.0,
        stop: Event | None = None,
        engine: engines.Engine | None = None,
    ) -> AsyncGenerator[ingestion.IngestResult, None]:
        """The result of each film, as they end: uploaded, indexed, ready, with its metadata set.

        ``sources`` are paths, folders, patterns, URLs, manifests (.csv, .tsv, .jsonl, .parquet) and
        `Source`, one or several. A source that names no film is `refused`. ``journal`` is a file
        that records each item: after a crash the same call resumes, and makes nothing twice. Items
        that ended in an earlier run are reported with ``earlier``; ``retry_failed`` retries those
        that failed. A file that has changed is a new item.

        Files are checked before they are sent, unless ``checks`` is false: what the service would
        refuse is `refused` with the reason. ``concurrency`` limits each stage. ``on_progress``,
        plain or async, gets an `IngestProgress` at most ten times a second. ``timeout`` is in
        seconds for one film on the service (None: no limit). A rate limit is waited for, up to
        ``max_wait`` seconds; one that lasts longer ends the run with `TooManyRequestsError`. Once
        the ``stop`` event is set, the run finishes the current files and starts no others.
        ``engine`` sends the files; by default this process does.

        Raises `JournalInUseError` while another run has the journal, `JournalUnusableError` for a
        file that is no journal, is damaged or locked, ConfigurationError for a journal of another
        index, a manifest that cannot be read and a missing package, and `NotFoundError` or
        `BadRequestError` when there is no such index. Leaving the iteration
        early (close it, or let ``contextlib.aclosing`` do it) cancels what is under way; the next
        run resumes.

            async for film in client.ingest(index_id, "films/", journal="films.db"):
                print(film.status, film.source)
        """
        from .ingest.items import Concurrency
        from .ingest.pipeline import Ingestion

        return Ingestion(
            self._core,
            index_id,
            sources,
            journal=None if journal is None else os.fspath(journal),
            concurrency=concurrency or Concurrency(),
            on_progress=on_progress,
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
        """Analyses that run on the service while the program goes on."""
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


def _api_key(given: str | None) -> str:
    key: Any = given
    if key is None:
        # Files of variables and of secrets often end in a line break.
        key = next(filter(None, (os.environ.get(name, "").strip() for name in KEY_VARIABLES)), None)
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
    """The address of a named service, in our enumeration or the vendor's own."""
    if environment is None:
        return API_URL
    address: object = getattr(environment, "value", environment)
    if not isinstance(address, str) or not _is_http(address):
        raise ConfigurationError(
            "environment must be a TwelveLabsEnvironment: base_url is for others"
        )
    return address


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
        named = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port or an IPv6 address that is none
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

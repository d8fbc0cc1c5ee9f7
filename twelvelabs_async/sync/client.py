# Generated from client.py: do not edit.
"""The client: settings, lifecycle, and a property for each group of methods."""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable, Generator, Mapping, Sequence
from functools import cached_property
from threading import Event
from types import TracebackType
from typing import TYPE_CHECKING, Self

from .._lazy import LazyModule
from .._runtime.clock import Clock
from .._runtime.hooks import AttemptResult, Hooks
from .._runtime.resources import AFTER_WITH
from ..client import AsyncTwelveLabs
from ..options import Retry, Timeouts, TwelveLabsEnvironment
from .analyze import Analyze
from .bridge import Bridge, call_in_caller, load_groups
from .iterate import iterate

if TYPE_CHECKING:
    from .._runtime import cassette as cassettes
    from ..ingest import engine as engines
    from ..ingest import items as ingestion
    from .analyze_async import AnalyzeAsync
    from .assets import Assets
    from .data_connectors import DataConnectors
    from .embed import Embed
    from .entity_collections import EntityCollections
    from .imports import Imports
    from .indexes import Indexes
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

__all__ = ["TwelveLabs"]


class TwelveLabs(Analyze[AsyncTwelveLabs]):
    """A client of the TwelveLabs API for blocking programs.

    ``with TwelveLabs() as client: ...`` closes its connections at the end; or call
    ``client.close()``. One client serves any number of threads.

    `api_key` is by default TWELVE_LABS_API_KEY or TWELVELABS_API_KEY of the environment, `base_url`
    TWELVELABS_BASE_URL, else the service. `timeout` is in seconds for a whole call, retries
    included (default 600), or `Timeouts`. `max_retries` is how often a failed call is retried where
    that is safe (default 2); `retry` sets that and the waits. `max_wait` bounds in seconds the
    waits that the service asks for (default 90). `headers` go on every request to the API, but an
    x-api-key among them: `api_key` is sent. `max_connections` bounds the concurrent calls (default
    64), `max_reply_bytes` one reply (default 1 GiB). `ssl_context` and `proxy` are aiohttp's; with
    `trust_env` the proxy is read from the environment.

    `on_exchange` is called with an `AttemptResult` after each attempt, in the thread that waits, as
    every callback is; `hooks` take part in it, on the event loop. With `compact_vectors` embeddings
    are ``array("f")``, an eighth of the memory of lists. `progress` shows uploads, waits and
    ingestions, by default in a notebook only: by rich or tqdm in a terminal, else as lines on
    stderr. `clock` is for tests, and so is `cassette`, which records requests and replies, or
    replays them: see `Cassette`. Of the vendor's settings, `environment` names the service if
    nothing else does; `follow_redirects` changes nothing, since no redirect is followed with the
    key; an `httpx_client` is refused. TWELVELABS_LOG=debug in the environment writes a line for
    each attempt to stderr.

    Raises ConfigurationError for a missing key, a key or header with control characters, and
    settings out of bounds.

    Example: ``with TwelveLabs(max_retries=4) as client: ...``
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
            source = AsyncTwelveLabs(
                api_key,
                base_url=base_url,
                timeout=timeout,
                max_retries=max_retries,
                retry=retry,
                max_wait=max_wait,
                headers=headers,
                max_connections=max_connections,
                max_reply_bytes=max_reply_bytes,
                ssl_context=ssl_context,
                proxy=proxy,
                trust_env=trust_env,
                on_exchange=call_in_caller(on_exchange),
                hooks=hooks,
                compact_vectors=compact_vectors,
                progress=progress,
                clock=clock,
                cassette=cassette,
                environment=environment,
                follow_redirects=follow_redirects,
                httpx_client=httpx_client,
            )
        except BaseException:  # of any kind: its frames are shown
            api_key = headers = base_url = proxy = None
            raise
        super().__init__(Bridge(source.close, source.__reopen__), source)

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
        try:
            source = self._async.with_options(
                timeout=timeout,
                max_retries=max_retries,
                retry=retry,
                headers=headers,
                on_exchange=call_in_caller(on_exchange),
                hooks=hooks,
                compact_vectors=compact_vectors,
                progress=progress,
            )
        except BaseException:  # of any kind: its frames are shown
            headers = None
            raise
        return self._beside(source)

    def close(self) -> None:
        """Nothing; the connections are closed.

        Later calls raise ClientClosedError. Closing twice does no harm.

        Example: ``client.close()``
        """
        self._bridge.close()

    def warm_up(self) -> None:
        """Nothing; all that later calls would import is imported, in a thread.

        A client imports on first use: what every call needs, 150 ms and more, in a thread, by
        ``with`` or by the first call; a group of methods, 3 to 40 ms, where it is first used, on
        the event loop. A service calls this when it starts, before it takes requests. It makes no
        request, and calling it again costs nothing.

        Example: ``client.warm_up()``
        """
        self._bridge.call(self._async.warm_up)
        load_groups(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bridge.close(AFTER_WITH)

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
    ) -> Generator[ingestion.IngestResult, None, None]:
        """The result of each film, as it ends: uploaded, indexed and ready, with its metadata set.

        ``sources`` are paths, folders, patterns, URLs, manifests (.csv, .tsv, .jsonl, .parquet) and
        `Source`, one or several, for the index ``index_id``. A source that names no film is
        `refused`. ``journal`` is a file that records each item: after a crash the same call
        resumes, and makes nothing twice. Items that ended in an earlier run are reported with
        ``earlier``; ``retry_failed`` retries those that failed. A file that has changed is a new
        item.

        Files are checked before they are sent, unless ``checks`` is false: what the service would
        refuse is `refused` with the reason. ``concurrency`` limits each stage. ``on_progress`` gets
        an `IngestProgress` at most ten times a second, and ``progress`` shows it (default: in a
        notebook). With ``enable_video_stream`` (by default false) the service keeps the videos for
        streaming. ``timeout`` is in seconds for one film on the service (None: no limit). A run
        waits for a rate limit up to ``max_wait`` seconds; a longer one ends it with
        `TooManyRequestsError`. Once the ``stop`` event is set, the run finishes the current files
        and starts no others. ``engine`` sends the files; by default this process does.

        Raises `JournalInUseError` while another run has the journal, `JournalUnusableError` for a
        file that is not a journal or is damaged or locked, ConfigurationError for a journal of
        another index, a manifest that cannot be read and a missing package, and `NotFoundError` or
        `BadRequestError` when the index does not exist. Leaving the iteration early cancels what is
        running; the next run resumes.

        Example: ``for film in client.ingest(index.id, "films/", journal="films.db"):
        print(film.status)``
        """
        return iterate(
            self._bridge,
            self._async.ingest(
                index_id,
                sources,
                journal=journal,
                concurrency=concurrency,
                on_progress=call_in_caller(on_progress),
                progress=progress,
                retry_failed=retry_failed,
                checks=checks,
                enable_video_stream=enable_video_stream,
                timeout=timeout,
                max_wait=max_wait,
                stop=stop,
                engine=engine,
            ),
        )

    @cached_property
    def indexes(self) -> Indexes:
        """Indexes, and what is in them."""
        from .indexes import Indexes

        return Indexes(self._bridge, self._async.indexes)

    @cached_property
    def assets(self) -> Assets:
        """Files on the service."""
        from .assets import Assets

        return Assets(self._bridge, self._async.assets)

    @cached_property
    def multipart_upload(self) -> MultipartUpload:
        """Uploads in chunks, for files of any size."""
        from .multipart_upload import MultipartUpload

        return MultipartUpload(self._bridge, self._async.multipart_upload)

    @cached_property
    def search(self) -> Search:
        """Search an index by words, images or both."""
        from .search import Search

        return Search(self._bridge, self._async.search)

    @cached_property
    def tasks(self) -> Tasks:
        """Video indexing tasks, which upload and index in one call."""
        from .tasks import Tasks

        return Tasks(self._bridge, self._async.tasks)

    @cached_property
    def embed(self) -> Embed:
        """Embeddings of text, images, sound and video."""
        from .embed import Embed

        return Embed(self._bridge, self._async.embed)

    @cached_property
    def entity_collections(self) -> EntityCollections:
        """Collections of people and things to find."""
        from .entity_collections import EntityCollections

        return EntityCollections(self._bridge, self._async.entity_collections)

    @cached_property
    def manage_entities(self) -> ManageEntities:
        """Entities of all collections."""
        from .manage_entities import ManageEntities

        return ManageEntities(self._bridge, self._async.manage_entities)

    @cached_property
    def analyze_async(self) -> AnalyzeAsync:
        """Analyses that run on the service in the background."""
        from .analyze_async import AnalyzeAsync

        return AnalyzeAsync(self._bridge, self._async.analyze_async)

    @cached_property
    def responses(self) -> Responses:
        """Answers that draw on a knowledge store."""
        from .responses import Responses

        return Responses(self._bridge, self._async.responses)

    @cached_property
    def knowledge_stores(self) -> KnowledgeStores:
        """Stores of videos and images that are searched together."""
        from .knowledge_stores import KnowledgeStores

        return KnowledgeStores(self._bridge, self._async.knowledge_stores)

    @cached_property
    def knowledge_store_items(self) -> KnowledgeStoreItems:
        """What is in a knowledge store."""
        from .knowledge_store_items import KnowledgeStoreItems

        return KnowledgeStoreItems(self._bridge, self._async.knowledge_store_items)

    @cached_property
    def knowledge_store_item_collections(self) -> KnowledgeStoreItemCollections:
        """Groups of the items in a knowledge store."""
        from .knowledge_store_item_collections import KnowledgeStoreItemCollections

        return KnowledgeStoreItemCollections(
            self._bridge, self._async.knowledge_store_item_collections
        )

    @cached_property
    def data_connectors(self) -> DataConnectors:
        """Users' accounts at other services."""
        from .data_connectors import DataConnectors

        return DataConnectors(self._bridge, self._async.data_connectors)

    @cached_property
    def imports(self) -> Imports:
        """Files of such an account that become assets."""
        from .imports import Imports

        return Imports(self._bridge, self._async.imports)

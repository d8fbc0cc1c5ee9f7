"""The input, the output and the items of an ingestion."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

from attrs import Attribute, define, evolve, field, frozen

from .._runtime.numbers import plain_number
from .._runtime.rate_limits import RateLimit
from ..errors import ArgumentTypeError, ConfigurationError
from .locations import shown_location

__all__ = [
    "ENDS",
    "MARK",
    "STATES",
    "Concurrency",
    "IngestProgress",
    "IngestResult",
    "Item",
    "Source",
    "Sources",
    "State",
]

State = Literal[
    "waiting",
    "uploading",
    "processing",
    "processed",
    "submitting",
    "indexing",
    "indexed",
    "ready",
    "failed",
    "refused",
    "replaced",
]
STATES: tuple[State, ...] = (
    "waiting",  # nothing was sent
    "uploading",  # an asset may have been made: no reply is recorded yet
    "processing",  # there is an asset; the service processes it
    "processed",  # the asset is ready, and in no index
    "submitting",  # it may have been put into the index: likewise
    "indexing",  # there is an indexed asset
    "indexed",  # it is ready; its metadata is not yet set
    "ready",
    "failed",
    "refused",  # by our own checks: nothing was sent
    "replaced",  # the file has changed, which makes it another item
)
ENDS: frozenset[State] = frozenset({"ready", "failed", "refused", "replaced"})

MARK = "twelvelabs_async_item"
"""The key of an asset's metadata that identifies it when the reply to its upload was lost."""


_MOST_CONCURRENT = 10_000


@frozen(kw_only=True)
class Concurrency:
    """The limits of each stage of an ingestion.

    ``checks`` files are checked concurrently and ``uploads`` are sent: set what your network
    sustains. ``processing`` assets may wait until the service has processed them. ``indexing``
    films are in the index and not yet ready: set the account's limit of concurrent indexing tasks
    (5 on the free plan, 25 on Developer). ``metadata`` calls set metadata. ``chunks`` of one large
    file are sent concurrently. All are from 1 to 10,000; otherwise
    ConfigurationError.
    """

    checks: int = 2
    uploads: int = 8
    processing: int = 200
    indexing: int = 25
    metadata: int = 8
    chunks: int = 8

    def __attrs_post_init__(self) -> None:
        for name in ("checks", "uploads", "processing", "indexing", "metadata", "chunks"):
            value = plain_number(getattr(self, name))
            if type(value) is not int or not 1 <= value <= _MOST_CONCURRENT:
                raise ConfigurationError(
                    f"concurrency: {name} must be 1 or more, and at most {_MOST_CONCURRENT:,}, "
                    f"not {value!r}"
                )
            object.__setattr__(self, name, value)  # frozen, and a number of numpy as given


def _location(value: str | os.PathLike[str]) -> str:
    try:
        return os.fsdecode(value)  # file names are bytes: those that are not UTF-8 keep theirs
    except TypeError:
        raise ArgumentTypeError(
            f"a source is a path or a URL, not {type(value).__name__}"
        ) from None


def _require(kind: type) -> Callable[[object, Attribute[Any], object], None]:
    def check(_: object, field: Attribute[Any], value: object) -> None:
        if value is not None and not isinstance(value, kind):
            raise ArgumentTypeError(
                f"the {field.name} of a source is a {kind.__name__}, not a {type(value).__name__}"
            )

    return check


@frozen
class Source:
    """One film: where it is, and the metadata that it gets in the index.

    ``location`` is a path, an http or https URL that the service fetches itself, or any other URL
    that fsspec opens (``s3://...``) and that is streamed through this machine. ``filename`` is the
    location's own when left out, at most 255 characters. ``user_metadata`` has text, numbers,
    booleans and lists of texts as values; None deletes its key in the index. ArgumentTypeError for
    one of another type.
    """

    location: str = field(converter=_location, repr=shown_location)
    filename: str | None = field(default=None, validator=_require(str))
    user_metadata: Mapping[str, Any] | None = field(default=None, validator=_require(Mapping))


Sources = str | os.PathLike[str] | Source | Iterable[str | os.PathLike[str] | Source]
"""A path, a folder, a pattern, a URL, a manifest (.csv, .tsv, .jsonl, .parquet), a `Source`, or
several of them."""


@define(kw_only=True)
class Item:
    """A row of the journal. Times are seconds since the epoch."""

    key: str
    location: str = field(repr=shown_location)
    filename: str
    size: int | None = None
    content: str
    metadata: dict[str, Any] | None = None
    state: State = "waiting"
    stage: State | None = None
    """The state in which it has failed."""
    attempts: int = 0
    asset_id: str | None = None
    indexed_asset_id: str | None = None
    reason: str | None = None
    message: str | None = None
    added: float | None = None
    upload_began: float | None = None
    uploaded: float | None = None
    processed: float | None = None
    index_began: float | None = None
    submitted: float | None = None
    indexed: float | None = None
    ended: float | None = None

    def result(self, *, earlier: bool = False) -> IngestResult:
        """The result that the user gets at its end."""
        began = self.upload_began
        return IngestResult(
            source=self.location,
            status=self.state,
            filename=self.filename,
            size=self.size,
            user_metadata=self.metadata,
            asset_id=self.asset_id,
            indexed_asset_id=self.indexed_asset_id,
            stage=self.stage,
            reason=self.reason,
            message=self.message,
            attempts=self.attempts,
            seconds=self.ended - began if self.ended is not None and began is not None else None,
            earlier=earlier,
            key=self.key,
        )

    def copy(self) -> Item:
        """A copy, which can be changed."""
        return evolve(self)


@frozen(kw_only=True)
class IngestResult:
    """The result of one film.

    ``status`` is ``"ready"``, ``"failed"``, or ``"refused"`` when it was never sent because the
    service would not have taken it.
    ``indexed_asset_id`` is what searches call the video's id. ``reason`` is a short code (the
    service's own, where it gave one) and ``message`` explains it; ``stage`` is the stage that it
    reached. ``seconds`` is the time from the first byte sent to the end, ``size`` in bytes. With
    ``earlier`` it had ended in an earlier run on the same journal.
    """

    source: str = field(repr=shown_location)
    status: Literal["ready", "failed", "refused"] | str
    filename: str
    size: int | None = None
    user_metadata: Mapping[str, Any] | None = None
    asset_id: str | None = None
    indexed_asset_id: str | None = None
    stage: str | None = None
    reason: str | None = None
    message: str | None = None
    attempts: int = 0
    seconds: float | None = None
    earlier: bool = False
    key: str


@frozen(kw_only=True)
class IngestProgress:
    """The progress of an ingestion.

    ``states`` counts the items of the whole journal by state, ``failures`` those that failed or
    were refused by reason. ``items`` is how many are known, and ``listed`` whether that is all of
    them. Bytes and ``requests`` (of which ``refusals`` met a rate limit) are those of this run, as
    are ``ended`` items and ``elapsed`` seconds. ``limits`` are the last rate limits of the
    categories "upload" and "index", and ``held`` is for how many seconds more the service asked to
    wait.
    """

    states: Mapping[str, int]
    failures: Mapping[str, int]
    items: int
    listed: bool
    ended: int
    bytes_sent: int
    bytes_known: int
    elapsed: float
    requests: int
    refusals: int
    limits: Mapping[str, RateLimit]
    held: float

    @property
    def left(self) -> int:
        """How many items have not ended."""
        return self.items - sum(count for state, count in self.states.items() if state in ENDS)

    @property
    def per_minute(self) -> float:
        """Items that ended in a minute of this run, on average."""
        return 60.0 * self.ended / self.elapsed if self.elapsed > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """How long the known items will take at this rate; None before the first has ended."""
        return 60.0 * self.left / self.per_minute if self.ended and self.elapsed > 0 else None

"""What the sandbox remembers: records that are kept between runs."""

from __future__ import annotations

import math
from typing import Any, Final, Literal

from attrs import define, field, setters

from .changes import Record, note_change
from .settings import Settings

__all__ = [
    "Asset",
    "Chunk",
    "Collection",
    "EmbedTask",
    "Entity",
    "Import",
    "Index",
    "IndexTask",
    "Item",
    "Measured",
    "Phases",
    "Upload",
    "Video",
    "kind_of",
    "phases_of",
]


Measured = Literal["info", "film", "document"]
"""What is measured of a content: its figures, all of a film, or the text of a document."""
_DOCUMENTS: Final = ("application/pdf", "text/plain", "text/markdown")


def kind_of(file_type: str) -> str:
    """The kind of medium of a MIME type: "video", "audio", "image", "document" or another word."""
    return "document" if file_type in _DOCUMENTS else file_type.split("/")[0]


Phases = list[tuple[str, float | None]]
"""States with the time at which each ends."""


def phases_of(start: float, **seconds: float) -> Phases:
    """The states from ``start`` on, each as long as it is named with."""
    phases: Phases = []
    for name, lasting in seconds.items():
        start += lasting
        phases.append((name, start))
    return phases


@define(kw_only=True, on_setattr=note_change)
class Item(Record):
    """Something that goes through states: each phase lasts until its time, then comes the outcome.

    The last phase has no time while the item waits for a permit, and has not begun then. ``key``
    names the content it is about, once that is known; ``error`` is a code and a message.
    """

    id: str
    created_at: float
    updated_at: float
    phases: list[tuple[str, float | None]] = field(factory=list[tuple[str, float | None]])
    key: str | None = None
    error: tuple[str, str] | None = None
    turn: tuple[float, int] | None = None
    """Since when it queues to be indexed, and its number there; None before and after that."""
    fit_for: Settings | None = field(
        default=None, init=False, eq=False, repr=False, on_setattr=setters.NO_OP
    )
    """The settings by which its work was found done and usable, which stays so."""

    @property
    def needs(self) -> Measured | None:
        """What is measured of its content before it is done; None: nothing."""
        return "info"

    @property
    def waits(self) -> bool:
        """Whether it continues only once it has a permit."""
        return bool(self.phases) and self.phases[-1][1] is None

    @property
    def planned(self) -> float:
        """When the last phase ends of which that is known."""
        return next((end for _, end in reversed(self.phases) if end is not None), self.created_at)

    @property
    def due(self) -> float:
        """When the last phase ends; infinity while that is not known."""
        return math.inf if self.waits else self.planned

    @property
    def is_immediate(self) -> bool:
        """Whether its phases take no time, so that callers expect its outcome in the reply."""
        return self.planned <= self.created_at


@define(kw_only=True, on_setattr=note_change)
class Index(Record):
    """A place for indexed films, with the models that index them."""

    id: str
    name: str
    models: list[dict[str, Any]]
    addons: list[str]
    created_at: float
    updated_at: float
    expires_at: float | None = None

    def model(self, family: str) -> str | None:
        """The name of its model of this family, "marengo" or "pegasus"; None without one."""
        names = (str(model["model_name"]) for model in self.models)
        return next((name for name in names if name.startswith(family)), None)

    def options(self, family: str) -> list[str] | None:
        """The options of its model of this family, "marengo" or "pegasus"; None without one."""
        for model in self.models:
            if model["model_name"].startswith(family):
                return list(model["model_options"])
        return None


@define(kw_only=True, on_setattr=note_change)
class Asset(Item):
    """A file that later calls refer to."""

    method: str
    filename: str
    file_type: str
    kind: str | None = None
    size: int | None = None
    url: str | None = None
    source_id: str | None = None
    """The file of a drive that it was imported from."""
    user_metadata: dict[str, Any] = field(factory=dict[str, Any])
    hls: bool = False
    thumbnail: bool = False

    @property
    def needs(self) -> Measured | None:
        """What its type calls for."""
        return "document" if kind_of(self.file_type) == "document" else "info"


@define(kw_only=True, on_setattr=note_change)
class Video(Item):
    """An indexed asset, which the older endpoints call a video."""

    index_id: str
    filename: str
    asset_id: str | None = None
    user_metadata: dict[str, Any] = field(factory=dict[str, Any])
    stream: bool = False

    @property
    def needs(self) -> Measured | None:
        """The film."""
        return "film"


@define(kw_only=True, on_setattr=note_change)
class IndexTask(Item):
    """A film being uploaded and indexed by one call."""

    index_id: str
    video_id: str
    filename: str
    url: str | None = None
    stream: bool = False

    @property
    def needs(self) -> Measured | None:
        """The film."""
        return "film"


@define(kw_only=True, on_setattr=note_change)
class Chunk(Record):
    """A chunk of an upload: what the storage holds, and whether it was reported."""

    etag: str | None = None
    reported_at: float | None = None
    error: str | None = None


@define(kw_only=True, on_setattr=note_change)
class Upload(Record):
    """A multipart upload."""

    id: str
    asset_id: str
    filename: str
    kind: str
    total_size: int
    chunk_size: int
    created_at: float
    updated_at: float
    expires_at: float
    completed: bool = False
    reported: int = 0
    chunks: dict[int, Chunk] = field(factory=dict[int, Chunk], init=False)
    """By their numbers; stored beside the upload, so that a chunk is written alone."""
    user_metadata: dict[str, Any] = field(factory=dict[str, Any])
    hls: bool = False
    thumbnail: bool = False

    @property
    def total_chunks(self) -> int:
        """How many chunks the file is cut into."""
        return -(-self.total_size // self.chunk_size)

    @property
    def etags(self) -> dict[int, str]:
        """Of the chunks that are known to be stored, by number, in order."""
        stored = sorted(self.chunks.items())
        return {number: chunk.etag for number, chunk in stored if chunk.etag is not None}

    def chunk(self, number: int) -> Chunk:
        """The chunk of this number, which is new if nothing of it is known."""
        if number not in self.chunks:
            self.chunks[number] = Chunk()
        return self.chunks[number]

    def size_of(self, index: int) -> int:
        """Bytes of chunk ``index``, counted from 1."""
        return min(self.chunk_size, self.total_size - (index - 1) * self.chunk_size)

    def status(self, now: float) -> str:
        """The session's status."""
        if self.completed:
            return "completed"
        return "expired" if now >= self.expires_at else "active"


@define(kw_only=True, on_setattr=note_change)
class Collection(Record):
    """A collection of entities."""

    id: str
    name: str
    description: str
    created_at: float
    updated_at: float


@define(kw_only=True, on_setattr=note_change)
class Entity(Item):
    """Somebody or something to search for, by pictures."""

    collection_id: str
    name: str
    description: str
    metadata: dict[str, Any]
    asset_ids: list[str]

    @property
    def needs(self) -> Measured | None:
        """Nothing: its assets are measured themselves."""
        return None


@define(kw_only=True, on_setattr=note_change)
class EmbedTask(Item):
    """An embedding task; ``generation`` 1 is ``/embed/tasks``, 2 is ``/embed-v2/tasks``."""

    generation: int
    kind: str
    model_name: str
    request: dict[str, Any]
    url: str | None = None
    filename: str | None = None
    asset_id: str | None = None
    """The asset whose content it takes, if it began before that was ready."""

    @property
    def needs(self) -> Measured | None:
        """The film, sound or image; or the document."""
        return "document" if self.kind == "document" else "film"


@define(kw_only=True, on_setattr=note_change)
class Import(Record):
    """One run of an import from a connected store."""

    id: str
    integration_id: str
    index_id: str
    created_at: float
    task_ids: list[str]
    failed: list[tuple[str, str]]

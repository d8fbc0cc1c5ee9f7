"""What the sandbox remembers: plain records, kept as JSON between runs."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from attrs import define, field

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
    "Upload",
    "Video",
]


@define(kw_only=True)
class Item:
    """Something that goes through states: each phase lasts until its time, then comes the outcome.

    The last phase has no time while the item waits for a place, and has not begun then. ``key``
    names the content it is about, once that is known; ``error`` is a code and a message.
    """

    needs: ClassVar[str | None] = "info"
    """What is measured of its content before it is done: "info", "film" or nothing."""

    id: str
    created_at: float
    updated_at: float
    phases: list[tuple[str, float | None]] = field(factory=list[tuple[str, float | None]])
    key: str | None = None
    error: tuple[str, str] | None = None

    @property
    def waits(self) -> bool:
        """Whether it goes on only when it is given a place."""
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
    def at_once(self) -> bool:
        """Whether its phases take no time, so that callers expect its outcome in the reply."""
        return self.planned <= self.created_at


@define(kw_only=True)
class Index:
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


@define(kw_only=True)
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


@define(kw_only=True)
class Video(Item):
    """An indexed asset, which the older endpoints call a video."""

    needs: ClassVar[str | None] = "film"

    index_id: str
    filename: str
    asset_id: str | None = None
    user_metadata: dict[str, Any] = field(factory=dict[str, Any])
    stream: bool = False


@define(kw_only=True)
class IndexTask(Item):
    """A film being uploaded and indexed by one call."""

    needs: ClassVar[str | None] = "film"

    index_id: str
    video_id: str
    filename: str
    url: str | None = None
    stream: bool = False


@define(kw_only=True)
class Chunk:
    """A chunk of an upload: what the storage holds, and whether it was reported."""

    etag: str | None = None
    stored_at: float | None = None
    reported_at: float | None = None
    error: str | None = None


@define(kw_only=True)
class Upload:
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
    chunks: dict[int, Chunk] = field(factory=dict[int, Chunk])
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

    def size_of(self, index: int) -> int:
        """Bytes of chunk ``index``, counted from 1."""
        return min(self.chunk_size, self.total_size - (index - 1) * self.chunk_size)

    def status(self, now: float) -> str:
        """The session's status."""
        if self.completed:
            return "completed"
        return "expired" if now >= self.expires_at else "active"


@define(kw_only=True)
class Collection:
    """A collection of entities."""

    id: str
    name: str
    description: str
    created_at: float
    updated_at: float


@define(kw_only=True)
class Entity(Item):
    """Somebody or something to search for, by pictures."""

    needs: ClassVar[str | None] = None

    collection_id: str
    name: str
    description: str
    metadata: dict[str, Any]
    asset_ids: list[str]


@define(kw_only=True)
class EmbedTask(Item):
    """An embedding task; ``generation`` 1 is ``/embed/tasks``, 2 is ``/embed-v2/tasks``."""

    needs: ClassVar[str | None] = "film"

    generation: int
    kind: str
    model_name: str
    request: dict[str, Any]
    url: str | None = None
    filename: str | None = None
    asset_id: str | None = None
    """The asset whose content it takes, if it began before that was ready."""


@define(kw_only=True)
class Import:
    """One run of an import from a connected store."""

    id: str
    integration_id: str
    index_id: str
    created_at: float
    task_ids: list[str]
    failed: list[tuple[str, str]]
    not_imported: list[str]

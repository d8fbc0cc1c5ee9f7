"""All records, by their ids, with the look-ups that calls need."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, Final, NamedTuple, TypeVar

import cattrs
import orjson
from attrs import define

from .analysis_records import AnalysisTask, Batch, Idempotent
from .changes import Change, Changes, Owned, Record, Table, note_change
from .connector_records import Connection, ConnectorRecords, Consent, DriveImport, RedirectUri
from .data_folder import DataFolderError
from .knowledge_records import (
    ItemCollection,
    KnowledgeBase,
    KnowledgeStore,
    KnowledgeStoreItem,
    Session,
)
from .media.measure.probe import MediaInfo
from .records import (
    Asset,
    Chunk,
    Collection,
    EmbedTask,
    Entity,
    Import,
    Index,
    IndexTask,
    Item,
    Upload,
    Video,
)
from .search_results import SearchResults
from .webhook_records import Notice, Webhook, WebhookRecords

__all__ = ["KINDS", "Identity", "Repository", "Row"]


M = TypeVar("M", Video, Entity, KnowledgeStoreItem)


class Row(NamedTuple):
    """A record as it is stored; without a ``body`` it is to be deleted.

    ``new`` puts it after all others.
    """

    kind: str
    owner: str
    key: str
    body: bytes | None
    new: bool = False


@define(kw_only=True, on_setattr=note_change)
class Identity(Record):
    """What a data folder has once."""

    secret: str = ""
    """What presigned URLs and page tokens are signed with."""
    api_key: str = ""
    runs: int = 0
    """How many sandboxes have begun on these records."""
    ahead: float = 0.0
    """How many seconds their clock was ahead of the real time, at the most."""


KINDS: Final[dict[str, type[Any]]] = {
    "identity": Identity,
    "index": Index,
    "asset": Asset,
    "upload": Upload,
    "collection": Collection,
    "knowledge_store": KnowledgeStore,
    "connection": Connection,
    "video": Video,
    "task": IndexTask,
    "entity": Entity,
    "embed_task": EmbedTask,
    "import": Import,
    "chunk": Chunk,
    "knowledge_store_item": KnowledgeStoreItem,
    "item_collection": ItemCollection,
    "session": Session,
    "analysis": AnalysisTask,
    "batch": Batch,
    "idempotent": Idempotent,
    "consent": Consent,
    "redirect_uri": RedirectUri,
    "drive_import": DriveImport,
    "webhook": Webhook,
    "notice": Notice,
    "measured": MediaInfo,
}
"""The class of each kind of row. What a row belongs to comes before it."""
_THE_ONE = "sandbox"
_log = logging.getLogger(__name__)


class Repository:
    """All records. ``videos`` are by index, so that a page of one index looks at no other.

    Its tables note what changes: ``changes``.
    """

    def __init__(self) -> None:
        self.changes: Changes = Changes()
        changes = self.changes
        self._identity: Table[str, Identity] = Table(changes, "identity")
        self._identity.load(_THE_ONE, Identity())
        self.indexes: Table[str, Index] = Table(changes, "index")
        self.videos: Owned[dict[str, Video]] = Owned("indexes")
        self.assets: Table[str, Asset] = Table(changes, "asset")
        self.uploads: Table[str, Upload] = Table(changes, "upload")
        self.tasks: Table[str, IndexTask] = Table(changes, "task")
        self.collections: Table[str, Collection] = Table(changes, "collection")
        self.entities: Table[str, Entity] = Table(changes, "entity")
        self.embed_tasks: Table[str, EmbedTask] = Table(changes, "embed_task")
        self.imports: Table[str, Import] = Table(changes, "import")
        self.knowledge: KnowledgeBase = KnowledgeBase(changes)
        self.analyses: Table[str, AnalysisTask] = Table(changes, "analysis")
        self.batches: Table[str, Batch] = Table(changes, "batch")
        self.idempotent: Table[str, Idempotent] = Table(changes, "idempotent")
        """Replies by their ``Idempotency-Key``."""
        self.connectors: ConnectorRecords = ConnectorRecords(changes)
        self.webhooks: WebhookRecords = WebhookRecords(changes)
        self.measured: Table[str, MediaInfo] = Table(changes, "measured")
        """The figures of the contents whose measurements are kept, by their keys."""
        self.searches: dict[str, SearchResults] = {}
        """By the token of their pages; they end with the run."""
        self.index_names: dict[str, str] = {}
        self.members: Owned[dict[str, Entity]] = Owned("entity collections")
        self.users: Counter[str] = Counter()
        self._made_of: dict[str, dict[str, Item]] = {}
        """What was made of each asset, or refers to it, by the ids of both."""
        self.video_index: dict[str, str] = {}
        self._tables = self._whole_tables()

    @property
    def identity(self) -> Identity:
        """The key that callers need, and the secret."""
        return self._identity[_THE_ONE]

    @property
    def api_key(self) -> str:
        """The key that callers need."""
        return self.identity.api_key

    @property
    def secret(self) -> str:
        """What presigned URLs and page tokens are signed with."""
        return self.identity.secret

    @classmethod
    def load(cls, rows: Iterable[Row], source: str) -> Repository:
        """The records of these rows, which are in the order of their making.

        Raises ``DataFolderError``, which names ``source``, for rows that make no records.
        """
        repository = cls()
        by_kind: dict[str, list[Row]] = {kind: [] for kind in KINDS}
        try:
            for row in rows:
                by_kind[row.kind].append(row)
            for kind, those in by_kind.items():
                repository._load(kind, those)
            repository._connect()
        except (ValueError, TypeError, LookupError, AttributeError, ExceptionGroup) as error:
            # cattrs' errors are groups; what they hold names no file.
            raise DataFolderError(
                f"The state in {source!r} is damaged: restore a copy of it, or remove it to begin "
                "anew."
            ) from error
        return repository

    def _load(self, kind: str, rows: Sequence[Row]) -> None:
        structure, made = _converter.get_structure_hook(KINDS[kind]), KINDS[kind]
        for owner, those in groupby(rows, lambda row: row.owner):
            table = self._table(kind, owner)
            for row in those:
                record = structure(orjson.loads(row.body or b""), made)
                table.load(int(row.key) if kind == "chunk" else row.key, record)
                self._open(record)

    def _open(self, record: Any) -> None:
        """Make place for what belongs to a record."""
        match record:
            case Index():
                self.open_index(record)
            case Upload():
                self.open_upload(record)
            case Collection():
                self.members[record.id] = {}
            case KnowledgeStore():
                self.knowledge.open(record.id)
            case Connection():
                self.connectors.open(record.id)
            case _:
                pass

    def _table(self, kind: str, owner: str) -> Table[Any, Any]:
        """The table of a kind; raises ``LookupError`` for an owner that is not there."""
        found: dict[Any, Any]
        match kind:
            case "video":
                found = self.videos[owner]
            case "chunk":
                found = self.uploads[owner].chunks
            case "knowledge_store_item":
                found = self.knowledge.items[owner]
            case "item_collection":
                found = self.knowledge.collections[owner]
            case "drive_import":
                found = self.connectors.imports[owner]
            case _:
                found = self._tables[kind]
        assert isinstance(found, Table)
        return found

    def _whole_tables(self) -> dict[str, Table[Any, Any]]:
        """The tables whose records belong to nothing, by their kinds."""
        tables: list[Table[Any, Any]] = [
            *(value for value in vars(self).values() if isinstance(value, Table)),
            self.knowledge.stores,
            self.knowledge.sessions,
            self.connectors.consents,
            self.connectors.connections,
            self.connectors.redirect_uris,
            self.webhooks.webhooks,
            self.webhooks.notices,
        ]
        return {table.kind: table for table in tables}

    def clear(self) -> list[str]:
        """Forget all but the identity; the keys of all contents."""
        free = [*self.users]
        tables: list[dict[Any, Any]] = [
            *self.videos.values(),
            *self.knowledge.items.values(),
            *self.knowledge.collections.values(),
            *self.connectors.imports.values(),
            *(each.chunks for each in self.uploads.values()),
            *(table for table in self._whole_tables().values() if table is not self._identity),
        ]
        for table in tables:
            for key in list(table):
                del table[key]
        look_ups: list[dict[Any, Any]] = [
            *(self.videos, self.knowledge.items, self.knowledge.collections),
            *(self.connectors.imports, self.searches, self.index_names, self.members),
            *(self.users, self._made_of, self.video_index),
        ]
        for look_up in look_ups:
            look_up.clear()
        return free

    def _connect(self) -> None:
        """Make the look-ups, and join what belongs together."""
        self.index_names = {index.name: index.id for index in self.indexes.values()}
        for entity in self.entities.values():
            self.members[entity.collection_id][entity.id] = entity
        for item in self.items():
            self.use(item)
            self.refer_assets(item, _referenced(item))
        for analysis in self.analyses.values():
            self.users.update(analysis.keys)
        for videos in self.videos.values():
            self.video_index.update((video.id, video.index_id) for video in videos.values())
        for task in self.tasks.values():
            video = self.video(task.video_id)
            if video is not None:
                # The two go through their states as one.
                video.phases = task.phases
        self.changes.take()

    def rows(self) -> list[Row]:
        """All records as they are stored."""
        tables: Iterable[dict[Any, Any]] = (
            *self._tables.values(),
            *self.videos.values(),
            *self.knowledge.items.values(),
            *self.knowledge.collections.values(),
            *self.connectors.imports.values(),
            *(each.chunks for each in self.uploads.values()),
        )
        return self.written(
            Change(table, key, True)
            for table in tables
            if isinstance(table, Table)
            for key in table
        )

    @staticmethod
    def written(changes: Iterable[Change]) -> list[Row]:
        """What has changed, as it is stored."""
        rows: list[Row] = []
        for change in changes:
            table: Table[Any, Any] = change.table
            record = table.get(change.key)
            try:
                body = None if record is None else orjson.dumps(_converter.unstructure(record))
            except TypeError:  # a fault of the sandbox's own, which keeps no others from the disk
                _log.exception("%s %s cannot be kept", table.kind, change.key)
                continue
            rows.append(Row(table.kind, table.owner, str(change.key), body, change.new))
        return rows

    def items(self) -> Iterator[Item]:
        """Everything that has states."""
        yield from self.assets.values()
        yield from self.tasks.values()
        yield from self.entities.values()
        yield from self.embed_tasks.values()
        yield from self.knowledge.all_items()
        for videos in self.videos.values():
            yield from videos.values()

    def holds(self, item: Video | IndexTask | EmbedTask | KnowledgeStoreItem) -> bool:
        """Whether the item is still there."""
        if isinstance(item, IndexTask):
            return self.tasks.get(item.id) is item
        if isinstance(item, Video):
            return self.video(item.id) is item
        if isinstance(item, KnowledgeStoreItem):
            return self.knowledge.items.get(item.store_id, {}).get(item.id) is item
        return self.embed_tasks.get(item.id) is item

    def use(self, item: Item) -> None:
        """Count ``item`` among those that need its content."""
        if item.key is not None:
            self.users[item.key] += 1

    def add_index(self, index: Index) -> None:
        """Remember a new index."""
        self.indexes[index.id] = index
        self.open_index(index)
        self.index_names[index.name] = index.id

    def open_index(self, index: Index) -> None:
        """Make place for the films of an index."""
        self.videos[index.id] = Table(self.changes, "video", index.id)

    def add_upload(self, upload: Upload) -> None:
        """Remember a new upload."""
        self.uploads[upload.id] = upload
        self.open_upload(upload)

    def open_upload(self, upload: Upload) -> None:
        """Make place for the chunks of an upload."""
        upload.chunks = Table(self.changes, "chunk", upload.id)

    def rename_index(self, index: Index, name: str) -> None:
        """Give an index another name."""
        del self.index_names[index.name]
        index.name = name
        self.index_names[name] = index.id

    def remove_index(self, index: Index) -> list[str]:
        """Forget an index and its videos; the keys of content that nothing needs any more."""
        free = [key for video in list(self.videos[index.id].values()) for key in self.remove(video)]
        del self.indexes[index.id], self.videos[index.id], self.index_names[index.name]
        return free

    def add(self, item: Item) -> None:
        """Remember a new item."""
        match item:
            case Asset():
                self.assets[item.id] = item
            case Video():
                self.videos[item.index_id][item.id] = item
                self.video_index[item.id] = item.index_id
            case IndexTask():
                self.tasks[item.id] = item
            case Entity():
                self.entities[item.id] = item
                self.members[item.collection_id][item.id] = item
            case EmbedTask():
                self.embed_tasks[item.id] = item
            case KnowledgeStoreItem():
                self.knowledge.items[item.store_id][item.id] = item
            case _:
                raise TypeError(type(item))
        self.use(item)
        self.refer_assets(item, _referenced(item))

    def remove(self, item: Item) -> list[str]:
        """Forget an item; the keys of content that nothing needs any more."""
        match item:
            case Asset():
                del self.assets[item.id]
            case Video():
                del self.videos[item.index_id][item.id], self.video_index[item.id]
            case IndexTask():
                del self.tasks[item.id]
            case Entity():
                del self.entities[item.id], self.members[item.collection_id][item.id]
            case EmbedTask():
                del self.embed_tasks[item.id]
            case KnowledgeStoreItem():
                self.knowledge.remove_item(item)
            case _:
                raise TypeError(type(item))
        self.release_assets(item, _referenced(item))
        return self.release(item.key)

    def add_analysis(self, task: AnalysisTask) -> None:
        """Remember a new analysis."""
        self.analyses[task.id] = task
        self.users.update(task.keys)

    def remove_analysis(self, task: AnalysisTask) -> list[str]:
        """Forget an analysis; the keys of content that nothing needs any more."""
        del self.analyses[task.id]
        return [free for key in task.keys for free in self.release(key)]

    def release(self, key: str | None) -> list[str]:
        """One user of ``key`` fewer; the key itself when that was the last."""
        if key is None:
            return []
        self.users[key] -= 1
        if self.users[key] > 0:
            return []
        del self.users[key]
        return [key]

    def refer_assets(self, item: Item, asset_ids: Iterable[str]) -> None:
        """Record that an item refers to these assets."""
        for asset_id in asset_ids:
            self._made_of.setdefault(asset_id, {})[item.id] = item

    def release_assets(self, item: Item, asset_ids: Iterable[str]) -> None:
        """Record that an item refers to these assets no longer."""
        for asset_id in asset_ids:
            made = self._made_of.get(asset_id, {})
            made.pop(item.id, None)
            if not made:
                self._made_of.pop(asset_id, None)

    def made_of(self, asset: Asset, kind: type[M]) -> list[M]:
        """The videos, entities or items of knowledge stores that refer to an asset."""
        found = self._made_of.get(asset.id, {})
        return [item for item in found.values() if isinstance(item, kind)]

    def video(self, video_id: str) -> Video | None:
        """The video with this id, in whichever index."""
        index_id = self.video_index.get(video_id)
        return None if index_id is None else self.videos[index_id][video_id]


def _referenced(item: Item) -> Sequence[str]:
    if isinstance(item, Video | KnowledgeStoreItem):
        return [item.asset_id] if item.asset_id else []
    return item.asset_ids if isinstance(item, Entity) else []


def _whole(value: Any, kind: type[int]) -> int:
    """A whole number that can be written again: JSON has larger ones, which are read as floats.

    For cattrs, bool is a kind of these.
    """
    if type(value) is kind:  # as nearly all are
        return value
    number = kind(value)
    if not -_LARGEST <= number < _LARGEST:
        raise ValueError(f"{value!r} is too large")
    return number


_LARGEST: Final = 2**63
_converter = cattrs.Converter()
_converter.register_structure_hook(int, _whole)

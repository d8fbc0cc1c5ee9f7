"""All records, by their ids, with the look-ups that calls need."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import cattrs
import orjson
from attrs import define, field

from .analysis_records import AnalysisTask, Batch, Idempotent
from .connector_records import ConnectorRecords
from .data_folder import DataFolderError
from .knowledge_records import KnowledgeBase, KnowledgeStoreItem
from .records import (
    Asset,
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
from .webhook_records import WebhookRecords

__all__ = ["Repository"]


@define
class Repository:
    """All records. ``videos`` are by index, so that a page of one index looks at no other."""

    indexes: dict[str, Index] = field(factory=dict[str, Index])
    videos: dict[str, dict[str, Video]] = field(factory=dict[str, dict[str, Video]])
    assets: dict[str, Asset] = field(factory=dict[str, Asset])
    uploads: dict[str, Upload] = field(factory=dict[str, Upload])
    tasks: dict[str, IndexTask] = field(factory=dict[str, IndexTask])
    collections: dict[str, Collection] = field(factory=dict[str, Collection])
    entities: dict[str, Entity] = field(factory=dict[str, Entity])
    embed_tasks: dict[str, EmbedTask] = field(factory=dict[str, EmbedTask])
    imports: dict[str, Import] = field(factory=dict[str, Import])
    knowledge: KnowledgeBase = field(factory=KnowledgeBase)
    analyses: dict[str, AnalysisTask] = field(factory=dict[str, AnalysisTask])
    batches: dict[str, Batch] = field(factory=dict[str, Batch])
    idempotent: dict[str, Idempotent] = field(factory=dict[str, Idempotent])
    """Replies by their ``Idempotency-Key``."""
    connectors: ConnectorRecords = field(factory=ConnectorRecords)
    webhooks: WebhookRecords = field(factory=WebhookRecords)
    indexing: list[str] = field(factory=list[str])
    """What held a place when this was written."""
    waiting: list[str] = field(factory=list[str])
    """What waited for one, in order."""
    secret: str = ""
    api_key: str = ""
    runs: int = 0
    """How many sandboxes have begun on these records."""

    searches: dict[str, SearchResults] = field(factory=dict[str, SearchResults], init=False)
    """By the token of their pages; they end with the run."""
    index_names: dict[str, str] = field(factory=dict[str, str], init=False)
    members: dict[str, dict[str, Entity]] = field(factory=dict[str, dict[str, Entity]], init=False)
    users: Counter[str] = field(factory=Counter[str], init=False)
    references: Counter[str] = field(factory=Counter[str], init=False)
    video_index: dict[str, str] = field(factory=dict[str, str], init=False)

    def __attrs_post_init__(self) -> None:
        self.index_names = {index.name: index.id for index in self.indexes.values()}
        self.members = {collection: {} for collection in self.collections}
        for entity in self.entities.values():
            self.members[entity.collection_id][entity.id] = entity
        for item in self.items():
            self.use(item)
            for asset_id in _referenced(item):
                self.references[asset_id] += 1
        for analysis in self.analyses.values():
            self.users.update(analysis.keys)
        for videos in self.videos.values():
            self.video_index.update((video.id, video.index_id) for video in videos.values())
        for task in self.tasks.values():
            video = self.video(task.video_id)
            if video is not None:
                # The two go through their states as one.
                video.phases = task.phases

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
        self.videos[index.id] = {}
        self.index_names[index.name] = index.id

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
        for asset_id in _referenced(item):
            self.references[asset_id] += 1

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
        for asset_id in _referenced(item):
            self.release_asset(asset_id)
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

    def release_asset(self, asset_id: str) -> None:
        """One reference to an asset fewer."""
        self.references[asset_id] -= 1
        if self.references[asset_id] <= 0:
            del self.references[asset_id]

    def refer_assets(self, asset_ids: Sequence[str]) -> None:
        """One reference more to each."""
        self.references.update(asset_ids)

    def video(self, video_id: str) -> Video | None:
        """The video with this id, in whichever index."""
        index_id = self.video_index.get(video_id)
        return None if index_id is None else self.videos[index_id][video_id]

    def dump(self) -> bytes:
        """The records as JSON."""
        return orjson.dumps(_converter.unstructure(self), option=orjson.OPT_NON_STR_KEYS)

    @classmethod
    def load(cls, path: Path) -> Repository:
        """The records that :meth:`dump` wrote; none when there is no such file.

        Raises ``DataFolderError`` for a file that it did not write.
        """
        if not path.exists():
            return cls()
        try:
            records = orjson.loads(path.read_bytes())
            if not isinstance(records, dict):
                raise TypeError("no object")
            return _converter.structure(records, cls)
        except (ValueError, TypeError, LookupError, AttributeError, ExceptionGroup) as error:
            # cattrs' errors are groups; what they hold names no file.
            raise DataFolderError(f"The state in {str(path)!r} is damaged: remove it.") from error


def _referenced(item: Item) -> Sequence[str]:
    if isinstance(item, Video):
        return [item.asset_id] if item.asset_id else []
    return item.asset_ids if isinstance(item, Entity) else []


_converter = cattrs.Converter()

"""What the sandbox remembers of knowledge stores: items, collections of them, and sessions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from attrs import define, field

from .changes import Changes, Owned, Record, Table, note_change
from .records import Item, Measured

__all__ = [
    "AssetType",
    "ItemCollection",
    "KnowledgeBase",
    "KnowledgeStore",
    "KnowledgeStoreItem",
    "Session",
    "Turn",
]

AssetType = Literal["video", "image"]

_MOST_TURNS = 50
_MOST_SELECTIONS = 1_000


@define(kw_only=True, on_setattr=note_change)
class KnowledgeStore(Record):
    """A store of items to search and to ask about."""

    id: str
    name: str
    description: str
    ingestion_config: dict[str, Any] | None
    metadata: dict[str, Any]
    created_at: float
    updated_at: float


@define(kw_only=True, on_setattr=note_change)
class KnowledgeStoreItem(Item):
    """An asset in a store."""

    store_id: str
    asset_id: str
    asset_type: AssetType
    filename: str
    metadata: dict[str, Any] = field(factory=dict[str, Any])

    @property
    def needs(self) -> Measured | None:
        """The film or picture."""
        return "film"

    @property
    def title(self) -> str:
        """What people call it: its metadata's title, or else its file's name."""
        named = self.metadata.get("title")
        return named if isinstance(named, str) and named.strip() else self.filename


@define(kw_only=True, on_setattr=note_change)
class ItemCollection(Record):
    """Some items of a store, under a name. ``members`` are their ids, with when they came."""

    id: str
    store_id: str
    name: str
    description: str
    metadata: dict[str, Any]
    created_at: float
    updated_at: float
    members: dict[str, float] = field(factory=dict[str, float])


@define(kw_only=True)
class Turn:
    """A question and its answer, and the items that the answer cites."""

    question: str
    answer: str
    item_ids: list[str]


@define(kw_only=True, on_setattr=note_change)
class Session(Record):
    """A conversation about one store."""

    id: str
    store_id: str
    created_at: float
    used_at: float
    messages: int = 0
    """How many messages the assistant wrote, which its messages' ids count."""
    selections: list[tuple[str, str]] = field(factory=list[tuple[str, str]])
    """Kinds and ids, each once, in the order in which they came."""
    turns: list[Turn] = field(factory=list[Turn])

    def select(self, kind: str, identifier: str) -> None:
        """Add a selection; the oldest are forgotten when there are a thousand."""
        if (kind, identifier) not in self.selections:
            self.selections.append((kind, identifier))
            del self.selections[:-_MOST_SELECTIONS]
            self.changed()

    def add(self, turn: Turn) -> None:
        """Add a turn; the oldest are forgotten when there are fifty."""
        self.turns.append(turn)
        del self.turns[:-_MOST_TURNS]
        self.changed()


class KnowledgeBase:
    """All stores, with what is in them by the id of the store."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self.stores: Table[str, KnowledgeStore] = Table(changes, "knowledge_store")
        self.items: Owned[dict[str, KnowledgeStoreItem]] = Owned("knowledge stores")
        self.collections: Owned[dict[str, ItemCollection]] = Owned("knowledge stores")
        self.sessions: Table[str, Session] = Table(changes, "session")

    def add_store(self, store: KnowledgeStore) -> None:
        """Remember a new store."""
        self.stores[store.id] = store
        self.open(store.id)

    def open(self, store_id: str) -> None:
        """Make place for what is in a store."""
        self.items[store_id] = Table(self._changes, "knowledge_store_item", store_id)
        self.collections[store_id] = Table(self._changes, "item_collection", store_id)

    def remove_store(self, store: KnowledgeStore) -> None:
        """Forget a store whose items are gone, its collections and its sessions."""
        for collection in list(self.collections[store.id]):
            del self.collections[store.id][collection]
        del self.stores[store.id], self.items[store.id], self.collections[store.id]
        for session in [one for one in self.sessions.values() if one.store_id == store.id]:
            del self.sessions[session.id]

    def remove_item(self, item: KnowledgeStoreItem) -> None:
        """Forget an item, which leaves its collections."""
        del self.items[item.store_id][item.id]
        for collection in self.collections[item.store_id].values():
            if collection.members.pop(item.id, None) is not None:
                collection.changed()

    def all_items(self) -> Iterator[KnowledgeStoreItem]:
        """The items of all stores."""
        for items in self.items.values():
            yield from items.values()

    def forget_sessions(self, unused_since: float) -> None:
        """Forget the sessions that nobody has used since then."""
        for session in list(self.sessions.values()):
            if session.used_at <= unused_since:
                del self.sessions[session.id]

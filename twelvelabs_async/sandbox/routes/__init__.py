"""The calls of the API, in files and folders as the client has them.

Each area is a module with ``routes``: a list to which its handlers are added with what they take.
``AREAS`` is the one table of them all; a new area is a module and a line here.
"""

from __future__ import annotations

from typing import Final

from ..routing import Routes
from . import (
    analyze,
    assets,
    data_connectors,
    embed,
    entity_collections,
    imports,
    indexes,
    knowledge_store_item_collections,
    knowledge_store_items,
    knowledge_stores,
    manage_entities,
    multipart_upload,
    responses,
    search,
    tasks,
)
from .analyze_async import batches
from .analyze_async import tasks as analyze_tasks
from .assets import details
from .embed import tasks as embed_tasks
from .embed import v_2 as embed_v_2
from .embed.v_2 import tasks as embed_v_2_tasks
from .entity_collections import entities
from .indexes import indexed_assets, videos
from .knowledge_stores import search as knowledge_store_search
from .tasks import transfers

__all__ = ["AREAS"]

AREAS: Final[dict[str, Routes]] = {
    "analyze": analyze.routes,
    "analyze_async.batches": batches.routes,
    "analyze_async.tasks": analyze_tasks.routes,
    "assets": assets.routes,
    "assets.details": details.routes,
    "data_connectors": data_connectors.routes,
    "embed": embed.routes,
    "embed.tasks": embed_tasks.routes,
    "embed.v_2": embed_v_2.routes,
    "embed.v_2.tasks": embed_v_2_tasks.routes,
    "entity_collections": entity_collections.routes,
    "entity_collections.entities": entities.routes,
    "imports": imports.routes,
    "indexes": indexes.routes,
    "indexes.indexed_assets": indexed_assets.routes,
    "indexes.videos": videos.routes,
    "knowledge_store_item_collections": knowledge_store_item_collections.routes,
    "knowledge_store_items": knowledge_store_items.routes,
    "knowledge_stores": Routes([*knowledge_stores.routes, *knowledge_store_search.routes]),
    "manage_entities": manage_entities.routes,
    "multipart_upload": multipart_upload.routes,
    "responses": responses.routes,
    "search": search.routes,
    "tasks": tasks.routes,
    "tasks.transfers": transfers.routes,
}

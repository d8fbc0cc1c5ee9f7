"""The methods of each resource, with replies in place of results, made on first use.

Made by tools/generate_raw.py; not edited by hand.
"""

# pyright: reportUnsupportedDunderAll=false
# Type checkers read the stub, which has the names one by one.

from __future__ import annotations

from .._runtime.raw_methods import raw_names
from .raw_methods import raw_class

NAMES = {
    "RawAnalyze": ("sync.analyze", "Analyze"),
    "RawIndexes": ("sync.indexes", "Indexes"),
    "RawIndexesIndexedAssets": ("sync.indexes.indexed_assets", "IndexedAssets"),
    "RawIndexesVideos": ("sync.indexes.videos", "Videos"),
    "RawAssets": ("sync.assets", "Assets"),
    "RawMultipartUpload": ("sync.multipart_upload", "MultipartUpload"),
    "RawSearch": ("sync.search", "Search"),
    "RawTasks": ("sync.tasks", "Tasks"),
    "RawTasksTransfers": ("sync.tasks.transfers", "Transfers"),
    "RawEmbed": ("sync.embed", "Embed"),
    "RawEmbedTasks": ("sync.embed.tasks", "EmbedTasks"),
    "RawEmbedV2": ("sync.embed.v_2", "EmbedV2"),
    "RawEmbedV2Tasks": ("sync.embed.v_2.tasks", "EmbedV2Tasks"),
    "RawEntityCollections": ("sync.entity_collections", "EntityCollections"),
    "RawEntityCollectionsEntities": ("sync.entity_collections.entities", "Entities"),
    "RawManageEntities": ("sync.manage_entities", "ManageEntities"),
    "RawAnalyzeAsync": ("sync.analyze_async", "AnalyzeAsync"),
    "RawAnalyzeAsyncTasks": ("sync.analyze_async.tasks", "Tasks"),
    "RawAnalyzeAsyncBatches": ("sync.analyze_async.batches", "Batches"),
    "RawResponses": ("sync.responses", "Responses"),
    "RawKnowledgeStores": ("sync.knowledge_stores", "KnowledgeStores"),
    "RawKnowledgeStoreItems": ("sync.knowledge_store_items", "KnowledgeStoreItems"),
    "RawKnowledgeStoreItemCollections": (
        "sync.knowledge_store_item_collections",
        "KnowledgeStoreItemCollections",
    ),
    "RawDataConnectors": ("sync.data_connectors", "DataConnectors"),
    "RawImports": ("sync.imports", "Imports"),
}
__getattr__, __dir__ = raw_names(__name__, NAMES, raw_class)
__all__ = sorted(NAMES)

"""The methods of each resource, with replies in place of results, made on first use.

Made by tools/generate_raw.py; not edited by hand.
"""

# pyright: reportUnsupportedDunderAll=false
# Type checkers read the stub, which has the names one by one.

from __future__ import annotations

from ._runtime.raw_methods import raw_class, raw_names

NAMES = {
    "RawAnalyze": ("analyze", "Analyze"),
    "RawIndexes": ("indexes", "Indexes"),
    "RawIndexesIndexedAssets": ("indexes.indexed_assets", "IndexedAssets"),
    "RawIndexesVideos": ("indexes.videos", "Videos"),
    "RawAssets": ("assets", "Assets"),
    "RawMultipartUpload": ("multipart_upload", "MultipartUpload"),
    "RawSearch": ("search", "Search"),
    "RawTasks": ("tasks", "Tasks"),
    "RawTasksTransfers": ("tasks.transfers", "Transfers"),
    "RawEmbed": ("embed", "Embed"),
    "RawEmbedTasks": ("embed.tasks", "EmbedTasks"),
    "RawEmbedV2": ("embed.v_2", "EmbedV2"),
    "RawEmbedV2Tasks": ("embed.v_2.tasks", "EmbedV2Tasks"),
    "RawEntityCollections": ("entity_collections", "EntityCollections"),
    "RawEntityCollectionsEntities": ("entity_collections.entities", "Entities"),
    "RawManageEntities": ("manage_entities", "ManageEntities"),
    "RawAnalyzeAsync": ("analyze_async", "AnalyzeAsync"),
    "RawAnalyzeAsyncTasks": ("analyze_async.tasks", "Tasks"),
    "RawAnalyzeAsyncBatches": ("analyze_async.batches", "Batches"),
    "RawResponses": ("responses", "Responses"),
    "RawKnowledgeStores": ("knowledge_stores", "KnowledgeStores"),
    "RawKnowledgeStoreItems": ("knowledge_store_items", "KnowledgeStoreItems"),
    "RawKnowledgeStoreItemCollections": (
        "knowledge_store_item_collections",
        "KnowledgeStoreItemCollections",
    ),
    "RawDataConnectors": ("data_connectors", "DataConnectors"),
    "RawImports": ("imports", "Imports"),
}
__getattr__, __dir__ = raw_names(__name__, NAMES, raw_class)
__all__ = sorted(NAMES)

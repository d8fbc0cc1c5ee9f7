"""Every method that the vendor's SDK 1.3.6 has beside those of 1.1.0, as in `wire_calls`."""

from __future__ import annotations

from tests.contract.wire_calls import (
    DYNAMIC,
    ID,
    METADATA,
    PAGED,
    PROMPT,
    SCHEMA,
    SORTED,
    call,
    model,
)

STORE, ITEM, COLLECTION = "ks_1", "ksi_1", "ksic_1"
TEXTS = {"team": "Łódź", "city": "ü"}
TAGS = {"team": "Łódź", "year": 2026, "ratio": 0.5, "won": True, "names": ["a", "ü"]}
PICTURE = model("SmeMediaSource", name="cup", media_type="image", url="https://example.com/a?b=c")
RANGE = model("AnalyzeTimeRange", start_time=1.5, end_time=60)
FIELD = model(
    "SegmentField",
    name="goals",
    type="time_array",
    description="ü",
    items=model(
        "SegmentFieldItems",
        type="object",
        fields=[
            model(
                "TimeArrayItemField",
                name="who",
                type="array",
                description="d",
                items=model("TimeArrayItemFieldItems", type="string"),
            )
        ],
    ),
)
SEGMENTS = model(
    "AsyncResponseFormat",
    type="segment_definitions",
    segment_definitions=[
        model(
            "SegmentDefinition",
            id="match",
            description="Łódź",
            fields=[FIELD],
            media_sources=[PICTURE],
            time_ranges=[RANGE],
        )
    ],
    segment_time_format="hh:mm:ss",
)
PLAIN_SEGMENTS = model(
    "AsyncResponseFormat",
    type="segment_definitions",
    segment_definitions=[
        model(
            "SegmentDefinition",
            id="match",
            description="Łódź",
            fields=[
                model(
                    "SegmentField", name="at", type="timestamp", description="d", format="seconds"
                ),
                model(
                    "SegmentField",
                    name="who",
                    type="array",
                    description="ü",
                    items=model("SegmentFieldItems", type="string"),
                ),
                model("SegmentField", name="kind", type="string", description="d", enum=["a"]),
            ],
        )
    ],
)
GENERAL = model("AsyncResponseFormat", type="json_schema", json_schema=SCHEMA)
CHOICES = {
    "temperature": 0.5,
    "max_tokens": 4096,
    "start_time": 0.5,
    "end_time": 100,
}
BATCH_PROMPT = model("BatchPrompt", input_text=PROMPT, media_sources=[PICTURE])
INPUT = [model("ResponseInputItem", type="message", role="user", content=PROMPT)]
RESPONSE = {
    "knowledge_store_id": STORE,
    "input": INPUT,
    "session_id": "sess_1",
    "instructions": "Łódź",
    "include": ["intermediate_outputs"],
    "selections": [model("ResponseSelection", kind="item", id=ITEM)],
    "text": model(
        "TextParam",
        format=model(
            "TextParamFormat_JsonSchema",
            name="n",
            description="d",
            schema_=SCHEMA,
            strict=True,
        ),
    ),
}

LATER_CALLS = (
    call(
        "analyze_async.tasks.list",
        **PAGED,
        status="ready",
        video_url="https://example.com/%C3%BC?a=b",
        asset_id=ID,
        analysis_mode="general",
    ),
    call(
        "analyze_async.tasks.create",
        model_name="pegasus1.5",
        custom_id="a-1",
        video=model("VideoContext_AssetId", asset_id=ID),
        prompt=PROMPT,
        analysis_mode="general",
        response_format=GENERAL,
        **CHOICES,
    ),
    call(
        "analyze_async.tasks.create",
        video=model("VideoContext_Url", url="https://example.com/%C3%BC.mp4"),
        prompt_v_2=model("AnalyzePromptV2", input_text="<@cup>", media_sources=[PICTURE]),
    ),
    call("analyze_async.tasks.retrieve", ID),
    call("analyze_async.tasks.delete", ID),
    call(
        "analyze_async.batches.list",
        **PAGED,
        status=["pending", "completed"],
        analysis_mode=["general"],
    ),
    call(
        "analyze_async.batches.create",
        model_name="pegasus1.5",
        analysis_mode="general",
        requests=[
            model(
                "BatchItemRequest",
                video=model("BatchVideoContext", type="asset_id", asset_id=ID),
                custom_id="a_1",
                prompt=BATCH_PROMPT,
                response_format=GENERAL,
                **CHOICES,
            ),
            model(
                "BatchItemRequest",
                video=model("BatchVideoContext", type="asset_id", asset_id="x"),
                min_segment_duration=2.5,
                max_segment_duration=9,
            ),
        ],
        defaults=model(
            "BatchDefaults", prompt=BATCH_PROMPT, response_format=PLAIN_SEGMENTS, **CHOICES
        ),
    ),
    call("analyze_async.batches.retrieve", ID),
    call("analyze_async.batches.delete", ID),
    call("analyze_async.batches.results", ID),
    call("analyze_async.batches.cancel", ID),
    call("responses.create_stream", **RESPONSE),
    call("knowledge_stores.list", **SORTED),
    call(
        "knowledge_stores.create",
        name="Łódź",
        description="ü",
        metadata=TEXTS,
        ingestion_config=model(
            "IngestionConfig",
            enrichment_config=model(
                "EnrichmentConfig_JsonSchema",
                json_schema=model(
                    "EnrichmentConfigJsonSchemaJsonSchema",
                    type="object",
                    properties={"in_": {"type": "string", "description": "ü"}},
                ),
            ),
        ),
    ),
    call(
        "knowledge_stores.create",
        name="b",
        ingestion_config=model(
            "IngestionConfig",
            enrichment_config=model("EnrichmentConfig_Description", description="ü"),
        ),
    ),
    call("knowledge_stores.retrieve", STORE),
    call("knowledge_stores.update", STORE, name="neu", description="", metadata={}),
    call("knowledge_stores.delete", STORE),
    call(
        "knowledge_stores.search",
        STORE,
        query=model("KnowledgeStoreSearchQuery", text=PROMPT),
        filter=model(
            "SearchKnowledgeStoreFilter",
            asset_type=model("AssetTypeFilter", eq="video"),
            item_id=model("ItemIdFilter", in_=[ITEM, "ksi_2"]),
        ),
        search_options=model(
            "SearchKnowledgeStoreOptions",
            video=model("VideoSearchOptions", modalities=["visual", "audio"]),
        ),
        group_by="item",
        page_size=50,
        page_token="t",
        include_metadata=True,
    ),
    call("knowledge_store_items.list", STORE, **SORTED, status=["queued", "ready"]),
    call("knowledge_store_items.create", STORE, asset_id=ID, asset_type="video", metadata=TEXTS),
    call("knowledge_store_items.retrieve", STORE, ITEM),
    call("knowledge_store_items.delete", STORE, ITEM),
    call("knowledge_store_item_collections.list", STORE, **SORTED),
    call(
        "knowledge_store_item_collections.create",
        STORE,
        name="Łódź",
        description="ü",
        metadata=TEXTS,
    ),
    call("knowledge_store_item_collections.retrieve", STORE, COLLECTION),
    call(
        "knowledge_store_item_collections.update",
        STORE,
        COLLECTION,
        name="n",
        description="d",
        metadata={},
    ),
    call("knowledge_store_item_collections.delete", STORE, COLLECTION),
    call("knowledge_store_item_collections.list_items", STORE, COLLECTION, **PAGED),
    call("knowledge_store_item_collections.add_items", STORE, COLLECTION, item_ids=[ITEM, "x"]),
    call("knowledge_store_item_collections.remove_items", STORE, COLLECTION, item_ids=[ITEM]),
    call(
        "data_connectors.authorize_connection",
        provider="google_drive",
        redirect_uri="https://example.com/done?a=b",
        custom_id="ü",
    ),
    call("data_connectors.list_connections", **PAGED),
    call("data_connectors.retrieve_connection", ID),
    call("data_connectors.delete_connection", ID),
    call("data_connectors.create_connection_picker_token", ID),
    call("data_connectors.list_redirect_uris", **PAGED),
    call("data_connectors.create_redirect_uri", redirect_uri="https://example.com/done"),
    call("data_connectors.delete_redirect_uri", ID),
    call(
        "imports.import_files",
        ID,
        items=[model("imports.ImportFilesRequestItemsItem", source_id="Łódź/1")],
    ),
    call("imports.list_imports", ID, **PAGED),
    call("imports.retrieve_import", ID, "x"),
    call("assets.replace_user_metadata", ID, user_metadata=TAGS),
    call("assets.update_user_metadata", ID, user_metadata=METADATA),
    call("assets.delete_user_metadata", ID),
    call("entity_collections.entities.list_by_asset", ID, **PAGED),
    call("indexes.indexed_assets.list_by_asset", ID, **PAGED),
)

# What the document of 2026-07 does not have yet
NEWEST_CALLS = (
    call("analyze_async.tasks.cancel", ID),
    call("assets.retrieve_transcription", ID, include=["words", "utterances"]),
    call(
        "analyze_async.tasks.create",
        model_name="pegasus1.6",
        video=model("VideoContext_Base64String", base_64_string="AAEC"),
        analysis_mode="time_based_metadata",
        response_format=SEGMENTS,
        max_tokens="unlimited",
        min_segment_duration=2,
        max_segment_duration=60.5,
    ),
    call(
        "analyze_async.tasks.create",
        model_name="pegasus1.6",
        image=[
            model("AnalyzeImageInput", name="a", asset_id=ID),
            model("AnalyzeImageInput", name="b", base_64_string="AAEC"),
        ],
        prompt=PROMPT,
    ),
    call("responses.create", **RESPONSE),
    call("responses.create", knowledge_store_id=STORE, input=INPUT),
    call("knowledge_store_items.create", STORE, asset_id=ID, metadata=TAGS),
    call("knowledge_stores.create", name="a", metadata=TAGS),
    # What 1.3.6 added to the older methods
    call(
        "analyze",
        model_name="pegasus1.6",
        video=model("VideoContext_AssetId", asset_id=ID),
        prompt_v_2=model("AnalyzePromptV2", input_text="<@cup>", media_sources=[PICTURE]),
        response_format=model("SyncResponseFormat", type="json_schema", json_schema=SCHEMA),
        **CHOICES,
    ),
    call(
        "analyze_stream",
        image=[model("AnalyzeImageInput", name="a", url="https://example.com/a.png")],
        prompt=PROMPT,
    ),
    call("assets.list", **PAGED, filename="Łódź"),
    call("assets.delete", ID, force=True),
    call(
        "embed.v_2.create",
        input_type="multi_input",
        model_name="marengo3.5",
        multi_input=model(
            "MultiInputRequest",
            input_text=PROMPT,
            media_sources=[
                model("MultiInputMediaSource", media_type="image", base_64_string="AAEC"),
            ],
        ),
        auto_truncate=True,
        embedding_uncertainty=True,
        embedding_dimension=256,
    ),
    call(
        "embed.v_2.tasks.create",
        input_type="video",
        model_name="marengo3.0",
        video=model(
            "AsyncVideoInputRequest",
            media_source={"asset_id": ID},
            segmentation=DYNAMIC,
        ),
    ),
    call(
        "indexes.indexed_assets.list",
        ID,
        duration=model("IndexedAssetsListRequestDuration", gte=1.5, lte=60.5),
    ),
    call("indexes.indexed_assets.create", ID, asset_id="x", user_metadata=TAGS),
    # Identifiers that are no plain path segments
    call("knowledge_stores.retrieve", "a/b?c#d%20e"),
    call("imports.retrieve_import", "ü x", "c?d=e"),
)

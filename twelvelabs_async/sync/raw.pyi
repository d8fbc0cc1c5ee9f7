"""The methods of each resource, with replies in place of results.

Made by tools/generate_raw.py; not edited by hand.
"""

# ruff: noqa
# pyright: reportDeprecated=false

from collections.abc import Callable, Sequence
from typing import Any, Concatenate, Literal, ParamSpec, Self, TypeVar, overload

from .._runtime.deprecation import deprecated
from .._runtime.raw_response import RawResponse
from ..analyze import models
from ..list_filters import UserMetadata
from ..manage_entities.models import ListAllEntitiesRequestSortBy, ListAllEntitiesRequestStatus
from ..options import RequestOptions
from ..tasks.models import (
    TransfersCreateResponse,
    TransfersGetLogsResponse,
    TransfersGetStatusResponse,
)
from .analyze_async import AnalyzeAsync as AnalyzeAsyncResource
from .analyze_async.batches import Batches as AnalyzeAsyncBatchesResource
from .analyze_async.tasks import Tasks as AnalyzeAsyncTasksResource
from .assets import Assets as AssetsResource
from .client import TwelveLabs
from .data_connectors import DataConnectors as DataConnectorsResource
from .embed import Embed as EmbedResource
from .embed.tasks import EmbedTasks as EmbedTasksResource
from .embed.v_2 import EmbedV2 as EmbedV2Resource
from .embed.v_2.tasks import EmbedV2Tasks as EmbedV2TasksResource
from .entity_collections import EntityCollections as EntityCollectionsResource
from .entity_collections.entities import Entities as EntityCollectionsEntitiesResource
from .imports import Imports as ImportsResource
from .indexes import Indexes as IndexesResource
from .indexes.indexed_assets import IndexedAssets as IndexesIndexedAssetsResource
from .indexes.videos import Videos as IndexesVideosResource
from .iterate import SyncPager, SyncStream
from .knowledge_store_item_collections import (
    KnowledgeStoreItemCollections as KnowledgeStoreItemCollectionsResource,
)
from .knowledge_store_items import KnowledgeStoreItems as KnowledgeStoreItemsResource
from .knowledge_stores import KnowledgeStores as KnowledgeStoresResource
from .manage_entities import ManageEntities as ManageEntitiesResource
from .manage_entities import SyncAllEntitiesPager
from .multipart_upload import MultipartUpload as MultipartUploadResource
from .raw_methods import SyncRawMethods, SyncRawPager, SyncRawStream
from .responses import Responses as ResponsesResource
from .search import Search as SearchResource
from .tasks import Tasks as TasksResource
from .tasks.transfers import Transfers as TasksTransfersResource

P = ParamSpec("P")
T = TypeVar("T")
PagerT = TypeVar("PagerT", bound=SyncPager[Any])
StreamT = TypeVar("StreamT", bound=SyncStream[Any])

# What a raw method is, by the plain one; overloads stay.
def raw_call(
    method: Callable[Concatenate[Any, P], T],
) -> Callable[Concatenate[Any, P], RawResponse[T]]: ...
def raw_pager(
    method: Callable[Concatenate[Any, P], PagerT],
) -> Callable[Concatenate[Any, P], SyncRawPager[PagerT]]: ...
def raw_stream(
    method: Callable[Concatenate[Any, P], StreamT],
) -> Callable[Concatenate[Any, P], SyncRawStream[StreamT]]: ...

class RawAnalyze(SyncRawMethods):
    @deprecated("retired by the service: use analyze() with a prompt for a summary")
    def summarize(
        self,
        *,
        video_id: str,
        type: models.SummarizeRequestType,
        prompt: str | None = None,
        temperature: float | None = None,
        response_format: models.ResponseFormat | models.ResponseFormatDict | None = None,
        max_tokens: int | None = None,
        request_options: RequestOptions | None = None,
    ) -> RawResponse[models.SummarizeResponse]: ...
    @deprecated("retired by the service: use analyze() with a prompt for titles and topics")
    def gist(
        self,
        *,
        video_id: str,
        types: Sequence[models.GistRequestTypesItem],
        request_options: RequestOptions | None = None,
    ) -> RawResponse[models.Gist]: ...
    @overload
    @deprecated("retired by the service: use analyze_stream(), or analyze() for a whole answer")
    def generate(
        self,
        *,
        video_id: str,
        prompt: str,
        temperature: float | None = None,
        stream: Literal[True] | None = None,
        request_options: RequestOptions | None = None,
    ) -> SyncRawStream[SyncStream[models.StreamAnalyzeResponse]]: ...
    @overload
    @deprecated("retired by the service: use analyze_stream(), or analyze() for a whole answer")
    def generate(
        self,
        *,
        video_id: str,
        prompt: str,
        temperature: float | None = None,
        stream: Literal[False],
        request_options: RequestOptions | None = None,
    ) -> RawResponse[models.NonStreamAnalyzeResponse]: ...
    analyze_stream = raw_stream(TwelveLabs.analyze_stream)
    analyze = raw_call(TwelveLabs.analyze)

class RawIndexes(SyncRawMethods):
    list = raw_pager(IndexesResource.list)
    create = raw_call(IndexesResource.create)
    retrieve = raw_call(IndexesResource.retrieve)
    update = raw_call(IndexesResource.update)
    delete = raw_call(IndexesResource.delete)

class RawIndexesIndexedAssets(SyncRawMethods):
    list = raw_pager(IndexesIndexedAssetsResource.list)
    list_by_asset = raw_pager(IndexesIndexedAssetsResource.list_by_asset)
    create = raw_call(IndexesIndexedAssetsResource.create)
    retrieve = raw_call(IndexesIndexedAssetsResource.retrieve)
    update = raw_call(IndexesIndexedAssetsResource.update)
    delete = raw_call(IndexesIndexedAssetsResource.delete)
    wait_until_ready = raw_call(IndexesIndexedAssetsResource.wait_until_ready)
    wait_until_all_ready = raw_call(IndexesIndexedAssetsResource.wait_until_all_ready)

class RawIndexesVideos(SyncRawMethods):
    list = raw_pager(IndexesVideosResource.list)
    retrieve = raw_call(IndexesVideosResource.retrieve)
    update = raw_call(IndexesVideosResource.update)
    delete = raw_call(IndexesVideosResource.delete)

class RawAssets(SyncRawMethods):
    list = raw_pager(AssetsResource.list)
    create = raw_call(AssetsResource.create)
    retrieve = raw_call(AssetsResource.retrieve)
    delete = raw_call(AssetsResource.delete)
    retrieve_transcription = raw_call(AssetsResource.retrieve_transcription)
    replace_user_metadata = raw_call(AssetsResource.replace_user_metadata)
    update_user_metadata = raw_call(AssetsResource.update_user_metadata)
    delete_user_metadata = raw_call(AssetsResource.delete_user_metadata)
    wait_for_transcription = raw_call(AssetsResource.wait_for_transcription)
    wait_until_ready = raw_call(AssetsResource.wait_until_ready)
    wait_until_all_ready = raw_call(AssetsResource.wait_until_all_ready)

class RawMultipartUpload(SyncRawMethods):
    list_incomplete_uploads = raw_pager(MultipartUploadResource.list_incomplete_uploads)
    create = raw_call(MultipartUploadResource.create)
    get_status = raw_pager(MultipartUploadResource.get_status)
    report_chunk_batch = raw_call(MultipartUploadResource.report_chunk_batch)
    get_additional_presigned_urls = raw_call(MultipartUploadResource.get_additional_presigned_urls)
    upload_file = raw_call(MultipartUploadResource.upload_file)
    wait_for_upload_completion = raw_call(MultipartUploadResource.wait_for_upload_completion)

class RawSearch(SyncRawMethods):
    create = raw_call(SearchResource.create)
    query = raw_pager(SearchResource.query)
    retrieve = raw_call(SearchResource.retrieve)

class RawTasks(SyncRawMethods):
    list = raw_pager(TasksResource.list)
    create = raw_call(TasksResource.create)
    retrieve = raw_call(TasksResource.retrieve)
    delete = raw_call(TasksResource.delete)
    create_bulk = raw_call(TasksResource.create_bulk)
    wait_for_done = raw_call(TasksResource.wait_for_done)
    wait_until_ready = raw_call(TasksResource.wait_until_ready)
    wait_until_all_ready = raw_call(TasksResource.wait_until_all_ready)

class RawTasksTransfers(SyncRawMethods):
    @deprecated("retired by the service: use imports.import_files()")
    def create(
        self,
        integration_id: str,
        *,
        index_id: str | None = None,
        incremental_import: bool | None = None,
        retry_failed: bool | None = None,
        user_metadata: UserMetadata | None = None,
        request_options: RequestOptions | None = None,
    ) -> RawResponse[TransfersCreateResponse]: ...
    @deprecated("retired by the service: use imports.retrieve_import()")
    def get_status(
        self,
        integration_id: str,
        *,
        index_id: str | None = None,
        request_options: RequestOptions | None = None,
    ) -> RawResponse[TransfersGetStatusResponse]: ...
    @deprecated("retired by the service: use imports.list_imports()")
    def get_logs(
        self, integration_id: str, *, request_options: RequestOptions | None = None
    ) -> RawResponse[TransfersGetLogsResponse]: ...

class RawEmbed(SyncRawMethods):
    create = raw_call(EmbedResource.create)

class RawEmbedTasks(SyncRawMethods):
    list = raw_pager(EmbedTasksResource.list)
    create = raw_call(EmbedTasksResource.create)
    status = raw_call(EmbedTasksResource.status)
    retrieve = raw_call(EmbedTasksResource.retrieve)
    create_bulk = raw_call(EmbedTasksResource.create_bulk)
    wait_for_done = raw_call(EmbedTasksResource.wait_for_done)
    wait_until_ready = raw_call(EmbedTasksResource.wait_until_ready)
    wait_until_all_ready = raw_call(EmbedTasksResource.wait_until_all_ready)

class RawEmbedV2(SyncRawMethods):
    create = raw_call(EmbedV2Resource.create)

class RawEmbedV2Tasks(SyncRawMethods):
    list = raw_pager(EmbedV2TasksResource.list)
    create = raw_call(EmbedV2TasksResource.create)
    retrieve = raw_call(EmbedV2TasksResource.retrieve)
    wait_until_ready = raw_call(EmbedV2TasksResource.wait_until_ready)
    wait_until_all_ready = raw_call(EmbedV2TasksResource.wait_until_all_ready)

class RawEntityCollections(SyncRawMethods):
    list = raw_pager(EntityCollectionsResource.list)
    create = raw_call(EntityCollectionsResource.create)
    retrieve = raw_call(EntityCollectionsResource.retrieve)
    update = raw_call(EntityCollectionsResource.update)
    delete = raw_call(EntityCollectionsResource.delete)

class RawEntityCollectionsEntities(SyncRawMethods):
    list = raw_pager(EntityCollectionsEntitiesResource.list)
    list_by_asset = raw_pager(EntityCollectionsEntitiesResource.list_by_asset)
    create = raw_call(EntityCollectionsEntitiesResource.create)
    create_bulk = raw_call(EntityCollectionsEntitiesResource.create_bulk)
    retrieve = raw_call(EntityCollectionsEntitiesResource.retrieve)
    update = raw_call(EntityCollectionsEntitiesResource.update)
    delete = raw_call(EntityCollectionsEntitiesResource.delete)
    create_assets = raw_call(EntityCollectionsEntitiesResource.create_assets)
    delete_assets = raw_call(EntityCollectionsEntitiesResource.delete_assets)
    wait_until_ready = raw_call(EntityCollectionsEntitiesResource.wait_until_ready)
    wait_until_all_ready = raw_call(EntityCollectionsEntitiesResource.wait_until_all_ready)

class RawManageEntities(SyncRawMethods):
    @deprecated("retired by the service: use entity_collections.entities.list()")
    def list_all_entities(
        self,
        *,
        page: int | None = None,
        page_limit: int | None = None,
        name: str | None = None,
        status: ListAllEntitiesRequestStatus | None = None,
        sort_by: ListAllEntitiesRequestSortBy | None = None,
        sort_option: str | None = None,
        request_options: RequestOptions | None = None,
    ) -> SyncRawPager[SyncAllEntitiesPager]: ...

class RawAnalyzeAsync(SyncRawMethods): ...

class RawAnalyzeAsyncTasks(SyncRawMethods):
    list = raw_pager(AnalyzeAsyncTasksResource.list)
    create = raw_call(AnalyzeAsyncTasksResource.create)
    retrieve = raw_call(AnalyzeAsyncTasksResource.retrieve)
    delete = raw_call(AnalyzeAsyncTasksResource.delete)
    cancel = raw_call(AnalyzeAsyncTasksResource.cancel)
    wait_until_ready = raw_call(AnalyzeAsyncTasksResource.wait_until_ready)
    wait_until_all_ready = raw_call(AnalyzeAsyncTasksResource.wait_until_all_ready)

class RawAnalyzeAsyncBatches(SyncRawMethods):
    list = raw_pager(AnalyzeAsyncBatchesResource.list)
    create = raw_call(AnalyzeAsyncBatchesResource.create)
    retrieve = raw_call(AnalyzeAsyncBatchesResource.retrieve)
    delete = raw_call(AnalyzeAsyncBatchesResource.delete)
    results = raw_stream(AnalyzeAsyncBatchesResource.results)
    cancel = raw_call(AnalyzeAsyncBatchesResource.cancel)
    wait_until_done = raw_call(AnalyzeAsyncBatchesResource.wait_until_done)

class RawResponses(SyncRawMethods):
    create = raw_call(ResponsesResource.create)
    create_stream = raw_stream(ResponsesResource.create_stream)

class RawKnowledgeStores(SyncRawMethods):
    list = raw_pager(KnowledgeStoresResource.list)
    create = raw_call(KnowledgeStoresResource.create)
    retrieve = raw_call(KnowledgeStoresResource.retrieve)
    update = raw_call(KnowledgeStoresResource.update)
    delete = raw_call(KnowledgeStoresResource.delete)
    search = raw_call(KnowledgeStoresResource.search)
    search_all = raw_pager(KnowledgeStoresResource.search_all)

class RawKnowledgeStoreItems(SyncRawMethods):
    list = raw_pager(KnowledgeStoreItemsResource.list)
    create = raw_call(KnowledgeStoreItemsResource.create)
    retrieve = raw_call(KnowledgeStoreItemsResource.retrieve)
    delete = raw_call(KnowledgeStoreItemsResource.delete)
    wait_until_ready = raw_call(KnowledgeStoreItemsResource.wait_until_ready)
    wait_until_all_ready = raw_call(KnowledgeStoreItemsResource.wait_until_all_ready)

class RawKnowledgeStoreItemCollections(SyncRawMethods):
    list = raw_pager(KnowledgeStoreItemCollectionsResource.list)
    create = raw_call(KnowledgeStoreItemCollectionsResource.create)
    retrieve = raw_call(KnowledgeStoreItemCollectionsResource.retrieve)
    update = raw_call(KnowledgeStoreItemCollectionsResource.update)
    delete = raw_call(KnowledgeStoreItemCollectionsResource.delete)
    list_items = raw_pager(KnowledgeStoreItemCollectionsResource.list_items)
    add_items = raw_call(KnowledgeStoreItemCollectionsResource.add_items)
    remove_items = raw_call(KnowledgeStoreItemCollectionsResource.remove_items)

class RawDataConnectors(SyncRawMethods):
    authorize_connection = raw_call(DataConnectorsResource.authorize_connection)
    list_connections = raw_pager(DataConnectorsResource.list_connections)
    retrieve_connection = raw_call(DataConnectorsResource.retrieve_connection)
    delete_connection = raw_call(DataConnectorsResource.delete_connection)
    create_connection_picker_token = raw_call(DataConnectorsResource.create_connection_picker_token)
    list_redirect_uris = raw_pager(DataConnectorsResource.list_redirect_uris)
    create_redirect_uri = raw_call(DataConnectorsResource.create_redirect_uri)
    delete_redirect_uri = raw_call(DataConnectorsResource.delete_redirect_uri)

class RawImports(SyncRawMethods):
    import_files = raw_call(ImportsResource.import_files)
    list_imports = raw_pager(ImportsResource.list_imports)
    retrieve_import = raw_call(ImportsResource.retrieve_import)
    wait_until_done = raw_call(ImportsResource.wait_until_done)

class RawAccess:
    @overload
    def __get__(self, resource: None, owner: object = None) -> Self: ...
    @overload
    def __get__(self, resource: TwelveLabs, owner: object = None) -> RawAnalyze: ...
    @overload
    def __get__(self, resource: IndexesResource, owner: object = None) -> RawIndexes: ...
    @overload
    def __get__(
        self, resource: IndexesIndexedAssetsResource, owner: object = None
    ) -> RawIndexesIndexedAssets: ...
    @overload
    def __get__(
        self, resource: IndexesVideosResource, owner: object = None
    ) -> RawIndexesVideos: ...
    @overload
    def __get__(self, resource: AssetsResource, owner: object = None) -> RawAssets: ...
    @overload
    def __get__(
        self, resource: MultipartUploadResource, owner: object = None
    ) -> RawMultipartUpload: ...
    @overload
    def __get__(self, resource: SearchResource, owner: object = None) -> RawSearch: ...
    @overload
    def __get__(self, resource: TasksResource, owner: object = None) -> RawTasks: ...
    @overload
    def __get__(
        self, resource: TasksTransfersResource, owner: object = None
    ) -> RawTasksTransfers: ...
    @overload
    def __get__(self, resource: EmbedResource, owner: object = None) -> RawEmbed: ...
    @overload
    def __get__(self, resource: EmbedTasksResource, owner: object = None) -> RawEmbedTasks: ...
    @overload
    def __get__(self, resource: EmbedV2Resource, owner: object = None) -> RawEmbedV2: ...
    @overload
    def __get__(self, resource: EmbedV2TasksResource, owner: object = None) -> RawEmbedV2Tasks: ...
    @overload
    def __get__(
        self, resource: EntityCollectionsResource, owner: object = None
    ) -> RawEntityCollections: ...
    @overload
    def __get__(
        self, resource: EntityCollectionsEntitiesResource, owner: object = None
    ) -> RawEntityCollectionsEntities: ...
    @overload
    def __get__(
        self, resource: ManageEntitiesResource, owner: object = None
    ) -> RawManageEntities: ...
    @overload
    def __get__(self, resource: AnalyzeAsyncResource, owner: object = None) -> RawAnalyzeAsync: ...
    @overload
    def __get__(
        self, resource: AnalyzeAsyncTasksResource, owner: object = None
    ) -> RawAnalyzeAsyncTasks: ...
    @overload
    def __get__(
        self, resource: AnalyzeAsyncBatchesResource, owner: object = None
    ) -> RawAnalyzeAsyncBatches: ...
    @overload
    def __get__(self, resource: ResponsesResource, owner: object = None) -> RawResponses: ...
    @overload
    def __get__(
        self, resource: KnowledgeStoresResource, owner: object = None
    ) -> RawKnowledgeStores: ...
    @overload
    def __get__(
        self, resource: KnowledgeStoreItemsResource, owner: object = None
    ) -> RawKnowledgeStoreItems: ...
    @overload
    def __get__(
        self, resource: KnowledgeStoreItemCollectionsResource, owner: object = None
    ) -> RawKnowledgeStoreItemCollections: ...
    @overload
    def __get__(
        self, resource: DataConnectorsResource, owner: object = None
    ) -> RawDataConnectors: ...
    @overload
    def __get__(self, resource: ImportsResource, owner: object = None) -> RawImports: ...

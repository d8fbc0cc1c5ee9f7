# Generated from search/__init__.py: do not edit.
"""Search: the moments of an index's videos that fit words, images, or both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..._runtime.files import File
from ...options import RequestOptions
from ...search import Search as AsyncSearch
from ...search import SearchPager
from ...search.models import (
    SearchCreateRequestGroupBy,
    SearchCreateRequestOperator,
    SearchCreateRequestQueryMediaType,
    SearchCreateRequestSearchOptionsItem,
    SearchCreateRequestSortOption,
    SearchCreateRequestTranscriptionOptionsItem,
    SearchItem,
    SearchResults,
    ThresholdSearch,
)
from ..bridge import SyncResource
from ..iterate import SyncPager

if TYPE_CHECKING:
    from ...search.models import SearchPool

__all__ = ["Search", "SyncSearchPager"]


class SyncSearchPager(SyncPager[SearchItem]):
    """Every hit of a search, page by page, and what was searched as well."""

    _async: SearchPager  # pyright: ignore[reportIncompatibleVariableOverride]  # set once, in __init__

    @property
    def response(self) -> SearchResults:
        """The whole reply that this page came in."""
        return self._async.response

    @property
    def search_pool(self) -> SearchPool | None:
        """What was searched."""
        return self._async.search_pool


class Search(SyncResource[AsyncSearch]):
    """Search in an index, by words, by images, or by both."""

    def create(
        self,
        *,
        index_id: str,
        search_options: Sequence[SearchCreateRequestSearchOptionsItem],
        query_media_type: SearchCreateRequestQueryMediaType | None = None,
        query_media_url: str | None = None,
        query_media_file: File | None = None,
        query_media_urls: Sequence[str] | None = None,
        query_media_files: Sequence[File] | None = None,
        query_text: str | None = None,
        transcription_options: Sequence[SearchCreateRequestTranscriptionOptionsItem] | None = None,
        adjust_confidence_level: float | None = None,
        group_by: SearchCreateRequestGroupBy | None = None,
        threshold: ThresholdSearch | None = None,
        sort_option: SearchCreateRequestSortOption | None = None,
        operator: SearchCreateRequestOperator | None = None,
        page_limit: int | None = None,
        filter: str | Mapping[str, Any] | None = None,
        include_user_metadata: bool | None = None,
        request_options: RequestOptions | None = None,
    ) -> SearchResults:
        """The first page of hits; `query` gives all of them.

        ``search_options`` are what is compared in the index ``index_id``: ``"visual"``, ``"audio"``
        (sounds except speech), ``"transcription"``; ``operator`` ``"or"`` (the default) or
        ``"and"`` joins them. The query is ``query_text`` (500 tokens; an entity is written
        ``<@id>``), images, or both. Images need ``query_media_type="image"``: one as
        ``query_media_url`` or ``query_media_file``, or up to ten in ``query_media_urls`` and
        ``query_media_files``. ``transcription_options`` are ``"lexical"`` and ``"semantic"``, by
        default both. ``group_by`` is ``"clip"`` (the default) or ``"video"``. ``page_limit`` is 1
        to 50, by default 10. ``filter`` is a mapping, or JSON text, such as
        ``{"duration": {"gte": 30}, "category": "news"}``. ``include_user_metadata`` (by default
        false) adds your keys to each hit. ``adjust_confidence_level`` (0 to 1), ``threshold`` and
        ``sort_option`` are for Marengo 2.7: newer models ignore them.

        Raises `BadRequestError` for an option that the index does not support
        (``search_option_not_supported``), a wrong filter (``search_filter_invalid``) or a wrong
        image, and `TooManyRequestsError` past the rate limit. ``POST /search``

        Example: ``page = client.search.create(index_id=index.id, query_text="a red car",
        search_options=["visual"])``
        """
        return self._bridge.call(
            self._async.create,
            index_id=index_id,
            search_options=search_options,
            query_media_type=query_media_type,
            query_media_url=query_media_url,
            query_media_file=query_media_file,
            query_media_urls=query_media_urls,
            query_media_files=query_media_files,
            query_text=query_text,
            transcription_options=transcription_options,
            adjust_confidence_level=adjust_confidence_level,
            group_by=group_by,
            threshold=threshold,
            sort_option=sort_option,
            operator=operator,
            page_limit=page_limit,
            filter=filter,
            include_user_metadata=include_user_metadata,
            request_options=request_options,
        )

    def query(
        self,
        *,
        index_id: str,
        search_options: Sequence[SearchCreateRequestSearchOptionsItem],
        query_media_type: SearchCreateRequestQueryMediaType | None = None,
        query_media_url: str | None = None,
        query_media_file: File | None = None,
        query_media_urls: Sequence[str] | None = None,
        query_media_files: Sequence[File] | None = None,
        query_text: str | None = None,
        transcription_options: Sequence[SearchCreateRequestTranscriptionOptionsItem] | None = None,
        adjust_confidence_level: float | None = None,
        group_by: SearchCreateRequestGroupBy | None = None,
        threshold: ThresholdSearch | None = None,
        sort_option: SearchCreateRequestSortOption | None = None,
        operator: SearchCreateRequestOperator | None = None,
        page_limit: int | None = None,
        filter: str | Mapping[str, Any] | None = None,
        include_user_metadata: bool | None = None,
        request_options: RequestOptions | None = None,
    ) -> SyncSearchPager:
        """Every hit, the best first; the first page is fetched with what was searched.

        ``search_options`` are what is compared in the index ``index_id``: ``"visual"``, ``"audio"``
        (sounds except speech), ``"transcription"``; ``operator`` ``"or"`` (the default) or
        ``"and"`` joins them. The query is ``query_text`` (500 tokens; an entity is written
        ``<@id>``), images, or both. Images need ``query_media_type="image"``: one as
        ``query_media_url`` or ``query_media_file``, or up to ten in ``query_media_urls`` and
        ``query_media_files``. ``transcription_options`` are ``"lexical"`` and ``"semantic"``, by
        default both. ``group_by`` is ``"clip"`` (the default) or ``"video"``. ``page_limit`` is 1
        to 50, by default 10. ``filter`` is a mapping, or JSON text, such as
        ``{"duration": {"gte": 30}, "category": "news"}``. ``include_user_metadata`` (by default
        false) adds your keys to each hit. ``adjust_confidence_level`` (0 to 1), ``threshold`` and
        ``sort_option`` are for Marengo 2.7: newer models ignore them.

        Pages after the first cost nothing, and must be requested within about 15 minutes
        (``page_info.page_expires_at``). Raises `BadRequestError` after that
        (``search_page_token_expired``), for an option that the index does not support
        (``search_option_not_supported``), a wrong filter (``search_filter_invalid``) or a wrong
        image, and `TooManyRequestsError` past the rate limit. ``POST /search``, then
        ``GET /search/{page_token}`` for each further page

        Example: ``for clip in client.search.query(index_id=index.id, query_text="a red car",
        search_options=["visual"]): ...``
        """
        return SyncSearchPager(
            self._bridge,
            self._async.query(
                index_id=index_id,
                search_options=search_options,
                query_media_type=query_media_type,
                query_media_url=query_media_url,
                query_media_file=query_media_file,
                query_media_urls=query_media_urls,
                query_media_files=query_media_files,
                query_text=query_text,
                transcription_options=transcription_options,
                adjust_confidence_level=adjust_confidence_level,
                group_by=group_by,
                threshold=threshold,
                sort_option=sort_option,
                operator=operator,
                page_limit=page_limit,
                filter=filter,
                include_user_metadata=include_user_metadata,
                request_options=request_options,
            ),
        )

    def retrieve(
        self,
        page_token: str,
        *,
        include_user_metadata: bool | None = None,
        request_options: RequestOptions | None = None,
    ) -> SearchResults:
        """The page of hits that the token of an earlier page leads to. It is not billed.

        ``page_token`` is valid for about 15 minutes. ``include_user_metadata`` (by default false)
        adds your keys to each hit. Raises `BadRequestError` for a token that has expired
        (``search_page_token_expired``) or is malformed. ``GET /search/{page_token}``

        Example: ``page = client.search.retrieve(page.page_info.next_page_token)``
        """
        return self._bridge.call(
            self._async.retrieve,
            page_token,
            include_user_metadata=include_user_metadata,
            request_options=request_options,
        )

"""Search: the moments of an index's videos that fit words, images, or both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from .._runtime.core import Resource
from .._runtime.dump import json_text
from .._runtime.files import File, FilePart
from .._runtime.pager import Cursor, Pager
from .._runtime.urls import expand_path
from ..options import RequestOptions
from . import models
from .models import *

__all__ = ["Search", "SearchPager"]
__all__ += models.__all__


class SearchPager(Pager[SearchItem]):
    """Every hit of a search, page by page; once awaited, what was searched as well."""

    @property
    def response(self) -> SearchResults:
        """The whole reply that this page came in; RuntimeError before the pager was awaited."""
        return cast("SearchResults", super().response)

    @property
    def search_pool(self) -> SearchPool | None:
        """What was searched; RuntimeError before the pager was awaited."""
        return self.response.search_pool


class Search(Resource):
    """Search in an index, by words, by images, or by both."""

    async def create(
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

        Example: ``page = await client.search.create(index_id=index.id, query_text="a red car",
        search_options=["visual"])``
        """
        urls = [query_media_url, *(query_media_urls or ())]
        files = [query_media_file, *(query_media_files or ())]
        return await self._core.request(
            SearchResults,
            "POST",
            "/search",
            form={
                "index_id": index_id,
                "search_options": search_options,
                "query_media_type": query_media_type,
                "query_media_url": [url for url in urls if url is not None],
                "query_media_file": [FilePart(f, media="image") for f in files if f is not None],
                "query_text": query_text,
                "transcription_options": transcription_options,
                "adjust_confidence_level": adjust_confidence_level,
                "group_by": group_by,
                "threshold": threshold,
                "sort_option": sort_option,
                "operator": operator,
                "page_limit": page_limit,
                "filter": json_text(filter),
                "include_user_metadata": include_user_metadata,
            },
            repeatable="read",
            category="search",
            options=request_options,
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
    ) -> SearchPager:
        """Every hit, the best first; awaited, the first page with what was searched.

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

        Example: ``async for clip in client.search.query(index_id=index.id, query_text="a red car",
        search_options=["visual"]): ...``
        """
        # What is added to the body belongs to the POST; a GET has none.
        following: RequestOptions = {**(request_options or {})}
        following.pop("additional_body_parameters", None)

        async def fetch(cursor: Cursor | None) -> SearchResults:
            if cursor is not None:
                return await self.retrieve(
                    str(cursor),
                    include_user_metadata=include_user_metadata,
                    request_options=following,
                )
            return await self.create(
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

        return SearchPager(fetch)

    async def retrieve(
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

        Example: ``page = await client.search.retrieve(page.page_info.next_page_token)``
        """
        return await self._core.request(
            SearchResults,
            "GET",
            expand_path("/search/{page_token}", page_token),
            query={"include_user_metadata": include_user_metadata},
            options=request_options,
        )

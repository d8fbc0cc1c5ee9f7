"""Replies that are odd, and right: empty lists as null; and those that lead nowhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import pytest

from tests.support.both import both_clients
from tests.support.scripted_server import ScriptedServer, ok
from twelvelabs_async._runtime.convert import structure
from twelvelabs_async._runtime.pager import BasePage
from twelvelabs_async.errors import DecodeError

pytestmark = pytest.mark.anyio

LISTS: dict[str, Callable[[Any], Any]] = {
    "indexes": lambda client: client.indexes.list(),
    "videos": lambda client: client.indexes.videos.list("i"),
    "indexed assets": lambda client: client.indexes.indexed_assets.list("i"),
    "tasks": lambda client: client.tasks.list(),
    "assets": lambda client: client.assets.list(),
    "collections": lambda client: client.entity_collections.list(),
    "entities": lambda client: client.entity_collections.entities.list("c"),
    "embeddings": lambda client: client.embed.tasks.list(),
    "embeddings, v2": lambda client: client.embed.v_2.tasks.list(),
    "uploads": lambda client: client.multipart_upload.list_incomplete_uploads(),
    "chunks": lambda client: client.multipart_upload.get_status("u"),
    "search": lambda client: client.search.query(
        index_id="i", query_text="x", search_options=["visual"]
    ),
}
EMPTY: dict[str, dict[str, Any]] = {
    "null": {"data": None, "page_info": {"page": 1, "total_page": 1, "total_results": 0}},
    "null, no page": {"data": None},
    "missing": {"page_info": {"page": 1, "total_page": 0}},
    "an empty object": {},
    "empty": {"data": [], "page_info": {"next_page_token": None}},
    "an empty token": {"data": [], "page_info": {"next_page_token": ""}},
}


@both_clients
@pytest.mark.parametrize("body", EMPTY)
@pytest.mark.parametrize("listed", LISTS)
async def test_a_list_that_is_null_or_missing_is_empty(
    listed: str, body: str, make: Callable[..., Any]
) -> None:
    async with (
        ScriptedServer(ok(EMPTY[body])) as scripted,
        make("k", base_url=scripted.url, max_retries=0) as client,
    ):
        assert [row async for row in LISTS[listed](client)] == []
        assert len(scripted.received) == 1


def kinds(kind: type[Any] = BasePage) -> Iterator[type[Any]]:
    for child in kind.__subclasses__():
        if "__attrs_attrs__" in vars(child):  # attrs makes each class anew, with slots
            yield child
        yield from kinds(child)


for area in ("search", "knowledge_stores", "multipart_upload"):  # those with pages of their own
    import_module(f"twelvelabs_async.{area}.models")


@pytest.mark.parametrize("kind", sorted(kinds(), key=str), ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("body", [{}, {"data": None, "chunks": None, "page_info": None}])
def test_every_kind_of_page_may_be_empty(kind: type[Any], body: dict[str, Any]) -> None:
    form = kind[Any] if getattr(kind, "__parameters__", ()) else kind
    page = structure(form, {**body, "effective_search_options": {}})
    assert list(page.items) == []
    assert not page.has_next


@both_clients
@pytest.mark.parametrize("token", [5, 1.5, True, ["a"], {"a": 1}, ".", ".."])
async def test_a_malformed_token_is_a_decode_error(token: Any, make: Callable[..., Any]) -> None:
    body = {"data": [], "page_info": {"next_page_token": token}}
    async with (
        ScriptedServer(ok(body)) as scripted,
        make("k", base_url=scripted.url, max_retries=0) as client,
    ):
        with pytest.raises(DecodeError, match="token"):
            assert [row async for row in LISTS["search"](client)]


@both_clients
@pytest.mark.parametrize("id_", [5, None, ["a"], {"a": 1}, True])
async def test_an_id_that_is_not_a_string_is_a_decode_error(
    id_: Any, make: Callable[..., Any]
) -> None:
    async with (
        ScriptedServer(ok({"_id": id_, "data": [{"_id": id_}]})) as scripted,
        make("k", base_url=scripted.url, max_retries=0) as client,
    ):
        for call in (client.indexes.retrieve("i"), client.assets.retrieve("a")):
            with pytest.raises(DecodeError, match="_id"):
                await call
        with pytest.raises(DecodeError, match="_id"):
            assert [row async for row in client.indexes.list()]

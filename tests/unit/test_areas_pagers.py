from typing import Any

import pytest

from tests.support.area_core import FakeCore, Sent
from twelvelabs_async.multipart_upload import MultipartUpload, PresignedUrlChunk
from twelvelabs_async.search import Search


def hits(sent: Sent) -> dict[str, Any]:
    number = 1 if sent.method == "POST" else int(sent.path.rpartition("-")[2])
    return {
        "data": [{"video_id": f"v{number}", "rank": number, "start": 1, "end": 2.5}],
        "page_info": {
            "total_results": 3,
            "next_page_token": f"t-{number + 1}" if number < 3 else None,
        },
        "search_pool": {"total_count": 7, "index_id": "i"},
    }


async def test_a_query_follows_its_tokens_to_the_last_and_no_further():
    core = FakeCore(hits)
    found = [
        hit.video_id
        async for hit in Search(core).query(
            index_id="i",
            search_options=["visual"],
            query_text="red",
            include_user_metadata=True,
            request_options={"additional_body_parameters": {"x": 1}},
        )
    ]
    assert found == ["v1", "v2", "v3"]
    assert [(s.method, s.path, s.query) for s in core.sent] == [
        ("POST", "/search", ""),
        ("GET", "/search/t-2", "include_user_metadata=true"),
        ("GET", "/search/t-3", "include_user_metadata=true"),
    ]


async def test_an_awaited_query_shows_what_was_searched():
    pager = await Search(FakeCore(hits)).query(index_id="i", search_options=["visual"])
    assert pager.search_pool is not None
    assert (pager.search_pool.total_count, pager.page_info.total_results) == (7, 3)
    following = await pager.next_page()
    assert following is not None
    assert [hit.video_id for hit in following.items] == ["v2"]


def test_a_pager_that_was_not_awaited_says_so():
    with pytest.raises(RuntimeError, match="await"):
        _ = Search(FakeCore(hits)).query(index_id="i", search_options=["visual"]).search_pool


async def test_one_image_and_several_go_in_one_field():
    core = FakeCore(hits)
    await Search(core).create(
        index_id="i",
        search_options=["visual"],
        query_media_type="image",
        query_media_url="https://e.example/1.jpg",
        query_media_urls=["https://e.example/2.jpg"],
        query_media_file=b"1",
        query_media_files=[("two.png", b"2")],
        filter={"duration": {"gte": 5}},
    )
    form = core.sent[0].form
    assert form is not None
    assert form["query_media_url"] == ["https://e.example/1.jpg", "https://e.example/2.jpg"]
    assert [part.name for part in form["query_media_file"]] == ["file", "two.png"]
    assert form["filter"] == '{"duration":{"gte":5}}'


async def test_the_state_of_an_upload_is_there_beside_its_chunks():
    def page(sent: Sent) -> dict[str, Any]:
        number = 2 if "page=2" in sent.query else 1
        return {
            "upload_id": "u",
            "status": "active",
            "uploaded_chunks": [{"index": number, "status": "completed"}],
            "chunks_completed": 2,
            "chunks_failed": 0,
            "chunks_pending": 3,
            "total_size": 50,
            "uploaded_size": 20,
            "page_info": {"page": number, "total_page": 2, "total_results": 2},
        }

    core = FakeCore(page)
    status = await MultipartUpload(core).get_status("u", page_limit=1)
    assert (status.status, status.uploaded_size, status.total_size) == ("active", 20, 50)
    assert status.total_chunks == 5
    assert [chunk.index async for chunk in status] == [1, 2]
    assert [sent.query for sent in core.sent] == ["page_limit=1", "page=2&page_limit=1"]


async def test_a_state_without_chunks_or_counts_is_read_too():
    status = await MultipartUpload(FakeCore(lambda _: {"status": "new to us"})).get_status("u")
    assert (status.status, status.items, status.total_chunks) == ("new to us", [], None)
    assert not status.has_next


def test_the_secret_of_a_presigned_url_is_not_shown():
    assert "secret" not in repr(PresignedUrlChunk(chunk_index=1, url="https://s.example/?k=secret"))

"""Texts that are no Unicode: refused before anything is sent, file names sent with replacements."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.both import CLIENTS, Kind, both_kinds
from tests.support.scripted_server import ScriptedServer, answer
from twelvelabs_async.errors import ApiError, ArgumentTypeError, ConfigurationError

pytestmark = pytest.mark.anyio

HALF = "a\udcffb"
VISUAL: Any = ["visual"]


@asynccontextmanager
async def refusing(kind: Kind) -> AsyncIterator[tuple[ScriptedServer, Any]]:
    """A server that refuses whatever comes, and a client of the kind."""
    async with ScriptedServer(answer(400, b'{"code": "no", "message": "no"}')) as scripted:
        async with CLIENTS[kind]("key", base_url=scripted.url) as client:
            yield scripted, client


CALLS: dict[str, Callable[[Any], Any]] = {
    "a text in a form": lambda c: c.search.create(
        index_id="i", search_options=VISUAL, query_text=HALF
    ),
    "a text in JSON": lambda c: c.analyze(video_id="v", prompt=HALF),
    "a text deep in JSON": lambda c: c.multipart_upload.create(
        filename="x", total_size=1, user_metadata={"k": [{"l": HALF}]}
    ),
    "JSON in a form": lambda c: c.assets.create(
        method="url", url="http://a", user_metadata={"k": HALF}
    ),
    "a filter in a form": lambda c: c.search.create(
        index_id="i", search_options=VISUAL, query_text="x", filter={"k": HALF}
    ),
    "JSON text in a form": lambda c: c.tasks.create(
        index_id="i", video_url="http://a", user_metadata=HALF
    ),
    "a name in JSON": lambda c: c.multipart_upload.create(
        filename="x", total_size=1, user_metadata={HALF: 1}
    ),
    "a text in a list": lambda c: c.entity_collections.entities.create(
        "e", name="n", asset_ids=["a", HALF]
    ),
    "an id in a path": lambda c: c.indexes.retrieve(HALF),
    "an empty id": lambda c: c.indexes.retrieve(""),
    "a filter in a query": lambda c: c.indexes.list(index_name=HALF),
    "a name in a query": lambda c: c.indexes.retrieve(
        "i", request_options={"additional_query_parameters": {HALF: "1"}}
    ),
    "a name in a form": lambda c: c.search.create(
        index_id="i",
        search_options=VISUAL,
        query_text="x",
        request_options={"additional_body_parameters": {HALF: "1"}},
    ),
    "a header": lambda c: c.indexes.retrieve(
        "i", request_options={"additional_headers": {"x-name": HALF}}
    ),
    "a stream": lambda c: c.analyze_stream(video_id="v", prompt=HALF),
    "an upload's metadata": lambda c: c.multipart_upload.upload_file(
        b"x", user_metadata={"k": HALF}
    ),
}


@both_kinds
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
async def test_a_text_that_is_no_unicode_is_refused_before_anything_is_sent(
    call: Callable[[Any], Any], kind: Kind
) -> None:
    async with refusing(kind) as (scripted, client):
        with pytest.raises(ConfigurationError, match=r"surrogate|empty|'' cannot|no header"):
            await call(client)
        assert scripted.received == []


async def test_the_error_names_what_is_wrong() -> None:
    async with refusing("asyncio") as (_, client):
        with pytest.raises(ArgumentTypeError, match="'prompt' has half of a surrogate pair"):
            await client.analyze(video_id="v", prompt=HALF)
        with pytest.raises(ConfigurationError, match="'query_text' has half of a surrogate pair"):
            await client.search.create(index_id="i", search_options=VISUAL, query_text=HALF)


@pytest.mark.skipif(sys.platform in ("darwin", "win32"), reason="names there are Unicode")
@both_kinds
@pytest.mark.parametrize("way", ["path", "open file", "name in a tuple", "filename="])
async def test_a_file_name_that_is_no_unicode_is_sent_with_replacements(
    tmp_path: Path, kind: Kind, way: str
) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/film\xff.mp4"))
    path.write_bytes(b"0" * 100)
    async with refusing(kind) as (scripted, client):
        with path.open("rb") as file:
            given: Any = {
                "path": path,
                "open file": file,
                "name in a tuple": (path.name, file),
                "filename=": path,
            }[way]
            name = path.name if way == "filename=" else None
            with pytest.raises(ApiError):
                await client.assets.create(method="direct", file=given, filename=name)
            if way != "name in a tuple":
                with pytest.raises(ApiError):
                    await client.multipart_upload.upload_file(given, filename=name)
        assert all(b"film?.mp4" in request.body for request in scripted.received)
        assert scripted.received

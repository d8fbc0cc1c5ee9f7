"""A program for the vendor's SDK that reads replies with their headers; it also runs on ours.

The arguments are the server's address and the SDK's version. Run by test_raw_methods.py.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from twelvelabs import AsyncTwelveLabs, TwelveLabs
from twelvelabs.assets.raw_client import AsyncRawAssetsClient, RawAssetsClient
from twelvelabs.core.http_response import AsyncHttpResponse, BaseHttpResponse, HttpResponse
from twelvelabs.indexes.indexed_assets.raw_client import RawIndexedAssetsClient
from twelvelabs.indexes.raw_client import AsyncRawIndexesClient, RawIndexesClient
from twelvelabs.raw_base_client import AsyncRawBaseClient, RawBaseClient

URL, VERSION = sys.argv[1:]
VIDEO: dict[str, Any] = (
    {"video_id": "v"} if VERSION == "1.1.0" else {"video": {"type": "url", "url": "https://h/f"}}
)


def show(*values: object) -> None:
    sys.stdout.write(" ".join(map(repr, values)) + "\n")


def kept(headers: dict[str, str]) -> list[tuple[str, str]]:
    """What is the same in each run."""
    names = ("content-type", "content-length", "server")
    return [(name, headers[name]) for name in names if name in headers]


def blocking() -> None:
    client = TwelveLabs(api_key="key", base_url=URL)
    raw = client.indexes.with_raw_response
    show(isinstance(raw, RawIndexesClient), isinstance(client.with_raw_response, RawBaseClient))
    show(isinstance(client.assets.with_raw_response, RawAssetsClient))
    show(isinstance(client.indexes.indexed_assets.with_raw_response, RawIndexedAssetsClient))

    retrieved: HttpResponse[Any] = raw.retrieve("i")
    show(isinstance(retrieved, HttpResponse), isinstance(retrieved, BaseHttpResponse))
    show(retrieved.data.id, retrieved.data.index_name, kept(retrieved.headers))
    show(isinstance(retrieved.headers, dict), "x-request-id" in retrieved.headers)
    retrieved.close()
    created = raw.create(index_name="n", models=[])
    show(created.data.id, kept(created.headers))
    deleted = raw.delete("i", request_options={"timeout_in_seconds": 5})
    show(deleted.data, kept(deleted.headers))

    pager = raw.list(page=1, page_limit=5)
    # The vendor's pagers end with an empty page, which this server has not.
    show([row.id for row in pager.items or ()])
    show(pager.response is not None and kept(pager.response.headers))
    show(next(iter(pager)).index_name)
    show([row.id for row in next(iter(pager.iter_pages())).items or ()])

    analysis = client.with_raw_response.analyze(prompt="p", **VIDEO)
    show(analysis.data.data, analysis.data.finish_reason, kept(analysis.headers))
    with client.with_raw_response.analyze_stream(prompt="p", **VIDEO) as response:
        show(response.headers["content-type"])
        show([event.event_type for event in response.data])
    embedded = client.embed.tasks.with_raw_response.status("t")
    show(embedded.data.id, embedded.data.status, kept(embedded.headers))
    if VERSION == "1.3.6":
        tasks = client.analyze_async.tasks.with_raw_response.list()
        show([task.task_id for task in tasks.data.data or ()], kept(tasks.headers))
        connections = client.data_connectors.with_raw_response.list_connections()
        show([each.id for each in connections.data.data or ()])


async def awaited() -> None:
    client = AsyncTwelveLabs(api_key="key", base_url=URL)
    raw = client.indexes.with_raw_response
    show(isinstance(raw, AsyncRawIndexesClient))
    show(isinstance(client.with_raw_response, AsyncRawBaseClient))
    show(isinstance(client.assets.with_raw_response, AsyncRawAssetsClient))

    retrieved: AsyncHttpResponse[Any] = await raw.retrieve("i")
    show(isinstance(retrieved, AsyncHttpResponse), retrieved.data.id, kept(retrieved.headers))
    await retrieved.close()
    pager = await raw.list()
    show([row.id for row in pager.items or ()])
    show(pager.response is not None and kept(pager.response.headers))
    show((await anext(aiter(pager))).index_name)
    async with client.with_raw_response.analyze_stream(prompt="p", **VIDEO) as response:
        show(response.headers["content-type"])
        show([event.event_type async for event in response.data])
        await response.close()


if __name__ == "__main__":
    blocking()
    asyncio.run(awaited())

"""Decoding alone: from the bytes of a reply to typed objects, without a network."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import _stub
from _measure import Case, Row, main
from _measure import measure as measure_cases

Work = Callable[[int], Awaitable[None]]

CASES = [
    Case("decode 50 clips", "clips", {"vendor": 100, "floor": 5000, "ours": 3000}, unit="reply"),
    Case(
        "decode 50 indexes", "indexes", {"vendor": 100, "floor": 5000, "ours": 2000}, unit="reply"
    ),
]


def repeated(decode: Callable[[bytes], object], reply: object) -> Work:
    body = json.dumps(reply, separators=(",", ":")).encode()

    async def work(count: int) -> None:
        for _ in range(count):
            decode(body)

    return work


@asynccontextmanager
async def ours_clips(_: str) -> AsyncIterator[Work]:
    from twelvelabs_async import SearchResults
    from twelvelabs_async._runtime.convert import loads, structure

    yield repeated(lambda body: structure(SearchResults, loads(body)), _stub.search_reply())


@asynccontextmanager
async def ours_indexes(_: str) -> AsyncIterator[Work]:
    from twelvelabs_async._runtime.convert import TypeForm, loads, structure
    from twelvelabs_async._runtime.pager import Page
    from twelvelabs_async.indexes import IndexSchema

    page = TypeForm[Page[IndexSchema]](Page[IndexSchema])
    yield repeated(lambda body: structure(page, loads(body)), _stub.indexes_reply())


@asynccontextmanager
async def floor_clips(_: str) -> AsyncIterator[Work]:
    import orjson

    yield repeated(orjson.loads, _stub.search_reply())


@asynccontextmanager
async def floor_indexes(_: str) -> AsyncIterator[Work]:
    import orjson

    yield repeated(orjson.loads, _stub.indexes_reply())


# As the vendor's methods do it


@asynccontextmanager
async def vendor_clips(_: str) -> AsyncIterator[Work]:
    from twelvelabs import SearchResults
    from twelvelabs.core.pydantic_utilities import parse_obj_as

    def decode(body: bytes) -> object:
        return parse_obj_as(type_=SearchResults, object_=json.loads(body))

    yield repeated(decode, _stub.search_reply())


@asynccontextmanager
async def vendor_indexes(_: str) -> AsyncIterator[Work]:
    from twelvelabs.core.pydantic_utilities import parse_obj_as
    from twelvelabs.indexes import IndexesListResponse

    def decode(body: bytes) -> object:
        return parse_obj_as(type_=IndexesListResponse, object_=json.loads(body))

    yield repeated(decode, _stub.indexes_reply())


def measure(*, quick: bool) -> list[Row]:
    return measure_cases("decode", CASES, quick=quick)


if __name__ == "__main__":
    main(measure)

"""Methods that the service has retired: marked, and warned of once where they are called."""

from __future__ import annotations

import asyncio
import inspect
import sys
import warnings
from collections.abc import Callable
from functools import reduce
from typing import Any

import pytest

from twelvelabs_async import AsyncTwelveLabs, ClientClosedError, TwelveLabs

CALLS: dict[str, Callable[[Any], Any]] = {
    "summarize": lambda client: client.summarize(video_id="v", type="summary"),
    "gist": lambda client: client.gist(video_id="v", types=["title"]),
    "generate": lambda client: client.generate(video_id="v", prompt="p", stream=False),
    "manage_entities.list_all_entities": lambda client: client.manage_entities.list_all_entities(),
    "tasks.transfers.create": lambda client: client.tasks.transfers.create("i"),
    "tasks.transfers.get_status": lambda client: client.tasks.transfers.get_status("i"),
    "tasks.transfers.get_logs": lambda client: client.tasks.transfers.get_logs("i"),
}
each_call = pytest.mark.parametrize("name", CALLS)


@pytest.fixture(params=[AsyncTwelveLabs, TwelveLabs])
def client(request: pytest.FixtureRequest) -> Any:
    """A client of each kind, closed: a call warns, and sends nothing."""
    made = request.param("key")
    if isinstance(made, TwelveLabs):
        made.close()
    else:
        asyncio.run(made.close())
    return made


def run(name: str, client: Any) -> list[warnings.WarningMessage]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with pytest.raises(ClientClosedError):
            asyncio.run(waited(CALLS[name], client))
    return caught


async def waited(call: Callable[[Any], Any], client: Any) -> Any:
    made = call(client)
    return await made if inspect.isawaitable(made) else made


@each_call
def test_it_warns_once_where_the_program_calls_it(name: str, client: Any) -> None:
    caught = run(name, client)
    assert [warning.category for warning in caught] == [DeprecationWarning]
    assert (caught[0].filename, caught[0].lineno) == (
        __file__,
        CALLS[name].__code__.co_firstlineno,
    )
    assert str(caught[0].message).startswith("retired by the service: use ")
    assert len(run(name, client)) == 1


# Python 3.11 has only asyncio's mark, and 3.14 warns of it.
marked = asyncio.iscoroutinefunction if sys.version_info < (3, 12) else inspect.iscoroutinefunction


@each_call
def test_it_is_marked_for_tools(name: str, client: Any) -> None:
    method = reduce(getattr, name.split("."), client)
    assert method.__deprecated__.startswith("retired by the service: use ")
    assert "request_options" in inspect.signature(method).parameters
    plain = reduce(getattr, name.split("."), client).__func__.__wrapped__
    assert marked(method) == inspect.iscoroutinefunction(plain)


def test_it_warns_where_it_is_called_not_where_it_is_awaited() -> None:
    client = AsyncTwelveLabs("key")
    with pytest.warns(DeprecationWarning, match="retired") as caught:
        waiting = client.gist(video_id="v", types=["title"])
    waiting.close()
    assert caught[0].filename == __file__


def test_no_other_method_is_marked() -> None:
    for client in (AsyncTwelveLabs("key"), TwelveLabs("key")):
        marked = {
            name
            for name, member in inspect.getmembers(type(client))
            if hasattr(member, "__deprecated__")
        }
        assert marked == {"summarize", "gist", "generate"}


def test_a_raw_method_warns_where_it_is_called(client: Any) -> None:
    def call(client: Any) -> Any:
        return client.with_raw_response.gist(video_id="v", types=["title"])

    with pytest.raises(ClientClosedError), pytest.warns(match="retired") as caught:
        asyncio.run(waited(call, client))
    assert [warning.filename for warning in caught] == [__file__]
    assert client.with_raw_response.gist.__deprecated__.startswith("retired by the service: use ")

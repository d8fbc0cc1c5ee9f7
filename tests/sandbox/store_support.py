"""Knowledge stores for the tests of the sandbox, by bare HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.support.sandbox_api import Api

STORES = "/knowledge-stores"


async def new_store(api: Api, name: str = "films", **more: Any) -> str:
    """The path of a new store."""
    made = await api("POST", STORES, 201, json={"name": name, **more})
    return f"{STORES}/{made['_id']}"


async def new_item(api: Api, store: str, file: Path, **more: Any) -> str:
    """The id of an item that is made of a file."""
    body = {"asset_id": await api.asset(file), **more}
    made = await api("POST", f"{store}/items", 202, json=body)
    assert made["status"] == "queued"
    return str(made["_id"])


def question(store: str, text: str, /, **more: Any) -> dict[str, Any]:
    """The body of a request for a response."""
    message = {"type": "message", "role": "user", "content": text}
    return {"knowledge_store_id": store.rsplit("/", 1)[-1], "input": [message], **more}

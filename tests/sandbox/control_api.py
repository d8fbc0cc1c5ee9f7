"""Control calls as the tests make them, each held to the schema that the sandbox serves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aiohttp
import jsonschema

from tests.support.sandbox_api import Api
from twelvelabs_async.sandbox.control.app import CALLS

__all__ = ["Control"]


class Control:
    """Control calls to one sandbox."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self.url = api.sandbox.base_url.removesuffix("/v1.3") + "/_sandbox"

    async def __call__(
        self,
        method: str,
        path: str,
        status: int | None = None,
        *,
        json: Any = None,
        data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Any:
        """The body of a reply, which has the status and the schema of the call, or of a refusal."""
        shape = f"/{path.split('/')[0]}" + ("/{id}" if "/" in path else "")
        calls = [call for call in CALLS if (call.method, call.path) == (method, shape)]
        async with self._api.session.request(
            method, f"{self.url}/{path}", json=json, data=data, headers=headers, params=query
        ) as reply:
            raw = await reply.read()
            expected = status or (calls[0].status if calls else 200)
            assert reply.status == expected, (reply.status, raw)
            body: Any = await reply.json() if raw else {}
        if reply.status >= 400:
            assert body["code"], body
            assert body["message"], body
        elif calls and calls[0].reply and raw:
            jsonschema.validate(body, calls[0].reply)
        return body

    async def refused(self, status: int, method: str, path: str, **how: Any) -> str:
        """The message of a refusal."""
        return str((await self(method, path, status, **how))["message"])

    def stream(self, **query: str) -> Any:
        """The requests as they come."""
        timeout = aiohttp.ClientTimeout(total=30)
        query = {"follow": "1", **query}
        return self._api.session.get(f"{self.url}/requests", params=query, timeout=timeout)

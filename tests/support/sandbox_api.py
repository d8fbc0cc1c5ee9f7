"""A bare HTTP client for the sandbox's own tests: none of our client's code."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from twelvelabs_async.sandbox import Sandbox, Settings, Timings

OPTIONS = ["visual", "audio"]
MODELS = [
    {"model_name": "marengo3.0", "model_options": OPTIONS},
    {"model_name": "pegasus1.2", "model_options": OPTIONS},
]
Pairs = Sequence[tuple[str, Any]]


class Api:
    """Calls to one sandbox, each with the status that is expected."""

    def __init__(self, sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
        self.sandbox = sandbox
        self.session = session

    async def __call__(
        self,
        method: str,
        path: str,
        status: int = 200,
        *,
        json: Any = None,
        form: Pairs | None = None,
        query: Pairs | Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """The decoded body of an answer with this status; None when it is empty."""
        data = None
        if form is not None:
            data = aiohttp.FormData(default_to_multipart=True)
            for name, value in form:
                if isinstance(value, Path):
                    data.add_field(name, value.read_bytes(), filename=value.name)
                else:
                    data.add_field(name, value)
        async with self.session.request(
            method,
            self.sandbox.base_url + path,
            json=json,
            data=data,
            params=query,
            headers={"x-api-key": self.sandbox.api_key, **(headers or {})},
        ) as answer:
            body = await answer.read()
            assert answer.status == status, (answer.status, body)
            assert answer.headers["X-Api-Version"]
            assert answer.headers["X-Request-Id"]
            self.headers = answer.headers
            return await answer.json(content_type=None) if body else None

    async def refused(self, code: str, status: int, method: str, path: str, **how: Any) -> Any:
        """The body of a refusal with this code."""
        body = await self(method, path, status, **how)
        assert body["code"] == code, body
        assert body["message"]
        return body

    async def index(self, name: str = "films", **more: Any) -> str:
        """The id of a new index."""
        made = await self(
            "POST", "/indexes", 201, json={"index_name": name, "models": MODELS, **more}
        )
        return str(made["_id"])

    async def asset(self, file: Path) -> str:
        """The id of a new asset."""
        made = await self("POST", "/assets", 201, form=[("method", "direct"), ("file", file)])
        return str(made["_id"])

    async def video(self, index_id: str, file: Path, **more: Any) -> str:
        """The id of a newly indexed film."""
        body = {"asset_id": await self.asset(file), **more}
        made = await self("POST", f"/indexes/{index_id}/indexed-assets", 202, json=body)
        return str(made["_id"])

    async def fetch(self, url: str, **how: Any) -> tuple[int, bytes]:
        """What is at a URL, fetched without the key."""
        async with self.session.get(url, **how) as answer:
            return answer.status, await answer.read()


@asynccontextmanager
async def serving(
    *, timings: Timings | None = None, settings: Settings | None = None, **more: Any
) -> AsyncIterator[Api]:
    """Calls to a new sandbox, in which by default everything is ready immediately."""
    sandbox = Sandbox(timings=timings or Timings.none(), settings=settings, seed=1, **more)
    async with sandbox, aiohttp.ClientSession() as session:
        yield Api(sandbox, session)

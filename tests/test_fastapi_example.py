"""The example of a web service on FastAPI, run on a real server against the sandbox."""

from __future__ import annotations

import asyncio
import io
import json
import runpy
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import pytest
import uvicorn

from twelvelabs_async import AsyncTwelveLabs
from twelvelabs_async.cli import demo_films
from twelvelabs_async.sandbox import Sandbox, Timings

pytestmark = pytest.mark.anyio
EXAMPLE = Path(__file__).parents[1] / "examples" / "fastapi_app.py"


class Service(NamedTuple):
    """The running example, and who asks it."""

    sandbox: Sandbox
    http: aiohttp.ClientSession
    app: Any

    async def get(self, path: str) -> Any:
        async with self.http.get(path) as response:
            assert response.status == 200, await response.text()
            return await response.json()

    async def upload(self) -> dict[str, Any]:
        content = io.BytesIO(demo_films.bigbuckbunny().read_bytes())
        form = aiohttp.FormData()
        form.add_field("film", content, filename="film.mp4", content_type="video/mp4")
        async with self.http.post("/films", data=form) as response:
            assert response.status == 201, await response.text()
            found: dict[str, Any] = await response.json()
            return found


@pytest.fixture
async def service(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Service]:
    with Sandbox(timings=Timings.none()) as sandbox:
        monkeypatch.setenv("TWELVE_LABS_API_KEY", sandbox.api_key)
        monkeypatch.setenv("TWELVELABS_BASE_URL", sandbox.base_url)
        async with AsyncTwelveLabs() as client:
            index = await client.indexes.create(
                index_name="films",
                models=[{"model_name": "marengo3.0", "model_options": ["visual"]}],
            )
        with socket.create_server(("127.0.0.1", 0)) as port:
            address = f"http://127.0.0.1:{port.getsockname()[1]}"
            secret = sandbox.webhooks.register(f"{address}/webhooks").secret
            app = runpy.run_path(str(EXAMPLE))["make_app"](index.id, secret)
            config = uvicorn.Config(app, log_config=None, access_log=False, ws="none")
            server = uvicorn.Server(config)
            # Not `serve`, which takes the process's signals.
            task = asyncio.create_task(server._serve(sockets=[port]))
            try:
                async with aiohttp.ClientSession(address) as http:
                    yield Service(sandbox, http, app)
            finally:
                server.should_exit = True
                await task


async def test_a_film_is_uploaded_indexed_found_and_reported_on(service: Service) -> None:
    asset = await service.upload()
    assert asset["filename"] == "film.mp4"
    assert asset["duration"] == pytest.approx(5.3, abs=0.1)
    async with asyncio.timeout(60):
        while not service.app.state.ready:  # noqa: ASYNC110  # set by the route of webhooks
            await asyncio.sleep(0.01)
    hits = await service.get("/search?words=green")
    assert hits
    assert hits[0].keys() >= {"rank", "start", "end", "video_id"}
    assert None not in hits[0].values()
    report = await service.get(f"/films/{asset['_id']}/report")
    assert report.keys() == {"title", "keywords", "mood"}
    assert report["title"]


async def test_an_analysis_is_streamed_as_events(service: Service) -> None:
    asset = await service.upload()
    async with service.http.get(f"/films/{asset['_id']}/describe") as response:
        assert response.content_type == "text/event-stream"
        *pieces, done = (await response.text()).strip().split("\n\n")
    text = "".join(json.loads(piece.removeprefix("data: ")) for piece in pieces)
    assert "green" in text
    assert len(pieces) > 5
    assert done == 'event: done\ndata: {"reason": "stop"}'
    service.sandbox.faults.add("POST", "/analyze", line=3, put=b"no json\n")
    async with service.http.get(f"/films/{asset['_id']}/describe") as response:
        assert (
            (await response.text()).strip().endswith('event: error\ndata: "the answer broke off"')
        )


async def test_what_the_api_refuses_is_refused_by_the_service(service: Service) -> None:
    for path in ("/films/none/report", "/films/none/describe"):
        async with service.http.get(path) as response:
            assert response.status in (400, 404)
            assert (await response.json())["code"]
    async with service.http.post("/webhooks", data=b"{}") as response:
        assert response.status == 401


async def test_the_routes_document_the_models_by_the_names_of_the_wire(service: Service) -> None:
    document = await service.get("/openapi.json")

    def schema(path: str, verb: str, status: str) -> Any:
        answer = document["paths"][path][verb]["responses"][status]["content"]["application/json"]
        return answer["schema"]

    named = "#/components/schemas/"
    assert schema("/films", "post", "201") == {"$ref": f"{named}Asset"}
    assert schema("/search", "get", "200")["items"] == {"$ref": f"{named}SearchItem"}
    asset = document["components"]["schemas"]["Asset"]
    assert {"_id", "filename", "user_metadata"} <= asset["properties"].keys()

"""A sandbox hands out addresses that its clients can reach, wherever they are."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest

from tests.support.sandbox_api import Api, serving
from twelvelabs_async.sandbox import Sandbox, Timings

pytestmark = pytest.mark.anyio


class Elsewhere(Api):
    """Calls by another host than the one that the sandbox names."""

    host = "127.0.0.2"

    async def __call__(self, method: str, path: str, status: int = 200, **how: Any) -> Any:
        port = urlsplit(self.sandbox.base_url).port
        url = f"http://{self.host}:{port}/v1.3{path}"
        key = {"x-api-key": self.sandbox.api_key}
        async with self.session.request(method, url, headers=key, **how) as answer:
            assert answer.status == status, await answer.text()
            self.headers = answer.headers
            return await answer.json()


@pytest.fixture
async def everywhere() -> AsyncIterator[Elsewhere]:
    listening = Sandbox(host="0.0.0.0", timings=Timings.none())
    async with listening as sandbox, aiohttp.ClientSession() as session:
        yield Elsewhere(sandbox, session)


def host_of(url: str) -> str:
    host = urlsplit(url).hostname
    assert host is not None
    return host


@pytest.mark.parametrize("host", ["127.0.0.2", "localhost", "127.0.0.1"])
async def test_every_url_has_the_host_that_was_asked(
    everywhere: Elsewhere, film: Path, host: str
) -> None:
    api = everywhere
    api.host = host
    index = await api("POST", "/indexes", 201, json=_index())
    upload = {"filename": "a.mp4", "type": "video", "total_size": film.stat().st_size}
    made = await api("POST", "/assets/multipart-uploads", 201, json=upload)
    assert {host_of(each["url"]) for each in made["upload_urls"]} == {host}
    async with api.session.put(
        made["upload_urls"][0]["url"], data=film.read_bytes(), headers=made["upload_headers"]
    ) as answer:
        assert answer.status == 200
    path = f"/assets/multipart-uploads/{made['upload_id']}/presigned-urls"
    more = await api("POST", path, json={"start": 1, "count": 1})
    assert host_of(more["upload_urls"][0]["url"]) == host
    with aiohttp.MultipartWriter("form-data") as form:
        form.append("direct").set_content_disposition("form-data", name="method")
        part = form.append(film.read_bytes())
        part.set_content_disposition("form-data", name="file", filename="a.mp4")
    asset = await api("POST", "/assets", 201, data=form)
    assert host_of(asset["url"]) == host
    assert (await api.fetch(asset["url"]))[0] == 200
    item = await api(
        "POST",
        f"/indexes/{index['_id']}/indexed-assets",
        202,
        json={"asset_id": asset["_id"], "enable_video_stream": True},
    )
    assert host_of(api.headers["Location"]) == host
    shown = await api("GET", f"/indexes/{index['_id']}/indexed-assets/{item['_id']}")
    assert host_of(shown["hls"]["video_url"]) == host
    assert {host_of(url) for url in shown["hls"]["thumbnail_urls"]} == {host}
    # The sandbox can be given its own addresses to fetch.
    video = {"type": "url", "url": asset["url"]}
    body = {"video": video, "prompt": "What?", "stream": False}
    assert (await api("POST", "/analyze", json=body))["data"]


def _index() -> dict[str, Any]:
    model = {"model_name": "marengo3.0", "model_options": ["visual"]}
    return {"index_name": "films", "models": [model]}


async def test_one_that_listens_on_one_address_hands_out_that_one() -> None:
    async with serving() as api:
        body = {"filename": "a.mp4", "type": "video", "total_size": 1}
        port = urlsplit(api.sandbox.base_url).port
        key = {"x-api-key": api.sandbox.api_key}
        url = f"http://localhost:{port}/v1.3/assets/multipart-uploads"
        async with api.session.post(url, json=body, headers=key) as answer:
            made = await answer.json()
        assert host_of(made["upload_urls"][0]["url"]) == "127.0.0.1"


@pytest.mark.parametrize(
    ("public", "api_url", "storage"),
    [
        ("http://media.test:8765", "http://media.test:8765/v1.3", "http://media.test:"),
        ("https://media.test/", "https://media.test/v1.3", "https://media.test:"),
        ("http://[::1]:5", "http://[::1]:5/v1.3", "http://[::1]:"),
    ],
)
async def test_a_public_url_is_handed_out(public: str, api_url: str, storage: str) -> None:
    async with serving(public_url=public) as api:
        assert api.sandbox.base_url == api_url
        assert api.sandbox.storage_url.startswith(storage)
        assert urlsplit(api.sandbox.storage_url).port != urlsplit(api_url).port


@pytest.mark.parametrize(
    "wrong",
    [
        *("media.test", "http://media.test/v1.3", "ftp://media.test", "", "http://media.test?a=b"),
        *(
            "http://media.test:99999",
            "http://me:secret@media.test",
            "http://[::1",
            "http://m.test#a",
        ),
    ],
)
def test_a_public_url_is_an_origin(wrong: str) -> None:
    with pytest.raises(ValueError, match="public_url"):
        Sandbox(public_url=wrong)


@pytest.mark.parametrize("wrong", ["", "a\nb", " a", "kéy"])
def test_a_key_that_no_client_can_send_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="api_key"):
        Sandbox(api_key=wrong)


@pytest.mark.parametrize(
    ("options", "host"),
    [
        (["--host", "0.0.0.0"], "127.0.0.1"),
        (["--host", "::"], "::1"),
        (["--host", "0.0.0.0", "--public-url", "http://media.test:80"], "media.test"),
    ],
)
@pytest.mark.parametrize("program", ["twelvelabs_async.sandbox", "twelvelabs_async"])
def test_the_programs_print_an_address_that_can_be_reached(
    program: str, options: list[str], host: str
) -> None:
    command = ["sandbox"] if program == "twelvelabs_async" else []
    process = subprocess.Popen(
        [sys.executable, "-m", program, *command, "--port", "0", "--json", *options],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        made = json.loads(process.stdout.readline())
    finally:
        process.terminate()
        process.communicate()
    assert (host_of(made["base_url"]), host_of(made["storage_url"])) == (host, host)

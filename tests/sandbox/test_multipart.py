"""Multipart uploads: sessions, presigned URLs on the storage's origin, reports and refusals."""

from __future__ import annotations

import base64
import hashlib
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import anyio
import pytest

from tests.support.sandbox_api import Api, serving
from twelvelabs_async.sandbox import Settings, Storage, Timings, Upload

pytestmark = pytest.mark.anyio

UPLOADS = "/assets/multipart-uploads"
CHUNK = 1500


@pytest.fixture
def settings() -> Settings:
    return Settings(chunk_size=CHUNK, initial_urls=3)


async def begin(api: Api, size: int, **more: Any) -> dict[str, Any]:
    body = {"filename": "film.mp4", "type": "video", "total_size": size, **more}
    made: dict[str, Any] = await api("POST", UPLOADS, 201, json=body)
    return made


async def put(
    api: Api, url: str, content: bytes, *, headers: dict[str, str] | None = None
) -> tuple[int, str, str]:
    """The status, the ETag and the body of a PUT."""
    headers = {"Content-Type": "application/octet-stream", **(headers or {})}
    async with api.session.put(url, data=content, headers=headers) as answer:
        return answer.status, answer.headers.get("ETag", ""), await answer.text()


def proof(number: int, content: bytes, **wrong: Any) -> dict[str, Any]:
    etag = hashlib.md5(content).hexdigest()
    return {
        "chunk_index": number,
        "proof": etag,
        "proof_type": "etag",
        "chunk_size": len(content),
        **wrong,
    }


def cut(content: bytes) -> list[bytes]:
    return [content[at : at + CHUNK] for at in range(0, len(content), CHUNK)]


async def test_a_film_comes_whole_out_of_its_chunks(settings: Settings, film: Path) -> None:
    async with serving(settings=settings) as api:
        content = film.read_bytes()
        made = await begin(api, len(content), user_metadata={"a": 1})
        pieces = cut(content)
        assert made["total_chunks"] == len(pieces) > 50
        assert made["chunk_size"] == CHUNK
        assert made["upload_headers"] == {"Content-Type": "application/octet-stream"}
        assert [url["chunk_index"] for url in made["upload_urls"]] == [1, 2, 3]
        path = f"{UPLOADS}/{made['upload_id']}"
        await api.refused("resource_not_exist", 400, "GET", f"/assets/{made['asset_id']}")
        urls = {url["chunk_index"]: url["url"] for url in made["upload_urls"]}
        for start in range(4, len(pieces) + 1, 50):
            body = {"start": start, "count": 50}
            more = await api("POST", f"{path}/presigned-urls", json=body)
            assert more["start_index"] == start
            assert more["count"] == len(more["upload_urls"]) == min(50, len(pieces) + 1 - start)
            urls.update((url["chunk_index"], url["url"]) for url in more["upload_urls"])
        numbers = list(urls)
        random.Random(1).shuffle(numbers)
        for number in numbers:
            status, etag, _ = await put(api, urls[number], pieces[number - 1])
            assert status == 200
            assert etag == f'"{hashlib.md5(pieces[number - 1]).hexdigest()}"'
        done = 0
        for at in range(0, len(numbers), 50):
            batch = [proof(number, pieces[number - 1]) for number in numbers[at : at + 50]]
            answer = await api("POST", path, json={"completed_chunks": batch})
            done += len(batch)
            assert answer["processed_chunks"] == len(batch)
            assert answer["total_completed"] == done
            assert ("url" in answer) == (done == len(pieces))
        assert answer["asset_id"] == made["asset_id"]
        assert await api.fetch(answer["url"]) == (200, content)
        asset = await api("GET", f"/assets/{made['asset_id']}")
        assert (asset["method"], asset["status"]) == ("multipart", "ready")
        assert asset["user_metadata"] == {"a": 1}
        again = await api("POST", path, json={"completed_chunks": batch})
        assert (again["processed_chunks"], again["duplicate_chunks"]) == (0, len(batch))
        assert again["url"]
        assert not any(r.has_key for r in api.sandbox.requests if r.origin == "storage")


async def test_the_status_counts_and_pages_the_chunks(settings: Settings) -> None:
    async with serving(settings=settings) as api:
        content = random.Random(2).randbytes(5 * CHUNK + 10)
        made = await begin(api, len(content))
        path = f"{UPLOADS}/{made['upload_id']}"
        pieces = cut(content)
        for url in made["upload_urls"][:2]:
            await put(api, url["url"], pieces[url["chunk_index"] - 1])
        batch = [proof(1, pieces[0]), proof(2, pieces[1]), proof(1, pieces[0])]
        answer = await api("POST", path, json={"completed_chunks": batch})
        assert (answer["processed_chunks"], answer["duplicate_chunks"]) == (2, 1)
        first = await api("GET", path, query={"page_limit": 4})
        states = [chunk["status"] for chunk in first["uploaded_chunks"]]
        assert states == ["completed", "completed", "pending", "pending"]
        assert first["status"] == "active"
        counts = (first["chunks_completed"], first["chunks_failed"], first["chunks_pending"])
        assert counts == (2, 0, 4)
        assert (first["total_size"], first["uploaded_size"]) == (len(content), 2 * CHUNK)
        assert first["page_info"]["total_page"] == 2
        second = await api("GET", path, query={"page_limit": 4, "page": 2})
        assert [chunk["index"] for chunk in second["uploaded_chunks"]] == [5, 6]
        listed = await api("GET", UPLOADS)
        assert [upload["upload_id"] for upload in listed["data"]] == [made["upload_id"]]


async def test_a_report_that_is_wrong_is_refused_as_a_whole(settings: Settings) -> None:
    async with serving(settings=settings) as api:
        content = random.Random(3).randbytes(3 * CHUNK)
        made = await begin(api, len(content))
        path = f"{UPLOADS}/{made['upload_id']}"
        pieces = cut(content)
        await put(api, made["upload_urls"][0]["url"], pieces[0])
        right = proof(1, pieces[0])
        for wrong in (
            proof(1, pieces[0], proof="0" * 32),
            proof(1, pieces[0], chunk_size=CHUNK - 1),
            proof(2, pieces[1]),
            proof(4, pieces[0]),
            proof(0, pieces[0]),
            proof(1, pieces[0], proof_type="oath"),
        ):
            body = {"completed_chunks": [right, wrong]}
            await api.refused("parameter_invalid", 400, "POST", path, json=body)
        status = await api("GET", path)
        assert status["chunks_completed"] == 0
        quoted = proof(1, pieces[0], proof=f'"{right["proof"]}"')
        answer = await api("POST", path, json={"completed_chunks": [quoted]})
        assert answer["total_completed"] == 1
        for batch in ([], [right] * 51, None):
            await api("POST", path, 400, json={"completed_chunks": batch})


async def test_a_url_works_once_for_its_chunk_until_it_expires(settings: Settings) -> None:
    async with serving(settings=settings, speed=0) as api:
        content = bytes(2 * CHUNK)
        made = await begin(api, len(content))
        path = f"{UPLOADS}/{made['upload_id']}/presigned-urls"
        first, second = (url["url"] for url in made["upload_urls"])
        assert (await put(api, first, bytes(CHUNK)))[0] == 200
        status, etag, text = await put(api, first, bytes(CHUNK))
        assert (status, etag) == (403, "")
        assert "<Code>AccessDenied</Code>" in text
        fresh = (await api("POST", path, json={"start": 1, "count": 1}))["upload_urls"][0]["url"]
        assert fresh != first
        assert (await put(api, fresh, bytes(CHUNK)))[0] == 200
        parts = urlsplit(second)
        query = {**dict(parse_qsl(parts.query)), "partNumber": "1"}
        forged = parts._replace(query=urlencode(query)).geturl()
        moved = parts._replace(path=parts.path[:-1] + "1").geturl()
        for url in (forged, moved):
            status, _, text = await put(api, url, bytes(CHUNK))
            assert (status, "SignatureDoesNotMatch" in text) == (403, True)
        bare = parts._replace(query="").geturl()
        assert (await put(api, bare, bytes(CHUNK)))[0] == 403
        api.sandbox.advance(3600)
        status, _, text = await put(api, second, bytes(CHUNK))
        assert status == 403
        assert "expired" in text


async def test_the_storage_checks_headers_length_and_digest(settings: Settings) -> None:
    async with serving(settings=settings) as api:
        made = await begin(api, 2 * CHUNK + 1)
        urls = [url["url"] for url in made["upload_urls"]]
        plain = {"Content-Type": "text/plain"}
        status, _, text = await put(api, urls[0], bytes(CHUNK), headers=plain)
        assert (status, "SignatureDoesNotMatch" in text) == (403, True)
        status, _, text = await put(api, urls[0], bytes(CHUNK - 1))
        assert (status, "EntityTooSmall" in text) == (400, True)
        status, _, text = await put(api, urls[2], bytes(2))
        assert (status, "EntityTooLarge" in text) == (400, True)
        digest = {"Content-MD5": base64.b64encode(hashlib.md5(b"other").digest()).decode()}
        status, _, text = await put(api, urls[0], bytes(CHUNK), headers=digest)
        assert (status, "BadDigest" in text) == (400, True)
        report = {"completed_chunks": [proof(1, bytes(CHUNK))]}
        await api("POST", f"{UPLOADS}/{made['upload_id']}", 400, json=report)
        status, _, text = await put(api, urls[1], bytes(CHUNK), headers={"Content-MD5": "?"})
        assert (status, "InvalidDigest" in text) == (400, True)
        digest = {"Content-MD5": base64.b64encode(hashlib.md5(bytes(CHUNK)).digest()).decode()}
        assert (await put(api, urls[1], bytes(CHUNK), headers=digest))[0] == 200

        async def stream() -> Any:
            yield bytes(1)

        headers = {"Content-Type": "application/octet-stream"}
        async with api.session.put(urls[2], data=stream(), headers=headers) as answer:
            assert answer.status == 411
        sent = {"x-api-key": "secret"}
        await put(api, urls[2], bytes(1), headers=sent)
        assert api.sandbox.requests[-1].has_key
        assert "secret" not in repr(api.sandbox.requests[-1])


async def test_a_session_expires(settings: Settings) -> None:
    async with serving(settings=settings, speed=0) as api:
        made = await begin(api, CHUNK)
        path = f"{UPLOADS}/{made['upload_id']}"
        api.sandbox.advance(24 * 3600 - 1)
        fresh = await api("POST", f"{path}/presigned-urls", json={"start": 1, "count": 1})
        api.sandbox.advance(1)
        assert (await api("GET", path))["status"] == "expired"
        url = fresh["upload_urls"][0]["url"]
        assert (await put(api, url, bytes(CHUNK)))[0] == 404
        body = {"start": 1, "count": 1}
        await api.refused("parameter_invalid", 400, "POST", f"{path}/presigned-urls", json=body)
        report = {"completed_chunks": [proof(1, bytes(CHUNK))]}
        await api.refused("parameter_invalid", 400, "POST", path, json=report)
    expired = Settings(chunk_size=CHUNK, session_life=0, expired_session=(410, "gone"))
    async with serving(settings=expired) as api:
        path = f"{UPLOADS}/{(await begin(api, CHUNK))['upload_id']}"
        await api.refused("gone", 410, "POST", path, json=report)


async def test_what_was_reported_is_not_overwritten(settings: Settings, film: Path) -> None:
    async with serving(settings=settings) as api:
        made = await begin(api, CHUNK, type="video")
        path = f"{UPLOADS}/{made['upload_id']}"
        body = {"start": 1, "count": 1}
        fresh = (await api("POST", f"{path}/presigned-urls", json=body))["upload_urls"][0]["url"]
        await put(api, made["upload_urls"][0]["url"], bytes(CHUNK))
        report = {"completed_chunks": [proof(1, bytes(CHUNK))]}
        url = (await api("POST", path, json=report))["url"]
        other = b"x" * CHUNK
        status, etag, _ = await put(api, fresh, other)
        assert (status, etag.strip('"')) == (200, hashlib.md5(other).hexdigest())
        assert await api.fetch(url) == (200, bytes(CHUNK))


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"filename": "a", "type": "video"}, "parameter_not_provided"),
        ({"filename": "", "type": "video", "total_size": 1}, "parameter_invalid"),
        ({"filename": "a" * 256, "type": "video", "total_size": 1}, "parameter_invalid"),
        ({"filename": "a", "type": "poem", "total_size": 1}, "parameter_invalid"),
        ({"filename": "a", "type": "video", "total_size": 0}, "parameter_invalid"),
        ({"filename": "a", "type": "video", "total_size": "5"}, "parameter_invalid"),
        ({"filename": "a", "type": "video", "total_size": 2**40}, "parameter_invalid"),
        ({"filename": "a", "type": "image", "total_size": 2**26}, "parameter_invalid"),
    ],
)
async def test_wrong_sessions_are_refused(api: Api, body: dict[str, Any], code: str) -> None:
    await api.refused(code, 400, "POST", UPLOADS, json=body)


async def test_the_eras_differ_in_size_and_kind() -> None:
    five = 5 * 1024**3
    async with serving(settings=Settings(era="2026-03")) as api:
        body = {"filename": "a.mp4", "type": "video", "total_size": five}
        await api.refused("parameter_invalid", 400, "POST", UPLOADS, json=body)
        await begin(api, 4 * 1024**3)
        body = {"filename": "a.wav", "type": "audio", "total_size": 5}
        await api.refused("parameter_invalid", 400, "POST", UPLOADS, json=body)
    async with serving(settings=Settings(chunk_size=lambda total: total // 8)) as api:
        made = await begin(api, five)
        assert made["total_chunks"] == 8


async def test_unknown_uploads_and_chunks_are_reported(api: Api) -> None:
    body = {"start": 1, "count": 1}
    await api("GET", f"{UPLOADS}/nothing", 404)
    await api("POST", f"{UPLOADS}/nothing/presigned-urls", 404, json=body)
    report = {"completed_chunks": [proof(1, b"x")]}
    await api("POST", f"{UPLOADS}/nothing", 404, json=report)
    path = f"{UPLOADS}/{(await begin(api, 5))['upload_id']}/presigned-urls"
    for wrong in ({"start": 2, "count": 1}, {"start": 0, "count": 1}, {"start": 1, "count": 51}):
        await api.refused("parameter_invalid", 400, "POST", path, json=wrong)


async def test_a_file_of_another_kind_than_declared_fails(api: Api, picture: Path) -> None:
    content = picture.read_bytes()
    made = await begin(api, len(content))
    await put(api, made["upload_urls"][0]["url"], content)
    report = {"completed_chunks": [proof(1, content)]}
    await api("POST", f"{UPLOADS}/{made['upload_id']}", json=report)
    shown = await api("GET", f"/assets/{made['asset_id']}")
    assert shown["status"] == "failed"
    assert "image" in shown["error"]["message"]


async def test_chunks_may_come_together(settings: Settings) -> None:
    async with serving(settings=settings, timings=Timings.none()) as api:
        content = random.Random(4).randbytes(40 * CHUNK)
        made = await begin(api, len(content))
        path = f"{UPLOADS}/{made['upload_id']}"
        body = {"start": 1, "count": 50}
        urls = (await api("POST", f"{path}/presigned-urls", json=body))["upload_urls"]
        pieces = cut(content)

        async def send(url: dict[str, Any]) -> None:
            number = url["chunk_index"]
            await put(api, url["url"], pieces[number - 1])
            report = {"completed_chunks": [proof(number, pieces[number - 1])]}
            answer = await api("POST", path, json=report)
            if "url" in answer:
                found.append(answer["url"])

        found: list[str] = []
        async with anyio.create_task_group() as group:
            for url in urls:
                group.start_soon(send, url)
        assert len(found) == 1
        assert await api.fetch(found[0]) == (200, content)


class Shelf(Storage):
    """A storage of the test's own: what is on it was put there by hand."""

    def __init__(self) -> None:
        self.parts: dict[int, bytes] = {}
        self.broken = False

    @property
    def upload_headers(self) -> dict[str, str]:
        return {"X-Shelf": "1"}

    async def url(self, upload: Upload, number: int, life: float) -> str:
        return f"https://shelf.test/{upload.id}/{number}?bytes={upload.size_of(number)}&for={life}"

    async def etags(self, upload: Upload, numbers: Sequence[int]) -> dict[int, str]:
        return {n: f"etag-{len(self.parts[n])}" for n in numbers if n in self.parts}

    async def assemble(self, upload: Upload, target: Path) -> None:
        target.write_bytes(b"".join(self.parts[number] for number in upload.etags))
        if self.broken:
            raise OSError("the shelf is broken")


async def test_another_storage_takes_the_chunks(settings: Settings, film: Path) -> None:
    shelf = Shelf()
    content = film.read_bytes()[: 2 * CHUNK + 5]
    async with serving(settings=settings, storage=shelf) as api:
        made = await begin(api, len(content))
        path = f"{UPLOADS}/{made['upload_id']}"
        assert made["upload_headers"] == {"X-Shelf": "1"}
        sizes = [row["url"].partition("?")[2] for row in made["upload_urls"]]
        assert sizes == [f"bytes={size}&for=3600.0" for size in (CHUNK, CHUNK, 5)]
        more = await api("POST", f"{path}/presigned-urls", json={"start": 3, "count": 1})
        assert more["upload_urls"][0]["url"] == made["upload_urls"][2]["url"]
        pieces = cut(content)
        reports = [
            proof(number, piece, proof=f'"etag-{len(piece)}"')
            for number, piece in enumerate(pieces, 1)
        ]
        body = {"completed_chunks": reports}
        await api("POST", path, 400, json=body)
        shelf.parts = dict(enumerate(pieces, 1))
        await api("POST", path, 400, json={"completed_chunks": [proof(1, pieces[0])]})
        assert (await api("GET", path))["chunks_completed"] == 0
        shelf.broken = True
        await api("POST", path, 500, json=body)
        assert (await api("GET", path))["status"] == "active"
        await api.refused("resource_not_exist", 400, "GET", f"/assets/{made['asset_id']}")
        shelf.broken = False
        answer = await api("POST", path, json=body)
        assert answer["duplicate_chunks"] == 3
        assert await api.fetch(answer["url"]) == (200, content)
        assert (await api("GET", path))["status"] == "completed"
        assert not list((api.sandbox.data / "tmp").iterdir())
        assert not api.sandbox.requests.matching(origin="storage", method="PUT")

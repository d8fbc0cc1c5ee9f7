"""Embeddings with Marengo 3.5: inputs together, documents, dimensions, uncertainty and notes."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.clients import BOTH, Kind, client_of
from tests.sandbox.documents import pdf_file
from tests.support.sandbox_api import Api, serving
from twelvelabs_async import BadRequestError, ContentTooLargeError
from twelvelabs_async.sandbox import Settings, Timings

pytestmark = pytest.mark.anyio

NEWER = "marengo3.5"
Words = list[tuple[int, int, str]]


def near(one: Any, other: Any) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def encoded(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def together(**parts: Any) -> dict[str, Any]:
    return {"input_type": "multi_input", "model_name": NEWER, "multi_input": parts}


def source(kind: str, raw: bytes, **more: Any) -> dict[str, Any]:
    return {"media_type": kind, "base64_string": encoded(raw), **more}


@BOTH
async def test_a_text_alone_and_a_picture_with_it(
    api: Api, kind: Kind, picture: Path, film: Path
) -> None:
    raw = picture.read_bytes()
    async with client_of(api, kind) as client:
        text = await client.embed.v_2.create(**together(input_text="a green wall"))
        seen = await client.embed.v_2.create(**together(media_sources=[source("image", raw)]))
        both = await client.embed.v_2.create(
            **together(
                input_text="a green wall as in <@wall>",
                media_sources=[
                    source("image", raw, name="wall"),
                    source("video", film.read_bytes()),
                ],
            )
        )
        assert text.metadata.input_type == "multi_input"
        assert text.metadata.embedding_dimension == 512
        assert text.usage.input_tokens == {"text": 4}
        assert (text.usage.truncated, text.usage.truncation_reason) == (False, None)
        assert set(both.usage.input_tokens) == {"text", "image", "video"}
        (point,) = both.data
        assert (point.embedding_option, point.embedding_uncertainty) == (None, None)
        sides = [near(point.embedding, each.data[0].embedding) for each in (text, seen)]
        assert min(sides) > near(text.data[0].embedding, seen.data[0].embedding)


@BOTH
async def test_a_shorter_vector_is_the_first_part_of_a_longer_one(api: Api, kind: Kind) -> None:
    async with client_of(api, kind) as client:
        whole = await client.embed.v_2.create(**together(input_text="red"))
        short = await client.embed.v_2.create(
            **together(input_text="red"), embedding_dimension=128, embedding_uncertainty=True
        )
        (point,) = short.data
        assert list(point.embedding) == list(whole.data[0].embedding)[:128]
        assert len(point.embedding_uncertainty) == 128
        assert all(0 < value <= 1 for value in point.embedding_uncertainty)
        assert short.metadata.embedding_dimension == 128
        with pytest.raises(BadRequestError, match="embedding_dimension"):
            await client.embed.v_2.create(**together(input_text="red"), embedding_dimension=100)


@BOTH
async def test_a_long_text_is_refused_or_cut(api: Api, kind: Kind) -> None:
    words = " ".join(["word"] * 2_001)
    async with client_of(api, kind) as client:
        with pytest.raises(BadRequestError, match="2000 tokens"):
            await client.embed.v_2.create(**together(input_text=words))
        cut = await client.embed.v_2.create(**together(input_text=words), auto_truncate=True)
        assert cut.usage.truncated
        assert cut.usage.truncation_reason == "model_context_window"
        assert cut.usage.input_tokens == {"text": 2_000}


async def test_wrong_inputs_together_are_refused(
    api: Api, picture: Path, film: Path, tmp_path: Path
) -> None:
    image, video = source("image", picture.read_bytes()), source("video", film.read_bytes())
    pdf = source("document", pdf_file(tmp_path / "a.pdf", [[(10, 10, "harbour")]]).read_bytes())
    note = source("document", b"A harbour.")
    for body, said in (
        (together(), "input_text or"),
        (together(media_sources=[]), "input_text or"),
        (together(media_sources=[image, video]), "input_text"),
        (together(input_text="a <@b>", media_sources=[image]), "b"),
        (together(media_sources=[image] * 11), "10"),
        (together(media_sources=[pdf, image], input_text="a"), "PDF"),
        (together(media_sources=[pdf], input_text="a"), "PDF"),
        (together(media_sources=[note], input_text="a"), "must have an image"),
        (together(media_sources=[note, note]), "must have an image"),
        (together(media_sources=[{**image, "media_type": "video"}]), "must be a video"),
        ({**together(media_sources=[note]), "embedding_uncertainty": True}, "documents"),
        (
            {**together(media_sources=[image], input_text="a"), "embedding_uncertainty": True},
            "alone",
        ),
        ({**together(media_sources=[video], input_text="a"), "model_name": "marengo3.0"}, "video"),
        (
            {"input_type": "text", "model_name": NEWER, "text": {"input_text": "a"}},
            "multi_input only",
        ),
        (
            {
                "input_type": "text",
                "model_name": "marengo3.0",
                "text": {"input_text": "a"},
                "embedding_dimension": 512,
            },
            "marengo3.5 only",
        ),
    ):
        refused = await api("POST", "/embed-v2", 400, json=body)
        assert said in refused["error"]["message"], (body.keys(), refused)
    for parts in ([note, image], [note], [pdf], [image, image]):
        await api("POST", "/embed-v2", json=together(media_sources=parts))


@BOTH
async def test_what_is_too_large_is_refused(kind: Kind, picture: Path, tmp_path: Path) -> None:
    pages: list[Words] = [[(10, 10, "a")]] * 17
    pdf = pdf_file(tmp_path / "a.pdf", pages).read_bytes()
    large = pdf_file(tmp_path / "b.pdf", pages, size=1024 * 1024 + 1).read_bytes()
    small = len(picture.read_bytes()) - 1
    async with serving() as api, client_of(api, kind) as client:
        with pytest.raises(ContentTooLargeError, match="17 pages; it may have 16"):
            await client.embed.v_2.create(**together(media_sources=[source("document", pdf)]))
        await client.embed.v_2.create(**together(media_sources=[source("document", large)]))
    async with serving(settings=Settings(max_embedding_source_size=small)) as api:
        async with client_of(api, kind) as client:
            with pytest.raises(ContentTooLargeError):
                await client.embed.v_2.create(
                    **together(media_sources=[source("image", picture.read_bytes())])
                )


async def _task(client: Any, kind: str, **given: Any) -> Any:
    more = {name: given.pop(name) for name in list(given) if name.startswith("embedding_d")}
    more |= {name: given.pop(name) for name in list(given) if name.endswith("uncertainty")}
    made = await client.embed.v_2.tasks.create(
        input_type=kind, model_name=NEWER, **{kind: given}, **more
    )
    assert made.metadata.embedding_dimension == more.get("embedding_dimension", 512)
    return await client.embed.v_2.tasks.retrieve(made.id)


def raw(content: bytes) -> Mapping[str, str]:
    return {"base64_string": encoded(content)}


@BOTH
async def test_a_pdf_is_embedded_by_pages_and_quarters(
    api: Api, kind: Kind, tmp_path: Path, picture: Path
) -> None:
    pages = [[(10, 180, "harbour"), (110, 20, "windmill")], [(10, 180, "orchard")]]
    content = pdf_file(tmp_path / "a.pdf", pages, photo=picture.read_bytes()).read_bytes()
    async with client_of(api, kind) as client:
        task = await _task(
            client,
            "document",
            media_source=raw(content),
            segmentation={"spatial": {"strategy": "quadrants"}},
            embedding_dimension=256,
        )
        assert task.status == "ready"
        assert len(task.data) == 10
        assert {each.embedding_scope for each in task.data} == {"page"}
        whole = [each for each in task.data if each.quadrant is None]
        assert [(each.start_page_number, each.end_page_number) for each in whole] == [
            (1, 1),
            (2, 2),
        ]
        assert {each.quadrant for each in task.data[1:5]} == {
            *("top_left", "top_right", "bottom_left", "bottom_right"),
        }
        assert {len(each.embedding) for each in task.data} == {256}
        assert task.metadata.embedding_scopes == ["local"]
        assert task.metadata.embedding_options == ["visual"]
        assert task.usage.input_tokens.keys() == {"document"}
        plain = await _task(client, "document", media_source=raw(content))
        sight = await client.embed.v_2.create(
            **together(media_sources=[source("image", picture.read_bytes())])
        )
        word = await client.embed.v_2.create(**together(input_text="orchard"))
        first, second = (each.embedding for each in plain.data)
        assert near(sight.data[0].embedding, first) > near(sight.data[0].embedding, second)
        assert near(word.data[0].embedding, second) > near(word.data[0].embedding, first)
        both = await _task(
            client, "document", media_source=raw(content), embedding_scope=["local", "asset"]
        )
        assert [each.embedding_scope for each in both.data] == ["page", "page", "asset"]


@BOTH
async def test_a_text_is_embedded_by_chunks(api: Api, kind: Kind, tmp_path: Path) -> None:
    path = tmp_path / "notes.md"
    path.write_text("A harbour. A windmill! A lantern? A bicycle.\n\nAn orchard.")
    async with client_of(api, kind) as client:
        asset = await client.assets.create(method="direct", file=path)
        cut = {"strategy": "sentence", "max_sentences": 2, "overlap_sentences": 1}
        task = await _task(
            client,
            "document",
            media_source={"asset_id": asset.id},
            embedding_scope=["local"],
            segmentation={"sequential": cut},
            embedding_uncertainty=True,
        )
        assert [each.chunk_index for each in task.data] == [0, 1, 2, 3]
        assert {each.embedding_scope for each in task.data} == {"chunk"}
        assert {each.embedding_option for each in task.data} == {"text"}
        assert all(len(each.embedding_uncertainty) == 512 for each in task.data)
        assert task.metadata.input_filename == "notes.md"
        assert task.usage.input_tokens.keys() == {"text"}
        word = await client.embed.v_2.create(**together(input_text="orchard"))
        by_nearness = [near(word.data[0].embedding, each.embedding) for each in task.data]
        assert max(by_nearness) == by_nearness[3]
        whole = await _task(client, "document", media_source={"asset_id": asset.id})
        assert [each.embedding_scope for each in whole.data] == ["asset"]


async def test_pairs_that_documents_do_not_have_are_refused(api: Api, tmp_path: Path) -> None:
    pdf = {"media_source": raw(pdf_file(tmp_path / "a.pdf", [[(10, 10, "a")]]).read_bytes())}
    note = {"media_source": raw(b"A harbour.")}
    chunks = {"strategy": "sentence", "max_sentences": 2}
    for given, more, said in (
        ({**pdf, "embedding_option": ["text"]}, {}, "no text embedding of local"),
        ({**pdf, "embedding_option": ["visual", "text"]}, {}, "no text embedding of local"),
        ({**note, "embedding_option": ["visual"]}, {}, "no visual embedding"),
        ({**note, "embedding_scope": ["local"]}, {}, "sequential"),
        ({**pdf, "segmentation": {"sequential": chunks}}, {}, "chunks of text"),
        ({**note, "segmentation": {"spatial": {"strategy": "quadrants"}}}, {}, "pages"),
        (
            {
                **note,
                "embedding_scope": ["local"],
                "segmentation": {"sequential": {**chunks, "overlap_sentences": 2}},
            },
            {},
            "less than max_sentences",
        ),
        ({**note, "embedding_type": ["fused_embedding"]}, {}, "embedding_type"),
        (pdf, {"embedding_uncertainty": True}, "chunks of text"),
        (note, {"embedding_uncertainty": True}, "chunks of text"),
        (note, {"model_name": "marengo3.0"}, "marengo3.5 only"),
        ({"media_source": raw(b"\x00\x01")}, {}, "not a PDF"),
    ):
        body = {"input_type": "document", "model_name": NEWER, "document": given, **more}
        refused = await api("POST", "/embed-v2/tasks", 400, json=body)
        assert said in refused["error"]["message"], (given, refused)


@BOTH
async def test_a_document_of_too_many_pages_fails(api: Api, kind: Kind, tmp_path: Path) -> None:
    pages: list[Words] = [[(10, 10, "a")]] * 13
    content = pdf_file(tmp_path / "a.pdf", pages).read_bytes()
    async with client_of(api, kind) as client:
        fine = await _task(client, "document", media_source=raw(content))
        assert fine.status == "ready"
        quarters = {"spatial": {"strategy": "quadrants"}}
        task = await _task(client, "document", media_source=raw(content), segmentation=quarters)
        assert (task.status, task.data) == ("failed", None)
        assert task.error.message == "The file counts 65 pages; it may have 64."


@BOTH
async def test_a_picture_is_embedded_as_a_job(api: Api, kind: Kind, picture: Path) -> None:
    async with client_of(api, kind) as client:
        task = await _task(
            client, "image", media_source=raw(picture.read_bytes()), embedding_uncertainty=True
        )
        (point,) = task.data
        assert (point.embedding_option, point.embedding_scope) == ("visual", "asset")
        assert len(point.embedding_uncertainty) == 512
        assert task.metadata.input_type == "image"
        with pytest.raises(BadRequestError):
            await _task(client, "image", media_source=raw(b"no picture"))


@BOTH
async def test_films_are_cut_and_noted_as_the_model_has_it(
    api: Api, kind: Kind, film: Path
) -> None:
    asset = {"asset_id": await api.asset(film)}
    async with client_of(api, kind) as client:
        plain = await _task(client, "video", media_source=asset, embedding_scope=["clip", "local"])
        assert {each.embedding_option for each in plain.data} == {"visual", "audio"}
        assert {each.embedding_scope for each in plain.data} == {"clip"}
        assert plain.metadata.embedding_scopes == ["clip", "local"]
        starts = [each.start_sec for each in plain.data if each.embedding_option == "visual"]
        assert starts == sorted(set(starts))
        notes = [{"start": 0, "end": 3, "text": "a penguin on a bicycle"}]
        cut = {"temporal": {"strategy": "fixed", "fixed": {"duration_sec": 3}}}
        noted = await _task(
            client,
            "video",
            media_source=asset,
            segmentation=cut,
            embedding_scope=["clip"],
            embedding_type=["separate_embedding", "fused_embedding"],
            time_based_metadata=notes,
            embedding_uncertainty=True,
        )
        assert [each.embedding_option for each in noted.data] == [
            *["visual"] * 3,
            *["audio"] * 3,
            *["fused"] * 3,
        ]
        assert noted.metadata.clip_length == 3
        words = await client.embed.v_2.create(**together(input_text="a penguin on a bicycle"))
        fused = [near(words.data[0].embedding, each.embedding) for each in noted.data[6:]]
        assert fused[0] > 2 * max(fused[1:])


async def test_films_have_the_rules_of_their_model(api: Api, film: Path) -> None:
    asset = {"media_source": {"asset_id": await api.asset(film)}}
    fixed = {"strategy": "fixed", "fixed": {"duration_sec": 3}}
    dynamic = {"strategy": "dynamic", "dynamic": {"min_duration_sec": 3}}
    note = [{"start": 0, "end": 1, "text": "a"}]
    fused = ["fused_embedding"]
    for kind, model, given, said in (
        ("video", NEWER, {"segmentation": fixed}, "in an object temporal"),
        ("video", "marengo3.0", {"segmentation": {"temporal": fixed}}, "without an object"),
        ("audio", "marengo3.0", {"segmentation": dynamic}, "fixed only"),
        ("video", NEWER, {"embedding_option": ["transcription"]}, "marengo3.0 only"),
        ("video", "marengo3.0", {"embedding_scope": ["local"]}, "marengo3.5 only"),
        ("video", NEWER, {"embedding_type": fused}, "needs time_based_metadata"),
        ("video", NEWER, {"time_based_metadata": note}, "needs the embedding_type"),
        (
            "video",
            "marengo3.0",
            {"time_based_metadata": note, "embedding_type": fused},
            "marengo3.5 only",
        ),
        (
            "video",
            "marengo3.0",
            {"embedding_option": ["visual"], "embedding_type": fused},
            "at least 2",
        ),
        ("video", NEWER, {"embedding_uncertainty": True}, "without asset"),
        ("video", NEWER, {"start_sec": 3, "end_sec": 3}, "end_sec parameter is invalid"),
        ("audio", "marengo3.0", {"start_sec": 3, "end_sec": 1}, "after start_sec"),
    ):
        top = {name: given.pop(name) for name in list(given) if name == "embedding_uncertainty"}
        body = {"input_type": kind, "model_name": model, kind: {**asset, **given}, **top}
        refused = await api("POST", "/embed-v2/tasks", 400, json=body)
        assert said in refused["error"]["message"], (body, refused)
    body = {
        "input_type": "video",
        "model_name": "marengo3.0",
        "video": {**asset, "embedding_type": ["fused_embedding"], "embedding_scope": ["asset"]},
    }
    (one,) = (await api("POST", "/embed-v2", json=body))["data"]
    assert one["embedding_option"] == "fused"


@BOTH
async def test_tasks_are_listed_with_the_figures_of_their_media(
    api: Api, kind: Kind, film: Path, picture: Path
) -> None:
    async with client_of(api, kind) as client:
        assets = [await api.asset(film), await api.asset(picture)]
        for name, asset, more in (
            ("audio", assets[0], {"start_sec": 1, "end_sec": 7}),
            ("audio", assets[0], {}),
            ("image", assets[1], {}),
        ):
            await _task(client, name, media_source={"asset_id": asset}, **more)
        image, whole, part = [each async for each in client.embed.v_2.tasks.list()]
        assert "duration" not in image.image_embedding.metadata.extra
        metadata = [each.audio_embedding.metadata for each in (whole, part)]
        lasting = metadata[0].duration
        assert [(each.start_offset_sec, each.end_offset_sec) for each in metadata] == [
            (0, lasting),
            (1, 7),
        ]


@BOTH
async def test_tasks_of_documents_are_listed_and_end_after_a_week(
    kind: Kind, tmp_path: Path
) -> None:
    pdf = pdf_file(tmp_path / "a.pdf", [[(10, 10, "a")]]).read_bytes()
    async with serving(timings=Timings.none(), speed=0) as api, client_of(api, kind) as client:
        task = await _task(client, "document", media_source=raw(pdf))
        assert task.data
        (listed,) = [each async for each in client.embed.v_2.tasks.list()]
        assert listed.document_embedding.metadata.document_embedding_option == ["visual"]
        api.sandbox.advance(7 * 86_400)
        assert (await client.embed.v_2.tasks.retrieve(task.id)).data is None


async def test_a_document_that_is_still_processed_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("A harbour.")
    async with serving(timings=Timings(asset=5, embedding=1), speed=0) as api:
        asset = await api.asset(path)
        given = {"media_source": {"asset_id": asset}}
        body = {"input_type": "document", "model_name": NEWER, "document": given}
        made = (await api("POST", "/embed-v2/tasks", 202, json=body))["_id"]
        assert (await api("GET", f"/embed-v2/tasks/{made}"))["status"] == "processing"
        api.sandbox.advance(7)
        shown = await api("GET", f"/embed-v2/tasks/{made}")
        assert shown["status"] == "ready"
        assert len(shown["data"]) == 1


async def test_the_model_came_in_october() -> None:
    async with serving(settings=Settings(era="2026-07")) as api:
        refused = await api("POST", "/embed-v2", 400, json=together(input_text="a"))
        assert refused["error"]["message"].endswith("one of: marengo3.0.")

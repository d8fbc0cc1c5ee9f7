"""Documents: what is read of them, and what the sandbox takes them for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.clients import BOTH, Kind, client_of
from tests.sandbox.documents import pdf_file
from tests.support.sandbox_api import Api, serving
from twelvelabs_async import BadRequestError
from twelvelabs_async.sandbox import Settings
from twelvelabs_async.sandbox.media.measure.document import read_document
from twelvelabs_async.sandbox.media.measure.page_sketch import sketch_page
from twelvelabs_async.sandbox.media.measure.pixels import read_image
from twelvelabs_async.sandbox.media.measure.probe import MediaError

pytestmark = pytest.mark.anyio

PAGES = [
    [(10, 180, "harbour"), (110, 180, "windmill"), (10, 20, "lantern"), (110, 20, "bicycle")],
    [(10, 180, "orchard")],
]


def test_a_pdf_is_read_by_pages_and_quarters(tmp_path: Path) -> None:
    found = read_document(pdf_file(tmp_path / "a.pdf", PAGES))
    assert found.is_pdf
    assert [page.text.split()[0] for page in found.pages] == ["harbour", "orchard"]
    assert found.pages[0].quadrants == ("harbour", "windmill", "lantern", "bicycle")
    assert found.details["document_page_count"] == 2
    assert found.details["document_pdf_version"] == "1.7"
    assert found.details["document_page_width_pt"] == 200
    assert found.details["document_language"] == "en"
    assert found.details["document_is_encrypted"] is False


@pytest.mark.parametrize("name", ["CreationDate", "ModDate"])
@pytest.mark.parametrize(
    "value", [b"(2026-01-01)", b"(Thu Jan  1 2026)", b"()", b"(D:20260231000000Z)", b"5", b"null"]
)
def test_a_date_that_is_none_is_left_out_alone(name: str, value: bytes, tmp_path: Path) -> None:
    info = b"/Title (Harbours) /" + name.encode() + b" " + value
    details = read_document(pdf_file(tmp_path / "a.pdf", PAGES, info=info)).details
    assert details["document_title"] == "Harbours"
    assert not [each for each in details if each.endswith("_date")]


@pytest.mark.parametrize(
    "info", [b"/Title null /Author 5 /Subject [] /Creator << >>", b"/Title 9 0 R", b"/Title"]
)
@pytest.mark.parametrize("root", [b"/Lang null /MarkInfo 5", b"/Lang 5 /MarkInfo [(a)]"])
def test_what_a_pdf_says_of_itself_is_text_or_left_out(
    info: bytes, root: bytes, tmp_path: Path
) -> None:
    details = read_document(pdf_file(tmp_path / "a.pdf", PAGES, info=info, root=root)).details
    assert {*details} == {
        *("document_page_count", "document_pdf_version", "document_is_encrypted"),
        *("document_is_tagged", "document_page_width_pt", "document_page_height_pt"),
    }


def test_what_a_pdf_says_of_itself_is_shown(tmp_path: Path) -> None:
    info = b"/Title (T) /Author (A) /Creator (C) /CreationDate (D:20260102030405+01'00)"
    details = read_document(pdf_file(tmp_path / "a.pdf", PAGES, info=info)).details
    assert details["document_title"] == "T"
    assert details["document_author"] == "A"
    assert details["document_creator_tool"] == "C"
    assert details["document_creation_date"] == "2026-01-02T03:04:05+01:00"


def test_a_sketch_shows_where_the_first_page_has_what(tmp_path: Path, picture: Path) -> None:
    path = pdf_file(tmp_path / "a.pdf", PAGES, photo=picture.read_bytes())
    drawn = read_image(sketch_page(path))
    assert (drawn.width, drawn.height) == (320, 320)
    pixels = drawn.to_ndarray(format="rgb24").astype(int)
    # Of 200 x 200 points from below: "harbour" stands at 10, 180, and the photograph below it.
    assert pixels[24:32, 20:60].mean() < 90
    assert pixels[60:150, 20:300].mean() > 245
    red, green, blue = pixels[200:280, 170:280].mean(axis=(0, 1))
    assert green > max(red, blue) + 40


def test_a_page_that_is_turned_is_drawn_turned(tmp_path: Path) -> None:
    path = pdf_file(tmp_path / "a.pdf", [[(10, 180, "harbour")]])
    turned = path.read_bytes().replace(b"[0 0 200 200]", b"[0 0 200 400] /Rotate 90")
    (tmp_path / "turned.pdf").write_bytes(turned)
    drawn = read_image(sketch_page(tmp_path / "turned.pdf"))
    assert (drawn.width, drawn.height) == (640, 320)


@pytest.mark.parametrize("content", [b"%PDF-1.7\nno more", b"x", b""])
def test_what_is_no_pdf_is_not_drawn(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.pdf").write_bytes(content)
    with pytest.raises(MediaError):
        sketch_page(tmp_path / "a.pdf")


def test_text_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("# Ships\n\nA harbour. Łódź.", encoding="utf-8")
    found = read_document(path)
    assert (found.is_pdf, found.pages) == (False, ())
    assert found.text.endswith("Łódź.")


@pytest.mark.parametrize(
    "content", [b"", b"  \n", b"\xff\xfe\x00a", b"a\x00b", b"%PDF-1.7\nno more"]
)
def test_what_is_no_document_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(content)
    with pytest.raises(MediaError):
        read_document(path)


@BOTH
async def test_documents_are_assets(api: Api, kind: Kind, tmp_path: Path, picture: Path) -> None:
    (tmp_path / "Harbour Notes.md").write_text("A harbour.")
    async with client_of(api, kind) as client:
        pdf = await client.assets.create(method="direct", file=pdf_file(tmp_path / "a.pdf", PAGES))
        text = await client.assets.create(method="direct", file=tmp_path / "Harbour Notes.md")
        await client.assets.create(method="direct", file=picture)
        assert (pdf.file_type, text.file_type) == ("application/pdf", "text/markdown")
        found = await client.assets.retrieve(pdf.id)
        assert found.status == "ready"
        assert found.technical_metadata.document_page_count == 2
        listed = [each.id async for each in client.assets.list(asset_types=["document"])]
        assert listed == [text.id, pdf.id]
        named = [each.id async for each in client.assets.list(filename="harbour n")]
        assert named == [text.id]
        index = await api.index()
        with pytest.raises(BadRequestError):
            await client.indexes.indexed_assets.create(index, asset_id=pdf.id)
        store = await client.knowledge_stores.create(name="papers")
        with pytest.raises(BadRequestError, match="document"):
            await client.knowledge_store_items.create(store.id, asset_id=pdf.id)
        broken = tmp_path / "b.pdf"
        broken.write_bytes(b"%PDF-1.7\nno more")
        made = await client.assets.create(method="direct", file=broken)
        assert (await client.assets.retrieve(made.id)).status == "failed"


@BOTH
async def test_documents_are_what_their_names_say(api: Api, kind: Kind, tmp_path: Path) -> None:
    text = tmp_path / "text.pdf"
    text.write_text("A harbour.")
    pdf = pdf_file(tmp_path / "pdf.MD", PAGES)
    async with client_of(api, kind) as client:
        for path, said in ((text, "text"), (pdf, "a PDF file")):
            made = await client.assets.create(method="direct", file=path)
            shown = await client.assets.retrieve(made.id)
            assert shown.status == "failed"
            assert said in shown.error.message


async def test_documents_came_in_october(tmp_path: Path) -> None:
    path = pdf_file(tmp_path / "a.pdf", PAGES)
    form: list[tuple[str, Any]] = [("method", "direct"), ("file", path)]
    async with serving(settings=Settings(era="2026-07")) as api:
        await api.refused("unsupported_file_type", 400, "POST", "/assets", form=form)
    async with serving(settings=Settings(era="2026-10")) as api:
        await api("POST", "/assets", 201, form=form)

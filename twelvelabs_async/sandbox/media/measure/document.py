"""Reads documents: the pages of a PDF file, or the text of a plain text or Markdown file."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import islice
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from attrs import field, frozen

from .pixels import Look, image_look
from .probe import MediaError

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

__all__ = ["QUADRANTS", "Document", "Page", "drawn_photographs", "read_document"]

QUADRANTS: Final = ("top_left", "top_right", "bottom_left", "bottom_right")
_PDF: Final = b"%PDF-"
_MOST_TEXT: Final = 4 * 1024 * 1024
_MOST_PICTURES: Final = 4
# What a PDF says of itself, by the names that pypdf has for it.
_SAID: Final[Mapping[str, str]] = {
    **{name: name for name in ("title", "author", "subject", "keywords", "producer")},
    **{name: name for name in ("creation_date", "modification_date")},
    "creator_tool": "creator",
}
# What is text has none of these.
_BINARY: Final = frozenset(range(32)) - {9, 10, 12, 13, 27}


@frozen(kw_only=True)
class Page:
    """One page: its text, whole and by :data:`QUADRANTS`, and how its photographs look."""

    text: str
    quadrants: tuple[str, ...]
    pictures: tuple[Look, ...] = field(default=(), repr=False)


@frozen(kw_only=True)
class Document:
    """A document. One that is not a PDF has no pages; ``details`` are what a PDF says of itself."""

    is_pdf: bool
    size: int
    text: str = field(repr=False)
    pages: tuple[Page, ...] = field(default=(), repr=False)
    details: Mapping[str, Any] = field(factory=dict[str, Any])


def read_document(path: str | PathLike[str]) -> Document:
    """The document at ``path``; what it is depends on its content alone.

    Raises ``MediaError`` with the code ``unsupported_file_type`` for what is not a document, and
    with ``document_file_broken`` for a PDF file that cannot be read.
    """
    size = Path(path).stat().st_size
    with Path(path).open("rb") as file:
        if _PDF in file.read(1024):
            return _read_pdf(path, size)
        file.seek(0)
        raw = file.read(_MOST_TEXT)
    try:
        # The end may be in the middle of a character.
        text = raw.decode("utf-8-sig", "strict" if len(raw) < _MOST_TEXT else "ignore")
    except UnicodeDecodeError as error:
        raise _no_document() from error
    if not text.strip() or not _BINARY.isdisjoint(raw):
        raise _no_document()
    return Document(is_pdf=False, size=size, text=text)


def _no_document() -> MediaError:
    return MediaError(
        "unsupported_file_type", "The file is not a PDF, plain text or Markdown file."
    )


def _read_pdf(path: str | PathLike[str], size: int) -> Document:
    from pypdf import PdfReader

    try:
        reader = PdfReader(Path(path))
        if reader.is_encrypted and not reader.decrypt(""):
            raise MediaError("document_file_broken", "The PDF file needs a password.")
        pages = tuple(_page(page) for page in reader.pages)
        details = _details(reader, pages)
    except MediaError:
        raise
    except Exception as error:  # a damaged file makes pypdf raise anything
        raise MediaError("document_file_broken", "The PDF file cannot be read.") from error
    if not pages:
        raise MediaError("document_file_broken", "The PDF file has no pages.")
    text = "\n".join(page.text for page in pages)[:_MOST_TEXT]
    return Document(is_pdf=True, size=size, text=text, pages=pages, details=details)


def _page(page: PageObject) -> Page:
    box = page.mediabox
    middle = (float(box.left + box.right) / 2, float(box.bottom + box.top) / 2)
    quarters: list[list[str]] = [[] for _ in QUADRANTS]

    def visit(text: str, outer: Any, inner: Any, *_: Any) -> None:
        x = outer[0] * inner[4] + outer[2] * inner[5] + outer[4]
        y = outer[1] * inner[4] + outer[3] * inner[5] + outer[5]
        quarters[(0 if y >= middle[1] else 2) + (0 if x < middle[0] else 1)].append(text)

    text = page.extract_text(visitor_text=visit)
    quadrants = tuple("".join(parts).strip() for parts in quarters)
    return Page(
        text=text.strip(),
        quadrants=quadrants,
        pictures=tuple(islice(_looks(page), _MOST_PICTURES)),
    )


def _looks(page: PageObject) -> Iterator[Look]:
    """The looks of the photographs of a page, which PDF keeps as JPEG files."""
    for found in _entries(page, "/Resources", "/XObject").values():
        if found.get("/Subtype") == "/Image" and found.get("/Filter") == "/DCTDecode":
            with contextlib.suppress(MediaError):
                yield image_look(found._data)


def drawn_photographs(
    page: PageObject,
) -> list[tuple[tuple[float, float, float, float], bytes]]:
    """The photographs that a page shows, as JPEG files, in the order in which they are drawn.

    Each has its box: where its lower left is, its width and its height, in points.
    """
    kept = {
        name: found._data
        for name, found in _entries(page, "/Resources", "/XObject").items()
        if found.get("/Subtype") == "/Image" and found.get("/Filter") == "/DCTDecode"
    }
    drawn: list[tuple[tuple[float, float, float, float], bytes]] = []

    def visit(operator: bytes, operands: Any, outer: Any, _: Any) -> None:
        if operator == b"Do" and operands and operands[0] in kept and len(drawn) < _MOST_PICTURES:
            # A photograph fills a square of 1 x 1, which the matrix puts in its place.
            box = (float(outer[4]), float(outer[5]), float(outer[0]), float(outer[3]))
            drawn.append((box, kept[operands[0]]))

    page.extract_text(visitor_operand_before=visit)
    return drawn


def _entries(holder: Mapping[Any, Any], *path: str) -> Mapping[Any, Any]:
    """The dictionary at a path of names, with what its entries refer to; empty if there is none."""
    found: Any = holder
    for name in path:
        found = found.get(name)
        found = {} if found is None else found.get_object()
    return {name: value.get_object() for name, value in found.items()}


def _details(reader: PdfReader, pages: tuple[Page, ...]) -> dict[str, Any]:
    box = reader.pages[0].mediabox if pages else None
    root = _entries(reader.trailer, "/Root")
    details: dict[str, Any] = {
        "document_page_count": len(pages),
        "document_pdf_version": reader.pdf_header.removeprefix("%PDF-"),
        "document_is_encrypted": reader.is_encrypted,
        "document_is_tagged": False,
    }
    with contextlib.suppress(Exception):  # as below
        details["document_is_tagged"] = bool(_entries(root, "/MarkInfo").get("/Marked", False))
    if box is not None:
        details["document_page_width_pt"] = float(box.width)
        details["document_page_height_pt"] = float(box.height)
    if isinstance(language := root.get("/Lang"), str):
        details["document_language"] = str(language)
    for name, attribute in _SAID.items():
        # One that is damaged, of which pypdf raises anything, is left out alone.
        with contextlib.suppress(Exception):
            value = getattr(reader.metadata, attribute)
            if isinstance(value, datetime):
                details[f"document_{name}"] = value.isoformat()
            elif isinstance(value, str) and value:
                details[f"document_{name}"] = str(value)
    return details

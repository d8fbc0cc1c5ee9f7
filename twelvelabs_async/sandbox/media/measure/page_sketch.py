"""The first page of a PDF file as a small picture: its photographs, and bars where its text is.

Nothing here draws letters; from afar a page looks like this.
"""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from attrs import define
from av.video.frame import VideoFrame

from .document import drawn_photographs
from .pixels import Pixels, read_image, upright
from .probe import MediaError
from .render import encode_image

if TYPE_CHECKING:
    from pypdf import PageObject

__all__ = ["sketch_page"]

_WIDTH: Final = 320
_LONGEST: Final = 4 * _WIDTH
_INK: Final = 60
# Of the size of a font: how wide a letter is on average, and how high.
_LETTER: Final = (0.5, 0.6)


def sketch_page(path: str | PathLike[str]) -> bytes:
    """The first page as a JPEG file of 320 pixels across.

    Raises ``MediaError`` with the code ``document_file_broken`` for what cannot be read.
    """
    from pypdf import PdfReader

    try:
        reader = PdfReader(Path(path))
        if reader.is_encrypted:
            reader.decrypt("")
        pixels = _drawn(reader.pages[0])
    except Exception as error:  # a damaged file makes pypdf raise anything
        raise MediaError("document_file_broken", "The PDF file cannot be read.") from error
    return encode_image(VideoFrame.from_ndarray(pixels, format="rgb24"), "jpeg")


@define
class _Sheet:
    """White paper of a page's shape; places are in points from the page's lower left."""

    pixels: Pixels
    left: float
    bottom: float
    scale: float

    def part(self, x: float, y: float, width: float, height: float) -> Pixels:
        """The pixels of a box, whose width and height may be negative; none outside the page."""
        columns = sorted(((x - self.left) * self.scale, (x + width - self.left) * self.scale))
        up = sorted(((y - self.bottom) * self.scale, (y + height - self.bottom) * self.scale))
        rows, across = self.pixels.shape[:2]
        low, high = (round(min(max(each, 0), across)) for each in columns)
        top, base = (rows - round(min(max(each, 0), rows)) for each in reversed(up))
        return self.pixels[top:base, low:high]


def _drawn(page: PageObject) -> Pixels:
    box = page.mediabox
    width, height = float(box.width), float(box.height)
    if not (width > 0 and height > 0):
        width, height = 612.0, 792.0
    scale = _WIDTH / width
    rows = max(2, min(round(height * scale), _LONGEST))
    sheet = _Sheet(
        np.full((rows, _WIDTH, 3), 255, np.uint8), float(box.left), float(box.bottom), scale
    )
    for (x, y, across, up), data in drawn_photographs(page):
        _paste(sheet.part(x, y, across, up), data)

    def visit(text: str, outer: Any, inner: Any, _: Any, size: Any) -> None:
        x = outer[0] * inner[4] + outer[2] * inner[5] + outer[4]
        y = outer[1] * inner[4] + outer[3] * inner[5] + outer[5]
        high = float(size or 0.0) * (abs(float(inner[3] * outer[3])) or 1.0)
        letters = max(len(line.strip()) for line in text.split("\n"))
        sheet.part(float(x), float(y), letters * _LETTER[0] * high, _LETTER[1] * high)[:] = _INK

    page.extract_text(visitor_text=visit)
    turned: Pixels = np.ascontiguousarray(upright(sheet.pixels, -page.rotation))
    return turned


def _paste(part: Pixels, data: bytes) -> None:
    rows, columns = part.shape[:2]
    if rows and columns:
        photograph = read_image(data).reformat(width=columns, height=rows, format="rgb24")
        part[:] = photograph.to_ndarray()

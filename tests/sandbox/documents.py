"""PDF files made by hand, of pages with words at places."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

__all__ = ["pdf_file"]

Words = Sequence[tuple[int, int, str]]
"""Words with the place, in points from the lower left, where they begin."""


def pdf_file(
    path: Path,
    pages: Sequence[Words],
    *,
    photo: bytes | None = None,
    size: int = 0,
    info: bytes = b"",
    root: bytes = b"/Lang (en)",
) -> Path:
    """A PDF file with these pages of 200 x 200 points; ``photo`` is a JPEG on the first page,
    from 100, 20 to 180, 80.

    ``size`` fills it up to so many bytes. ``info`` and ``root`` are entries of these dictionaries.
    """
    objects: list[bytes] = []
    first = 4 if photo is None else 5
    kids = " ".join(f"{first + 2 * n} 0 R" for n in range(len(pages)))
    objects.append(b"<< /Type /Catalog /Pages 2 0 R " + root + b" >>")
    objects.append(f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode())
    objects.append(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    if photo is not None:
        head = (
            "<< /Type /XObject /Subtype /Image /Width 160 /Height 160 /ColorSpace /DeviceRGB "
            f"/BitsPerComponent 8 /Filter /DCTDecode /Length {len(photo)} >>\nstream\n"
        )
        objects.append(head.encode() + photo + b"\nendstream")
    for number, words in enumerate(pages):
        shown = "" if photo is None or number else " /XObject << /P 4 0 R >>"
        objects.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] "
            f"/Resources << /Font << /F 3 0 R >>{shown} >> "
            f"/Contents {first + 2 * number + 1} 0 R >>".encode()
        )
        text = "\n".join(f"BT /F 10 Tf {x} {y} Td ({word}) Tj ET" for x, y, word in words)
        if shown:
            text += "\nq 80 0 0 60 100 20 cm /P Do Q"
        objects.append(f"<< /Length {len(text)} >>\nstream\n{text}\nendstream".encode())
    made = bytearray(b"%PDF-1.7\n")
    places: list[int] = []
    for number, content in enumerate(objects, 1):
        places.append(len(made))
        made += f"{number} 0 obj\n".encode() + content + b"\nendobj\n"
    made += b"%" + b" " * max(0, size - len(made)) + b"\n"
    table = len(made)
    made += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    made += b"".join(f"{place:010} 00000 n \n".encode() for place in places)
    made += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R /Info << ".encode() + info
    made += f" >> >>\nstartxref\n{table}\n%%EOF\n".encode()
    path.write_bytes(made)
    return path

"""What cameras note in pictures: how to turn them, and where they were taken (EXIF)."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Mapping
from os import PathLike
from pathlib import Path
from typing import IO, Final

__all__ = ["exif_details"]

_JPEG, _PNG, _RIFF = b"\xff\xd8", b"\x89PNG\r\n\x1a\n", b"RIFF"
_LARGEST: Final = 1024 * 1024
_MOST_PARTS: Final = 10_000
_ORIENTATION, _GPS = 0x0112, 0x8825
_NORTH, _LATITUDE, _EAST, _LONGITUDE, _BELOW, _ALTITUDE = 1, 2, 3, 4, 5, 6
# The types of values, by number: one byte, text, 16 and 32 bits, and two of 32 as a fraction.
_SIZES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8}


def exif_details(path: str | PathLike[str]) -> Mapping[str, int | float]:
    """The orientation and the place of a picture, by the names of the API's technical metadata.

    Empty where the file notes neither, or is damaged there.
    """
    try:
        with Path(path).open("rb") as file:
            noted = _noted(file)
        return {} if noted is None else _Tags(noted).details()
    except (struct.error, ZeroDivisionError, ValueError):
        return {}


def _noted(file: IO[bytes]) -> bytes | None:
    """The block of EXIF in a JPEG, PNG, WebP or TIFF file."""
    head = file.read(12)
    if head.startswith(_JPEG):
        parts, names = _jpeg_parts(file), {0xE1}
        found = (data for data in _named(parts, names) if data.startswith(b"Exif\0\0"))
        return next((data[6:] for data in found), None)
    if head.startswith(_PNG):
        return next(_named(_chunks(file, 8, ">I4s", 4), {b"eXIf"}), None)
    if head.startswith(_RIFF) and head[8:] == b"WEBP":
        data = next(_named(_chunks(file, 12, "<4sI", 0), {b"EXIF"}), None)
        return None if data is None else data.removeprefix(b"Exif\0\0")
    if head[:4] in (b"II*\0", b"MM\0*"):
        return head + file.read(_LARGEST)
    return None


_Parts = Iterator[tuple[int | bytes, int, IO[bytes]]]
"""Names of parts and their lengths, with the file at their beginnings."""


def _named(parts: _Parts, names: set[int] | set[bytes]) -> Iterator[bytes]:
    for name, length, file in parts:
        if name in names:
            yield file.read(min(length, _LARGEST))


def _jpeg_parts(file: IO[bytes]) -> _Parts:
    place = 2
    for _ in range(_MOST_PARTS):
        file.seek(place)
        mark, kind, length = struct.unpack(">BBH", file.read(4))
        if mark != 0xFF or kind == 0xDA or length < 2:
            return
        yield kind, length - 2, file
        place += 2 + length


def _chunks(file: IO[bytes], place: int, form: str, after: int) -> _Parts:
    """Those of a PNG or WebP file, whose sums or fillings come ``after`` each."""
    for _ in range(_MOST_PARTS):
        file.seek(place)
        head = file.read(8)
        if len(head) < 8:
            return
        one, other = struct.unpack(form, head)
        name, length = (one, other) if isinstance(one, bytes) else (other, one)
        yield name, length, file
        place += 8 + length + (after or length % 2)


class _Tags:
    """A block of EXIF, which is written as TIFF files are."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._order = {b"II*\0": "<", b"MM\0*": ">"}.get(data[:4], "")
        if not self._order:
            raise ValueError("neither byte order")

    def details(self) -> Mapping[str, int | float]:
        (start,) = self._read("I", 4)
        main = self._directory(start)
        found: dict[str, int | float] = {}
        turned = main.get(_ORIENTATION, ())
        if len(turned) == 1 and turned[0] in range(1, 9):
            found["image_orientation"] = int(turned[0])
        if len(main.get(_GPS, ())) == 1:
            found.update(self._place(self._directory(int(main[_GPS][0]))))
        return found

    def _place(self, tags: Mapping[int, tuple[float, ...]]) -> Mapping[str, float]:
        latitude = _degrees(tags.get(_LATITUDE, ()), tags.get(_NORTH, ()), b"S", 90)
        longitude = _degrees(tags.get(_LONGITUDE, ()), tags.get(_EAST, ()), b"W", 180)
        if latitude is None or longitude is None:
            return {}
        found = {"geospatial_latitude": latitude, "geospatial_longitude": longitude}
        altitude = tags.get(_ALTITUDE, ())
        if len(altitude) == 1 and math.isfinite(altitude[0]):
            below = tags.get(_BELOW, (0,))[:1] == (1,)
            found["geospatial_altitude_meters"] = -altitude[0] if below else altitude[0]
        return found

    def _directory(self, start: int) -> dict[int, tuple[float, ...]]:
        """The values of the tags that matter, by their numbers."""
        (count,) = self._read("H", start)
        found: dict[int, tuple[float, ...]] = {}
        for place in range(start + 2, start + 2 + 12 * count, 12):
            tag, kind, length = self._read("HHI", place)
            if tag not in (*range(1, 7), _ORIENTATION, _GPS) or kind not in _SIZES or length > 8:
                continue
            at = place + 8
            if length * _SIZES[kind] > 4:
                (at,) = self._read("I", at)
            if kind == 5:
                pairs = self._read(f"{2 * length}I", at)
                # A fraction of nothing is how cameras write what they do not know.
                found[tag] = tuple(
                    one / other if other else math.nan
                    for one, other in zip(pairs[::2], pairs[1::2], strict=True)
                )
            else:
                found[tag] = self._read(f"{length}{'BBHI'[kind - 1]}", at)
        return found

    def _read(self, form: str, place: int) -> tuple[int, ...]:
        return struct.unpack_from(f"{self._order}{form}", self._data, place)


def _degrees(
    parts: tuple[float, ...], side: tuple[float, ...], negative: bytes, most: int
) -> float | None:
    """An angle of degrees, minutes and seconds; None for a malformed one."""
    degrees = math.fsum(part / math.pow(60, number) for number, part in enumerate(parts))
    if not 1 <= len(parts) <= 3 or not degrees <= most:
        return None
    return round(-degrees if side[:1] == tuple(negative) else degrees, 8)

"""The orientation and the place that cameras note in pictures."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sandbox.clients import BOTH, Kind, client_of
from tests.support.sandbox_api import Api
from twelvelabs_async.sandbox.films import Scene, make_film
from twelvelabs_async.sandbox.media.measure.exif import exif_details
from twelvelabs_async.sandbox.media.measure.probe import probe
from twelvelabs_async.sandbox.media.measure.render import frame

Tag = tuple[int, int, int, bytes]
"""Its number, its type, how many values, and these as bytes."""
Order = Literal["<", ">"]


def directory(order: Order, start: int, tags: list[Tag]) -> bytes:
    """A directory that begins at ``start``, with its longer values behind it."""
    behind = start + 2 + 12 * len(tags) + 4
    entries, values = b"", b""
    for number, kind, count, value in tags:
        if len(value) > 4:
            place = struct.pack(f"{order}I", behind + len(values))
            values += value
        else:
            place = value.ljust(4, b"\0")
        entries += struct.pack(f"{order}HHI", number, kind, count) + place
    return struct.pack(f"{order}H", len(tags)) + entries + b"\0" * 4 + values


def exif(
    order: Order = "<",
    orientation: int | None = 6,
    place: tuple[str, list[tuple[int, int]], str, list[tuple[int, int]]] | None = None,
    altitude: tuple[int, int, int] | None = None,
) -> bytes:
    def fractions(*pairs: tuple[int, int]) -> bytes:
        return b"".join(struct.pack(f"{order}II", *pair) for pair in pairs)

    gps: list[Tag] = []
    if place is not None:
        north, latitude, east, longitude = place
        gps = [
            (1, 2, 2, north.encode() + b"\0"),
            (2, 5, len(latitude), fractions(*latitude)),
            (3, 2, 2, east.encode() + b"\0"),
            (4, 5, len(longitude), fractions(*longitude)),
        ]
    if altitude is not None:
        gps += [(5, 1, 1, bytes([altitude[0]])), (6, 5, 1, fractions(altitude[1:]))]
    main: list[Tag] = [(0x010F, 2, 7, b"Camera\0")]
    if orientation is not None:
        main.append((0x0112, 3, 1, struct.pack(f"{order}H", orientation)))
    length = len(directory(order, 8, [*main, (0x8825, 4, 1, b"")]))
    main.append((0x8825, 4, 1, struct.pack(f"{order}I", 8 + length)))
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", 8)
    return head + directory(order, 8, main) + directory(order, 8 + length, gps)


PARIS = ("N", [(48, 1), (51, 1), (2772, 100)], "E", [(2, 1), (17, 1), (4020, 100)])


def in_jpeg(picture: bytes, noted: bytes) -> bytes:
    body = b"Exif\0\0" + noted
    return picture[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + picture[2:]


def in_png(picture: bytes, noted: bytes) -> bytes:
    chunk = b"eXIf" + noted
    whole = struct.pack(">I", len(noted)) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return picture[:-12] + whole + picture[-12:]


def alone(_: bytes, noted: bytes) -> bytes:
    return noted


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    film = make_film(
        tmp_path_factory.mktemp("exif") / "film.mp4", [Scene(seconds=0.2)], size=(320, 180)
    )
    return {"jpeg": frame(film, 0), "png": frame(film, 0, image="png")}


@pytest.mark.parametrize("form", ["jpeg", "png"])
@pytest.mark.parametrize("order", ["<", ">"])
def test_pictures_have_what_their_camera_noted(
    pictures: dict[str, bytes], tmp_path: Path, form: str, order: Order
) -> None:
    noted = exif(order, 3, PARIS, (0, 355, 10))
    path = tmp_path / "picture"
    put = in_jpeg if form == "jpeg" else in_png
    path.write_bytes(put(pictures[form], noted))
    assert exif_details(path) == {
        "image_orientation": 3,
        "geospatial_latitude": 48.8577,
        "geospatial_longitude": pytest.approx(2.2945),
        "geospatial_altitude_meters": 35.5,
    }
    assert probe(path).details["image_orientation"] == 3
    path.write_bytes(pictures[form])
    assert exif_details(path) == {}


def test_webp_and_tiff_have_it_in_places_of_their_own(tmp_path: Path) -> None:
    path, noted = tmp_path / "picture", exif(orientation=8)
    parts = b"VP8 \3\0\0\0abc\0EXIF" + struct.pack("<I", len(noted)) + noted
    path.write_bytes(b"RIFF" + struct.pack("<I", 4 + len(parts)) + b"WEBP" + parts)
    assert exif_details(path) == {"image_orientation": 8}
    path.write_bytes(noted)
    assert exif_details(path) == {"image_orientation": 8}


@pytest.mark.parametrize(
    ("noted", "details"),
    [
        (exif(orientation=None), {}),
        (exif(orientation=0), {}),
        (exif(orientation=9), {}),
        (
            exif("<", None, ("S", [(10, 1)], "W", [(20, 1), (30, 1)]), (1, 7, 1)),
            {
                "geospatial_latitude": -10.0,
                "geospatial_longitude": -20.5,
                "geospatial_altitude_meters": -7.0,
            },
        ),
        (exif("<", None, ("N", [(91, 1)], "E", [(0, 1)])), {}),
        (exif("<", None, ("N", [(1, 0)], "E", [(0, 1)])), {}),
        (exif("<", None, ("N", [(1, 1)], "E", [(0, 1)]), (0, 1, 0)), "no altitude"),
        (b"", {}),
        (b"XX*\0" + b"\0" * 20, {}),
    ],
)
def test_what_is_not_known_is_left_out(
    pictures: dict[str, bytes], tmp_path: Path, noted: bytes, details: dict[str, float] | str
) -> None:
    path = tmp_path / "picture.jpg"
    path.write_bytes(in_jpeg(pictures["jpeg"], noted))
    if isinstance(details, str):
        details = {"geospatial_latitude": 1.0, "geospatial_longitude": 0.0}
    assert exif_details(path) == details


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data(), st.sampled_from([in_jpeg, in_png, alone]))
def test_damaged_notes_are_no_errors(
    pictures: dict[str, bytes],
    tmp_path: Path,
    data: st.DataObject,
    put: Callable[[bytes, bytes], bytes],
) -> None:
    noted = bytearray(exif("<", 3, PARIS, (0, 1, 1)))
    for place in data.draw(st.lists(st.integers(0, len(noted) - 1), max_size=10)):
        noted[place] = data.draw(st.integers(0, 255))
    form = "png" if put is in_png else "jpeg"
    whole = put(pictures[form], bytes(noted[: data.draw(st.integers(0, len(noted)))]))
    path = tmp_path / "damaged"
    path.write_bytes(whole)
    assert all(isinstance(value, int | float) for value in exif_details(path).values())


@BOTH
@pytest.mark.anyio
async def test_assets_show_it(
    api: Api, kind: Kind, pictures: dict[str, bytes], tmp_path: Path
) -> None:
    path = tmp_path / "paris.jpg"
    path.write_bytes(in_jpeg(pictures["jpeg"], exif("<", 1, PARIS)))
    async with client_of(api, kind) as client:
        asset = await client.assets.create(method="direct", file=path)
        shown = (await client.assets.retrieve(asset.id)).technical_metadata
        assert (shown.image_orientation, shown.geospatial_latitude) == (1, 48.8577)
        assert shown.geospatial_longitude == pytest.approx(2.2945)
        assert shown.geospatial_altitude_meters is None

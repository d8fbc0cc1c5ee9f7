"""What files say of their colours, their place and their timecode is in the technical metadata."""

# PyAV's stubs leave the type parameters of packets and streams open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sandbox.clients import BOTH, Kind, client_of
from tests.support.sandbox_api import Api
from twelvelabs_async.sandbox.media.measure.location import location_details
from twelvelabs_async.sandbox.media.measure.probe import probe

PQ, HLG, BT709 = (16, 9, 9), (18, 9, 9), (1, 1, 1)


def tagged(
    path: Path, colours: tuple[int, int, int] | None = None, codec: str = "libx264", **tags: str
) -> Path:
    """A film with these numbers for its transfer, primaries and space, and these tags."""
    with av.open(str(path), "w") as container:
        container.metadata.update(tags)
        stream: Any = container.add_stream(codec, rate=Fraction(30_000, 1001))
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        context = stream.codec_context
        if colours is not None:
            context.color_trc, context.color_primaries, context.colorspace = colours
            context.color_range = 1
        for number in range(5):
            frame = av.VideoFrame.from_ndarray(np.zeros((72, 64), np.uint8), format="yuv420p")
            if colours is not None:
                frame.color_trc, frame.color_primaries, frame.colorspace = colours
                frame.color_range = 1
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("colours", "names", "hdr"),
    [
        (PQ, ("tv", "smpte2084", "bt2020", "bt2020nc"), True),
        (HLG, ("tv", "arib-std-b67", "bt2020", "bt2020nc"), True),
        (BT709, ("tv", "bt709", "bt709", "bt709"), False),
        (None, (None, None, None, None), None),
    ],
)
def test_a_film_names_its_colours(
    tmp_path: Path, colours: tuple[int, int, int] | None, names: tuple[str, ...], hdr: bool | None
) -> None:
    details = probe(tagged(tmp_path / "film.mp4", colours)).details
    (stream,) = details["video_streams"]
    fields = ("color_range", "color_transfer", "color_primaries", "color_space")
    assert tuple(stream.get(field) for field in fields) == names
    assert details.get("is_hdr") is hdr


@pytest.mark.parametrize(
    ("name", "codec", "source"),
    [
        ("film.mov", "libx264", "track"),
        ("film.mp4", "libx264", "track"),
        ("film.mkv", "libx264", "container"),
        ("film.mxf", "mpeg2video", "container"),
    ],
)
@pytest.mark.parametrize(("code", "dropped"), [("01:00:00;00", True), ("10:20:30:12", False)])
def test_a_timecode_has_its_source(
    tmp_path: Path, name: str, codec: str, source: str, code: str, dropped: bool
) -> None:
    details = probe(tagged(tmp_path / name, None, codec, timecode=code)).details
    fields = ("start_timecode", "timecode_source", "drop_frame")
    assert tuple(details[field] for field in fields) == (code, source, dropped)


@pytest.mark.parametrize("name", ["film.mov", "film.mp4", "film.mkv"])
def test_a_film_names_its_place(tmp_path: Path, name: str) -> None:
    details = probe(tagged(tmp_path / name, location="+48.8577-002.2950+035.500/")).details
    assert details["geospatial_latitude"] == pytest.approx(48.8577, abs=1e-4)
    assert details["geospatial_longitude"] == pytest.approx(-2.295, abs=1e-4)
    assert details["geospatial_altitude_meters"] == 35.5


@given(
    st.floats(-90, 90),
    st.floats(-180, 180),
    st.none() | st.floats(-10_000, 10_000),
    st.sampled_from(
        ["location", "location-eng", "LOCATION", "com.apple.quicktime.location.ISO6709"]
    ),
    st.sampled_from([1, 2, 3]),
)
def test_places_are_read_as_they_were_written(
    latitude: float, longitude: float, altitude: float | None, tag: str, parts: int
) -> None:
    text = written(latitude, 2, parts) + written(longitude, 3, parts)
    text += "" if altitude is None else f"{altitude:+.3f}"
    found = location_details({tag: f"{text}/"})
    assert found["geospatial_latitude"] == pytest.approx(latitude, abs=1e-6)
    assert found["geospatial_longitude"] == pytest.approx(longitude, abs=1e-6)
    if altitude is None:
        assert found["geospatial_altitude_meters"] is None
    else:
        assert found["geospatial_altitude_meters"] == pytest.approx(altitude, abs=1e-3)


def written(degrees: float, whole: int, parts: int) -> str:
    """An angle by ISO 6709, in degrees, with minutes, or with seconds besides."""
    unit = 60 ** (parts - 1)
    # Counted in whole billionths, so that no part is rounded up to 60.
    left, rest = divmod(round(abs(degrees) * unit * 10**7), 10**7)
    numbers: list[int] = []
    for _ in range(parts - 1):
        left, low = divmod(left, 60)
        numbers.insert(0, low)
    digits = f"{left:0{whole}d}" + "".join(f"{number:02d}" for number in numbers)
    return f"{'-' if degrees < 0 else '+'}{digits}.{rest:07d}"


@pytest.mark.parametrize(
    "text", ["", "Paris", "48.85,2.29", "+91.0+000.0/", "+10.0+181.0/", "+1+2/", "+48.8577", "/"]
)
def test_other_texts_are_no_place(text: str) -> None:
    assert location_details({"location": text}) == {}


@given(st.text())
def test_any_text_is_a_place_or_none(text: str) -> None:
    found = location_details({"location": text})
    assert not found or abs(found["geospatial_latitude"] or 0) <= 90


@BOTH
async def test_an_asset_shows_what_its_file_says(api: Api, kind: Kind, tmp_path: Path) -> None:
    tags = {"location": "+10.5000+020.2500+100.000/", "timecode": "01:00:00;00"}
    full, plain = tagged(tmp_path / "a.mov", PQ, **tags), tagged(tmp_path / "b.mp4")
    async with client_of(api, kind) as client:
        shown = (await client.assets.retrieve(await api.asset(full))).technical_metadata
        assert (shown.is_hdr, shown.video_streams[0].color_transfer) == (True, "smpte2084")
        assert (shown.geospatial_latitude, shown.geospatial_longitude) == (10.5, 20.25)
        assert shown.geospatial_altitude_meters == 100
        assert (shown.timecode_source, shown.drop_frame) == ("track", True)
        shown = (await client.assets.retrieve(await api.asset(plain))).technical_metadata
        assert (shown.is_hdr, shown.geospatial_latitude, shown.timecode_source) == (None,) * 3

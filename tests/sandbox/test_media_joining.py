"""The pieces of HLS streams become one film, with times that go on."""

# PyAV's stubs leave the type parameters of packets and streams open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import av
import numpy as np
import pytest
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from twelvelabs_async.sandbox.films import Scene, make_film
from twelvelabs_async.sandbox.media.measure import joining
from twelvelabs_async.sandbox.media.measure.film import Film, read_film
from twelvelabs_async.sandbox.media.measure.joining import join
from twelvelabs_async.sandbox.media.measure.probe import MediaError, demuxed
from twelvelabs_async.sandbox.media.measure.render import hls

Kind = Literal["video", "audio"]
BOTH: Sequence[Kind] = ("video", "audio")


def piece(film: Path, form: str = "mpegts", kinds: Sequence[Kind] = BOTH) -> bytes:
    """Streams of a film, copied to a piece of this form."""
    target = film.with_suffix(f".{form}-{'-'.join(kinds)}")
    options = {"movflags": "frag_keyframe+empty_moov"} if form == "mp4" else {}
    with av.open(str(film)) as source, av.open(str(target), "w", form, options=options) as output:
        streams = [stream for stream in source.streams if stream.type in kinds]
        copies = {
            each.index: output.add_stream_from_template(each, opaque=True) for each in streams
        }
        for packet in source.demux(streams):
            if packet.dts is not None:
                packet.stream = copies[packet.stream.index]
                output.mux_one(packet)
    return target.read_bytes()


def joined(tmp_path: Path, *tracks: Sequence[bytes], most: int = 10**8) -> tuple[str, Path]:
    source, target, data = tmp_path / "pieces", tmp_path / "joined", b""
    spans: list[list[tuple[int, int]]] = []
    for track in tracks:
        spans.append([])
        for each in track:
            spans[-1].append((len(data), len(each)))
            data += each
    source.write_bytes(data)
    target.write_bytes(b"")
    return join(source, spans, target, most), target


def loudness(film: Film, second: int) -> float:
    """Between a quarter and three quarters of a second."""
    found, _ = film.sound.between(second + 0.25, second + 0.75)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two seconds each: red and loud, green and quiet in another size, blue without sound."""
    folder = tmp_path_factory.mktemp("pieces")
    made = {
        "red": (Scene(colour="red", tone_hz=440, volume=0.5), (320, 180)),
        "green": (Scene(colour="green", tone_hz=880, volume=0.02), (256, 144)),
        "blue": (Scene(colour="blue"), (320, 180)),
    }
    return {
        name: make_film(folder / f"{name}.mp4", [scene], size=size)
        for name, (scene, size) in made.items()
    }


LOUD = {"red": -9.0, "green": -37.0, "blue": -90.0}


@pytest.mark.parametrize("forms", [("mpegts",), ("mp4",), ("mpegts", "mp4"), ("mp4", "mpegts")])
@pytest.mark.parametrize(
    "colours", [("red", "green"), ("red", "blue", "green"), ("blue", "red"), ("green",) * 5]
)
def test_pieces_follow_each_other(
    films: dict[str, Path], tmp_path: Path, forms: Sequence[str], colours: Sequence[str]
) -> None:
    pieces = [
        piece(films[colour], forms[number % len(forms)]) for number, colour in enumerate(colours)
    ]
    kind, path = joined(tmp_path, pieces)
    film = read_film(path)
    assert kind == "video/mp2t"
    assert film.info.duration == pytest.approx(2 * len(colours), abs=0.1 * len(colours))
    assert (film.info.video_codec, film.info.audio_codec) == ("h264", "aac")
    changes = sum(one != other for one, other in pairwise(colours))
    assert len(film.cuts) == changes
    for number, colour in enumerate(colours):
        assert film.clip(2 * number + 0.4, 2 * number + 1.6).colours[0].name == colour
        assert loudness(film, 2 * number + 1) == pytest.approx(LOUD[colour], abs=3)


@pytest.mark.parametrize("form", ["mpegts", "mp4", "adts"])
def test_sound_of_its_own_goes_with_the_pictures(
    films: dict[str, Path], tmp_path: Path, form: str
) -> None:
    colours = ("red", "green", "red")
    pictures = [piece(films[colour], kinds=["video"]) for colour in colours]
    sounds = [piece(films[colour], form, ["audio"]) for colour in colours]
    film = read_film(joined(tmp_path, pictures, sounds)[1])
    assert film.info.duration == pytest.approx(6, abs=0.6)
    for number, colour in enumerate(colours):
        assert loudness(film, 2 * number + 1) == pytest.approx(LOUD[colour], abs=3)
    # In one piece beside several.
    film = read_film(joined(tmp_path, pictures, sounds[1:2])[1])
    assert film.info.duration == pytest.approx(6, abs=0.6)
    assert loudness(film, 1) == pytest.approx(LOUD["green"], abs=3)


def stamped(sound: bytes, seconds: float) -> bytes:
    """Packed sound with the tag that says when it begins (RFC 8216, 3.4)."""
    ticks = round(seconds * 90_000) % 2**33
    frame = b"com.apple.streaming.transportStreamTimestamp\0" + ticks.to_bytes(8)
    frame = b"PRIV" + len(frame).to_bytes(4) + b"\0\0" + frame
    return b"ID3\4\0\0" + len(frame).to_bytes(4) + frame + sound


@pytest.mark.parametrize("late", [1.0, 0.0, -1.0, -2.0])
def test_packed_sound_begins_when_its_tag_says(
    films: dict[str, Path], tmp_path: Path, late: float
) -> None:
    """Also where the clock of the pictures has begun anew since: after 26 hours."""
    pictures = piece(films["red"], kinds=["video"])
    (tmp_path / "pictures.ts").write_bytes(pictures)
    with av.open(str(tmp_path / "pictures.ts")) as container:
        stream = container.streams.video[0]
        assert stream.start_time is not None
        assert stream.time_base is not None
        start = float(stream.start_time * stream.time_base)
    sound = piece(films["red"], "adts", ["audio"])
    film = read_film(joined(tmp_path, [pictures], [stamped(sound, start + late)])[1])
    heard = [loudness(film, second) > -20 for second in range(int(2 + abs(late)))]
    begins = max(0, int(late))
    assert heard == [begins <= second < begins + 2 for second in range(len(heard))]
    shown = max(0.0, -late)
    assert film.info.duration == pytest.approx(2 + abs(late), abs=0.2)
    assert film.clip(shown + 0.4, shown + 1.6).colours[0].name == "red"


def test_packed_sound_has_a_tag_in_each_segment(films: dict[str, Path], tmp_path: Path) -> None:
    pictures = [piece(films[colour], kinds=["video"]) for colour in ("red", "green")]
    sounds = [stamped(piece(films[colour], "adts", ["audio"]), 1.4) for colour in ("red", "green")]
    film = read_film(joined(tmp_path, pictures, [b"".join(sounds)])[1])
    assert film.info.duration == pytest.approx(4, abs=0.3)
    for number, colour in enumerate(("red", "green")):
        assert loudness(film, 2 * number + 1) == pytest.approx(LOUD[colour], abs=3)


def test_sound_of_its_own_replaces_that_of_the_pictures(
    films: dict[str, Path], tmp_path: Path
) -> None:
    film = read_film(joined(tmp_path, [piece(films["red"])], [piece(films["green"])])[1])
    assert film.clip(0.4, 1.6).colours[0].name == "red"
    assert loudness(film, 1) == pytest.approx(LOUD["green"], abs=3)
    assert film.info.duration == pytest.approx(2, abs=0.3)
    # Where there is none in it, that of the pictures stays.
    film = read_film(joined(tmp_path, [piece(films["red"])], [piece(films["blue"])])[1])
    assert loudness(film, 1) == pytest.approx(LOUD["red"], abs=3)


def encode(path: Path, pictures: str, sound: str, rate: int = 48_000, width: int = 160) -> Path:
    """A second of grey and a tone in these codecs."""
    with av.open(str(path), "w") as output:
        video: Any = output.add_stream(pictures, rate=25)
        video.width, video.height, video.pix_fmt = width, 96, "yuv420p"
        if pictures == "libx265":
            video.options = {"x265-params": "log-level=error"}
        audio: Any = output.add_stream(sound, rate=rate)
        audio.layout = "mono"
        for number in range(25):
            pixels = np.full((96, width, 3), 128, np.uint8)
            shown = VideoFrame.from_ndarray(pixels, format="rgb24")
            shown.pts, shown.time_base = number, Fraction(1, 25)
            output.mux(video.encode(shown))
        for first in range(0, rate, 960):
            wave = 0.5 * np.sin(2 * np.pi * 440 * np.arange(first, first + 960) / rate)
            form: Any = "flt" if sound == "libopus" else "fltp"
            heard = AudioFrame.from_ndarray(wave.astype(np.float32)[None], form, layout="mono")
            heard.sample_rate, heard.pts, heard.time_base = rate, first, Fraction(1, rate)
            output.mux(audio.encode(heard))
        for stream in (video, audio):
            output.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("codecs", "kind", "names"),
    [
        (("libx264", "aac"), "video/mp2t", ("h264", "aac")),
        (("libx265", "aac"), "video/mp2t", ("hevc", "aac")),
        (("mpeg2video", "libmp3lame"), "video/mp2t", ("mpeg2video", "mp3")),
        (("libvpx-vp9", "libopus"), "video/x-matroska", ("vp9", "opus")),
    ],
)
def test_codecs_of_streams(
    tmp_path: Path, codecs: tuple[str, str], kind: str, names: tuple[str, str]
) -> None:
    made = piece(encode(tmp_path / "a.mp4", *codecs), "mp4")
    found, path = joined(tmp_path, [made, made, made])
    info = read_film(path).info
    assert (found, info.video_codec, info.audio_codec) == (kind, *names)
    assert info.duration == pytest.approx(3, abs=0.3)
    # And is streamed again.
    lines = hls(path, tmp_path / "stream").read_text().splitlines()
    parts = [line for line in lines if line and line[0] != "#"]
    if (tmp_path / "stream/init.mp4").exists():
        parts.insert(0, "init.mp4")
    again = tmp_path / "again"
    again.write_bytes(b"".join((tmp_path / "stream" / part).read_bytes() for part in parts))
    film = read_film(again)
    assert film.info.duration == pytest.approx(info.duration, abs=0.2)
    assert loudness(film, 2) == pytest.approx(-9, abs=1)


@pytest.mark.parametrize("form", ["mpegts", "mp4"])
def test_sound_may_change_its_rate(tmp_path: Path, form: str) -> None:
    pieces = [
        piece(encode(tmp_path / f"{rate}.mp4", "libx264", "aac", rate), form)
        for rate in (48_000, 22_050, 44_100)
    ]
    film = read_film(joined(tmp_path, pieces)[1])
    assert film.info.duration == pytest.approx(3, abs=0.4)
    for second in range(3):
        assert loudness(film, second) == pytest.approx(-9, abs=1)


def test_streams_that_appear_late_are_no_error() -> None:
    class Late:
        """As containers of PyAV below 19 with a stream that their beginning did not name."""

        def demux(self, *streams: object) -> Iterator[str]:
            yield from ("one", "two")
            raise IndexError(streams)

    container: Any = Late()
    found: list[Any] = list(demuxed(container))
    assert found == ["one", "two"]


def refused(tmp_path: Path, *tracks: Sequence[bytes], **more: Any) -> str:
    with pytest.raises(MediaError) as caught:
        joined(tmp_path, *tracks, **more)
    return f"{caught.value.code}: {caught.value.message}"


def test_what_cannot_be_joined_is_refused(
    films: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    red = piece(films["red"])
    older = piece(encode(tmp_path / "old.mp4", "mpeg2video", "aac"))
    assert "h264 and mpeg2video" in refused(tmp_path, [red, older])
    small = piece(encode(tmp_path / "small.mp4", "libx264", "libopus"), "mp4")
    large = piece(encode(tmp_path / "large.mp4", "libx264", "libopus", width=320), "mp4")
    assert joined(tmp_path, [small, small])[0] == "video/x-matroska"
    assert "h264 and opus that changes" in refused(tmp_path, [small, large])
    assert "media_filesize_too_large" in refused(tmp_path, [red, red], most=len(red))
    assert "cannot be joined" in refused(tmp_path, [red, b"x" * 1000])
    header = small[: small.index(b"moof") - 4]
    assert "nothing that can be read" in refused(tmp_path, [small, header])
    monkeypatch.setattr(joining, "LONGEST", 5)
    joined(tmp_path, [red, red])
    assert "video_duration_too_long" in refused(tmp_path, [red, red, red])


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damaged_pieces_are_joined_or_refused(
    films: dict[str, Path], tmp_path: Path, data: st.DataObject
) -> None:
    forms = st.sampled_from(["mpegts", "mp4"])
    pieces: list[bytes] = []
    for colour in ("red", "green"):
        raw = bytearray(piece(films[colour], data.draw(forms)))
        for place in data.draw(st.lists(st.integers(0, len(raw) - 1), max_size=30)):
            raw[place] ^= data.draw(st.integers(1, 255))
        pieces.append(bytes(raw[: data.draw(st.integers(1, len(raw)))]))
    with contextlib.suppress(MediaError):
        joined(tmp_path, pieces)

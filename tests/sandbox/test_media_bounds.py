"""Files that were made to cost more than they weigh, and files that name other files."""

from __future__ import annotations

import itertools
import resource
import socket
import struct
import threading
import zlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from tests.support.sandbox_api import serving
from twelvelabs_async.sandbox.media.measure.film import read_film
from twelvelabs_async.sandbox.media.measure.opening import MOST_PIXELS
from twelvelabs_async.sandbox.media.measure.pixels import read_image
from twelvelabs_async.sandbox.media.measure.probe import MediaError, open_media, probe

SIDE = 16_000


def png(side: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    # A hundred rows are packed by themselves and repeated: packing a gigabyte takes long.
    block = bytes(100 * (1 + side * 4))
    packer = zlib.compressobj(9)
    first, other = (packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    more, none = divmod(side, 100)
    assert not none
    end, checksum = b"\x03\x00", more * len(block) % 65521 << 16 | 1  # Adler-32 of zeros
    rows = first + other * (more - 1) + end + struct.pack(">I", checksum)
    head = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def encoded(codec: str, pixels: str) -> bytes:
    encoder: Any = av.CodecContext.create(codec, "w")
    encoder.width, encoder.height, encoder.pix_fmt = 64, 64, pixels
    encoder.time_base = Fraction(1, 25)
    frame = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
    frame = frame.reformat(format=pixels)
    frame.pts = 0
    return b"".join(bytes(packet) for packet in [*encoder.encode(frame), *encoder.encode(None)])


def jpeg() -> bytes:
    data = bytearray(encoded("mjpeg", "yuvj420p"))
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = struct.pack(">HH", SIDE, SIDE)
    return bytes(data)


def gif() -> bytes:
    data = b"GIF89a" + struct.pack("<HHBBB", SIDE, SIDE, 0x80, 0, 0) + bytes(6)
    data += b"," + struct.pack("<HHHHB", 0, 0, SIDE, SIDE, 0)
    return data + b"\x02\x02\x4c\x01\x00;"


def bmp() -> bytes:
    data = bytearray(encoded("bmp", "bgr24"))
    data[18:26] = struct.pack("<ii", SIDE, SIDE)
    return bytes(data)


def tiff() -> bytes:
    data = bytearray(encoded("tiff", "rgb24"))
    (start,) = struct.unpack("<I", data[4:8])
    for tag in (256, 257):
        at = data.index(struct.pack("<H", tag), start)
        data[at : at + 12] = struct.pack("<HHII", tag, 4, 1, SIDE)
    return bytes(data)


def webp() -> bytes:
    body = b"VP8L" + struct.pack("<I", 10) + b"\x2f"
    body += struct.pack("<I", (SIDE - 1) | (SIDE - 1) << 14) + bytes(5)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


IMAGES = {"png": png, "jpeg": jpeg, "gif": gif, "bmp": bmp, "tiff": tiff, "webp": webp}


@pytest.fixture(scope="module")
def bomb() -> bytes:
    return png(SIDE)


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


@pytest.mark.parametrize("kind", IMAGES)
def test_an_image_of_too_many_pixels_is_refused_unread(
    kind: str, bomb: bytes, tmp_path: Path
) -> None:
    data = bomb if kind == "png" else IMAGES[kind]()  # type: ignore[operator]  # only one takes a side
    path = tmp_path / f"image.{kind}"
    path.write_bytes(data)
    before = peak()
    with pytest.raises(MediaError, match="pixels") as caught:
        read_image(data)
    assert caught.value.code == "unsupported_file_type"
    for reader in (probe, read_film):
        with pytest.raises(MediaError):
            reader(path)
    assert peak() - before < 150


def test_an_image_at_the_bound_is_read() -> None:
    side = 7_000
    assert side * side < MOST_PIXELS
    assert read_image(png(side)).width == side


def film(path: Path, *, seconds: int = 5, **more: Any) -> Path:
    with av.open(str(path), "w", **more) as container:
        stream: Any = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        for number in range(seconds * 10):
            frame = av.VideoFrame.from_ndarray(np.full((360, 640, 3), 90, np.uint8), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 10)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def test_a_picture_within_a_film_is_bounded_too(bomb: bytes, tmp_path: Path) -> None:
    path = tmp_path / "film.mov"
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("png", rate=10)
        stream.width, stream.height, stream.pix_fmt = 640, 360, "rgb24"
        stream.codec_context.open(False)
        for number in range(50):
            packet = av.Packet(bomb)
            packet.stream, packet.time_base = stream, Fraction(1, 10)
            packet.pts = packet.dts = number
            container.mux(packet)
    before = peak()
    with pytest.raises(MediaError):
        read_film(path)
    assert peak() - before < 250


YEAR = 365 * 86400.0


@pytest.mark.parametrize("seconds", [30 * YEAR, 25 * 3600.0, 1e300, float("inf"), float("nan")])
def test_a_header_that_names_an_absurd_duration_is_refused(seconds: float, tmp_path: Path) -> None:
    path = film(tmp_path / "film.mkv")
    data = bytearray(path.read_bytes())
    at = data.index(b"\x44\x89\x88") + 3
    data[at : at + 8] = struct.pack(">d", seconds * 1e3)
    path.write_bytes(data)
    found = outcome(path)
    # FFmpeg does not believe every header.
    assert found in ("video_duration_too_long", "video_file_broken") or float(found) < 60


def outcome(path: Path) -> str:
    """The duration of a film, or the code of the refusal."""
    try:
        return str(read_film(path).info.duration)
    except MediaError as error:
        return error.code


def test_a_film_is_refused_by_the_bound_that_the_settings_have(tmp_path: Path) -> None:
    path = film(tmp_path / "film.mp4")
    with pytest.raises(MediaError, match="5 s; the most is 4 s"):
        read_film(path, 4.0)


def test_absurd_frame_rates_make_no_more_clips(tmp_path: Path) -> None:
    path = tmp_path / "film.mkv"
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=10**9)
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        for number in range(20):
            frame = av.VideoFrame.from_ndarray(np.full((360, 640, 3), 90, np.uint8), format="rgb24")
            frame.pts, frame.time_base = number * 10**9, Fraction(1, 10**9)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert len(read_film(path).clips) < 20


def test_of_a_file_with_many_streams_some_are_read(tmp_path: Path) -> None:
    path = tmp_path / "film.mkv"
    with av.open(str(path), "w") as container:
        streams: list[Any] = [
            container.add_stream("pcm_s16le", rate=8000, layout="mono") for _ in range(120)
        ]
        for stream in streams:
            samples = np.zeros((1, 8000), np.int16)
            frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
            frame.sample_rate, frame.pts = 8000, 0
            container.mux(stream.encode(frame))
    with open_media(path) as opened:
        assert len(opened.streams) <= 100


class Listener:
    """A port of this machine that notes whether anybody came."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.came = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        for _ in itertools.count():
            try:
                client, _address = self._socket.accept()
            except OSError:
                return
            self.came += 1
            client.close()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.close()


def references(port: int, other: Path) -> dict[str, str]:
    """Texts that name a port of this machine, or another file."""
    http, tcp = f"http://127.0.0.1:{port}/a.ts", f"tcp://127.0.0.1:{port}"
    m3u8 = "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{}\n#EXT-X-ENDLIST\n"
    mpd = (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'mediaPresentationDuration="PT5S"><Period><AdaptationSet mimeType="video/mp4">'
        '<Representation id="1" bandwidth="1"><BaseURL>{}</BaseURL></Representation>'
        "</AdaptationSet></Period></MPD>"
    )
    sdp = (
        f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
        f"m=video {port} RTP/AVP 96\na=rtpmap:96 H264/90000\n"
    )
    named = {
        "sdp": sdp,
        "rtsp reference": f"RTSPtext\nrtsp://127.0.0.1:{port}/x\n",
        "asx": f'<asx version="3.0"><entry><ref href="{http}"/></entry></asx>',
        "svg": f'<svg xmlns="http://www.w3.org/2000/svg"><image href="{http}"/></svg>',
        "avs": f'DirectShowSource("{other}")',
        "vobsub": f"# VobSub index file, v7 (do not modify this line!)\nid: en, index: 0\n{other}",
    }
    for what, target in (
        ("http", http),
        ("tcp", tcp),
        ("file", str(other)),
        ("uri", other.as_uri()),
    ):
        named[f"m3u8 {what}"] = m3u8.format(target)
        named[f"concat {what}"] = f"ffconcat version 1.0\nfile '{target}'\n"
        named[f"dash {what}"] = mpd.format(target)
    return named


@pytest.mark.parametrize("name", references(1, Path("/nowhere")))
@pytest.mark.parametrize("suffix", [".mp4", ".m3u8", ".sdp", ".jpg", ".concat", ".mpd"])
def test_a_file_that_names_others_has_none_of_them_opened(
    name: str, suffix: str, listener: Listener, tmp_path: Path
) -> None:
    other = film(tmp_path / "other.ts", seconds=1)
    text = references(listener.port, other)[name]
    path = tmp_path / f"film{suffix}"
    path.write_text(text)
    for reader in (probe, read_film):
        with pytest.raises(MediaError) as caught:
            reader(path)
        assert caught.value.code == "unsupported_file_type"
    with pytest.raises(MediaError):
        read_image(text.encode())
    assert listener.came == 0


@pytest.mark.anyio
async def test_each_way_in_refuses_bombs_and_references(
    bomb: bytes, listener: Listener, tmp_path: Path
) -> None:
    playlist = tmp_path / "film.mp4"
    playlist.write_text(references(listener.port, tmp_path)["concat http"])
    image = tmp_path / "image.png"
    image.write_bytes(bomb)
    long = film(tmp_path / "long.mkv")
    data = bytearray(long.read_bytes())
    at = data.index(b"\x44\x89\x88") + 3
    data[at : at + 8] = struct.pack(">d", 30 * YEAR * 1e3)
    long.write_bytes(data)
    before = peak()
    async with serving() as api:
        index = await api.index()
        for file in (playlist, long):
            await api("POST", "/tasks", 400, form=[("index_id", index), ("video_file", file)])
            form: list[tuple[str, Any]] = [("model_name", "marengo3.0"), ("video_file", file)]
            await api("POST", "/embed/tasks", 400, form=form)
        asset = await api.asset(long)
        await api("POST", f"/indexes/{index}/indexed-assets", 400, json={"asset_id": asset})
        body = {"video": {"type": "asset_id", "asset_id": asset}, "prompt": "x", "stream": False}
        await api("POST", "/analyze", 400, json=body)
        for file in (playlist, image):
            form = [
                ("index_id", index),
                ("search_options", "visual"),
                ("query_media_type", "image"),
                ("query_media_file", file),
            ]
            await api("POST", "/search", 400, form=form)
            await api(
                "POST", "/embed", 400, form=[("model_name", "marengo3.0"), ("image_file", file)]
            )
    assert peak() - before < 300
    assert listener.came == 0

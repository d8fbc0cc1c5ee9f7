"""What is refused before it is sent, and what is left to the service, with the installed PyAV."""

from __future__ import annotations

import io
import shutil
import socket
import sys
import wave
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import av
import numpy as np
import pytest

from twelvelabs_async import ConfigurationError
from twelvelabs_async.ingest import media_check
from twelvelabs_async.ingest.items import Item
from twelvelabs_async.ingest.media_check import Refusal, check_media
from twelvelabs_async.sandbox.films import Scene, make_film

WORDS = "What this film is about, at some length.\n" * 2000


@pytest.fixture(autouse=True)
def tried_anew() -> Iterator[None]:
    """No verdict on PyAV from one test to the next."""
    media_check._working_pyav.cache_clear()
    yield
    media_check._working_pyav.cache_clear()


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film that the service takes: not to be written to."""
    path = tmp_path_factory.mktemp("films") / "taken.mp4"
    return make_film(path, [Scene(seconds=5)], size=(360, 360), fps=5)


def check(path: Path) -> Refusal | None:
    size = path.stat().st_size
    return check_media(Item(key="k", location=str(path), filename="n", content="c", size=size))


def reason(path: Path) -> str | None:
    refusal = check(path)
    return None if refusal is None else refusal.reason


@pytest.mark.parametrize(
    ("seconds", "size", "wanted"),
    [
        (5, (360, 360), None),
        (5, (864, 360), None),
        (2, (360, 360), "video_duration_too_short"),
        (5, (320, 240), "video_resolution_too_low"),
        (5, (240, 640), "video_resolution_too_low"),
        (5, (1000, 360), "video_resolution_invalid_aspect_ratio"),
        (5, (360, 1000), "video_resolution_invalid_aspect_ratio"),
    ],
)
def test_what_the_service_would_refuse_is_refused(
    tmp_path: Path, seconds: float, size: tuple[int, int], wanted: str | None
) -> None:
    path = make_film(tmp_path / "a.mp4", [Scene(seconds=seconds)], size=size, fps=5)
    assert reason(path) == wanted


TEXTS = {
    "plain": WORDS.encode(),
    "ansi": ("\x1b[31m" + WORDS + "\x1b[0m").encode(),
    "ansi alone": b"\x1b[2J\x1b[1;1H\x1b[0;1;40;37m" + bytes(range(176, 224)) * 400,
    "nfo": (" \u2588\u2580\u2584 ".join([WORDS])).encode("cp437", "replace"),
    "html": b"<!doctype html><html><body>" + WORDS.encode() + b"</body></html>",
    "json": b'{"text": "' + WORDS.replace("\n", " ").encode() + b'"}',
    "numbers in json": b'{"a": [' + b"1, " * 3000 + b"1]}",
    "xml": b"<?xml version='1.0'?>\n<a>" + b"<b>1</b>" * 3000 + b"</a>",
    "a table": b"who,*,the,/,~,/,$,/,_\n" * 900,
    "a table of few": b"\t\n,12,!,#,%\n" * 900,
    "srt": b"1\n00:00:01,000 --> 00:00:05,000\nhello\n\n" * 50,
    "vtt": b"WEBVTT\n\n00:01.000 --> 00:09.000\nhello\n\n" * 50,
    "ass": b"[Script Info]\nScriptType: v4.00+\n\n[Events]\n"
    b"Dialogue: 0,0:00:01.00,0:00:09.00,Default,,0,0,0,,hello\n",
    "lrc": b"[00:12.00]Line one\n[00:17.20]Line two\n" * 30,
    "sami": b"<SAMI><BODY><SYNC Start=1000><P>hello</BODY></SAMI>",
    "sub": b"{10}{50}hello\n{60}{90}world\n" * 50,
    "ffmetadata": b";FFMETADATA1\ntitle=x\n[CHAPTER]\nTIMEBASE=1/1\nSTART=0\nEND=9\ntitle=c\n",
    "sbg": b"-SE\noff: -\nts: 300+10/20\nNOW off\n+00:01 ts\n",
    "svg": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="640" height="9"/>',
    "noise": bytes(np.random.default_rng(7).integers(0, 256, 50_000, np.uint8)),
}
ENDINGS = [
    *("mp4", "txt", "nfo", "asc", "ans", "diz", "ice", "srt", "vtt", "bin", "mkv", "ts"),
    *("mp3", "aac", "h264", "yuv", "al", "idf", "m3u"),
]


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("kind", TEXTS)
def test_texts_and_subtitles_are_no_films(tmp_path: Path, kind: str, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    path.write_bytes(TEXTS[kind])
    assert reason(path) == "unsupported_file_type"


@cache
def image(codec: str, fmt: str) -> bytes:
    target = io.BytesIO()
    with av.open(target, "w", format=fmt) as container:
        stream: Any = container.add_stream(codec, rate=1)
        stream.width, stream.height = 640, 480
        stream.pix_fmt = stream.codec_context.codec.video_formats[0].name
        frame = av.VideoFrame.from_ndarray(np.full((480, 640, 3), 99, np.uint8), format="rgb24")
        frame.pts, frame.time_base = 0, Fraction(1, 1)
        container.mux(stream.encode(frame.reformat(format=stream.pix_fmt)))
        container.mux(stream.encode(None))
    return target.getvalue()


@pytest.mark.parametrize("ending", ["mp4", "jpg", "png", "gif", "webp", "mkv", "bin"])
@pytest.mark.parametrize(
    ("codec", "fmt"),
    [
        ("mjpeg", "image2pipe"),
        ("png", "image2pipe"),
        ("bmp", "image2pipe"),
        ("tiff", "image2pipe"),
        ("gif", "gif"),
        ("apng", "apng"),
        ("libwebp", "webp"),
        ("ppm", "image2pipe"),
        ("libsvtav1", "avif"),
    ],
)
def test_images_are_no_films(tmp_path: Path, codec: str, fmt: str, ending: str) -> None:
    if codec not in av.codecs_available or fmt not in av.formats_available:
        pytest.skip(f"this FFmpeg has no {codec}")
    path = tmp_path / f"a.{ending}"
    path.write_bytes(image(codec, fmt))
    assert reason(path) == "unsupported_file_type"


def references(address: str, port: int) -> dict[str, bytes]:
    """Files that name other files and hosts."""
    return {
        "hls": b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n%s\n#EXT-X-ENDLIST\n"
        % address.encode(),
        "hls master": b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n%s\n" % address.encode(),
        "hls key": b'#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXT-X-KEY:METHOD=AES-128,URI="%s"\n'
        b"#EXTINF:9,\n%s\n#EXT-X-ENDLIST\n" % (address.encode(), address.encode()),
        "ffconcat": b"ffconcat version 1.0\nfile '%s'\n" % address.encode(),
        "sdp": b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        b"m=video %d RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n" % port,
        "dash": b'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static">'
        b"<Period><AdaptationSet><Representation id='1' bandwidth='1'><BaseURL>%s</BaseURL>"
        b"</Representation></AdaptationSet></Period></MPD>" % address.encode(),
        "m3u": f"{address}\n".encode(),
        "asx": b"<asx version='3.0'><entry><ref href='%s'/></entry></asx>" % address.encode(),
        "vobsub": b"# VobSub index file, v7 (do not modify this line!)\nid: en, index: 0\n"
        b"timestamp: 00:00:00:000, filepos: 000000000\n",
        "ram": b"rtsp://127.0.0.1:%d/x\n" % port,
    }


@pytest.mark.parametrize("ending", ["mp4", "m3u8", "sdp", "ts", "idx", "ffconcat"])
@pytest.mark.parametrize("kind", references("", 1))
@pytest.mark.parametrize("where", ["host", "file"])
def test_a_file_that_names_others_opens_none_of_them(
    tmp_path: Path, taken: Path, kind: str, ending: str, where: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    (tmp_path / "a.sub").write_bytes(b"\0\0\1\xba" * 100)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        port = server.getsockname()[1]
        with socket.socket(type=socket.SOCK_DGRAM) as bound:
            bound.bind(("127.0.0.1", 0))
            rtp = bound.getsockname()[1]
        address = f"http://127.0.0.1:{port}/x.mp4" if where == "host" else str(taken)
        path = tmp_path / f"a.{ending}"
        path.write_bytes(references(address, rtp)[kind])
        opened: list[object] = []
        monkeypatch.setattr(media_check, "_open_nothing", lambda *given: opened.append(given))

        assert reason(path) == "unsupported_file_type"

        with pytest.raises(BlockingIOError):
            server.accept()
    assert opened == []


def wav(seconds: int = 5) -> bytes:
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(16000 * seconds))
    return target.getvalue()


def test_sound_alone_is_taken(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(wav())
    (tmp_path / "short.wav").write_bytes(wav(2))
    assert reason(tmp_path / "a.wav") is None
    assert reason(tmp_path / "short.wav") == "video_duration_too_short"


@pytest.mark.parametrize(
    ("codec", "fmt"), [("mpeg1video", "mpeg1video"), ("libx264", "h264"), ("mpeg4", "m4v")]
)
def test_a_stream_without_a_container_has_no_duration_to_judge(
    tmp_path: Path, codec: str, fmt: str
) -> None:
    path = tmp_path / "a.mpg"
    with av.open(str(path), "w", format=fmt) as container:
        stream: Any = container.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = 480, 360, "yuv420p"
        picture = av.VideoFrame.from_ndarray(np.full((360, 480, 3), 99, np.uint8), format="rgb24")
        for number in range(125):
            picture.pts, picture.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    assert reason(path) is None


def test_tags_that_are_not_utf8_do_not_matter(tmp_path: Path) -> None:
    for seconds, wanted in ((5, None), (2, "video_duration_too_short")):
        sound = wav(seconds)
        tag = b"LIST" + (18).to_bytes(4, "little") + b"INFOINAM\6\0\0\0caf\xe9\0\0"
        size = (len(sound) - 8 + len(tag)).to_bytes(4, "little")
        (tmp_path / "a.wav").write_bytes(sound[:4] + size + sound[8:36] + tag + sound[36:])
        assert reason(tmp_path / "a.wav") == wanted


@pytest.mark.parametrize("ending", ["mp4", "mov", "mkv"])
def test_an_unknown_codec_is_left_to_the_service(tmp_path: Path, ending: str) -> None:
    known, unknown = {"mkv": (b"V_MPEG4/ISO/AVC", b"V_UNKNOWN/OF/US")}.get(
        ending, (b"avc1", b"zzq1")
    )
    for seconds, wanted in ((5, None), (2, "video_duration_too_short")):
        path = make_film(tmp_path / f"a.{ending}", [Scene(seconds=seconds)], size=(360, 360), fps=5)
        path.write_bytes(path.read_bytes().replace(known, unknown))
        assert reason(path) == wanted


def test_a_format_that_ffmpeg_cannot_read_yet_is_left_to_the_service(
    taken: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert reason(taken) is None

    def refuse(*_: object, **__: object) -> object:
        raise av.error.PatchWelcomeError(1, "Not yet implemented in FFmpeg")

    monkeypatch.setattr(av, "open", refuse)
    assert reason(taken) is None


def gone(*_: object, **__: object) -> object:
    raise TypeError("open() got an unexpected keyword argument")


@pytest.mark.parametrize(
    "broken",
    [
        {"open": gone},
        {"FFmpegError": None},
        {"error": None},
        {"formats_available": frozenset()},
        {"time_base": "x"},
    ],
    ids=lambda broken: next(iter(broken)),
)
def test_a_pyav_that_cannot_check_is_an_error_and_lets_no_film_pass(
    taken: Path, monkeypatch: pytest.MonkeyPatch, broken: dict[str, Any]
) -> None:
    other = ModuleType("av")
    other.__dict__.update({**vars(av), **broken, "__version__": "99.0"})
    monkeypatch.setitem(sys.modules, "av", other)
    with pytest.raises(ConfigurationError, match=r"PyAV 99\.0 cannot check films \("):
        check(taken)


def test_without_pyav_only_the_size_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.mp4").write_text(WORDS)
    (tmp_path / "empty.mp4").touch()

    def missing(name: str) -> ModuleType:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr(media_check, "import_module", missing)
    assert reason(tmp_path / "a.mp4") is None
    assert reason(tmp_path / "empty.mp4") == "video_file_broken"


@pytest.mark.parametrize(
    "rename", [lambda p: p, lambda p: p.with_suffix(".xyz")], ids=["named", "with another ending"]
)
def test_the_content_decides_and_not_the_name(
    tmp_path: Path, taken: Path, rename: Callable[[Path], Path]
) -> None:
    path = rename(tmp_path / "a.mp4")
    shutil.copyfile(taken, path)
    assert reason(path) is None

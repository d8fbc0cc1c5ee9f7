"""Pictures and playlists made from films can be opened, and show what the film shows."""

from pathlib import Path

import av
import pytest

from twelvelabs_async.cli import demo_films
from twelvelabs_async.sandbox.films import Scene, make_film
from twelvelabs_async.sandbox.media.measure.film import read_film
from twelvelabs_async.sandbox.media.measure.pixels import read_image
from twelvelabs_async.sandbox.media.measure.probe import MediaError, probe
from twelvelabs_async.sandbox.media.measure.render import encode_image, frame, hls, thumbnail


def test_a_thumbnail_is_a_small_jpeg():
    image = thumbnail(demo_films.bigbuckbunny(), 2.0)
    assert image.startswith(b"\xff\xd8\xff")
    shown = read_image(image)
    assert (shown.width, shown.height) == (320, 180)
    assert len(image) < 60_000


def test_a_thumbnail_is_never_larger_than_the_film():
    assert read_image(thumbnail(demo_films.carphone(), 0.0)).width == 176


@pytest.mark.parametrize("image", ["jpeg", "png"])
def test_a_frame_has_the_full_size(image: str):
    shown = read_image(frame(demo_films.bikes(), 3.5, image="png" if image == "png" else "jpeg"))
    assert (shown.width, shown.height) == (848, 360)
    assert shown.format.name == {"jpeg": "yuvj420p", "png": "rgb24"}[image]


def test_a_frame_is_the_one_shown_at_its_time(tmp_path: Path):
    path = make_film(tmp_path / "two.mp4", [Scene(colour="red"), Scene(colour="blue")])
    colours = {}
    for time in (0.0, 1.0, 1.95, 1.99, 2.0, 3.0, 99.0):
        still = tmp_path / "still.png"
        still.write_bytes(frame(path, time, image="png"))
        colours[time] = read_film(still).clips[0].colours[0].name
    assert colours == {
        0.0: "red", 1.0: "red", 1.95: "red", 1.99: "red", 2.0: "blue", 3.0: "blue", 99.0: "blue"
    }  # fmt: skip


@pytest.mark.parametrize("name", ["bigbuckbunny", "bikes", "carphone"])
def test_every_time_is_found_by_seeking_as_by_playing(name: str):
    path = getattr(demo_films, name)()
    with av.open(str(path)) as container:
        for number, shown in enumerate(container.decode(video=0)):
            if number % 40 == 7:
                assert frame(path, shown.time, image="png") == encode_image(shown, "png")


def test_the_picture_of_an_image_is_the_image(tmp_path: Path):
    path = tmp_path / "picture.png"
    path.write_bytes(frame(demo_films.bigbuckbunny(), 1.0, image="png"))
    assert read_image(thumbnail(path, 5.0)).width == 320


def test_sound_has_no_picture(tmp_path: Path):
    path = tmp_path / "sound.wav"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000)
        stream.layout = "mono"
        sound = av.AudioFrame(format="s16", layout="mono", samples=8000)
        sound.sample_rate = 8000
        container.mux(stream.encode(sound))
        container.mux(stream.encode(None))
    assert probe(path).kind == "audio"
    with pytest.raises(MediaError):
        thumbnail(path, 0.0)


@pytest.mark.parametrize("name", ["bigbuckbunny", "bikes"])
def test_a_playlist_opens_and_plays_the_whole_film(name: str, tmp_path: Path):
    path = getattr(demo_films, name)()
    playlist = hls(path, tmp_path / "stream")
    lines = playlist.read_text().splitlines()
    assert lines[0] == "#EXTM3U"
    assert lines[-1] == "#EXT-X-ENDLIST"
    named = [line for line in lines if not line.startswith("#")]
    assert named
    assert all((playlist.parent / segment).is_file() for segment in named)
    with av.open(str(path)) as film, av.open(str(playlist)) as stream:
        assert stream.format.name == "hls"
        shown = [picture.width for picture in stream.decode(video=0)]
        assert len(shown) == film.streams.video[0].frames
        assert set(shown) == {film.streams.video[0].width}
        assert len(stream.streams.audio) == len(film.streams.audio)


def test_a_long_film_has_several_segments(tmp_path: Path):
    scenes = [Scene(colour="red", seconds=6), Scene(colour="blue", seconds=6)]
    path = make_film(tmp_path / "long.mp4", scenes, size=(360, 360))
    playlist = hls(path, tmp_path / "stream")
    assert len(list(playlist.parent.glob("segment*.ts"))) == 2


def test_other_codecs_go_into_fragments(tmp_path: Path):
    path = tmp_path / "other.webm"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libvpx-vp9", rate=25, options={"cpu-used": "8"})
        stream.width, stream.height, stream.pix_fmt = 360, 360, "yuv420p"
        for number in range(10):
            shown = av.VideoFrame(360, 360, "yuv420p")
            shown.pts = number
            container.mux(stream.encode(shown))
        container.mux(stream.encode(None))
    playlist = hls(path, tmp_path / "stream")
    assert "#EXT-X-MAP" in playlist.read_text()
    with av.open(str(playlist)) as opened:
        assert sum(1 for _ in opened.decode(video=0)) == 10


def test_what_no_player_expects_is_refused(tmp_path: Path):
    path = tmp_path / "old.avi"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = 360, 360, "yuvj420p"
        for number in range(3):
            shown = av.VideoFrame(360, 360, "yuvj420p")
            shown.pts = number
            container.mux(stream.encode(shown))
        container.mux(stream.encode(None))
    with pytest.raises(MediaError) as caught:
        hls(path, tmp_path / "stream")
    assert caught.value.code == "unsupported_media_type"

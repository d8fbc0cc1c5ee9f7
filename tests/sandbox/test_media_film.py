"""Files are read into measurements: their figures, cuts, clips, and what is said of broken ones."""

import tempfile
import wave
from fractions import Fraction
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from twelvelabs_async.cli import demo_films
from twelvelabs_async.sandbox.films import Scene, make_film
from twelvelabs_async.sandbox.media.measure import film as reading
from twelvelabs_async.sandbox.media.measure.film import MAX_CLIP, MIN_CLIP, Film, read_film
from twelvelabs_async.sandbox.media.measure.probe import MediaError, probe
from twelvelabs_async.sandbox.media.measure.render import frame
from twelvelabs_async.sandbox.media.measure.sound import Sound


@cache
def real(name: str) -> Film:
    return read_film({"cartoon": demo_films.bigbuckbunny, "traffic": demo_films.bikes}[name]())


def sine(path: Path, seconds: float, codec: str = "", volume: float = 0.3) -> Path:
    at = np.arange(int(seconds * 48_000)) / 48_000
    samples = (volume * 32_767 * np.sin(2 * np.pi * 440 * at)).astype(np.int16)
    if not codec:
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, 48_000, 0, "NONE", ""))
            file.writeframes(samples.tobytes())
        return path
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=48_000)
        stream.layout = "mono"
        sound = av.AudioFrame.from_ndarray(samples[None, :], format="s16", layout="mono")
        sound.sample_rate = 48_000
        resampler = av.AudioResampler(stream.format, "mono", 48_000, stream.frame_size or None)
        for piece in [*resampler.resample(sound), *resampler.resample(None)]:
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    return path


def test_a_sound_that_ends_early_is_silent_from_then_on():
    """A last step that is missing is none: sound and pictures seldom end together."""
    sound = Sound((-10.0,) * 8, bytes([0, 255, *[0] * 6] * 8))
    tone, nothing = (0.0, 1.0, *[0.0] * 6), (0.0,) * 8
    assert sound.between(0, 2) == sound.between(1, 2.25) == sound.between(2, 2.25) == (-10.0, tone)
    assert sound.between(2.25, 9) == sound.between(8, 9) == (-90.0, nothing)
    assert sound.between(0, 4.25) == (-13.0, tone)


def test_the_traffic_film_is_cut_where_it_is_cut():
    assert real("traffic").cuts == (1.2, 3.04, 5.48, 7.48, 9.68)


def test_the_cartoon_is_one_shot_of_several_clips():
    film = real("cartoon")
    assert film.cuts == ()
    assert len(film.clips) >= 3


@pytest.mark.parametrize("name", ["cartoon", "traffic"])
def test_clips_cover_the_film_without_gaps(name: str):
    film = real(name)
    assert film.spans[0][0] == 0.0
    assert film.spans[-1][1] == film.info.duration
    assert all(one[1] == other[0] for one, other in pairwise(film.spans))
    assert all(MIN_CLIP <= end - start <= 2.5 for start, end in film.spans)
    for clip in film.clips:
        assert all(clip.start <= time < clip.end for time in clip.times)


@pytest.mark.parametrize("name", ["cartoon", "traffic"])
def test_a_film_is_the_same_after_a_round_trip_through_json(name: str):
    film = real(name)
    again = Film.from_json(film.to_json())
    assert again == film
    assert again.clips == film.clips


def test_a_film_of_another_format_is_refused():
    with pytest.raises(ValueError, match="format 1"):
        Film.from_json('{"format": 99}')


def test_reading_twice_gives_the_same():
    assert read_film(demo_films.bigbuckbunny()).to_json() == real("cartoon").to_json()


def test_the_cartoon_is_green_and_grey_and_audible():
    colours = [colour.name for clip in real("cartoon").clips for colour in clip.colours[:2]]
    assert set(colours) == {"green", "grey"}
    assert all(-45 < (clip.loudness or 0) < -25 for clip in real("cartoon").clips)
    assert all(clip.loudness is None for clip in real("traffic").clips)


@given(st.floats(0, 5.3), st.floats(0, 5.3))
def test_any_stretch_of_a_film_can_be_measured(one: float, other: float):
    start, end = sorted([one, other])
    clip = real("cartoon").clip(start, end)
    assert clip.times
    assert sum(colour.share for colour in clip.colours) <= 1.01
    assert 0 <= (clip.brightness or 0) <= 1
    assert (clip.motion or 0) >= 0


def test_a_still_shot_is_not_divided_before_six_seconds(tmp_path: Path):
    scenes = [Scene(colour="red", seconds=5), Scene(colour="blue", seconds=5, motion=0.5)]
    film = read_film(make_film(tmp_path / "still.mp4", scenes, size=(360, 360)))
    assert film.spans[0] == (0.0, 5.0)
    assert len(film.spans) >= 3
    scenes = [Scene(colour="green", seconds=8)]
    film = read_film(make_film(tmp_path / "long.mp4", scenes, size=(360, 360)))
    assert film.spans == ((0.0, MAX_CLIP), (MAX_CLIP, 8.0))


def test_a_shot_of_less_than_a_second_joins_the_one_before(tmp_path: Path):
    scenes = [Scene(colour="red", seconds=1.6), Scene(colour="blue", seconds=0.4)]
    scenes += [Scene(colour="green", seconds=1.6)]
    film = read_film(make_film(tmp_path / "flash.mp4", scenes, size=(360, 360)))
    assert film.cuts == (1.6, 2.0)
    assert film.spans == ((0.0, 1.6), (1.6, 3.6))


def test_only_key_frames_of_a_very_large_film_are_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    scenes = [Scene(colour=colour, seconds=2, motion=0.3) for colour in ("red", "blue", "yellow")]
    path = make_film(tmp_path / "large.mp4", scenes, size=(360, 360))
    whole = read_film(path)
    monkeypatch.setattr(reading, "_WHOLE", 1.0)
    skimmed = read_film(path)
    assert len(skimmed.frames.times) < len(whole.frames.times) / 3
    # The encoder begins each shot with a key frame.
    assert [clip.colours[0].name for clip in skimmed.clips if clip.start in (0, 2.0, 4.0)] == [
        "red",
        "blue",
        "yellow",
    ]
    assert skimmed.spans[-1][1] == whole.info.duration


def test_frames_kept_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reading, "_MOST", 10)
    path = make_film(tmp_path / "many.mp4", [Scene(seconds=8, motion=0.2)], size=(360, 360))
    assert len(read_film(path).frames.times) <= 12


@pytest.mark.parametrize("image", ["jpeg", "png"])
def test_an_image_is_one_clip_without_time(image: str, tmp_path: Path):
    path = tmp_path / f"picture.{image}"
    path.write_bytes(
        frame(demo_films.bigbuckbunny(), 2.0, image="png" if image == "png" else "jpeg")
    )
    film = read_film(path)
    assert (film.info.kind, film.info.duration) == ("image", 0.0)
    assert (film.info.width, film.info.height) == (1280, 720)
    (clip,) = film.clips
    assert (clip.start, clip.end, clip.motion, clip.loudness) == (0.0, 0.0, 0.0, None)
    assert clip.colours[0].name == "green"
    assert Film.from_json(film.to_json()) == film


@pytest.mark.parametrize(
    ("name", "codec"), [("a.wav", ""), ("a.mp3", "libmp3lame"), ("a.flac", "flac")]
)
def test_sound_alone_is_read_too(name: str, codec: str, tmp_path: Path):
    film = read_film(sine(tmp_path / name, 7.0, codec))
    assert film.info.kind == "audio"
    assert film.info.duration == pytest.approx(7.0, abs=0.1)
    assert (film.info.width, film.info.video_codec, film.info.has_audio) == (0, None, True)
    assert film.spans[0][0] == 0.0
    assert film.spans[-1][1] == film.info.duration
    for clip in film.clips:
        assert (clip.colours, clip.brightness, clip.motion) == ((), None, None)
        assert clip.loudness == pytest.approx(-13.5, abs=0.7)
        assert int(np.argmax(clip.bands)) == 3  # 250 to 500 Hz


def test_a_film_in_another_container(tmp_path: Path):
    scenes = [Scene(colour="orange", tone_hz=300), Scene(colour="cyan")]
    film = read_film(make_film(tmp_path / "other.mkv", scenes, size=(360, 360)))
    assert "matroska" in film.info.container
    assert film.cuts == (2.0,)


def test_a_film_that_is_to_be_shown_sideways(tmp_path: Path):
    path = tmp_path / "turned.mp4"
    picture = np.zeros((360, 640, 3), np.uint8)
    picture[:, 320:] = (200, 20, 20)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        stream.set_display_rotation(90)
        for number in range(30):
            shown = av.VideoFrame.from_ndarray(picture, format="rgb24")
            shown.pts, shown.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(shown))
        container.mux(stream.encode(None))
    info = probe(path)
    assert (info.width, info.height) == (360, 640)
    upright = tmp_path / "upright.png"
    upright.write_bytes(frame(path, 0.5, image="png"))
    assert (probe(upright).width, probe(upright).height) == (360, 640)
    # A picture taken from it looks like it.
    film = read_film(path)
    cells = read_film(upright).clips[0].cells
    assert film.likeness.nearest(cells)[0].distance < 2


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "unsupported_file_type"),
        (b"just a few words, and no media at all", "unsupported_file_type"),
        (b'{"a": [' + b"1, " * 3000 + b"1]}", "unsupported_file_type"),  # as AMR without its mark
        (b"#EXTM3U\n#EXTINF:4,\n/etc/passwd\n", "unsupported_file_type"),
        (b"\x00\x00\x00\x20ftypisom" + bytes(100), "video_file_broken"),
        (b"\x1aE\xdf\xa3" + bytes(100), "video_file_broken"),
        (b"RIFF\x00\x00\x00\x00WAVE", "audio_file_broken"),
    ],
)
def test_what_is_no_media_or_broken_is_named(content: bytes, code: str, tmp_path: Path):
    path = tmp_path / "upload"
    path.write_bytes(content)
    with pytest.raises(MediaError) as caught:
        probe(path)
    assert caught.value.code == code


def test_a_film_cut_off_in_the_middle_is_broken(tmp_path: Path):
    whole = demo_films.bigbuckbunny().read_bytes()
    path = tmp_path / "half.mp4"
    path.write_bytes(whole[: len(whole) // 2])
    if whole.index(b"moov") > len(whole) // 2:
        with pytest.raises(MediaError) as caught:
            read_film(path)
        assert caught.value.code == "video_file_broken"
    else:
        # Its index came first: what is there can be shown.
        assert 0 < read_film(path).frames.times[-1] < 5.3


def test_a_damaged_stretch_is_passed_over(tmp_path: Path):
    content = bytearray(demo_films.bigbuckbunny().read_bytes())
    start = content.index(b"mdat") + 400_000
    content[start : start + 20_000] = bytes(20_000)
    path = tmp_path / "scratched.mp4"
    path.write_bytes(content)
    assert read_film(path).frames.times[-1] > 5


def test_a_missing_file_is_not_called_broken(tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        probe(tmp_path / "nowhere.mp4")


def test_tags_in_another_encoding_do_no_harm(tmp_path: Path):
    path = sine(tmp_path / "tagged.wav", 1.0)
    content = path.read_bytes()
    tag = b"LIST" + (4 + 8 + 6).to_bytes(4, "little") + b"INFOINAM" + (6).to_bytes(4, "little")
    path.write_bytes(content[:12] + tag + b"caf\xe9 \0" + content[12:])
    assert probe(path).kind == "audio"


def test_a_subtitle_in_another_encoding_is_passed_over(tmp_path: Path):
    scenes = [Scene(seconds=0.6, subtitle=line) for line in ("first", "caff", "last")]
    path = make_film(tmp_path / "film.mp4", scenes)
    path.write_bytes(path.read_bytes().replace(b"caff", b"caf\xe9"))
    assert [line.text for line in read_film(path).lines] == ["first", "last"]


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_damaged_file_is_read_or_refused(data: st.DataObject, small: bytes):
    content = bytearray(small)
    places = st.integers(0, len(content) - 1)
    for place in data.draw(st.lists(places | st.integers(0, 2000), max_size=20)):
        content[place] = data.draw(st.integers(0, 255))
    length = data.draw(st.just(len(content)) | places)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "upload"
        path.write_bytes(content[:length])
        try:
            film = read_film(path)
        except MediaError:
            return
    assert Film.from_json(film.to_json()) == film
    assert film.clips


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    scenes = [Scene(colour="red", seconds=0.6, tone_hz=300, subtitle="Hello"), Scene(seconds=0.6)]
    path = tmp_path_factory.mktemp("films") / "small.mp4"
    return make_film(path, scenes, size=(128, 96)).read_bytes()


def test_a_sound_of_which_the_form_changes(tmp_path: Path):
    path = tmp_path / "changing.ts"
    with av.open(str(path), "w", format="mpegts") as container:
        stream = container.add_stream("mp2", rate=48_000)
        stream.layout = "stereo"
        for number in range(60):
            sound = av.AudioFrame.from_ndarray(
                np.full((1, 2 * 1152), 3000, np.int16), format="s16", layout="stereo"
            )
            sound.sample_rate, sound.pts = 48_000, 1152 * number
            container.mux(stream.encode(sound))
    content = path.read_bytes()
    with av.open(str(path), "w", format="mpegts") as container:
        stream = container.add_stream("mp2", rate=32_000)
        stream.layout = "mono"
        for number in range(60):
            sound = av.AudioFrame.from_ndarray(
                np.full((1, 1152), 3000, np.int16), format="s16", layout="mono"
            )
            sound.sample_rate, sound.pts = 32_000, 1152 * number
            container.mux(stream.encode(sound))
    path.write_bytes(content + path.read_bytes())
    film = read_film(path)
    assert len(film.sound.loudness) >= 12  # 1.4 seconds of the one and 2.2 of the other

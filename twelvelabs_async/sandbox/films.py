"""Films to try things on, made so that their content is known."""

# PyAV's stubs leave the type parameters of packets and streams open.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from os import PathLike
from pathlib import Path
from typing import Final

import av
import numpy as np
from attrs import frozen
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.subtitles.stream import SubtitleStream
from av.subtitles.subtitle import SubtitleSet
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream

from .media.measure.pixels import Pixels

__all__ = ["COLOURS", "Scene", "make_film"]

COLOURS: Final = {
    "red": (215, 20, 20),
    "orange": (255, 140, 0),
    "yellow": (250, 225, 20),
    "green": (20, 160, 40),
    "cyan": (0, 210, 210),
    "blue": (25, 50, 220),
    "purple": (130, 30, 190),
    "pink": (250, 90, 190),
    "brown": (120, 70, 25),
    "white": (250, 250, 250),
    "grey": (128, 128, 128),
    "black": (14, 14, 14),
}
_SOUND_RATE: Final = 48_000


@frozen(kw_only=True)
class Scene:
    """One shot of a made film.

    ``colour`` is a name in ``COLOURS``, or red, green and blue of 0 to 255. ``motion`` is how many
    times a second its stripes cross the picture: 0 stands still, 1 is fast. ``tone_hz`` is the
    pitch of a sine tone, None for silence, and ``volume`` its amplitude, 0 to 1. ``subtitle`` is a
    line in the film's subtitle track that lasts as long as the scene.
    """

    colour: str | tuple[int, int, int] = "grey"
    seconds: float = 2.0
    motion: float = 0.0
    tone_hz: float | None = None
    volume: float = 0.3
    subtitle: str | None = None


def make_film(
    path: str | PathLike[str],
    scenes: Sequence[Scene],
    *,
    size: tuple[int, int] = (640, 360),
    fps: int = 25,
) -> Path:
    """``path``, at which a film is encoded: H.264, one shot for each scene.

    Its name says in which container. It has a sound track (AAC) if any scene has a tone, and a
    subtitle track if any has a line, which takes an ``.mp4``. Width and height are in pixels, and
    even.
    """
    target = Path(path)
    with av.open(str(target), "w") as container:
        pictures = container.add_stream("libx264", rate=fps, options=_H264)
        pictures.width, pictures.height, pictures.pix_fmt = *size, "yuv420p"
        sounds = texts = None
        if any(scene.tone_hz for scene in scenes):
            sounds = container.add_stream("aac", rate=_SOUND_RATE)
            sounds.layout = "mono"
        if any(scene.subtitle for scene in scenes):
            texts = container.add_stream("mov_text")
            texts.codec_context.subtitle_header = _STYLE
        container.start_encoding()
        # Tracks are written scene by scene, so that no muxer has to hold a whole one.
        begun = Fraction(0)
        for number, scene in enumerate(scenes):
            frames = max(1, round(scene.seconds * fps))
            if texts is not None and scene.subtitle:
                _write_line(container, texts, scene.subtitle, begun, Fraction(frames, fps))
            _write_pictures(container, pictures, number, scene, frames, round(begun * fps), fps)
            if sounds is not None:
                _write_sound(container, sounds, scene, begun, Fraction(frames, fps))
            begun += Fraction(frames, fps)
        for stream in (pictures, sounds):
            if stream is not None:
                container.mux(stream.encode(None))
    return target


_H264: Final = {"crf": "18", "preset": "veryfast", "forced-idr": "1"}
_STYLE: Final = b"""[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, Alignment
Style: Default,Arial,16,&Hffffff,2

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""


def _write_pictures(
    container: OutputContainer,
    stream: VideoStream,
    number: int,
    scene: Scene,
    count: int,
    first: int,
    fps: int,
) -> None:
    width, height = stream.width, stream.height
    colour = np.array(COLOURS[scene.colour] if isinstance(scene.colour, str) else scene.colour)
    across = np.arange(width) / width
    for index in range(count):
        travelled = scene.motion * index / fps
        # Stripes, of another number in each scene, and a bar that crosses once: no two moments of
        # a moving scene look the same.
        light = 0.915 + 0.035 * np.sin(2 * np.pi * (6 + number % 5) * (across - travelled))
        bar = index / count if scene.motion else 0.5
        light[np.abs(across - bar) < 0.05] = 1.0
        row = np.rint(light[:, None] * colour).astype(np.uint8)
        pixels: Pixels = np.ascontiguousarray(np.broadcast_to(row, (height, width, 3)))
        frame = VideoFrame.from_ndarray(pixels, format="rgb24")
        # Each shot begins with a key frame: left alone, the encoder takes flat colours for alike.
        frame.pict_type = PictureType.I if index == 0 else PictureType.NONE
        frame.pts = first + index
        frame.time_base = Fraction(1, fps)
        container.mux(stream.encode(frame))


def _write_sound(
    container: OutputContainer,
    stream: AudioStream,
    scene: Scene,
    start: Fraction,
    seconds: Fraction,
) -> None:
    first, last = round(start * _SOUND_RATE), round((start + seconds) * _SOUND_RATE)
    at = np.arange(first, last) / _SOUND_RATE
    wave = scene.volume * np.sin(2 * np.pi * scene.tone_hz * at) if scene.tone_hz else 0 * at
    frame = AudioFrame.from_ndarray(wave.astype(np.float32)[None, :], format="fltp", layout="mono")
    frame.sample_rate = _SOUND_RATE
    frame.time_base = Fraction(1, _SOUND_RATE)
    frame.pts = first
    container.mux(stream.encode(frame))


def _write_line(
    container: OutputContainer,
    stream: SubtitleStream,
    text: str,
    start: Fraction,
    seconds: Fraction,
) -> None:
    begins, lasts = round(start * 1000), round(seconds * 1000)
    line = f"0,0,Default,,0,0,0,,{text}".encode()
    packet = stream.codec_context.encode_subtitle(SubtitleSet.create(line, 0, lasts))
    packet.stream = stream
    packet.time_base = Fraction(1, 1000)
    packet.pts = packet.dts = begins
    packet.duration = lasts
    container.mux(packet)

"""Reads a film into measurements, in bounded time and memory.

How a film is cut into clips:

- A **cut** is a frame that differs from the one before it by much more than its neighbours do, in
  its pixels and in its histogram of colours together.
- Clips begin at cuts. A cut within ``MIN_CLIP`` seconds of another, or of either end, starts none.
- A shot longer than a limit, 2.5 seconds in films of up to 30 seconds and 6 seconds in longer ones,
  is divided where it changes most, no clip being longer than the limit nor (but for the last)
  shorter than half of it. A shot that stands still is divided only after 6 seconds.

Every frame is decoded as long as that takes under a minute or so (15 gigapixels: ten minutes of
720p). Of a film up to three times as large, the frames that no other needs are left out, and of
one larger still all but the key frames: then times are as fine as these are frequent. Up to eight
frames a second, and 2,400 in all, are kept, each as 400 bytes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import islice
from os import PathLike

import numpy as np
from attrs import define, field
from av.container import InputContainer
from av.error import FFmpegError
from av.subtitles.subtitle import AssSubtitle
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from .measures import Clip, Colour, Film, Frames, Line
from .pixels import Floats, Look, Pixels, look, shrink
from .probe import (
    MediaError,
    MediaInfo,
    beginning,
    decoded,
    demuxed,
    open_media,
    picture_stream,
    probe,
)
from .sound import Sound, hear

__all__ = [
    "LONGEST",
    "MAX_CLIP",
    "MIN_CLIP",
    "Clip",
    "Colour",
    "Film",
    "Frames",
    "Line",
    "read_film",
]

MIN_CLIP = 1.0
MAX_CLIP = 6.0

# Beyond what any setting allows, a film is not read at all.
LONGEST = 24 * 3600.0
# A file of noise has a cut at each frame, and one of subtitles any number of lines.
_MOST_KEPT, _MOST_LINES = 60_000, 20_000

_SHORT_FILM, _SHORT_CLIP = 30.0, 2.5
_WHOLE = 15e9
_RATE, _MOST = 8.0, 2_400
# Change per second below which nothing is seen to move: encoders alone make this much.
_STILL = 0.03


def read_film(path: str | PathLike[str], longest: float = LONGEST) -> Film:
    """The film, sound or image at ``path``, measured; the same file gives the same measurements.

    Raises ``MediaError`` as ``probe`` does, and with the code ``video_duration_too_long`` for what
    is longer than ``longest`` seconds, before any of it is read: a header may name any duration.
    """
    info = probe(path)
    longest = min(longest, LONGEST)
    if not info.duration <= longest:
        raise MediaError(
            "video_duration_too_long",
            f"The duration is {info.duration:.0f} s; the most is {longest:g} s.",
        )
    view = _View()
    sound = Sound()
    lines: list[Line] = []
    # One pass for each stream: their packets may lie far apart in the file.
    if info.kind != "audio":
        with open_media(path) as container:
            view = _watch(container, info)
    if info.has_audio:
        with open_media(path) as container:
            sound = hear(container, longest)
    if info.has_subtitles:
        with open_media(path) as container:
            lines = list(islice(_lines(container), _MOST_LINES))
    return Film(
        info=info,
        cuts=tuple(view.cuts),
        spans=tuple(_spans(info, view)),
        frames=Frames(
            tuple(view.times), b"".join(view.cells), b"".join(view.shares), tuple(view.travel)
        ),
        sound=sound,
        lines=tuple(lines),
    )


@define
class _View:
    """What is kept while the frames go by."""

    times: list[float] = field(factory=list[float])
    cells: list[bytes] = field(factory=list[bytes])
    shares: list[bytes] = field(factory=list[bytes])
    travel: list[float] = field(factory=list[float])
    cuts: list[float] = field(factory=list[float])

    def keep(self, time: float, seen: Look, travelled: float) -> None:
        if not self.times or time > self.times[-1]:
            self.times.append(time)
            self.cells.append(seen.cells)
            self.shares.append(seen.shares)
            self.travel.append(round(travelled, 4))


def _watch(container: InputContainer, info: MediaInfo) -> _View:
    stream = picture_stream(container)
    if stream is None:
        return _View()
    stream.thread_type = "AUTO"
    pixels = info.width * info.height * info.fps * info.duration
    if pixels > _WHOLE:
        stream.codec_context.skip_frame = "BIDIR" if pixels <= 3 * _WHOLE else "NONKEY"
    step = max(1 / _RATE, info.duration / _MOST)
    view = _View()
    travelled, usual, due = 0.0, 0.0, 0.0
    before: tuple[float, VideoFrame, Pixels] | None = None
    for time, frame in _frames(container, stream):
        small = shrink(frame, quick=True)
        cut = False
        if before is not None:
            change = _change(before[2], small)
            jump = 255 * change + 100 * _repainting(before[2], small)
            cut = jump > 40 and jump > 2 * usual
            if not cut:
                travelled += change
                usual = jump if not usual else 0.8 * usual + 0.2 * jump
        if cut and before is not None:
            # Each shot keeps its first and its last frame, so that its path is whole.
            view.keep(before[0], look(shrink(before[1])), travelled)
            view.cuts.append(time)
        if cut or time >= due:
            view.keep(time, look(shrink(frame)), travelled)
            due = max(due + step, time) - 1e-6
        before = (time, frame, small)
        if len(view.times) >= _MOST_KEPT:
            break
    if before is not None:
        view.keep(before[0], look(shrink(before[1])), travelled)
    return view


def _frames(container: InputContainer, stream: VideoStream) -> Iterator[tuple[float, VideoFrame]]:
    start = beginning(container)
    latest = -1.0
    for frame in decoded(container, stream):
        if isinstance(frame, VideoFrame):
            # Rounded down to a millisecond: a clip begins no later than its first frame.
            time = math.floor(1000 * max(0.0, (frame.time or 0.0) - start) + 1e-6) / 1000
            if time > latest:
                yield time, frame
                latest = time


def _change(one: Pixels, other: Pixels) -> float:
    return float(np.abs(one.astype(np.int16) - other).mean() / 255)


def _repainting(one: Pixels, other: Pixels) -> float:
    """How much of the picture changed to a colour that was elsewhere or nowhere before: 0 to 1."""
    return float(np.abs(_histogram(one) - _histogram(other)).sum() / 2)


def _histogram(pixels: Pixels) -> Floats:
    coarse = (pixels >> 6).astype(np.intp)
    codes = coarse[..., 0] * 16 + coarse[..., 1] * 4 + coarse[..., 2]
    return np.bincount(codes.ravel(), minlength=64) / codes.size


def _spans(info: MediaInfo, view: _View) -> Iterator[tuple[float, float]]:
    end = info.duration
    if info.kind == "image" or end <= 0:
        yield 0.0, max(end, 0.0)
        return
    limit = _SHORT_CLIP if end <= _SHORT_FILM else MAX_CLIP
    shots = [0.0]
    for cut in view.cuts:
        if cut - shots[-1] >= MIN_CLIP and end - cut >= MIN_CLIP:
            shots.append(cut)
    for start, stop in zip(shots, [*shots[1:], end], strict=True):
        here = start
        while stop - here > limit:
            following = _division(here, stop, limit, view.times, view.travel)
            if following >= stop:
                break
            yield here, following
            here = following
        yield here, stop


def _division(
    start: float, stop: float, limit: float, times: Sequence[float], travel: Sequence[float]
) -> float:
    """Where to divide a shot, of which the stretch from ``start`` to ``stop`` is left."""
    last = min(start + limit, stop - MIN_CLIP)
    if not times:
        return round(last, 3)
    places = [time for time in times if max(start + limit / 2, start + MIN_CLIP) <= time <= last]
    moved = _moved(start, min(stop, start + MAX_CLIP), times, travel)
    if moved < _STILL * (min(stop, start + MAX_CLIP) - start):
        return (
            stop if stop - start <= MAX_CLIP else round(min(start + MAX_CLIP, stop - MIN_CLIP), 3)
        )
    if not places:
        return round(last, 3)
    # How much the picture changes about each place: a tenth of a second to either side.
    return max(places, key=lambda place: _moved(place - 0.1, place + 0.1, times, travel))


def _moved(start: float, stop: float, times: Sequence[float], travel: Sequence[float]) -> float:
    return float(np.interp(stop, times, travel) - np.interp(start, times, travel))


def _lines(container: InputContainer) -> Iterator[Line]:
    start = beginning(container)
    stream = container.streams.subtitles[0]
    for packet in demuxed(container, stream):
        if packet.pts is None or not packet.size:
            continue
        try:
            texts = [_text(rect) for rect in packet.decode() if isinstance(rect, AssSubtitle)]
        except FFmpegError:  # such as a line in another encoding than UTF-8
            continue
        text = " ".join(filter(None, texts))
        if text:
            begins = packet.pts * float(packet.time_base) - start
            lasts = (packet.duration or 0) * float(packet.time_base)
            yield Line(round(begins, 3), round(begins + lasts, 3), text)


def _text(subtitle: AssSubtitle) -> str:
    return " ".join(subtitle.dialogue.decode(errors="replace").split())

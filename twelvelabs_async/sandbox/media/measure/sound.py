"""How a film sounds, a quarter of a second at a time: its loudness, and where its energy lies."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import islice

import numpy as np
from attrs import field, frozen
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.container import InputContainer

from .pixels import Floats
from .probe import beginning, decoded, sound_stream

__all__ = ["BANDS", "STEP", "Sound", "hear"]

STEP = 0.25
BANDS = 8
SILENCE = -90.0

_RATE = 16_000
_WINDOW = int(_RATE * STEP)
# Octaves: below 62.5 Hz, up to 125 Hz, ... and above 4 kHz.
_EDGES = np.array([62.5 * 2**octave for octave in range(BANDS - 1)])
_BAND_OF = np.searchsorted(_EDGES, np.fft.rfftfreq(_WINDOW, 1 / _RATE), side="right")


@frozen
class Sound:
    """Loudness in dBFS for every ``STEP`` seconds, and ``BANDS`` shares of 255 of its energy."""

    loudness: tuple[float, ...] = ()
    bands: bytes = field(default=b"", repr=False)
    begins: float = 0.0
    """The time of the first step."""

    def between(self, start: float, end: float) -> tuple[float | None, tuple[float, ...]]:
        """Loudness (None where there is no sound at all) and band shares from start to end."""
        count = len(self.loudness)
        if not count:
            return None, ()
        first = round((start - self.begins) / STEP)
        last = max(round((end - self.begins) / STEP), first + 1)
        # A track that ends early is silent from then on; its last step may be a short one.
        silent = max(0, last - count - 1)
        if first > count:
            return SILENCE, (0.0,) * BANDS
        first, last = min(first, count - 1), min(last, count)
        power = 10 ** (np.array(self.loudness[first:last]) / 10)
        bands = np.frombuffer(self.bands, np.uint8).reshape(-1, BANDS)[first:last]
        shares = (bands * power[:, None]).sum(axis=0) / (255 * power.sum())
        mean = float(power.sum()) / (len(power) + silent)
        return round(10 * math.log10(mean), 1), tuple(round(float(share), 3) for share in shares)


def hear(container: InputContainer, longest: float) -> Sound:
    """The first ``longest`` seconds of the sound of the file, mixed down to one channel."""
    loudness: list[float] = []
    bands: list[bytes] = []
    for window in islice(_windows(container, longest), math.ceil(longest / STEP)):
        power = float(np.mean(window**2))
        swing = (window - window.mean()) * np.hanning(len(window))
        energy = np.bincount(_BAND_OF, np.abs(np.fft.rfft(swing, _WINDOW)) ** 2, BANDS)
        total = float(energy.sum())
        loudness.append(round(max(SILENCE, 10 * float(np.log10(power + 1e-12))), 1))
        bands.append(np.rint(energy * (255 / total if total else 0)).astype(np.uint8).tobytes())
    return Sound(tuple(loudness), b"".join(bands))


def _windows(container: InputContainer, longest: float) -> Iterator[Floats]:
    resampler = AudioResampler(format="flt", layout="mono", rate=_RATE)
    held: Floats | None = None
    begins, passed, before = beginning(container), 0, 0
    for frame in decoded(container, sound_stream(container)):
        if not isinstance(frame, AudioFrame):
            continue
        if held is None:
            # A track that begins late is silent until then.
            late = min(max(0.0, (frame.time or 0.0) - begins), longest)
            held = np.zeros(round(late * _RATE))
        elif frame.time is not None:
            # Where sound is missing it is silent, if the next frame confirms the gap: a single one
            # may have an odd time.
            gap = round((frame.time - begins) * _RATE) - passed - len(held)
            if gap > _WINDOW and abs(gap - before) < _WINDOW:
                for _ in range(gap // _WINDOW):
                    yield np.concatenate([held, np.zeros(_WINDOW - len(held))])
                    passed, held = passed + _WINDOW, np.zeros(len(held))
            before = gap
        # Decoders may number a damaged stretch oddly; the resampler refuses that, and only counts.
        frame.pts = None
        try:
            pieces = resampler.resample(frame)
        except ValueError:
            # The stream continues in another form, as broadcasts do.
            resampler = AudioResampler(format="flt", layout="mono", rate=_RATE)
            pieces = resampler.resample(frame)
        for piece in pieces:
            held = np.concatenate([held, np.asarray(piece.to_ndarray(), np.float64).ravel()])
        while len(held) >= _WINDOW:
            yield held[:_WINDOW]
            passed, held = passed + _WINDOW, held[_WINDOW:]
    if held is not None and len(held) >= _WINDOW // 4:
        yield held

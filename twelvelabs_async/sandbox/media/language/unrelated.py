"""How near a clip is to words that say nothing of it: a stable order, as embeddings give one.

Words become a direction in the space of what is measured, by a hash; a clip is as near as it lies
that way. So clips that are alike are about as near, and the same words order them the same way, in
whatever language they are.
"""

from __future__ import annotations

import math
import unicodedata
from hashlib import blake2b
from typing import Final

import numpy as np

from ..measure.measures import Clip
from ..measure.pixels import COLOURS, Floats
from ..measure.sound import BANDS
from .words import tokens

__all__ = ["TRAITS", "Direction", "traits"]

TRAITS: Final = len(COLOURS) + BANDS + 4


class Direction:
    """The direction of some words."""

    def __init__(self, text: str) -> None:
        plain = unicodedata.normalize("NFKC", text).casefold()
        # Marks between the words mean nothing, unless there are only marks.
        said = " ".join(tokens(plain)) or " ".join(plain.split())
        digest = blake2b(said.encode("utf-8", "replace"), digest_size=TRAITS)
        self._direction = [byte - 127.5 for byte in digest.digest()]
        self._length = math.hypot(*self._direction)

    def nearness(self, rows: Floats) -> Floats:
        """Of each row of traits, from 0 to 1, both excluded."""
        lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
        cosines = rows @ np.array(self._direction) / (self._length * lengths)
        return np.asarray(0.5 + 0.49 * cosines, np.float64)


def traits(clip: Clip) -> list[float]:
    """What is compared of a clip; never all zero."""
    shares = {colour.name: colour.share for colour in clip.colours}
    loudness = -90.0 if clip.loudness is None else clip.loudness
    return [
        *(shares.get(name, 0.0) for name in COLOURS),
        *(clip.bands or [0.0] * BANDS),
        clip.brightness or 0.0,
        min(1.0, clip.motion or 0.0),
        1.0 + loudness / 90,
        0.1,
    ]

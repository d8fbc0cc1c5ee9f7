"""512 numbers for a text, a picture, a clip or a whole film: unit vectors in one shared space.

A vector is made of named blocks: colours, light, motion, loudness, the octaves of the sound, the
coarse picture, and hashed words. Like content is close since it fills the same blocks alike: "red"
is closer to a red clip than to a blue one, a frame to the clips of its own shot, a spoken line to
the clip that says it. A clip's picture is the mean of its frames': which of two clips of one shot a
frame is from is for ``query.rank`` to find. The options of one clip differ since each fills its own
blocks. These are not the service's embeddings, and cannot be compared with them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from itertools import accumulate, pairwise
from typing import Final

import numpy as np

from ..measure.document import Page
from ..measure.film import Clip, Film
from ..measure.pixels import COLOURS, FEATURES, Floats, Look, features, image_look
from ..measure.processes import IMAGE, run
from ..measure.sound import BANDS
from .words import concepts, content, degree, stem

__all__ = [
    "DIMENSIONS",
    "clip_vector",
    "film_vector",
    "image_vector",
    "joint_vector",
    "page_vector",
    "quadrant_vector",
    "segments",
    "text_image_vector",
    "text_vector",
    "uncertainty",
]

DIMENSIONS: Final = 512

# Concepts that say more or less of one thing. Each block has a place more, for what is none of
# them, so that it is as long for any clip: a clip is no further from a picture for moving more.
_SCALES: Final[Mapping[str, tuple[str, ...]]] = {
    "light": ("dark", "bright"),
    "motion": ("still", "slow", "fast"),
    "loudness": ("silent", "quiet", "loud"),
}
_PITCHES: Final = {"bass": (1, 1, 1, 0, 0, 0, 0, 0), "treble": (0, 0, 0, 0, 0, 1, 1, 1)}
_SIZES: Final = {
    "base": 1,
    "colours": len(COLOURS),
    **{name: len(scale) + 1 for name, scale in _SCALES.items()},
    "bands": BANDS,
    "picture": FEATURES,
}
_WORDS: Final = sum(_SIZES.values())
_BLOCKS: Final = {
    name: slice(end - size, end)
    for (name, size), end in zip(_SIZES.items(), accumulate(_SIZES.values()), strict=True)
}
# What is said of nothing in particular still has a direction, and no vector is without length.
_BASE: Final = 0.1
# What a block is worth in the vector of a clip, beside its picture, its octaves or its words.
_COLOUR, _SCALE = 0.5, 0.25


def text_vector(text: str) -> list[float]:
    """The vector of a text."""
    return _unit(_text(text))


def image_vector(image: bytes) -> list[float]:
    """The vector of a JPEG or PNG file's picture; raises ``MediaError`` if it cannot be read."""
    return _unit(_image(image))


def text_image_vector(text: str | None, images: Sequence[bytes]) -> list[float]:
    """One vector of a text and pictures together: the mean of their own."""
    parts = [_image(image) for image in images]
    if text:
        parts.append(_text(text))
    return _unit(_mean(parts))


def joint_vector(vectors: Sequence[Sequence[float]]) -> list[float]:
    """One vector of several contents together: the mean of their own."""
    return _unit(_mean([np.asarray(vector) for vector in vectors]))


def page_vector(page: Page) -> list[float]:
    """The vector of a page of a document: of its text and its photographs together."""
    parts = [_seen(look) for look in page.pictures]
    if page.text or not parts:
        parts.append(_text(page.text))
    return _unit(_mean(parts))


def quadrant_vector(page: Page, number: int) -> list[float]:
    """The vector of a quarter of a page, of its text alone: where a photograph lies is not read."""
    return _unit(_text(page.quadrants[number]))


def uncertainty(vector: Sequence[float], evidence: float) -> list[float]:
    """How uncertain each number of a vector is: 0 to 1.

    It is less for one that stands out, and less the more there was to look at: ``evidence`` counts
    seconds, words or pictures.
    """
    return [round((1 - min(1.0, abs(value))) / (1 + max(0.0, evidence)), 6) for value in vector]


def clip_vector(film: Film, clip: Clip | tuple[float, float], option: str) -> list[float]:
    """The vector of a clip, or of the stretch of the film between two times in seconds.

    ``option`` is "visual", "audio", "transcription", or "fused" for all of them.
    """
    measured = clip if isinstance(clip, Clip) else film.clip(*clip)
    return _unit(_option(measured, option))


def film_vector(film: Film, option: str) -> list[float]:
    """The vector of a whole film, sound or image: the mean of its clips', by their lengths."""
    lengths = [max(clip.end - clip.start, 1e-3) for clip in film.clips]
    return _unit(_mean([_option(clip, option) for clip in film.clips], lengths))


def segments(
    film: Film,
    *,
    start: float = 0.0,
    end: float | None = None,
    fixed: float | None = None,
    min_duration: float | None = None,
) -> list[Clip]:
    """The film from ``start`` to ``end``, in seconds, divided into the segments that are asked for.

    ``fixed`` makes them all that long but for the last; otherwise they begin where the film's clips
    do, and none, but where the whole is shorter, is shorter than ``min_duration``.
    """
    until = film.info.duration if end is None else min(end, film.info.duration)
    if film.info.kind == "image" or until <= start:
        return [film.clip(start, max(start, until))]
    if fixed:
        count = max(1, int(np.ceil(round((until - start) / fixed, 6))))
        edges = [start + n * fixed for n in range(count)]
    else:
        shortest = min_duration or 0.0
        edges = [start]
        for begins, _ in film.spans:
            ahead, left = begins - edges[-1], until - begins
            if ahead >= max(shortest, 1e-3) and left >= max(shortest, 1e-3):
                edges.append(begins)
    edges = [round(edge, 3) for edge in [*edges, until]]
    return [film.clip(begins, ends) for begins, ends in pairwise(edges)]


def _text(text: str) -> Floats:
    words = content(text)
    named = dict.fromkeys(concepts(words), 1.0)
    vector = _blank()
    _put(vector, "colours", [named.get(colour, 0.0) for colour in COLOURS], 1.0)
    for name, scale in _SCALES.items():
        _put(vector, name, [named.get(concept, 0.0) for concept in scale], 1.0)
    for pitch, bands in _PITCHES.items():
        if pitch in named:
            _put(vector, "bands", bands, 1.0)
    # Hashed words count for less than concepts: "red" is first of all a colour.
    vector[_WORDS:] = _hashed(words) * (0.5 if named else 1.0)
    return vector


def _image(image: bytes) -> Floats:
    return _seen(run(IMAGE, image_look, image))


def _seen(seen: Look) -> Floats:
    vector = _blank()
    _put(vector, "colours", np.sqrt(np.frombuffer(seen.shares, np.uint8)), _COLOUR)
    vector[_BLOCKS["picture"]] = _picture(seen.cells)
    return vector


def _option(clip: Clip, option: str) -> Floats:
    if option == "fused":
        return _mean([_option(clip, each) for each in ("visual", "audio", "transcription")])
    vector = _blank()
    if option == "visual" and clip.cells:
        shares = {colour.name: colour.share for colour in clip.colours}
        _put(vector, "colours", np.sqrt([shares.get(name, 0.0) for name in COLOURS]), _COLOUR)
        _put_scale(vector, "light", clip)
        _put_scale(vector, "motion", clip)
        vector[_BLOCKS["picture"]] = _picture(clip.cells)
    elif option == "audio":
        _put_scale(vector, "loudness", clip)
        _put(vector, "bands", np.sqrt(clip.bands), _COLOUR)
    elif option == "transcription":
        vector[_WORDS:] = _hashed(content(clip.transcription or ""))
    return vector


def _picture(cells: bytes) -> Floats:
    mean: Floats = features(cells).mean(axis=0)
    return mean / max(float(np.linalg.norm(mean)), 1e-9)


def _hashed(words: Sequence[str]) -> Floats:
    vector = np.zeros(DIMENSIONS - _WORDS)
    for word in words:
        seed = int.from_bytes(blake2b(stem(word).encode(), digest_size=8).digest(), "big")
        # Each word has four places, so that two that share one still differ.
        for turn in range(4):
            part = (seed >> (16 * turn)) & 0xFFFF
            vector[part % len(vector)] += 1 if part & 0x8000 else -1
    length = float(np.linalg.norm(vector))
    return vector / length if length else vector


def _put(vector: Floats, block: str, values: Sequence[float] | Floats, weight: float) -> None:
    """Set the first numbers of a block to the values, scaled to be ``weight`` long together."""
    length = float(np.linalg.norm(values))
    if length:
        start = _BLOCKS[block].start
        vector[start : start + len(values)] = weight * np.asarray(values) / length


def _put_scale(vector: Floats, block: str, clip: Clip) -> None:
    degrees = [degree(clip, concept) for concept in _SCALES[block]]
    rest = max(0.0, 1 - sum(each**2 for each in degrees)) ** 0.5
    _put(vector, block, [*degrees, rest], _SCALE)


def _blank() -> Floats:
    vector = np.zeros(DIMENSIONS)
    vector[0] = _BASE
    return vector


def _mean(parts: Sequence[Floats], weights: Sequence[float] | None = None) -> Floats:
    units = [part / np.linalg.norm(part) for part in parts]
    return np.asarray(np.average(units, axis=0, weights=weights), np.float64)


def _unit(vector: Floats) -> list[float]:
    unit: list[float] = (vector / np.linalg.norm(vector)).tolist()
    return unit

"""Ranks the clips of films by what a query says or shows.

Each search option scores a clip from 0 to 100, or not at all:

- ``visual``: words about colours, light and motion, and pictures. A picture scores by how near it
  comes to a frame of the clip; with words as well, the score is the mean of the two.
- ``audio``: words about loudness and pitch.
- ``transcription``: the words of the query in the clip's subtitle lines, ``lexical`` as they stand
  and ``semantic`` by their stems and synonyms.

Words that mean nothing to an option are no reason to leave a clip out, and none to put it in. It is
no stand-in for a model: "a dog" is found where somebody says it.

Embeddings are near or far, never unrelated, so that a model ranks every clip for any words. With
``rank_all`` this does too: clips that the words do not describe follow those that they do, with a
score below ``WEAKEST``. ``unrelated`` has their order.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import overload

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from ..measure.film import Film
from ..measure.likeness import Paths
from ..measure.pixels import Floats, image_look
from ..measure.processes import IMAGE, run
from .clip_table import Clips, Numbers, meanings
from .unrelated import Direction
from .words import AUDIO, VISUAL, concepts, content

__all__ = ["WEAKEST", "Hit", "Query", "Ranking", "rank", "rank_clips"]

# The least score of a clip that answers; clips that do not have less.
WEAKEST = 5.0
# The distance at which a picture and a frame have little more in common than any two.
_UNLIKE = 16.0
# Below this a picture and a clip are unrelated, and the clip is not a hit.
_LIKE_ENOUGH = 15.0


def _count(images: Sequence[bytes]) -> str:
    return f"<{len(images)} images>"


@frozen(kw_only=True)
class Query:
    """Words, images (the bytes of JPEG or PNG files), or both.

    Several ``images`` together are one question: a clip's score is their mean. ``entity_images``
    show one thing in several ways: the best of them counts.
    """

    text: str | None = None
    images: Sequence[bytes] = field(factory=tuple[bytes, ...], repr=_count)
    entity_images: Sequence[bytes] = field(factory=tuple[bytes, ...], repr=_count)

    @property
    def pictured(self) -> bool:
        """Whether it shows anything."""
        return bool(self.images or self.entity_images)


@frozen(kw_only=True)
class Hit:
    """A clip that answers a query.

    ``key`` is the film's in the mapping given; ``start``, ``end`` and ``thumbnail_at`` are seconds;
    ``score`` is above 0 and at most 100.
    """

    key: str
    start: float
    end: float
    score: float
    transcription: str | None
    thumbnail_at: float


@frozen(eq=False)
class Ranking(Sequence[Hit]):
    """Hits, best first; each is made when it is looked at.

    ``rows`` are the clips', ``scores`` theirs. ``moments`` are those at which each clip is most
    like the query's images, NaN for a clip without pictures; None for a query without images.
    """

    clips: Clips
    rows: Numbers
    scores: Floats
    moments: Floats | None

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, place: int) -> Hit: ...
    @overload
    def __getitem__(self, place: slice) -> list[Hit]: ...
    def __getitem__(self, place: int | slice) -> Hit | list[Hit]:
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(len(self)))]
        clips, row = self.clips, int(self.rows[place])
        start, end = float(clips.start[row]), float(clips.end[row])
        moment = math.nan if self.moments is None else float(self.moments[row])
        return Hit(
            key=clips.keys[int(clips.film[row])],
            start=start,
            end=end,
            score=float(self.scores[place]),
            transcription=clips.texts[row],
            thumbnail_at=round((start + end) / 2 if math.isnan(moment) else moment, 3),
        )

    def above(self, least: float) -> Ranking:
        """The hits with a higher score."""
        count = int(np.count_nonzero(self.scores > least))
        return Ranking(self.clips, self.rows[:count], self.scores[:count], self.moments)


def rank(
    query: Query,
    films: Mapping[str, Film],
    *,
    options: Sequence[str] = ("visual", "audio", "transcription"),
    operator: str = "or",
    transcription_options: Sequence[str] = ("lexical", "semantic"),
    rank_all: bool = False,
) -> list[Hit]:
    """The clips that answer the query, best first; equal scores by key, then by start.

    With the ``operator`` "or" a clip has the score of its best option; with "and" it must score in
    every option that the query says something to, and has their mean. ``rank_all`` adds the clips
    that do not answer: with "or" all of them, with "and" only where no option understands the
    words. A query with images has no such clips. Raises ``MediaError`` for an image that cannot be
    read.
    """
    clips, paths = Clips.of(films), None
    if query.pictured:
        paths = Paths([films[key].likeness for key in clips.keys], clips.first)
    return [
        *rank_clips(
            query,
            clips,
            paths,
            options=options,
            operator=operator,
            transcription_options=transcription_options,
            rank_all=rank_all,
        )
    ]


def rank_clips(
    query: Query,
    clips: Clips,
    paths: Paths | None,
    *,
    allowed: Collection[str] | None = None,
    options: Sequence[str] = ("visual", "audio", "transcription"),
    operator: str = "or",
    transcription_options: Sequence[str] = ("lexical", "semantic"),
    rank_all: bool = False,
) -> Ranking:
    """The same of clips, of the films ``allowed`` if that is given.

    ``paths`` are those of the clips, which images are compared with; words need none.
    """
    words = content(query.text or "")
    images = [_cells(image) for image in query.images]
    entity = [_cells(image) for image in query.entity_images]
    here = np.ones(len(clips), np.bool_)
    if allowed is not None:
        here = np.array([key in allowed for key in clips.keys], np.bool_)[clips.film]
    shown, moments = np.zeros(len(clips)), None
    if paths is not None and query.pictured:
        shown, moments = _shown(paths, images, entity)
    scored = {
        "visual": _visual(clips, words, shown, pictured=query.pictured),
        "audio": _described(clips, words, AUDIO),
        "transcription": _spoken(clips, words, transcription_options),
    }
    given = [scored.get(option) for option in dict.fromkeys(options)]
    scores = _combined([each for each in given if each is not None], operator, len(clips))
    answers = here & (scores > 0)
    rows, found = np.flatnonzero(answers), np.maximum(scores, WEAKEST)[answers]
    if rank_all and query.text is not None and not query.pictured:
        understood = len(rows) or any(_names(words, option) for option in options)
        if operator == "or" or not understood:
            has = [_has(clips, option, transcription_options) for option in options]
            others = np.flatnonzero(here & ~answers & np.any([np.zeros_like(here), *has], axis=0))
            nearness = Direction(query.text).nearness(clips.traits[others])
            rows = np.concatenate([rows, others])
            found = np.concatenate([found, WEAKEST * nearness])
    found = np.round(found, 4)
    # Rows are in the order of their keys and starts.
    order = np.lexsort((rows, -found))
    return Ranking(clips, rows[order], found[order].astype(np.float64), moments)


def _shown(paths: Paths, images: Sequence[bytes], entity: Sequence[bytes]) -> tuple[Floats, Floats]:
    """How like the pictures each clip is, and the moments at which it is most like one of them."""
    found = [paths.nearest(cells) for cells in (*images, *entity)]
    distances, moments = np.array([each for each, _ in found]), np.array([at for _, at in found])
    alike = 100 * np.exp(-distances / _UNLIKE)
    together, alternatives = alike[: len(images)], alike[len(images) :]
    if entity:
        together = np.concatenate([together, alternatives.max(axis=0, keepdims=True)])
    closest = distances.argmin(axis=0)
    return together.mean(axis=0), moments[closest, np.arange(len(closest))]


def _cells(image: bytes) -> bytes:
    return run(IMAGE, image_look, image).cells


def _combined(scores: Sequence[Floats], operator: str, count: int) -> Floats:
    if not scores:
        return np.zeros(count)
    if operator == "or":
        return np.asarray(np.max(scores, axis=0), np.float64)
    return np.where(np.all(scores, axis=0), np.mean(scores, axis=0), 0.0)


def _names(words: Sequence[str], option: str) -> bool:
    """Whether the words name something that the option measures."""
    measured = {"visual": VISUAL, "audio": AUDIO}.get(option, ())
    return any(concept in measured for concept in concepts(words))


def _has(clips: Clips, option: str, how: Sequence[str]) -> NDArray[np.bool_]:
    """Whether each clip has what the option searches in. Exact words have no degrees."""
    match option:
        case "visual":
            return clips.seen
        case "audio":
            return clips.heard
        case _:
            return clips.spoken & ("semantic" in how)


# Each option's scores are None where the query says nothing to it.


def _visual(clips: Clips, words: Sequence[str], shown: Floats, *, pictured: bool) -> Floats | None:
    said = _described(clips, words, VISUAL)
    if not pictured:
        return said
    shown = np.where(shown >= _LIKE_ENOUGH, shown, 0.0)
    return shown if said is None else (shown + said) / 2


def _described(clips: Clips, words: Sequence[str], by: Sequence[str]) -> Floats | None:
    asked = [concept for concept in concepts(words) if concept in by]
    return np.asarray(100 * clips.degrees(asked).mean(axis=1), np.float64) if asked else None


def _spoken(clips: Clips, words: Sequence[str], how: Sequence[str]) -> Floats | None:
    if not words:
        return None
    scores = np.zeros(len(clips))
    if "lexical" in how:
        overlap = _overlap(words, clips.words, len(clips))
        scores = 0.9 * overlap
        # A phrase said as it was asked for comes before its words said here and there.
        for row in map(int, np.flatnonzero(overlap == 1)):
            said = content(clips.texts[row] or "")
            if any(said[n : n + len(words)] == list(words) for n in range(len(said))):
                scores[row] = 1.0
    if "semantic" in how:
        scores = np.maximum(scores, 0.8 * _overlap(meanings(words), clips.meant, len(clips)))
    return 100 * scores


def _overlap(asked: Sequence[str], said: Mapping[str, Numbers], count: int) -> Floats:
    """The share of the words that is said in each clip."""
    found = np.zeros(count)
    for word in asked:
        if word in said:
            found[said[word]] += 1
    return found / len(asked)

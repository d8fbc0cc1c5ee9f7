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
from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean

from attrs import field, frozen

from ..measure.film import Clip, Film
from ..measure.likeness import Nearest
from ..measure.pixels import image_look
from ..measure.processes import IMAGE, run
from .unrelated import Direction
from .words import AUDIO, VISUAL, concepts, content, degree, stem

__all__ = ["WEAKEST", "Hit", "Query", "rank"]

# The least score of a clip that answers; clips that do not have less.
WEAKEST = 5.0
# The distance at which a picture and a frame have little more in common than any two.
_UNLIKE = 16.0
# Below this a picture and a clip are unrelated, and the clip is no hit.
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
    words = content(query.text or "")
    images = [_cells(image) for image in query.images]
    entity = [_cells(image) for image in query.entity_images]
    hits: list[Hit] = []
    others: list[tuple[str, Clip]] = []
    for key, film in films.items():
        together = [film.likeness.nearest(cells) for cells in images]
        alternatives = [film.likeness.nearest(cells) for cells in entity]
        for number, clip in enumerate(film.clips):
            near = [found[number] for found in together if number in found]
            any_near = [found[number] for found in alternatives if number in found]
            shown = [_similarity(each) for each in near]
            if any_near:
                shown.append(max(map(_similarity, any_near)))
            scores = {
                "visual": _visual(clip, words, (fmean(shown) if shown else 0.0), images + entity),
                "audio": _described(clip, words, AUDIO),
                "transcription": _spoken(clip, words, transcription_options),
            }
            given = [scores.get(option) for option in dict.fromkeys(options)]
            score = _combined([each for each in given if each is not None], operator)
            if score > 0:
                hits.append(_hit(key, clip, max(score, WEAKEST), [*near, *any_near]))
            elif rank_all:
                others.append((key, clip))
    if query.text is not None and not images and not entity:
        understood = hits or any(_names(words, option) for option in options)
        if operator == "or" or not understood:
            direction = Direction(query.text)
            hits += [
                _hit(key, clip, WEAKEST * direction.nearness(clip), [])
                for key, clip in others
                if any(_has(clip, option, transcription_options) for option in options)
            ]
    return sorted(hits, key=lambda hit: (-hit.score, hit.key, hit.start))


def _cells(image: bytes) -> bytes:
    return run(IMAGE, image_look, image).cells


def _combined(scores: Sequence[float], operator: str) -> float:
    if operator == "or":
        return max(scores, default=0.0)
    return fmean(scores) if scores and all(scores) else 0.0


def _hit(key: str, clip: Clip, score: float, near: Sequence[Nearest]) -> Hit:
    closest = min(near, key=lambda each: each.distance, default=None)
    middle = round((clip.start + clip.end) / 2, 3)
    return Hit(
        key=key,
        start=clip.start,
        end=clip.end,
        score=round(score, 4),
        transcription=clip.transcription,
        thumbnail_at=closest.at if closest else middle,
    )


def _names(words: Sequence[str], option: str) -> bool:
    """Whether the words name something that the option measures."""
    measured = {"visual": VISUAL, "audio": AUDIO}.get(option, ())
    return any(concept in measured for concept in concepts(words))


def _has(clip: Clip, option: str, how: Sequence[str]) -> bool:
    """Whether a clip has what the option searches in. Exact words have no degrees."""
    match option:
        case "visual":
            return bool(clip.cells)
        case "audio":
            return clip.loudness is not None
        case _:
            return bool(clip.lines) and "semantic" in how


def _similarity(near: Nearest) -> float:
    return 100 * math.exp(-near.distance / _UNLIKE)


# Each option's score is None where the query says nothing to it.


def _visual(
    clip: Clip, words: Sequence[str], shown: float, pictures: Sequence[bytes]
) -> float | None:
    said = _described(clip, words, VISUAL)
    if not pictures:
        return said
    shown = shown if shown >= _LIKE_ENOUGH else 0.0
    return shown if said is None else (shown + said) / 2


def _described(clip: Clip, words: Sequence[str], by: Sequence[str]) -> float | None:
    asked = [concept for concept in concepts(words) if concept in by]
    return 100 * fmean(degree(clip, concept) for concept in asked) if asked else None


def _spoken(clip: Clip, words: Sequence[str], how: Sequence[str]) -> float | None:
    if not words:
        return None
    said = content(clip.transcription or "")
    scores = [0.0]
    if "lexical" in how:
        # A phrase said as it was asked for comes before its words said here and there.
        phrase = any(said[n : n + len(words)] == list(words) for n in range(len(said)))
        scores.append((1.0 if phrase else 0.9) * _overlap(words, said))
    if "semantic" in how:
        scores.append(0.8 * _overlap(list(_meanings(words)), list(_meanings(said))))
    return 100 * max(scores)


def _meanings(words: Sequence[str]) -> Iterator[str]:
    for word in words:
        yield next(iter(concepts([word])), stem(word))


def _overlap(asked: Sequence[str], said: Sequence[str]) -> float:
    spoken = set(said)
    return sum(word in spoken for word in asked) / len(asked)

"""Finds what answers words among the items of a knowledge store: clips of videos, and images."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from attrs import frozen

from .media.language.query import WEAKEST, Hit, Query, rank
from .media.measure.film import Film

__all__ = ["MODALITIES", "Match", "find_matches", "grouped"]

_OPTIONS: Final[Mapping[str, Sequence[str]]] = {
    "visual": ("visual",),
    # Speech is heard, too.
    "audio": ("audio", "transcription"),
}
MODALITIES: Final = tuple(_OPTIONS)


@frozen(kw_only=True)
class Match:
    """A clip of a video, or an image, that words find; its seconds are 0 for an image."""

    item_id: str
    start: float
    end: float
    score: float
    modalities: Sequence[str]
    transcription: str | None
    thumbnail_at: float

    @property
    def answers(self) -> bool:
        """Whether the words describe it; else it is only ranked after those that they do."""
        return self.score >= WEAKEST

    @property
    def place(self) -> tuple[float, str, float]:
        """What matches are sorted by: the best first, equal ones by item and time."""
        return (-self.score, self.item_id, self.start)


def find_matches(
    words: str, films: Mapping[str, Film], modalities: Collection[str], *, rank_all: bool
) -> list[Match]:
    """The matches among items by their ids, best first.

    Videos are matched by ``modalities``, images always by what they show. ``rank_all`` has clips
    that the words do not describe follow those that they do.
    """
    images = {key: film for key, film in films.items() if film.info.kind == "image"}
    videos = {key: film for key, film in films.items() if key not in images}
    found: dict[tuple[str, float], dict[str, Hit]] = {}
    for modality, options in _OPTIONS.items():
        searched = {
            **(videos if modality in modalities else {}),
            **(images if modality == "visual" else {}),
        }
        for hit in rank(Query(text=words), searched, options=options, rank_all=rank_all):
            found.setdefault((hit.key, hit.start), {})[modality] = hit
    return sorted((_match(by_modality) for by_modality in found.values()), key=lambda m: m.place)


def _match(by_modality: Mapping[str, Hit]) -> Match:
    best = max(by_modality, key=lambda name: by_modality[name].score)
    hit = by_modality[best]
    answering = [name for name, one in by_modality.items() if one.score >= WEAKEST]
    return Match(
        item_id=hit.key,
        start=hit.start,
        end=hit.end,
        score=hit.score,
        modalities=answering or [best],
        transcription=hit.transcription,
        thumbnail_at=hit.thumbnail_at,
    )


def grouped(matches: Sequence[Match]) -> list[list[Match]]:
    """The matches of each item, best first; the item with the best match is the first."""
    groups: dict[str, list[Match]] = {}
    for match in matches:
        groups.setdefault(match.item_id, []).append(match)
    return list(groups.values())

"""Ranks the clips of films by what a query says or shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import field, frozen

from .film import Film


@frozen(kw_only=True)
class Query:
    """Words, images (JPEG or PNG bytes), or both."""

    text: str | None = None
    images: Sequence[bytes] = field(factory=tuple[bytes, ...])
    entity_images: Sequence[bytes] = field(factory=tuple[bytes, ...])


@frozen(kw_only=True)
class Hit:
    """A clip that answers a query."""

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
) -> list[Hit]:
    raise NotImplementedError

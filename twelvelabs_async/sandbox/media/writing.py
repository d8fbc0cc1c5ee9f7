"""Text composed from what was measured in a film."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from .film import Film


@frozen(kw_only=True)
class Chapter:
    number: int
    start: float
    end: float
    title: str
    summary: str


@frozen(kw_only=True)
class Highlight:
    start: float
    end: float
    title: str
    summary: str


@frozen(kw_only=True)
class Gist:
    title: str
    topics: list[str]
    hashtags: list[str]


@frozen(kw_only=True)
class Answer:
    """Text within a token limit, and why it ends: "stop" or "length"."""

    text: str
    finish_reason: str
    output_tokens: int


def describe(film: Film, prompt: str = "") -> str:
    raise NotImplementedError


def summary(film: Film, prompt: str = "") -> str:
    raise NotImplementedError


def chapters(film: Film, prompt: str = "") -> list[Chapter]:
    raise NotImplementedError


def highlights(film: Film, prompt: str = "") -> list[Highlight]:
    raise NotImplementedError


def gist(film: Film) -> Gist:
    raise NotImplementedError


def pieces(text: str) -> Iterator[str]:
    raise NotImplementedError


def count_tokens(text: str) -> int:
    raise NotImplementedError


def limit(text: str, max_tokens: int | None) -> Answer:
    raise NotImplementedError

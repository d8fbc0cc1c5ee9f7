"""Answers to questions about a knowledge store, made of what its items show, with citations."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import islice
from typing import Any, Final

import orjson
from attrs import evolve, field, frozen

from .knowledge_records import ItemCollection, KnowledgeStoreItem
from .media.json_schema import fill_within_limits
from .media.language.facts import clip_sentence, clip_title, whole
from .media.language.json_prompt import asked_schema
from .media.language.writing import asked_subjects, respond, summary
from .media.measure.film import Film
from .media.measure.measures import NOTHING
from .preset_answers import write_preset
from .store_search import MODALITIES, Match, find_matches, grouped

__all__ = ["SELECTION", "Citation", "Question", "Written", "write_answer"]

SELECTION: Final = re.compile(r"\{\{sel:(\d+)\}\}", re.ASCII)
"""What stands for a selection in a question."""
_BRIEF: Final = re.compile(
    r"\b(?:one|a single) sentence\b|\bbrief|\bshort\b|\bconcise", re.IGNORECASE
)
_MOST_CLIPS: Final = 5
_MOST_ITEMS: Final = 3
# A clip that answers half as well as the best one says nothing new.
_GOOD_ENOUGH: Final = 0.5


@frozen(kw_only=True)
class Question:
    """What is asked, and of what.

    ``films`` are what was measured of the items that are ready, by their ids. ``preferred`` are the
    ids of those that were selected. ``earlier`` is what was asked before in the session.
    """

    text: str
    instructions: str
    earlier: str
    items: Mapping[str, KnowledgeStoreItem]
    films: Mapping[str, Film] = field(repr=False)
    preferred: AbstractSet[str]
    collections: Sequence[ItemCollection]
    schema: Mapping[str, object] | None
    fences: str
    preset: Any = None
    """The answer that is set for it, if any."""


@frozen(kw_only=True)
class Citation:
    """What a marker in the text stands for: a video or a stretch of it, an image, or a collection.

    ``start_index`` and ``end_index`` are the marker's first and last code point.
    """

    start_index: int
    end_index: int
    item: KnowledgeStoreItem | None = None
    collection: ItemCollection | None = None
    start: float | None = None
    end: float | None = None
    thumbnail_at: float = 0.0


@frozen(kw_only=True)
class Written:
    """An answer: its text, what it cites, and what was looked for and found on the way."""

    text: str
    citations: Sequence[Citation]
    words: str
    found: Sequence[Match]


@frozen(kw_only=True)
class _Source:
    item: KnowledgeStoreItem | None = None
    collection: ItemCollection | None = None
    start: float | None = None
    end: float | None = None
    thumbnail_at: float = 0.0

    @property
    def key(self) -> tuple[str, float | None]:
        record = self.item or self.collection
        return (record.id if record else "", self.start)


class _Writer:
    """Writes sentences, each with a marker of what it is about; the same thing has one number."""

    def __init__(self) -> None:
        self.text = ""
        self.citations: list[Citation] = []
        self._numbers: dict[tuple[str, float | None], int] = {}

    def say(self, sentence: str, source: _Source) -> None:
        number = self._numbers.setdefault(source.key, len(self._numbers) + 1)
        marker = f"[{number}]"
        space = " " if self.text else ""
        before = f"{self.text}{space}{sentence.rstrip('.')} "
        self.text = f"{before}{marker}."
        self.citations.append(
            Citation(
                start_index=len(before),
                end_index=len(before) + len(marker) - 1,
                item=source.item,
                collection=source.collection,
                start=source.start,
                end=source.end,
                thumbnail_at=source.thumbnail_at,
            )
        )


def write_answer(question: Question) -> Written:
    """The answer: JSON for a schema, or where the words ask for JSON; else sentences.

    Raises ``SchemaError`` for a schema that no value is found for.
    """
    words = SELECTION.sub(" ", question.text).strip()
    found = _found(question, words)
    asked = "\n".join(filter(None, [question.text, question.instructions]))
    best = question.films[found[0].item_id] if found else NOTHING
    if question.preset is not None:
        text = write_preset(question.preset, question.schema, best, asked)
    elif question.schema is not None:
        value = fill_within_limits(question.schema, best, asked)
        text = orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    elif asked_schema(asked) is not None:
        text = respond(best, asked, fences=question.fences)
    else:
        writer = _prose(question, found, asked)
        return Written(text=writer.text, citations=writer.citations, words=words, found=found)
    return Written(text=text, citations=[], words=words, found=found)


def _found(question: Question, words: str) -> list[Match]:
    """What the answer is about: clips that answer, or else the best of each item."""
    preferred = question.preferred & question.films.keys()
    ranked: list[Match] = []
    for asked in dict.fromkeys([words, f"{question.earlier} {words}"]):
        ranked = find_matches(asked or "?", question.films, MODALITIES, rank_all=True)
        answering = [match for match in ranked if match.answers]
        # A selection is a preference: what it does not answer, the others may.
        chosen = [match for match in answering if match.item_id in preferred] or answering
        if chosen:
            least = _GOOD_ENOUGH * chosen[0].score
            best = [match for match in chosen if match.score >= least][:_MOST_CLIPS]
            return _joined(best, question.films)
    items = [group[0] for group in grouped(ranked)]
    return ([m for m in items if m.item_id in preferred] or items)[:_MOST_ITEMS]


def _joined(matches: Sequence[Match], films: Mapping[str, Film]) -> list[Match]:
    """The same with clips that follow one another in a shot as one, in the place of the best."""
    joined: list[Match] = []
    for match in matches:
        for place, other in enumerate(joined):
            border = max(match.start, other.start)
            touching = border == min(match.end, other.end) and match.end > 0
            same_film = match.item_id == other.item_id
            if same_film and touching and border not in films[match.item_id].cuts:
                start, end = min(match.start, other.start), max(match.end, other.end)
                joined[place] = evolve(other, start=start, end=end)
                break
        else:
            joined.append(match)
    return joined


def _prose(question: Question, found: Sequence[Match], asked: str) -> _Writer:
    writer = _Writer()
    if not found:
        writer.text = "The knowledge store has no items that are ready to be asked about."
        return writer
    about_whole = not found[0].answers
    # The description of a clip has all other subjects.
    subjects = asked_subjects(asked) & {"length", "cuts"}
    if subjects or about_whole:
        for match in found if about_whole else found[:1]:
            item, film = question.items[match.item_id], question.films[match.item_id]
            middle = film.info.duration / 2
            writer.say(
                f'"{item.title}": {summary(film, asked)}', _Source(item=item, thumbnail_at=middle)
            )
    for match in () if about_whole else found:
        item, film = question.items[match.item_id], question.films[match.item_id]
        writer.say(f'"{item.title}", {_description(film, match)}', _source(item, match))
    for collection in islice(question.collections, _MOST_ITEMS):
        members = sum(identifier in collection.members for identifier in question.films)
        writer.say(
            f'The collection "{collection.name}" has {members} items that are ready',
            _Source(collection=collection),
        )
    if _BRIEF.search(asked):
        return _first_sentence(writer)
    return writer


def _description(film: Film, match: Match) -> str:
    if film.info.kind == "image":
        return f"a picture in {clip_title(whole(film)).lower()}"
    sentence = clip_sentence(film.clip(match.start, match.end))
    return sentence[0].lower() + sentence[1:]


def _source(item: KnowledgeStoreItem, match: Match) -> _Source:
    if item.asset_type == "image":
        return _Source(item=item)
    return _Source(item=item, start=match.start, end=match.end, thumbnail_at=match.thumbnail_at)


def _first_sentence(writer: _Writer) -> _Writer:
    first = writer.citations[0]
    writer.text = writer.text[: first.end_index + 2]
    del writer.citations[1:]
    return writer

"""The clips of many films as rows of numbers, so that a query looks at all of them together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import accumulate
from typing import Any, Final, TypeAlias

import numpy as np
import orjson
from attrs import field, frozen
from numpy.typing import NDArray

from ..measure.film import Film
from ..measure.pixels import Floats
from .unrelated import TRAITS, traits
from .words import AUDIO, VISUAL, concepts, content, degree, stem

__all__ = ["CONCEPTS", "ClipTable", "Clips", "Numbers", "meanings"]

CONCEPTS: Final = (*VISUAL, *AUDIO)
_FORMAT: Final = 1
_SPAN: Final = 2
_TRAITS: Final = _SPAN + len(CONCEPTS)

Numbers: TypeAlias = NDArray[np.intp]


def meanings(words: Sequence[str]) -> list[str]:
    """The concept that each word names, or else its stem."""
    return [next(iter(concepts([word])), stem(word)) for word in words]


@frozen(eq=False)
class ClipTable:
    """The clips of one film.

    A row of ``numbers`` is the clip's start and end, how far each of ``CONCEPTS`` is true of it,
    and its traits. ``seen`` and ``heard`` say whether it has pictures and sound.
    """

    duration: float
    numbers: Floats
    seen: NDArray[np.bool_]
    heard: NDArray[np.bool_]
    texts: Sequence[str | None]
    """What is said in each clip."""

    @classmethod
    def of(cls, film: Film) -> ClipTable:
        """The table of a film."""
        rows = [
            [clip.start, clip.end, *(degree(clip, each) for each in CONCEPTS), *traits(clip)]
            for clip in film.clips
        ]
        return cls(
            film.info.duration,
            np.array(rows, np.float64).reshape(len(rows), -1),
            np.array([bool(clip.cells) for clip in film.clips], np.bool_),
            np.array([clip.loudness is not None for clip in film.clips], np.bool_),
            [clip.transcription for clip in film.clips],
        )

    def to_json(self) -> bytes:
        """The table as a JSON document, read back by ``from_json``."""
        return orjson.dumps(
            {
                "format": _FORMAT,
                "concepts": CONCEPTS,
                "duration": self.duration,
                "numbers": self.numbers,
                "seen": self.seen,
                "heard": self.heard,
                "texts": self.texts,
            },
            option=orjson.OPT_SERIALIZE_NUMPY,
        )

    @classmethod
    def from_json(cls, document: bytes) -> ClipTable:
        """The table that ``to_json`` wrote; ``ValueError`` when another version did."""
        data: dict[str, Any] = orjson.loads(document)
        if data["format"] != _FORMAT or tuple(data["concepts"]) != CONCEPTS:
            raise ValueError("the table is another version's")
        return cls(
            data["duration"],
            np.array(data["numbers"], np.float64),
            np.array(data["seen"], np.bool_),
            np.array(data["heard"], np.bool_),
            data["texts"],
        )


def _by_key(tables: Mapping[str, ClipTable]) -> Mapping[str, ClipTable]:
    return dict(sorted(tables.items()))


@frozen(eq=False, slots=False)
class Clips:
    """The clips of films by the films' keys, one row each, sorted by key and start."""

    tables: Mapping[str, ClipTable] = field(converter=_by_key)

    @classmethod
    def of(cls, films: Mapping[str, Film]) -> Clips:
        """The clips of these films."""
        return cls({key: ClipTable.of(film) for key, film in films.items()})

    @cached_property
    def keys(self) -> Sequence[str]:
        """The films' keys, in order."""
        return [*self.tables]

    @cached_property
    def first(self) -> Sequence[int]:
        """The first row of each film, and how many rows there are."""
        return [0, *accumulate(len(table.seen) for table in self.tables.values())]

    @cached_property
    def film(self) -> Numbers:
        """The number of each row's film."""
        return np.repeat(np.arange(len(self.keys)), np.diff(self.first))

    @cached_property
    def _numbers(self) -> Floats:
        if not self.tables:
            return np.zeros((0, _TRAITS + TRAITS))
        return np.concatenate([table.numbers for table in self.tables.values()])

    def __len__(self) -> int:
        return self.first[-1]

    @property
    def start(self) -> Floats:
        """The second at which each clip starts."""
        return self._numbers[:, 0]

    @property
    def end(self) -> Floats:
        """The second at which it ends."""
        return self._numbers[:, 1]

    @property
    def traits(self) -> Floats:
        """What ``unrelated`` compares of it."""
        return self._numbers[:, _TRAITS:]

    def degrees(self, asked: Sequence[str]) -> Floats:
        """How far each of these concepts is true of each clip: a column each."""
        return self._numbers[:, [_SPAN + CONCEPTS.index(concept) for concept in asked]]

    @cached_property
    def seen(self) -> NDArray[np.bool_]:
        """Whether each clip has pictures."""
        return self._flags([table.seen for table in self.tables.values()])

    @cached_property
    def heard(self) -> NDArray[np.bool_]:
        """Whether it has sound."""
        return self._flags([table.heard for table in self.tables.values()])

    @staticmethod
    def _flags(parts: Sequence[NDArray[np.bool_]]) -> NDArray[np.bool_]:
        return np.concatenate([np.zeros(0, np.bool_), *parts])

    @cached_property
    def texts(self) -> Sequence[str | None]:
        """What is said in it; None for nothing."""
        return [text for table in self.tables.values() for text in table.texts]

    @cached_property
    def spoken(self) -> NDArray[np.bool_]:
        """Whether anything is said in it."""
        return np.array([text is not None for text in self.texts], np.bool_)

    @cached_property
    def words(self) -> Mapping[str, Numbers]:
        """The rows in which each word is said."""
        return self._said(content)

    @cached_property
    def meant(self) -> Mapping[str, Numbers]:
        """The rows in which something of each meaning is said."""
        return self._said(lambda text: meanings(content(text)))

    def _said(self, read: Callable[[str], Iterable[str]]) -> Mapping[str, Numbers]:
        rows: dict[str, list[int]] = {}
        known: dict[str, set[str]] = {}
        for row, text in enumerate(self.texts):
            if text is not None:
                if text not in known:
                    known[text] = set(read(text))
                for word in known[text]:
                    rows.setdefault(word, []).append(row)
        return {word: np.array(those, np.intp) for word, those in rows.items()}

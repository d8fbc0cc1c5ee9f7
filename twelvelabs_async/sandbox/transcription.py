"""Transcriptions: what the lines of a subtitle track say, by words, sentences and utterances.

A line's time is divided among its characters, which is as near as a subtitle comes to its words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from attrs import frozen

from .media.measure.measures import Line

__all__ = ["sentences", "utterances", "words"]

# Scripts that leave no spaces between words are taken character by character.
_CLOSE: Final = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD: Final = re.compile(rf"[{_CLOSE}][\u3001\u3002\uff01\uff1f\uff0c]*|[^\s{_CLOSE}]+")
_SENTENCE: Final = re.compile(
    r"(?<![.!?\u2026])[.!?\u2026]++[\"')\]\u00bb\u201d\u2019]*+(?=\s|$)|[\u3002\uff01\uff1f]++"
)
_SPEAKER: Final = re.compile(r"(?:-\s?)?([^\W\d_a-z](?:[^\W_a-z]|[ .'-]){0,40}+):\s+")
# Seconds of silence that end a sentence even without a full stop.
_SILENCE: Final = 2.0


@frozen
class _Piece:
    """A stretch of a line's text with its time."""

    start: float
    end: float
    text: str

    def show(self) -> dict[str, Any]:
        return {"start": round(self.start, 3), "end": round(self.end, 3), "value": self.text}


@frozen
class _Said:
    """A line without its speaker's name."""

    start: float
    end: float
    text: str
    speaker: str | None

    def part(self, low: int, high: int) -> _Piece:
        """The characters from ``low`` to ``high``, with their share of the time."""
        each = (self.end - self.start) / max(1, len(self.text))
        text = self.text[low:high].strip()
        return _Piece(self.start + low * each, self.start + high * each, text)


def _said(lines: Sequence[Line], duration: float) -> Iterator[_Said]:
    """The lines in order of time, within the film."""
    for line in sorted(lines, key=lambda each: each.start):
        start = min(max(0.0, line.start), duration)
        named = _SPEAKER.match(line.text)
        text = (line.text if named is None else line.text[named.end() :]).strip()
        if text:
            speaker = None if named is None else named[1].strip()
            yield _Said(start, min(max(start, line.end), duration), text, speaker)


def words(lines: Sequence[Line], duration: float) -> list[dict[str, Any]]:
    """Every word with its time."""
    return [
        line.part(word.start(), word.end()).show()
        for line in _said(lines, duration)
        for word in _WORD.finditer(line.text)
    ]


def sentences(lines: Sequence[Line], duration: float) -> list[dict[str, Any]]:
    """Every sentence with its time; one may go over several lines."""
    found: list[dict[str, Any]] = []
    begun: list[_Piece] = []

    def finish() -> None:
        if begun:
            text = " ".join(piece.text for piece in begun)
            found.append(_Piece(begun[0].start, begun[-1].end, text).show())
            begun.clear()

    speaker: str | None = None
    for line in _said(lines, duration):
        if begun and (line.start - begun[-1].end > _SILENCE or line.speaker not in (None, speaker)):
            finish()
        speaker = line.speaker or speaker
        place = 0
        for stop in _SENTENCE.finditer(line.text):
            begun.append(line.part(place, stop.end()))
            finish()
            place = stop.end()
        if line.text[place:].strip():
            begun.append(line.part(place, len(line.text)))
    finish()
    return found


def utterances(lines: Sequence[Line], duration: float) -> list[dict[str, Any]]:
    """Every line with its time, and its speaker where the line names one in capitals."""
    return [
        {
            **line.part(0, len(line.text)).show(),
            **({} if line.speaker is None else {"speaker": line.speaker}),
        }
        for line in _said(lines, duration)
    ]

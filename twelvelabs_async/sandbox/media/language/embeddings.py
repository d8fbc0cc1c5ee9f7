"""The embeddings that a request asks for, of films, sounds, pictures and documents."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from attrs import frozen

from ..measure.document import QUADRANTS, Document
from ..measure.film import Film
from .vectors import (
    clip_vector,
    film_vector,
    joint_vector,
    page_vector,
    quadrant_vector,
    segments,
    text_vector,
    uncertainty,
)
from .writing import count_tokens

__all__ = [
    "Form",
    "document_data",
    "film_data",
    "film_part",
    "media_tokens",
    "span_of",
]

_SENTENCE_END: Final = re.compile(r"(?<=[.!?\u3002\uff01\uff1f])\s+|\n\s*\n")
# The service does not say how it counts what is not text.
_TOKENS: Final = {"video": 256, "audio": 32, "image": 256, "document": 256}
"""Tokens for a second of film or sound, a picture, or a page."""


@frozen
class Form:
    """How embeddings are shown: how long, and with their uncertainty or without.

    A shorter one has the first numbers of a longer one. None leaves the vectors whole.
    """

    dimension: int | None = None
    uncertain: bool = False

    def show(self, vector: Sequence[float], evidence: float, **place: Any) -> dict[str, Any]:
        """An entry of a reply; ``place`` are the fields that say what the vector is of."""
        shown: dict[str, Any] = {
            "embedding_option": None,
            "embedding_scope": None,
            "start_sec": None,
            "end_sec": None,
        }
        shown["embedding"] = list(vector[: self.dimension])
        if self.uncertain:
            shown["embedding_uncertainty"] = uncertainty(vector, evidence)[: self.dimension]
        return {**shown, **place}


def media_tokens(kind: str, amount: float) -> int:
    """How many tokens so many seconds, pictures or pages of a medium count for."""
    return max(1, round(_TOKENS[kind] * amount))


def span_of(film: Film, plan: Mapping[str, Any]) -> tuple[float, float]:
    """From where to where a film is embedded, in seconds."""
    end = plan["end_sec"]
    return float(plan["start_sec"]), min(end or film.info.duration, film.info.duration)


def film_part(film: Film, span: tuple[float, float], option: str, *, newer: bool) -> list[float]:
    """The vector of a stretch of a film; the sound has the speech too, for a newer model."""
    if newer and option == "audio":
        heard = film.clip(*span)
        parts = [clip_vector(film, heard, "audio")]
        if heard.lines:
            parts.append(clip_vector(film, heard, "transcription"))
        return joint_vector(parts)
    if span == (0.0, film.info.duration):
        return film_vector(film, option)
    return clip_vector(film, span, option)


def film_data(film: Film, plan: Mapping[str, Any], form: Form) -> list[dict[str, Any]]:
    """The embeddings of a film or sound, by scope, option and time."""
    start, end = span_of(film, plan)
    newer, options = plan["newer"], plan["embedding_option"]
    data: list[dict[str, Any]] = []
    # "local" is another word for "clip".
    for scope in dict.fromkeys("clip" if s == "local" else s for s in plan["embedding_scope"]):
        spans = [(start, end)]
        if scope == "clip":
            clips = segments(film, start=start, end=end, **plan["cut"])
            spans = [(clip.start, clip.end) for clip in clips]
        parts = [
            {option: film_part(film, span, option, newer=newer) for option in options}
            for span in spans
        ]
        wanted: list[str] = []
        if "separate_embedding" in plan["embedding_type"]:
            wanted += options
        if "fused_embedding" in plan["embedding_type"]:
            wanted.append("fused")
            for span, vectors in zip(spans, parts, strict=True):
                notes = [text_vector(text) for text in _notes(plan, span)]
                vectors["fused"] = joint_vector([*vectors.values(), *notes])
        for option in wanted:
            for span, vectors in zip(spans, parts, strict=True):
                place = {"embedding_option": option, "embedding_scope": scope}
                times = {"start_sec": span[0], "end_sec": span[1]}
                data.append(form.show(vectors[option], span[1] - span[0], **place, **times))
    return data


def _notes(plan: Mapping[str, Any], span: tuple[float, float]) -> Iterator[str]:
    """The texts that the caller has for a stretch of time."""
    for note in plan["time_based_metadata"]:
        if note["start"] < span[1] and span[0] < note["end"]:
            yield note["text"]


def document_data(document: Document, plan: Mapping[str, Any], form: Form) -> list[dict[str, Any]]:
    """The embeddings of a document: of its pages, its chunks, or the whole."""
    data: list[dict[str, Any]] = []
    for scope in plan["embedding_scope"]:
        for option in plan["embedding_option"]:
            if scope == "asset":
                vector = (
                    joint_vector([page_vector(page) for page in document.pages])
                    if option == "visual"
                    else text_vector(document.text)
                )
                data.append(
                    form.show(
                        vector,
                        count_tokens(document.text),
                        embedding_option=option,
                        embedding_scope="asset",
                    )
                )
            elif option == "visual":
                data += _pages(document, form, quadrants=plan["quadrants"])
            else:
                data += _chunks(document, plan, form)
    return data


def _pages(document: Document, form: Form, *, quadrants: bool) -> Iterator[dict[str, Any]]:
    for number, page in enumerate(document.pages, 1):
        place: dict[str, Any] = {
            "embedding_option": "visual",
            "embedding_scope": "page",
            "start_page_number": number,
            "end_page_number": number,
        }
        tokens = count_tokens(page.text)
        yield form.show(page_vector(page), tokens, **place)
        if quadrants:
            for at, name in enumerate(QUADRANTS):
                yield form.show(quadrant_vector(page, at), tokens / 4, **place, quadrant=name)


def _chunks(document: Document, plan: Mapping[str, Any], form: Form) -> Iterator[dict[str, Any]]:
    sentences = [part.strip() for part in _SENTENCE_END.split(document.text) if part.strip()]
    most, overlap = plan["max_sentences"], plan["overlap_sentences"]
    start, index = 0, 0
    while start < len(sentences):
        text = " ".join(sentences[start : start + most])
        yield form.show(
            text_vector(text),
            count_tokens(text),
            embedding_option="text",
            embedding_scope="chunk",
            chunk_index=index,
        )
        if start + most >= len(sentences):
            return
        start, index = start + most - overlap, index + 1

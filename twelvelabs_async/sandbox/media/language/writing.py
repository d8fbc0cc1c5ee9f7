"""Text about a film, composed from what was measured in it.

The words of a prompt steer the answer: a prompt about colours gets the colours, and one that asks
for nothing in particular gets everything. The same film and prompt give the same text.

Tokens are counted by a simple rule: up to four letters or digits in a row are one, and so is every
other mark; space counts for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from hashlib import blake2b
from statistics import fmean
from typing import Final, Literal

import orjson
from attrs import frozen

from ..json_schema import SchemaError, fill, fill_within_limits
from ..measure.film import Clip, Film
from .facts import clip_sentence, clip_title, sentences, shots, title, topics
from .json_prompt import asked_schema, forbids_fences, starts

__all__ = [
    "Answer",
    "Chapter",
    "Gist",
    "Highlight",
    "asked_subjects",
    "chapters",
    "count_tokens",
    "describe",
    "gist",
    "highlights",
    "limit",
    "pieces",
    "respond",
    "summary",
]

_MOST_CHAPTERS: Final = 12
_MOST_HIGHLIGHTS: Final = 3
_TOKEN: Final = re.compile(r"\w{1,4}|[^\w\s]")
_PIECE: Final = re.compile(r"\s*(?:\S+\s+){0,2}\S+|\s+$")

_ASKED: Final = {
    "title": re.compile(r"titl|headline|\bname"),
    "length": re.compile(r"how long|length|duration|resolution|frame rate|\bsize|\bfps"),
    "cuts": re.compile(r"\bcuts?\b|shots?\b|scene|edit|chapter|segment"),
    "colour": re.compile(r"colou?r|palette|\bhues?\b|shade"),
    "light": re.compile(r"light|dark|bright|exposure"),
    "motion": re.compile(r"\bmov|motion|fast|slow|action|pace|pacing"),
    "sound": re.compile(r"sound|audio|loud|noise|nois|music|\bhear|quiet|silen"),
    "speech": re.compile(r"\bsay|\bsaid|speech|spoken|speak|transcri|subtitle|dialog|talk|quote"),
}


@frozen(kw_only=True)
class Chapter:
    """One part of a film; ``number`` counts from 0, ``start`` and ``end`` are seconds."""

    number: int
    start: float
    end: float
    title: str
    summary: str


@frozen(kw_only=True)
class Highlight:
    """A moment that stands out; ``start`` and ``end`` are seconds."""

    start: float
    end: float
    title: str
    summary: str


@frozen(kw_only=True)
class Gist:
    """A film's title, its topics, and the same as hashtags with their "#"."""

    title: str
    topics: list[str]
    hashtags: list[str]


@frozen(kw_only=True)
class Answer:
    """Text within a limit of tokens.

    ``finish_reason`` is "length" where the limit ended it, and "stop" where the text is whole.
    """

    text: str
    finish_reason: Literal["stop", "length"]
    output_tokens: int


def asked_subjects(prompt: str) -> set[str]:
    """The subjects of ``facts.sentences`` that a prompt asks about, and "title"."""
    return {subject for subject, asks in _ASKED.items() if asks.search(prompt.lower())}


def describe(film: Film, prompt: str = "") -> str:
    """What the prompt asks to know of the film, and all there is to say if it asks for nothing.

    A prompt about cuts, shots or scenes gets each of them, with its times, on a line of its own.
    """
    asked = asked_subjects(prompt)
    said = sentences(film)
    parts = [sentence for subject, sentence in said.items() if subject in asked or not asked]
    text = " ".join(parts)
    if "title" in asked or not asked:
        text = f"{title(film)}. {text}".strip()
    if "cuts" in asked or not asked:
        text = "\n".join([text, *(f"- {clip_sentence(clip)}" for clip in shots(film))])
    return text


def respond(
    film: Film,
    prompt: str,
    *,
    fences: str = "never",
    prose: Callable[[Film, str], str] = describe,
) -> str:
    """The answer to a prompt: JSON where it asks for JSON, else what ``prose`` says.

    ``fences`` is whether the JSON stands in a code fence: "never", "always", or "sometimes", for
    half of all prompts, and the same ones each time, unless the prompt forbids it.
    """
    value = _asked_json(film, prompt)
    if value is None:
        return prose(film, prompt)
    text = orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    return f"```json\n{text}\n```" if _fenced(prompt, fences) else text


def _asked_json(film: Film, prompt: str) -> object | None:
    schema = asked_schema(prompt)
    if schema is None:
        return None
    if starts(schema):
        # Objects with times are about the film's shots, whatever they are called.
        prompt = f"{prompt} shots"
    try:
        return fill_within_limits(schema, film, prompt)
    except SchemaError:
        # What the prompt shows cannot be satisfied: it gets JSON all the same.
        return fill(asked_schema("Return JSON.") or {}, film, prompt)


def _fenced(prompt: str, fences: str) -> bool:
    if fences == "sometimes":
        digest = blake2b(prompt.encode("utf-8", "replace"), digest_size=1).digest()
        return digest[0] < 128 and not forbids_fences(prompt)
    return fences == "always"


def summary(film: Film, prompt: str = "") -> str:
    """The film in a few sentences: its length, cuts, colours and sound, or what is asked about."""
    asked = asked_subjects(prompt)
    wanted = asked & sentences(film).keys() or {"length", "cuts", "colour", "sound"}
    return " ".join(text for subject, text in sentences(film).items() if subject in wanted)


def chapters(film: Film, prompt: str = "") -> list[Chapter]:
    """The film's chapters, from its start to its end without a gap: its shots, at most twelve.

    A film of more shots has several in each chapter. The ``prompt`` steers their summaries.
    """
    parts = shots(film)
    count = min(len(parts), _MOST_CHAPTERS)
    firsts = [parts[len(parts) * number // count].start for number in range(count)]
    ends = [*firsts[1:], film.end]
    clips = [film.clip(start, end) for start, end in zip(firsts, ends, strict=True)]
    return [
        Chapter(
            number=number,
            start=clip.start,
            end=clip.end,
            title=clip_title(clip),
            summary=_about(clip, prompt),
        )
        for number, clip in enumerate(clips)
    ]


def highlights(film: Film, prompt: str = "") -> list[Highlight]:
    """Up to three clips that stand out, in order: they move, sound or say more than the others."""
    typical_motion = fmean(clip.motion or 0.0 for clip in film.clips)
    typical_sound = fmean(_level(clip) for clip in film.clips)

    def outstanding(clip: Clip) -> float:
        motion = (clip.motion or 0.0) - typical_motion
        return motion + (_level(clip) - typical_sound) / 20 + 0.5 * len(clip.lines)

    best = sorted(film.clips, key=lambda clip: (-outstanding(clip), clip.start))
    return [
        Highlight(
            start=clip.start, end=clip.end, title=clip_title(clip), summary=_about(clip, prompt)
        )
        for clip in sorted(best[:_MOST_HIGHLIGHTS], key=lambda clip: clip.start)
    ]


def gist(film: Film) -> Gist:
    """The film in a title and a few words."""
    words = topics(film)
    return Gist(title=title(film), topics=words, hashtags=[f"#{w.replace(' ', '')}" for w in words])


def pieces(text: str) -> Iterator[str]:
    """The text in pieces of up to three words, as a stream sends it; joined, they are the text."""
    for match in _PIECE.finditer(text):
        yield match.group()


def count_tokens(text: str) -> int:
    """How many tokens the text has, by this module's rule."""
    return sum(1 for _ in _TOKEN.finditer(text))


def limit(text: str, max_tokens: int | None) -> Answer:
    """The text's first ``max_tokens`` tokens; all of it for None."""
    ends = [match.end() for match in _TOKEN.finditer(text)]
    if max_tokens is None or len(ends) <= max_tokens:
        return Answer(text=text, finish_reason="stop", output_tokens=len(ends))
    cut = ends[max_tokens - 1] if max_tokens > 0 else 0
    return Answer(text=text[:cut], finish_reason="length", output_tokens=max(0, max_tokens))


def _about(clip: Clip, prompt: str) -> str:
    if _ASKED["speech"].search(prompt.lower()) and clip.transcription:
        return f'The subtitles say "{clip.transcription}".'
    return clip_sentence(clip)


def _level(clip: Clip) -> float:
    return -90.0 if clip.loudness is None else clip.loudness

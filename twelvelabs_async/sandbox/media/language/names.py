"""What the name of a property asks to know of a film, for JSON schemas that are to be filled.

``title``, ``dominantColors``, ``start_sec``, ``scene_count``, ``has_audio`` and the like are facts.
A list of scenes or lines has an item for each, whose properties are about that stretch of film.
"""

from __future__ import annotations

import re
from typing import Final

from attrs import evolve, frozen

from ..measure.film import Clip, Film
from .facts import (
    clip_sentence,
    clip_title,
    light_word,
    motion_word,
    sentences,
    shots,
    sound_word,
    title,
    topics,
)
from .words import concepts, degree

__all__ = [
    "COLOURS",
    "Place",
    "fact",
    "number",
    "seconds",
    "stretches",
    "text",
    "texts",
    "truth",
    "words",
]

MOST_ITEMS: Final = 12

SCENES: Final = {
    *("scene", "shot", "chapter", "segment", "clip", "event", "moment", "highlight", "timeline"),
    *("section", "part", "sequence", "interval", "action"),
}
LINES: Final = {"line", "subtitle", "dialogue", "dialog", "quote", "transcript", "speech"}
COLOURS: Final = {"color", "colour", "palette"}
TOPICS: Final = {"keyword", "tag", "topic", "theme", "category", "genre"}
_VAGUE: Final = {"name", "value", "label", "text"}
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


@frozen
class Place:
    """Where in the value we are: which stretch of film it is about, and by what name.

    ``words`` are those of the name, in the singular. ``index`` is the place in the innermost list;
    ``turn`` too, but only where all items of the list are about the same stretch, and are to differ
    all the same. ``within`` are the words of the list's name.
    """

    clip: Clip
    words: frozenset[str]
    depth: int = 0
    index: int = 0
    turn: int = 0
    within: frozenset[str] = frozenset()

    def named(self, name: str) -> Place:
        """The place of a property of that name."""
        return evolve(self, words=words(name), depth=self.depth + 1)

    def says(self, *wanted: str) -> bool:
        """Whether the name has one of the words."""
        return not self.words.isdisjoint(wanted)

    def mentions(self, *wanted: str) -> bool:
        """Whether it has one of the words, or is "name" or the like in a list that has."""
        listed = self.says(*_VAGUE) and not self.within.isdisjoint(wanted)
        return listed or self.says(*wanted)

    def is_whole(self, film: Film) -> bool:
        """Whether it is about the whole film."""
        return self.clip.end - self.clip.start >= film.end - film.start


def words(name: str) -> frozenset[str]:
    """The words of a name: ``sceneCount``, ``scene_count`` and ``scene-counts`` alike."""
    return frozenset(_singular(word.lower()) for word in _WORD.findall(name))


def stretches(film: Film, place: Place) -> list[Clip]:
    """What the items of a list are about: the film's shots or lines, if it lists such."""
    if place.is_whole(film) and place.says(*SCENES):
        return shots(film)[:MOST_ITEMS]
    if place.clip.lines and place.says(*LINES):
        return [film.clip(line.start, line.end) for line in place.clip.lines[:MOST_ITEMS]]
    return [place.clip]


def texts(film: Film, place: Place) -> list[str]:
    """The items of a list of texts."""
    clip = place.clip
    if place.says(*COLOURS):
        return [colour.name for colour in clip.colours] or ["none"]
    if place.says(*LINES):
        return [line.text for line in clip.lines[:MOST_ITEMS]] or [""]
    if place.says("hashtag"):
        return _hashtags(film)
    if place.says(*TOPICS, "label"):
        return topics(film)
    if place.says(*SCENES):
        return [clip_sentence(one) for one in stretches(film, place)]
    return list(sentences(film).values())


def text(film: Film, place: Place) -> str:
    """A text."""
    clip = place.clip
    if place.mentions(*COLOURS):
        return _turn([colour.name for colour in clip.colours] or ["none"], place)
    if place.mentions(*LINES, "transcription"):
        return clip.transcription or ""
    if place.says("title", "headline", "name", "label"):
        return title(film) if place.is_whole(film) else clip_title(clip)
    if place.says("brightness", "lighting", "light", "exposure"):
        return light_word(clip) or "none"
    if place.says("motion", "pace", "movement", "action", "speed"):
        return motion_word(clip) or "none"
    if place.says("sound", "audio", "loudness", "volume", "music"):
        return sound_word(clip)
    if place.says("mood", "atmosphere", "style", "tone"):
        return ", ".join(filter(None, [light_word(clip), motion_word(clip), sound_word(clip)]))
    if place.says("start", "begin", "from", "timestamp", "time"):
        return _timecode(clip.start)
    if place.says("end", "to", "until", "stop"):
        return _timecode(clip.end)
    if place.says("duration", "length"):
        return _timecode(clip.end - clip.start)
    if place.says("hashtag"):
        return _turn(_hashtags(film), place)
    if place.says(*TOPICS, "type"):
        return _turn(topics(film), place)
    if not place.is_whole(film):
        return clip_sentence(clip)
    return " ".join(sentences(film).values())


def number(film: Film, place: Place) -> float:
    """A number: seconds for times, pixels, bytes, shares of 1; 0 for what was not measured."""
    clip, info = place.clip, film.info
    if place.says("count", "total", "num", "many") or place.words >= {"number", "of"}:
        return _count(film, place)
    scale = 1000 if place.says("ms", "millisecond") else 1
    facts: dict[tuple[str, ...], float] = {
        ("start", "begin", "from", "timestamp"): clip.start * scale,
        ("end", "to", "until", "stop"): clip.end * scale,
        ("duration", "length", "second", "sec"): (clip.end - clip.start) * scale,
        ("width",): info.width,
        ("height",): info.height,
        ("fps", "rate"): info.fps,
        ("size", "byte"): info.size,
        ("brightness", "lightness"): clip.brightness or 0.0,
        ("motion", "speed", "movement"): clip.motion or 0.0,
        ("loudness", "db", "dbf", "volume"): -90.0 if clip.loudness is None else clip.loudness,
        ("percentage", "percent"): 100 * _share(place),
        ("share", "ratio"): _share(place),
        ("index", "id", "number", "order", "position", "rank"): place.index,
        tuple(SCENES): _count(film, place) if place.is_whole(film) else place.index,
    }
    return next((value for asked, value in facts.items() if place.says(*asked)), 0.0)


def seconds(film: Film, place: Place) -> float:
    """A time: where the stretch ends if the name says so, else where it begins."""
    return place.clip.end if place.says("end", "to", "until", "stop") else place.clip.start


def truth(film: Film, place: Place) -> bool:
    """Whether what the name says is so: "has_audio", "is_dark"; false for what was not measured."""
    named = concepts(place.words)
    if named:
        return all(degree(place.clip, concept) >= 0.4 for concept in named)
    if place.says("audio", "sound"):
        return film.info.has_audio
    if place.says(*LINES, "caption"):
        return bool(place.clip.lines)
    return place.says("cut", "scene", "shot") and bool(film.cuts)


def fact(film: Film, place: Place, value: object) -> float:
    """How far one of several allowed values is true of the place: the more, the better."""
    if isinstance(value, bool):
        return float(value is truth(film, place))
    if isinstance(value, int | float):
        return -abs(value - number(film, place))
    if not isinstance(value, str):
        return 0.0
    measured = {light_word(place.clip), motion_word(place.clip), sound_word(place.clip)}
    named = concepts(sorted(words(value)))
    so = sum(degree(place.clip, name) for name in named) / max(1, len(named))
    return max(so, float(value.lower() in measured))


def _count(film: Film, place: Place) -> int:
    counts = {
        ("cut",): len(film.cuts),
        ("shot",): len(film.cuts) + 1,
        tuple(COLOURS): len(place.clip.colours),
        tuple(LINES): len(place.clip.lines),
        tuple(SCENES): len(shots(film)),
    }
    return next((count for asked, count in counts.items() if place.says(*asked)), 0)


def _share(place: Place) -> float:
    colours = place.clip.colours
    return colours[place.turn % len(colours)].share if colours else 0.0


def _turn(options: list[str], place: Place) -> str:
    return options[place.turn % len(options)]


def _hashtags(film: Film) -> list[str]:
    return [f"#{word.replace(' ', '')}" for word in topics(film)]


def _singular(word: str) -> str:
    return f"{word[:-3]}y" if word.endswith("ies") else word.removesuffix("s")


def _timecode(seconds: float) -> str:
    minutes, rest = divmod(round(seconds, 1), 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"{hours:02}:{minutes:02}:{rest:04.1f}"

"""The words the sandbox understands, and how far each is true of a clip.

A *concept* is a word about what was measured: a colour, "dark", "fast", "loud". A small table of
synonyms leads to it. Everything else is only compared with the words of subtitle lines.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from ..measure.measures import Clip
from ..measure.pixels import COLOURS

__all__ = ["AUDIO", "VISUAL", "concepts", "content", "degree", "stem", "tokens"]

VISUAL: Final = (*COLOURS, "dark", "bright", "still", "slow", "fast")
AUDIO: Final = ("silent", "quiet", "loud", "bass", "treble")

_SYNONYMS: Final[Mapping[str, str]] = {
    synonym: concept
    for concept, synonyms in {
        "red": "reddish crimson scarlet ruby maroon",
        "orange": "amber tangerine",
        "yellow": "yellowish golden gold lemon",
        "green": "greenish emerald lime olive",
        "cyan": "turquoise teal aqua",
        "blue": "bluish azure navy indigo",
        "purple": "violet lilac mauve",
        "pink": "pinkish rose magenta fuchsia",
        "brown": "brownish beige tan chestnut",
        "white": "whitish snowy ivory",
        "grey": "gray greyish grayish silver silvery",
        "black": "blackish jet",
        "dark": "darkness dim dimly gloomy murky shadowy unlit",
        "bright": "brightly brightness luminous sunny sunlit",
        "still": "static motionless unmoving frozen immobile",
        "slow": "slowly gentle gently calm leisurely",
        "fast": "quick quickly rapid rapidly hectic speedy action",
        "silent": "silence silently mute muted soundless noiseless",
        "quiet": "quietly faint hushed soft softly",
        "loud": "loudly noisy noise booming deafening",
        "bass": "rumble rumbling humming",
        "treble": "shrill beep beeping whistle whistling",
    }.items()
    for synonym in (concept, *synonyms.split())
}

_SAY_NOTHING = """
    a about after all an and any are as at be been being but by can clip clips color colors colour
    coloured colored colours did do does film films find for from get give had has have he her here
    him his how i if in into is it its just me moment moments my no not of off on one or our out
    over part parts picture please scene scenes she shot shots show shows so some something than
    that the their them then there these they this those to under up us very video videos was we
    were what when where which while who will with you your
"""
_NEGLIGIBLE: Final = frozenset(_SAY_NOTHING.split())

_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_ENDINGS = ("ingly", "edly", "ing", "ies", "ed", "es", "ly", "s")


def tokens(text: str) -> list[str]:
    """The words of a text in lower case, without punctuation."""
    return [word.replace("\u2019", "'") for word in _WORD.findall(text.lower())]


def content(text: str) -> list[str]:
    """The words of a text that say something: those of ``tokens`` but "the", "of", "show", ..."""
    return [word for word in tokens(text) if word not in _NEGLIGIBLE]


def concepts(words: Iterable[str]) -> list[str]:
    """The concepts named by words, each once, in order."""
    found = (_SYNONYMS.get(word) or _SYNONYMS.get(stem(word)) for word in words)
    return list(dict.fromkeys(concept for concept in found if concept))


def stem(word: str) -> str:
    """A word without its English ending: "walking", "walked" and "walks" are all "walk"."""
    word = word.removesuffix("'s")
    for ending in _ENDINGS:
        root = word.removesuffix(ending)
        if root != word and len(root) >= 3:
            if ending == "ies":
                return root + "y"
            # "running" and "runs": undouble the consonant that the ending doubled.
            doubled = (
                ending not in ("s", "es", "ly") and root[-1] == root[-2] and root[-1] not in "ls"
            )
            return root[:-1] if doubled else root.removesuffix("e")
    return word.removesuffix("e") if len(word) > 3 else word


def degree(clip: Clip, concept: str) -> float:
    """How far a concept is true of a clip: 0 not at all, 1 wholly. Raises KeyError for none."""
    if concept in COLOURS:
        share = next((colour.share for colour in clip.colours if colour.name == concept), 0.0)
        return share**0.5 if share >= 0.06 else 0.0
    return _DEGREES[concept](clip)


def _ramp(value: float, none: float, whole: float) -> float:
    return min(1.0, max(0.0, (value - none) / (whole - none)))


def _seen(of: Callable[[Clip], float]) -> Callable[[Clip], float]:
    return lambda clip: of(clip) if clip.cells else 0.0


def _band(clip: Clip, first: int, last: int) -> float:
    audible = clip.loudness is not None and clip.loudness > -60
    return _ramp(sum(clip.bands[first:last]), 0.3, 1.0) if audible else 0.0


def _light(clip: Clip) -> float:
    return clip.brightness or 0.0


def _speed(clip: Clip) -> float:
    return clip.motion or 0.0


def _level(clip: Clip) -> float:
    # No sound track and a track of silence are the same to a listener.
    return -90.0 if clip.loudness is None else clip.loudness


_DEGREES: Final[Mapping[str, Callable[[Clip], float]]] = {
    "dark": _seen(lambda clip: _ramp(_light(clip), 0.45, 0.15)),
    "bright": _seen(lambda clip: _ramp(_light(clip), 0.5, 0.85)),
    "still": _seen(lambda clip: _ramp(_speed(clip), 0.1, 0.0)),
    "slow": _seen(
        lambda clip: min(_ramp(_speed(clip), 0.03, 0.1), _ramp(_speed(clip), 0.45, 0.15))
    ),
    "fast": _seen(lambda clip: _ramp(_speed(clip), 0.25, 1.25)),
    "silent": lambda clip: _ramp(_level(clip), -50, -75),
    "quiet": lambda clip: min(_ramp(_level(clip), -65, -55), _ramp(_level(clip), -26, -40)),
    "loud": lambda clip: _ramp(_level(clip), -32, -8),
    "bass": lambda clip: _band(clip, 0, 3),
    "treble": lambda clip: _band(clip, 5, 8),
}

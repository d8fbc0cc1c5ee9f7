"""What was measured in a film, in words: the sentences that everything written is made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

from ..measure.film import Clip, Colour, Film
from .words import content

__all__ = [
    "clip_sentence",
    "clip_title",
    "clock",
    "light_word",
    "motion_word",
    "sentences",
    "shots",
    "sound_word",
    "title",
    "topics",
    "whole",
]

# Lists in running text end here: a long film has hundreds of cuts.
_LISTED: Final = 12


def clock(seconds: float) -> str:
    """A time as people write it: "7.5 s", and from a minute on "1:07" or "1:01:07"."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def whole(film: Film) -> Clip:
    """The whole film, or the part that is looked at, as one clip."""
    return film.clip(film.start, film.end)


def shots(film: Film) -> list[Clip]:
    """The film from cut to cut, leaving out cuts that start no clip; an uncut film's clips."""
    starts = [start for start, _ in film.spans if start == film.start or start in film.cuts]
    if len(starts) == 1:
        return list(film.clips)
    return [film.clip(start, end) for start, end in pairwise([*starts, film.end])]


def light_word(clip: Clip) -> str | None:
    """How bright the pictures are: "dark", "evenly lit" or "bright"; None without pictures."""
    return _scale(clip.brightness, (0.33, "dark"), (0.62, "evenly lit"), "bright")


def motion_word(clip: Clip) -> str | None:
    """How much the pictures move: "still", "slow", "lively" or "fast"; None without pictures."""
    return _scale(clip.motion, (0.03, "still"), (0.3, "slow"), (0.6, "lively"), "fast")


def sound_word(clip: Clip) -> str:
    """How loud it sounds: "silent", "quiet", "audible" or "loud"."""
    return _scale(clip.loudness, (-60, "silent"), (-32, "quiet"), (-20, "audible"), "loud") or (
        "silent"
    )


def title(film: Film) -> str:
    """A title for the film, made of its prevailing colours and its pace."""
    if film.info.kind == "audio":
        return f"{sound_word(whole(film)).capitalize()} sound of {clock(film.end - film.start)}"
    clip = whole(film)
    noun = "picture" if film.info.kind == "image" else "film"
    pace = "" if film.info.kind == "image" else f"{motion_word(clip)} "
    article = "An" if f"{pace}{noun}"[0] in "aeiou" else "A"
    return f"{article} {pace}{noun} in {_and(_names(clip.colours[:2])) or 'no colour'}"


def clip_title(clip: Clip) -> str:
    """A title for a clip: the colours that prevail in it, or how it sounds."""
    return (_and(_names(clip.colours[:2])) or f"{sound_word(clip)} sound").capitalize()


def clip_sentence(clip: Clip) -> str:
    """One sentence about a clip: its times, colours, light, motion, sound and lines."""
    words = [light_word(clip), motion_word(clip), sound_word(clip)]
    colours = _and(_shares(clip.colours[:3]))
    look = ", ".join(filter(None, [colours and f"mostly {colours}", *words]))
    spoken = _quoted(clip)
    said = f'; the subtitles say "{spoken}"' if spoken else ""
    return f"From {clock(clip.start)} to {clock(clip.end)}: {look}{said}."


def topics(film: Film) -> list[str]:
    """Words for the film, the most telling first, each once."""
    clip = whole(film)
    words = [*_names(clip.colours[:3]), motion_word(clip), light_word(clip), sound_word(clip)]
    spoken = Counter(word for line in clip.lines for word in content(line.text) if len(word) > 4)
    often = [word for word, _ in spoken.most_common(5)]
    return list(dict.fromkeys([*filter(None, words), *often]))


def sentences(film: Film) -> dict[str, str]:
    """What there is to say of the film, by subject, in the order in which it is best said."""
    clip = whole(film)
    facts = {
        "length": _length(film),
        "cuts": _cuts(film),
        "colour": _colours(clip),
        "light": _light(film, clip),
        "motion": _motion(film, clip),
        "sound": _sound(film, clip),
        "speech": _speech(clip),
    }
    return {subject: sentence for subject, sentence in facts.items() if sentence}


def _length(film: Film) -> str:
    info = film.info
    if film.part is not None:
        return f"The part lasts from {clock(film.start)} to {clock(film.end)}."
    if info.kind == "audio":
        return f"The sound lasts {clock(info.duration)}."
    size = f"{info.width} x {info.height} pixels"
    if info.kind == "image":
        return f"The picture has {size}."
    return f"The film lasts {clock(info.duration)}, at {size} and {info.fps:g} frames a second."


def _cuts(film: Film) -> str:
    if film.info.kind != "video":
        return ""
    if not film.cuts:
        return "It is one shot without a cut."
    times = [clock(cut) for cut in film.cuts[:_LISTED]]
    if len(film.cuts) > _LISTED:
        times.append("more")
    number = len(film.cuts) + 1
    return f"It has {number} shots, with {'cuts' if number > 2 else 'a cut'} at {_and(times)}."


def _colours(clip: Clip) -> str:
    if not clip.colours:
        return ""
    first, *others = _shares(clip.colours)
    rest = f", with {_and(others)}" if others else ""
    return f"The prevailing colour is {first}{rest}."


def _light(film: Film, clip: Clip) -> str:
    if clip.brightness is None:
        return ""
    said = f"The picture is {light_word(clip)}, at a lightness of {clip.brightness:.0%}"
    return f"{said}{_extreme(film, 'brightest', lambda each: each.brightness)}."


def _motion(film: Film, clip: Clip) -> str:
    if clip.motion is None or film.info.kind == "image":
        return ""
    said = f"It is {motion_word(clip)}"
    return f"{said}{_extreme(film, 'moves most', lambda each: each.motion)}."


def _sound(film: Film, clip: Clip) -> str:
    if film.info.kind == "image":
        return ""
    if clip.loudness is None:
        return "It has no sound track."
    said = f"The sound is {sound_word(clip)}, at {clip.loudness:.0f} dBFS"
    return f"{said}{_extreme(film, 'loudest', lambda each: each.loudness)}."


def _speech(clip: Clip) -> str:
    if not clip.lines:
        return "There are no subtitles."
    lines = [f'"{line.text}" ({clock(line.start)})' for line in clip.lines[:_LISTED]]
    more = f" and {len(clip.lines) - _LISTED} more lines" if len(clip.lines) > _LISTED else ""
    return f"The subtitles say {', '.join(lines)}{more}."


def _extreme(film: Film, what: str, of: Callable[[Clip], float | None]) -> str:
    if len(film.clips) < 2:
        return ""
    most = max(film.clips, key=lambda clip: of(clip) or float("-inf"))
    verb = what if " " in what else f"is {what}"
    return f", and {verb} from {clock(most.start)} to {clock(most.end)}"


def _scale(value: float | None, *steps: tuple[float, str] | str) -> str | None:
    if value is None:
        return None
    for step in steps:
        if isinstance(step, str):
            return step
        if value < step[0]:
            return step[1]
    return None


def _names(colours: Sequence[Colour]) -> list[str]:
    return [colour.name for colour in colours]


def _shares(colours: Sequence[Colour]) -> list[str]:
    return [f"{colour.name} ({colour.share:.0%})" for colour in colours]


def _quoted(clip: Clip) -> str:
    return " ".join(line.text for line in clip.lines[:_LISTED])


def _and(parts: Sequence[str]) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"

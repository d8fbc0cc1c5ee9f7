"""Pictures that a prompt refers to by name: what they show, and where a film shows it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from ..measure.film import Film
from .facts import clock, title
from .writing import respond

__all__ = ["about_pictures", "appearances", "referred"]

_REFERENCE: Final = re.compile(r"<@([^<>\s]+)>")


def referred(text: str) -> list[str]:
    """The names that a text refers to as ``<@name>``, each once, in order."""
    return list(dict.fromkeys(_REFERENCE.findall(text)))


def appearances(film: Film, pictures: Mapping[str, Film]) -> str:
    """A line for each picture: the moment of the film that is most like it."""
    lines: list[str] = []
    for name, picture in pictures.items():
        near = film.likeness.nearest(picture.frames.cells)
        if near:
            best = min(near.values(), key=lambda each: each.distance)
            lines.append(f"{name} looks most like the film at {clock(best.at)}.")
    return "\n".join(lines)


def about_pictures(pictures: Mapping[str, Film], prompt: str, fences: str) -> str:
    """The answer to a prompt about pictures: a line for each, or one answer for a single one."""
    if len(pictures) == 1:
        return respond(next(iter(pictures.values())), prompt, fences=fences)
    return "\n".join(
        f"{name}: {title(film)}. {respond(film, prompt, fences='never')}"
        for name, film in pictures.items()
    )

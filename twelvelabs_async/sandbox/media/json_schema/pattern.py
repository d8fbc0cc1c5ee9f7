"""Texts and the regular expressions that they match, for JSON schemas with a ``pattern``.

Examples are found for literals, classes, groups, alternatives, repetitions and anchors, as JSON
Schema recommends patterns to be written; not for look-around and back-references.
"""

from __future__ import annotations

import re
import string
from typing import Final

__all__ = ["PatternError", "example", "found"]

# Wanted first: what reads well, then what is printable, then what is not.
_ALPHABET: Final = (
    string.ascii_lowercase
    + string.digits
    + string.ascii_uppercase
    + "".join(
        chr(code)
        for code in (*range(32, 48), *range(58, 65), *range(91, 97), *range(123, 127), 9, 10)
    )
)
_CLASSES: Final = {
    "d": string.digits,
    "w": string.ascii_lowercase + string.digits + string.ascii_uppercase + "_",
    "s": " \t\n",
}
_CONTROL: Final = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "0": "\0"}
# A class that does not end is taken whole too, so that each character is read only once.
_CLASS: Final = re.compile(
    r"\\.|(?P<head>\[\^?+\]?+)(?P<body>(?:\\.|[^\]\\])*+(?:\]|\\?\Z))", re.DOTALL
)
_SET_MARK: Final = re.compile(r"(?<!\\)[\[&|~]")
_NAME: Final = re.compile(r"P?<\w+>")
_COUNT: Final = re.compile(r"\{(\d+)(?:,(\d*))?\}")
_MOST_TIMES: Final = 1_000


class PatternError(ValueError):
    """A pattern that cannot be read, or is not understood here."""


def example(pattern: str) -> str:
    """A text in which the pattern is found: as few repetitions as it allows, the first alternative.

    Raises ``PatternError`` where none is found.
    """
    reader = _Reader(pattern)
    text = reader.alternatives()
    if reader.at < len(pattern) or not found(pattern, text):
        raise PatternError(f"No text was found for the pattern {pattern!r}.")
    return text


def found(pattern: str, text: str) -> bool:
    """Whether the pattern is found in the text; raises ``PatternError`` if it cannot be read."""
    try:
        return re.search(_CLASS.sub(_without_sets, pattern), text) is not None
    except (re.error, OverflowError, RecursionError, FutureWarning) as error:
        raise PatternError(f"The pattern {pattern!r} cannot be read: {error}.") from error


def _without_sets(match: re.Match[str]) -> str:
    """A class with the marks escaped that Python may one day take for set operations."""
    if match["body"] is None:
        return match[0]
    return match["head"] + _SET_MARK.sub(r"\\\g<0>", match["body"])


class _Reader:
    """Reads a pattern once from left to right, writing as it goes."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self.at = 0

    def alternatives(self) -> str:
        options = [self._sequence()]
        while self._take("|"):
            options.append(self._sequence())
        return options[0]

    def _sequence(self) -> str:
        parts: list[str] = []
        while self.at < len(self._pattern) and self._peek() not in "|)":
            parts.append(self._repeated())
        return "".join(parts)

    def _repeated(self) -> str:
        atom = self._atom()
        return atom * self._times()

    def _times(self) -> int:
        least = 1
        if self._take("*") or self._take("?"):
            least = 0
        elif not self._take("+"):
            count = _COUNT.match(self._pattern, self.at)
            if count is None:
                return 1
            self.at, least = count.end(), int(count[1])
            if least > _MOST_TIMES:
                raise PatternError(f"{self._pattern!r} asks for too long a text.")
        _ = self._take("?") or self._take("+")
        return least

    def _atom(self) -> str:
        char = self._next()
        if char in "^$":
            return ""
        if char == ".":
            return "a"
        if char == "(":
            return self._group()
        if char == "[":
            return self._class()
        if char == "\\":
            return self._escaped()
        return char

    def _group(self) -> str:
        if self._take("?") and not self._take(":"):
            name = _NAME.match(self._pattern, self.at)
            if name is None:
                raise PatternError(f"Look-around in {self._pattern!r} is not understood.")
            self.at = name.end()
        text = self.alternatives()
        if not self._take(")"):
            raise PatternError(f"A group in {self._pattern!r} is not closed.")
        return text

    def _class(self) -> str:
        inverted = self._take("^")
        members: set[str] = set()
        first = True
        while first or self._peek() != "]":
            first = False
            low = self._member()
            if self._peek() == "-" and self._pattern[self.at + 1 : self.at + 2] not in ("]", ""):
                self.at += 1
                high = self._member()
                members.update(map(chr, range(ord(low[0]), ord(high[0]) + 1)))
            else:
                members.update(low)
        self.at += 1
        wanted = [char for char in _ALPHABET if (char in members) != inverted]
        if wanted:
            return wanted[0]
        if members and not inverted:
            return min(members)
        raise PatternError(f"A class in {self._pattern!r} has no member.")

    def _member(self) -> str:
        char = self._next()
        return self._escape() if char == "\\" else char

    def _escaped(self) -> str:
        if self._peek() in "bB":
            self.at += 1
            return ""
        if self._peek() in "123456789":
            raise PatternError(f"Back-references in {self._pattern!r} are not understood.")
        return self._escape()[0]

    def _escape(self) -> str:
        char = self._next()
        if char in _CLASSES:
            return _CLASSES[char]
        if char.lower() in _CLASSES:
            return "".join(other for other in _ALPHABET if other not in _CLASSES[char.lower()])
        if char in "xu":
            digits = self._pattern[self.at : self.at + (2 if char == "x" else 4)]
            self.at += len(digits)
            try:
                return chr(int(digits, 16))
            except ValueError:
                raise PatternError(f"An escape in {self._pattern!r} cannot be read.") from None
        return _CONTROL.get(char, char)

    def _peek(self) -> str:
        if self.at >= len(self._pattern):
            return "\0"
        return self._pattern[self.at]

    def _next(self) -> str:
        if self.at >= len(self._pattern):
            raise PatternError(f"{self._pattern!r} ends too early.")
        self.at += 1
        return self._pattern[self.at - 1]

    def _take(self, char: str) -> bool:
        if self._pattern.startswith(char, self.at):
            self.at += 1
            return True
        return False

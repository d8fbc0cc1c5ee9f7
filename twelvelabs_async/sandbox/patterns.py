"""Regular expressions of the sandbox's users, matched in time that grows with the text alone.

Python's ``re`` tries one way after another, and may try for ever. Here all ways are followed
together: what has been read leads to a set of places in the pattern, and a set that was met before
is not worked out again. Look-around and back-references, which this cannot do, are refused.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final, NamedTuple, TypeAlias

from attrs import field, frozen

__all__ = ["Pattern", "PatternError"]

# It reads patterns that `re` has read. A class without its end is taken whole all the same, so that
# each character of any text is read once.
_TOKEN: Final = re.compile(
    r"(?P<open>\((?:\?:|\?P<\w+>)?)(?!\?)"
    r"|(?P<close>\))"
    r"|(?P<bar>\|)"
    r"|(?P<times>[*+?]|\{(?!\})[0-9]*+,?[0-9]*+\})(?P<how>[?+]?)"
    r"|(?P<border>[\^$]|\\[AZzbB])"
    r"|(?P<char>\[\^?+\]?+(?:[^\\\]]|\\.)*+(?:\]|\\?\Z)"
    r"|\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|N\{[^}]*+(?:\}|\Z)|0[0-7]{0,2}|[^0-9])"
    r"|[^\\(])",
    re.DOTALL,
)
_FLAGS: Final = re.compile(r"\(\?([aims]+)\)")
_SINGLE: Final = {"*": (0, None), "+": (1, None), "?": (0, 1)}
_MOST_PLACES: Final = 1_000
_MOST_KEPT: Final = 2_000
_MOST_CHARACTERS: Final = 256
_END: Final = 0

_Part: TypeAlias = Any
"""A part of a pattern: `_Char`, `_Border`, `_Sequence`, `_Choice` or `_Repeat`."""


class PatternError(ValueError):
    """A text that is not a regular expression, or one that is refused; the message says why."""


class _Char(NamedTuple):
    text: str


class _Border(NamedTuple):
    text: str


class _Sequence(NamedTuple):
    parts: list[_Part]


class _Choice(NamedTuple):
    options: list[_Part]


class _Repeat(NamedTuple):
    part: _Part
    least: int
    most: int | None


class _State(NamedTuple):
    """The places that the text so far leads to, and its last character if a border asks for it."""

    places: frozenset[int]
    before: str


@frozen(eq=False)
class _Place:
    """A place in a pattern, and the places after it.

    ``test`` is of the next character, or, for a ``border``, of what is around it; None for a place
    that only leads on.
    """

    following: list[int]
    test: re.Pattern[str] | None = None
    border: bool = False


@frozen(eq=False)
class Pattern:
    """A regular expression, which ``matches`` the ``whole`` text, or is found anywhere in it.

    Raises ``PatternError`` for what ``re`` cannot read, look-around, back-references, possessive
    repetitions, flags other than ``(?aims)`` for the whole pattern, and more than a thousand
    places, counting each repetition of ``{1000}``.
    """

    text: str
    whole: bool
    ignore_case: bool = False
    _flags: int = field(default=0, init=False)
    _places: list[_Place] = field(factory=list[_Place], init=False, repr=False)
    _bordered: bool = field(default=False, init=False, repr=False)
    _steps: dict[tuple[_State, str], tuple[bool, _State]] = field(
        factory=dict[tuple[_State, str], tuple[bool, _State]], init=False, repr=False
    )
    _passed: dict[str, frozenset[int]] = field(
        factory=dict[str, frozenset[int]], init=False, repr=False
    )
    _start: int = field(default=_END, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        try:
            flags, tree = _parsed(self.text)
            builder = _Builder(flags | (re.IGNORECASE if self.ignore_case else 0))
            start = builder.add(tree, _END)
        except (re.error, OverflowError, RecursionError, FutureWarning) as error:
            raise PatternError(str(error)) from None
        object.__setattr__(self, "_places", builder.places)
        object.__setattr__(self, "_bordered", any(place.border for place in builder.places))
        object.__setattr__(self, "_start", start)

    @classmethod
    def of(cls, text: str, *, whole: bool, ignore_case: bool = False) -> Pattern:
        """The same, made once for those used last."""
        return _made(text, whole, ignore_case)

    def matches(self, text: str) -> bool:
        """Whether it matches the text."""
        state = _State(frozenset((self._start,)), "")
        last = len(text) - 1
        for number, char in enumerate(text):
            # `$` is also before a line feed that ends the text.
            after = "\n." if char == "\n" and number < last else char
            step = self._steps.get((state, after))
            if step is None:
                step = self._step(state, after)
            found, state = step
            if found and not self.whole:
                return True
            if not state.places:
                return False
        return _END in self._reached(state, "")

    def _step(self, state: _State, after: str) -> tuple[bool, _State]:
        reached, char = self._reached(state, after), after[0]
        places = {
            following
            for number in reached & self._taking(char)
            for following in self._places[number].following
        }
        if not self.whole:
            places.add(self._start)
        step = _END in reached, _State(frozenset(places), char if self._bordered else "")
        if len(self._steps) >= _MOST_KEPT:
            self._steps.clear()
        self._steps[state, after] = step
        return step

    def _taking(self, char: str) -> frozenset[int]:
        """The places whose test a character passes."""
        found = self._passed.get(char)
        if found is None:
            found = frozenset(
                number
                for number, place in enumerate(self._places)
                if place.test is not None and not place.border and place.test.fullmatch(char)
            )
            if len(self._passed) >= _MOST_CHARACTERS:
                self._passed.clear()
            self._passed[char] = found
        return found

    def _reached(self, state: _State, after: str) -> set[int]:
        """The places, and all that are reached from them without another character."""
        around = state.before + after
        reached, left = set[int](), list(state.places)
        while left:
            number = left.pop()
            if number in reached:
                continue
            reached.add(number)
            place = self._places[number]
            if place.test is None or (
                place.border and place.test.match(around, len(state.before)) is not None
            ):
                left += place.following
        return reached


@lru_cache(128)
def _made(text: str, whole: bool, ignore_case: bool) -> Pattern:
    return Pattern(text, whole=whole, ignore_case=ignore_case)


class _Builder:
    """Makes the places of a pattern, the last first: place 0 is its end."""

    def __init__(self, flags: int) -> None:
        self._flags = flags
        self._added = 0
        self.places: list[_Place] = [_Place([])]

    def add(self, part: _Part, then: int) -> int:
        """Where a part begins that ``then`` follows."""
        self._added += 1
        if self._added > 4 * _MOST_PLACES or len(self.places) > _MOST_PLACES:
            raise PatternError(f"it has more than {_MOST_PLACES:,} places, with all repetitions")
        match part:
            case _Char(text):
                return self._place([then], re.compile(text, self._flags))
            case _Border(text):
                return self._place([then], re.compile(text, self._flags), border=True)
            case _Sequence(parts):
                for each in reversed(parts):
                    then = self.add(each, then)
                return then
            case _Choice(options):
                made = [self.add(each, then) for each in options]
                return made[0] if len(made) == 1 else self._place(made)
            case _:
                return self._repeat(part, then)

    def _repeat(self, repeat: _Repeat, then: int) -> int:
        end = then
        if repeat.most is None:
            then = self._place([end])
            self.places[then].following.append(self.add(repeat.part, then))
        else:
            for _ in range(repeat.most - repeat.least):
                then = self._place([self.add(repeat.part, then), end])
        for _ in range(repeat.least):
            then = self.add(repeat.part, then)
        return then

    def _place(
        self, following: list[int], test: re.Pattern[str] | None = None, *, border: bool = False
    ) -> int:
        self.places.append(_Place(following, test, border))
        return len(self.places) - 1


def _parsed(text: str) -> tuple[int, _Part]:
    """The flags of a pattern, and its parts."""
    re.compile(text)  # What follows reads only patterns that are right.
    flags = 0
    if head := _FLAGS.match(text):
        text = text[head.end() :]
        for name in head[1].upper():
            flags |= re.RegexFlag[name]
    # The choices of each open group: the last sequence of the last group is read on.
    groups: list[list[list[_Part]]] = [[[]]]
    at = 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None or token["how"] == "+":
            raise PatternError(
                f"{text[at : at + 10]!r} is refused: look-around, back-references, possessive "
                "repetitions and flags within"
            )
        at = token.end()
        match token.lastgroup:
            case "open":
                groups.append([[]])
            case "close":
                group = _choice(groups.pop())
                groups[-1][-1].append(group)
            case "bar":
                groups[-1].append([])
            case "border":
                groups[-1][-1].append(_Border(token[0]))
            case "char":
                groups[-1][-1].append(_Char(token[0]))
            case _:
                repeated = groups[-1][-1].pop()
                groups[-1][-1].append(_Repeat(repeated, *_times(token["times"])))
    return flags, _choice(groups[0])


def _choice(options: list[list[_Part]]) -> _Part:
    return _Choice([_Sequence(each) for each in options])


def _times(text: str) -> tuple[int, int | None]:
    if text in _SINGLE:
        return _SINGLE[text]
    least, comma, most = text[1:-1].partition(",")
    if not comma:
        return int(least), int(least)
    return int(least or 0), int(most) if most else None

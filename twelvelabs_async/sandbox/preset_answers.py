"""Answers that a user of the sandbox sets, in the place of those made of films."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from .bodies import write_json
from .media.json_schema import fit_within_limits
from .media.measure.film import Film
from .patterns import Pattern, PatternError

__all__ = ["Answers", "write_preset"]

_FOR_ALL: Final = "text"
_MOST: Final = 1_000
_LONGEST_PATTERN: Final = 1_000
_LONGEST_TEXT: Final = 1_000_000
_MISSING: Final = object()


class Answers:
    """What analyses and responses say, as far as that is set; films say the rest.

    ``sandbox.answers.set("A red car.")`` is for all prompts, and
    ``sandbox.answers.set({"colou?r": "Red.", "report": {"title": "Cars"}})`` for those in which
    one of these patterns is found.
    """

    def __init__(self) -> None:
        # Replaced as a whole: calls read it in another thread.
        self._set: Mapping[str, Any] = {}
        self._patterns: list[tuple[Pattern, Any]] = []

    def set(
        self, answers: str | Mapping[str, Any] | None = None, /, *, text: Any = _MISSING
    ) -> None:
        """Set what analyses say, in the place of all that was set before.

        ``answers`` is one text for all prompts, or answers by prompt pattern: a regular expression
        that is searched in the prompt, in upper or lower case, of which the first that is found
        counts. The name "text", or the keyword, is for all other prompts.

        An answer is a text, which is returned as it is, or any other JSON value, which is returned
        as JSON. Where a call has a schema that such a value does not fit, the properties that it
        lacks are filled as without it; what it has stays, even if it is of a wrong type.
        ``max_tokens`` cuts a set answer off as it does any other.

        They hold for ``analyze`` with and without a stream, summaries, analysis tasks, batches, and
        ``responses``, until :meth:`clear` or a reset. Analyses in segments have no prompt: patterns
        are searched in the descriptions of their segments.

        Raises ``ValueError`` for what is not a regular expression or a JSON value, patterns with
        look-around or back-references, more than 1,000 answers, patterns above 1,000 characters,
        and answers above 1,000,000.
        """
        if answers is None and text is _MISSING:
            raise ValueError("give an answer to set; clear() takes them away")
        given = {_FOR_ALL: answers} if isinstance(answers, str) else dict(answers or {})
        if text is not _MISSING:
            given[_FOR_ALL] = text
        if len(given) > _MOST:
            raise ValueError(f"at most {_MOST:,} answers can be set")
        made = {pattern: _checked(pattern, answer) for pattern, answer in given.items()}
        patterns = [(_compiled(name), each) for name, each in made.items() if name != _FOR_ALL]
        self._set, self._patterns = made, patterns

    def clear(self) -> None:
        """Let films answer again."""
        self._set, self._patterns = {}, []

    def all(self) -> dict[str, Any]:
        """What is set, as :meth:`set` takes it."""
        return dict(self._set)

    def match(self, prompt: str) -> Any:
        """The answer that is set for a prompt; None without one."""
        for pattern, answer in self._patterns:
            if pattern.matches(prompt):
                return answer
        return self._set.get(_FOR_ALL)


def write_preset(
    answer: Any, schema: Mapping[str, Any] | None = None, film: Film | None = None, prompt: str = ""
) -> str:
    """The text of an answer that is set; raises ``SchemaError`` for a schema that nothing fits."""
    if isinstance(answer, str):
        return answer
    if schema is not None and film is not None:
        answer = fit_within_limits(schema, answer, film, prompt)
    return orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode()


def _compiled(pattern: str) -> Pattern:
    if len(pattern) > _LONGEST_PATTERN:
        raise ValueError(f"a prompt pattern has at most {_LONGEST_PATTERN:,} characters")
    try:
        return Pattern(pattern, whole=False, ignore_case=True)
    except PatternError as error:
        raise ValueError(f"{pattern!r} is not a regular expression: {error}") from None


def _checked(pattern: object, answer: object) -> object:
    """A copy of the answer, so that it stays what it was when it was set."""
    if not isinstance(pattern, str):
        raise ValueError(f"a prompt pattern is text, not {pattern!r}")
    if answer is None:
        raise ValueError(f"the answer for {pattern!r} is null; leave it out instead")
    raw = write_json(answer, f"the answer for {pattern!r}")
    if len(raw) > _LONGEST_TEXT:
        raise ValueError(f"the answer for {pattern!r} has more than {_LONGEST_TEXT:,} characters")
    return orjson.loads(raw)

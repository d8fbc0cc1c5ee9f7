"""Answers in the user's own types: a class's schema goes out, the answer's text becomes a value.

Classes of pydantic are read by pydantic; dataclasses, attrs classes and TypedDicts by msgspec,
which the extra `typed` brings. Neither is imported before it is needed.

The service takes a part of JSON Schema only. What it does not take is left out of what is sent, and
checked when the answer comes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import lru_cache
from typing import (
    Any,
    ClassVar,
    Final,
    Generic,
    Self,
    TypeVar,
    cast,
    get_origin,
)

from ..errors import ConfigurationError, OutputInvalidError, OutputTruncatedError
from .model import Model
from .output_classes import (
    has_fields,
    is_named_tuple,
    is_of_pydantic,
    is_unknown_to_pydantic,
    parts,
)
from .output_pydantic import by_pydantic, problem_of_pydantic
from .output_schema import service_schema

__all__ = ["OutputType", "ParsedReply", "format_and_output", "is_output_type", "output_type"]

T = TypeVar("T")
Json = dict[str, Any]

# A fence with what stands beside it, and then JSON. It begins at the first mark of a run alone, so
# that a search takes no longer than the text.
_FENCE: Final = re.compile(
    r"(?<![`~])(?:`{3,}+|~{3,}+)(?:[^\n{\[`~]*+\n|[ \t]*+[\w-]*+)\s*+(?=[{\[])"
)
_FENCE_END: Final = re.compile(r"\n[ \t]*+(?:```|~~~)")  # no text in JSON has a line break
_MISSING: Final = re.compile(r"missing required field `(.*?)`")
_PATH: Final = re.compile(r" - at (`key` in )?`")


class OutputType(Generic[T]):
    """A class for answers."""

    def __init__(self, form: type[T], schema: Json, read: Callable[[str], T]) -> None:
        self.form = form
        self.schema = schema
        """What is sent: the part of its JSON Schema that the service takes."""
        self._read = read

    @property
    def name(self) -> str:
        """The class's name, for where the service wants one."""
        return re.sub(r"[^A-Za-z0-9_-]", "_", getattr(self.form, "__name__", "answer"))[:64]

    def __reduce__(self) -> Any:
        return output_type, (self.form,)

    def parse(self, text: str | None, finish_reason: str | None = None) -> T:
        """The value that a text holds; a code fence is taken off, with what is around it.

        OutputTruncatedError when the answer was cut off, however it looks; OutputInvalidError when
        it does not fit.
        """
        answer = text or ""
        if finish_reason == "length":
            raise OutputTruncatedError(
                "the answer was cut off at its maximum length",
                text=answer,
                finish_reason=finish_reason,
            )
        problem: str
        path: str | None
        plain = _unfenced(answer)
        try:
            return self._read(plain)
        except ValueError as error:  # of msgspec as of pydantic
            problem, path = _problem(error, plain)
        except RecursionError:
            problem, path = "it is nested too deeply", None
        raise OutputInvalidError(
            f"the answer is no {self.name}: {problem}{f' at {path}' if path else ''}",
            path=path,
            text=answer,
            finish_reason=finish_reason,
        )


class ParsedReply(Generic[T]):
    """A mixin of replies whose answer is in a requested class.

    The answer is beside the fields: it is not part of a dump.
    """

    __slots__ = ()
    _beside: ClassVar[tuple[str, ...]] = ("_parsed",)

    @property
    def parsed(self) -> T:
        """The answer as an object of the requested class."""
        return cast("T", object.__getattribute__(self, "_parsed"))  # a slot of the replies

    def keep(self, parsed: T) -> Self:
        """The reply itself, with its answer."""
        object.__setattr__(self, "_parsed", parsed)
        return self


def is_output_type(value: object) -> bool:
    """Whether this is a class to put answers into, and not a format's description."""
    # Or `type X = ...`, which is refused by its name.
    return isinstance(value, type) or get_origin(value) is not None or hasattr(value, "__value__")


def output_type(form: type[T]) -> OutputType[T]:
    """What a class means for answers; ConfigurationError for one that has no object's schema."""
    try:
        hash(form)
    except TypeError:  # Annotated may hold anything
        return _made(form)
    kept: OutputType[T] = _kept(cast("Any", form))
    return kept


def _made(form: type[T]) -> OutputType[T]:
    given: Any = form  # it may be generic, as Box[int], which is not a class
    cls: Any = get_origin(given) or given
    if isinstance(cls, type) and issubclass(cls, Model):
        raise ConfigurationError("the answer's class is one of yours, not a model of the API")
    if is_of_pydantic(cls):
        return _by_pydantic(form)
    if not has_fields(cls) or is_named_tuple(cls):  # which JSON has as an array
        raise ConfigurationError(
            "the answer's class is a pydantic model, a dataclass, an attrs class or a TypedDict, "
            f"not {getattr(form, '__name__', form)!r}: a list or a choice can be a field of one"
        )
    return _by_msgspec(form)


_kept: Final = lru_cache(maxsize=256)(_made)


def format_and_output(given: Any) -> tuple[Any, OutputType[Any] | None]:
    """The response format that is sent, and what its answers become, of a format or a class."""
    if not is_output_type(given):
        return given, None
    output: OutputType[Any] = output_type(given)
    return {"type": "json_schema", "json_schema": output.schema}, output


def _by_pydantic(form: type[T]) -> OutputType[T]:
    try:
        schema, read = by_pydantic(form)
    except (TypeError, NameError) as error:
        raise _no_schema(form, error) from error
    return OutputType(form, service_schema(schema), read)


def _by_msgspec(form: type[T]) -> OutputType[T]:
    try:
        import msgspec

        from .output_structs import OutputStructs
    except ModuleNotFoundError:
        raise ConfigurationError(
            "answers in dataclasses, attrs classes and TypedDicts need an extra: "
            "python -m pip install 'twelvelabs-async[typed]'"
        ) from None
    try:
        every = [*parts(form)]
        if any(map(is_of_pydantic, every)) and not any(map(is_unknown_to_pydantic, every)):
            return _by_pydantic(form)
        try:
            structs = OutputStructs(form, by_trying=False)
            decoder = msgspec.json.Decoder(structs.form, dec_hook=structs.choose)
        except TypeError:  # it has unions that msgspec does not take
            structs = OutputStructs(form, by_trying=True)
            decoder = msgspec.json.Decoder(structs.form, dec_hook=structs.choose)
        schema = structs.schema()
    except (TypeError, ValueError, NameError, RecursionError) as error:
        raise _no_schema(form, error) from error

    def read(text: str) -> T:
        try:
            found = decoder.decode(text)
        except msgspec.ValidationError as error:
            problem = str(error)
            if " at most length " in problem and not problem.endswith("`"):
                # Reading JSON, msgspec gives no path of an array that is too long.
                msgspec.convert(
                    json.loads(text), structs.form, dec_hook=structs.choose, str_keys=True
                )
            if "got `float`" not in problem:
                raise
            found = decoder.decode(_with_whole_numbers(text))
        made: T = structs.objects(found)
        return made

    return OutputType(form, service_schema(schema), read)


def _with_whole_numbers(text: str) -> str:
    """JSON with 2 for 2.0: in a schema it is an integer, and choices of integers are numbers."""

    def number(literal: str) -> float:
        value = float(literal)
        return int(value) if value.is_integer() else value

    return json.dumps(json.loads(text, parse_float=number))


def _no_schema(form: Any, error: Exception) -> ConfigurationError:
    problem = str(error)
    if isinstance(error, RecursionError):
        problem = "it refers to endlessly many types, as a class A[T] does that holds A[list[T]]"
    if isinstance(error, NameError):
        problem += (
            " in its module: define it there, or do without `from __future__ import annotations`"
        )
    return ConfigurationError(f"{getattr(form, '__name__', form)} has no JSON Schema: {problem}")


def _unfenced(text: str) -> str:
    """The JSON of an answer that has it in a code fence."""
    text = text.removeprefix("\ufeff")
    start = _FENCE.search(text)
    if start is None or text.lstrip().startswith(("{", "[")):
        return text
    end = _FENCE_END.search(text, start.end())
    last = end.start() if end else max(text.rfind("```"), text.rfind("~~~"))
    return text[start.end() : last if last > start.end() else None]  # it may never be closed


def _problem(error: ValueError, text: str) -> tuple[str, str | None]:
    """What is wrong with an answer, and the JSON path to it; None where it is not JSON."""
    if callable(getattr(error, "errors", None)):
        return problem_of_pydantic(error, text)
    refused: str | None = getattr(error, "path", None)  # of a class that refuses its fields
    if refused is not None:
        return str(error), refused
    problem, path, place = str(error), "$", ""
    # Within a union that was tried are inner paths, each with its own end.
    for found in reversed([*_PATH.finditer(problem)]):
        if not problem.endswith("`"):
            break
        path += problem[found.end() : -1].removeprefix("$")
        problem = problem[: found.start()]
        if found[1]:  # of the object that has the key
            place = " for a key"
    problem += place
    if type(error).__name__ != "ValidationError":
        return problem, None
    missing = _MISSING.search(problem)
    return problem, f"{path}.{missing[1]}" if missing else path

"""Reads settings by their names: from mappings, TOML and JSON files, and the environment."""

from __future__ import annotations

import difflib
import functools
import os
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Final, Literal, Union, cast, get_args, get_origin, get_type_hints

import attrs
import orjson

__all__ = [
    "Bounds",
    "SettingsError",
    "bounded",
    "check_types",
    "values_of_environment",
    "values_of_file",
    "values_of_mapping",
]

_WORDS: Final = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0"), False),
}
_NOTHING: Final = ("", "none", "null")


class SettingsError(ValueError):
    """A setting that does not exist, or a value that it cannot have."""


@attrs.frozen
class Bounds:
    """A validator for a number, or each of several, from ``low`` to ``high``."""

    low: float
    high: float

    def __call__(self, _: object, attribute: attrs.Attribute[Any], value: Any) -> None:
        """Raise ``SettingsError`` for a number outside."""
        numbers = cast("tuple[object, ...]", value) if isinstance(value, tuple) else (value,)
        for number in numbers:
            outside = isinstance(number, int | float) and not self.low <= number <= self.high
            if outside or isinstance(number, bool):
                span = _span(self.low, self.high)
                raise SettingsError(f"{attribute.name} is {value!r}; it must be {span}")


def bounded(low: float, high: float = float("inf")) -> Bounds:
    """A validator for a number, or each of several, from ``low`` to ``high``."""
    return Bounds(low, high)


def _span(low: float, high: float) -> str:
    return f"at least {low:g}" if high == float("inf") else f"from {low:g} to {high:g}"


_hints = functools.cache(get_type_hints)


def check_types(settings: object) -> None:
    """Raise ``SettingsError``, which names the field, where a value is not of its field's type."""
    kind: Any = type(settings)
    for name, hint in _hints(kind).items():
        value = getattr(settings, name)
        if not callable(value) or not any(map(_is_call, get_args(hint))):
            _converted(name, value, hint, False)


def values_of_mapping(
    kind: type, values: Mapping[str, object], *, textual: bool = False
) -> dict[str, Any]:
    """The values for the fields of the attrs class ``kind``, each of its field's type.

    ``textual`` says that values are text, as in the environment. Raises ``SettingsError``.
    """
    hints = _hints(kind)
    given: dict[str, Any] = {}
    for name, value in values.items():
        if name not in hints:
            near = difflib.get_close_matches(name, hints, 1)
            meant = f"; did you mean {near[0]}?" if near else ""
            raise SettingsError(f"there is no setting {name}{meant}")
        given[name] = _converted(name, value, hints[name], textual)
        kind(**{name: given[name]})  # checks its bounds while its source is known
    return given


def values_of_file(
    kind: type, path: str | os.PathLike[str], table: str | None = None
) -> dict[str, Any]:
    """The values in a TOML or JSON file: in its top level without its tables, or in ``table``."""
    file = Path(path)
    try:
        raw = file.read_bytes().decode("utf-8-sig")
        values = orjson.loads(raw) if file.suffix.lower() == ".json" else tomllib.loads(raw)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SettingsError(f"cannot read settings from {file}: {reason}") from error
    if not isinstance(values, dict):
        raise SettingsError(f"cannot read settings from {file}: it holds no table of settings")
    found = cast("dict[str, object]", values)
    chosen = {name: value for name, value in found.items() if not isinstance(value, dict)}
    tables = cast("dict[str, dict[str, object]]", {n: found[n] for n in found if n not in chosen})
    unknown = [name for name in tables if name != "timings"]
    try:
        if unknown:
            raise SettingsError(f"there is no table {unknown[0]}")
        return values_of_mapping(kind, chosen if table is None else tables.get(table, {}))
    except SettingsError as error:
        raise SettingsError(f"{file}: {error}") from error


def values_of_environment(
    kind: type, prefix: str, environment: Mapping[str, str]
) -> dict[str, Any]:
    """The values in variables whose names are ``prefix`` and a field's; others are ignored.

    So is an empty one, as files of containers have it for what is not set, unless it means None.
    """
    given: dict[str, Any] = {}
    for name, hint in _hints(kind).items():
        variable = f"{prefix}{name.upper()}"
        text = environment.get(variable)
        if text is None or not (text.strip() or NoneType in get_args(hint)):
            continue
        try:
            given |= values_of_mapping(kind, {name: text}, textual=True)
        except SettingsError as error:
            raise SettingsError(f"{variable}: {error}") from error
    return given


def _converted(name: str, value: object, hint: Any, textual: bool) -> object:
    if get_origin(hint) in (Union, UnionType):
        choices = get_args(hint)
        if NoneType in choices and (
            value is None or (textual and str(value).strip().lower() in _NOTHING)
        ):
            return None
        plain = [choice for choice in choices if choice is not NoneType and not _is_call(choice)]
        return _converted(name, value, plain[0], textual)
    arguments = get_args(hint)
    match get_origin(hint) or hint:
        case origin if origin is Literal:
            text = value.strip() if isinstance(value, str) else value
            if text not in arguments:
                allowed = ", ".join(map(str, arguments))
                raise SettingsError(f"{name} is {value!r}; it must be one of: {allowed}")
            return text
        case origin if origin is tuple:
            given = _items(name, value, textual)
            if len(given) != len(arguments):
                raise SettingsError(f"{name} is {value!r}; it must have {len(arguments)} values")
            pairs = zip(given, arguments, strict=True)
            return tuple(_converted(name, one, each, textual) for one, each in pairs)
        case origin if origin is Sequence:
            each = arguments[0]
            return tuple(_converted(name, o, each, textual) for o in _items(name, value, textual))
        case plain:
            return _plain(name, value, plain, textual)


def _is_call(hint: Any) -> bool:
    return get_origin(hint) is Callable or hint is Callable


def _items(name: str, value: object, textual: bool) -> list[object]:
    if textual and isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise SettingsError(f"{name} is {value!r}; it must be a list")
    return list(cast("Sequence[object]", value))


def _plain(name: str, value: object, kind: type, textual: bool) -> object:
    found = _from_text(value.strip(), kind) if textual and isinstance(value, str) else value
    if kind is float and isinstance(found, int) and not isinstance(found, bool):
        found = float(found)
    if not isinstance(found, kind) or (isinstance(found, bool) and kind is not bool):
        names = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}
        raise SettingsError(f"{name} is {value!r}; it must be {names[kind]}")
    return found


def _from_text(text: str, kind: type) -> object:
    if kind is bool:
        return _WORDS.get(text.lower(), text)
    try:
        return kind(text.replace("_", "")) if kind in (int, float) else text
    except ValueError:
        return text

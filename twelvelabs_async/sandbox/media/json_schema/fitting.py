"""Fits a value that somebody chose to a JSON schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from ..measure.film import Film
from ..measure.measures import NOTHING
from .filling import fill, within_limits

__all__ = ["check_within_limits", "fit_within_limits"]


def fit_within_limits(
    schema: Mapping[str, object], value: object, film: Film, prompt: str = ""
) -> object:
    """``value`` if the schema accepts it; else with the properties that it lacks, filled.

    Raises ``SchemaError`` as :func:`fill` does, and where that takes too long.
    """
    return within_limits(_fit, schema, value, film, prompt)


def check_within_limits(schema: Mapping[str, object], filled: Mapping[str, object] | None) -> None:
    """Raise ``SchemaError`` for what is no JSON schema, and if nothing is found for ``filled``.

    That is the schema as the service changes it; None where nothing need be found. Raises it where
    that takes too long, too.
    """
    within_limits(_check, schema, filled)


def _check(schema: Mapping[str, object], filled: Mapping[str, object] | None) -> None:
    from .validation import Validator

    Validator(schema)
    if filled is not None:
        fill(filled, NOTHING)


def _fit(schema: Mapping[str, object], value: object, film: Film, prompt: str) -> object:
    from .validation import Validator

    if Validator(schema).accepts(value, schema):
        return value
    return _completed(value, fill(schema, film, prompt))


def _completed(value: object, filled: object) -> object:
    own, other = _object(value), _object(filled)
    if own is None or other is None:
        return value
    # The order is the schema's, as it is in all answers.
    whole = {k: _completed(own[k], other[k]) if k in own else other[k] for k in other}
    return whole | {key: each for key, each in own.items() if key not in other}


def _object(value: object) -> dict[str, object] | None:
    return cast("dict[str, object]", value) if isinstance(value, dict) else None

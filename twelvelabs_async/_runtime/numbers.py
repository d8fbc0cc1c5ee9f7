"""Numbers as programs give them: Python's own, those of numpy, Decimal."""

from __future__ import annotations

import math
import sys
from typing import Any

from ..errors import ConfigurationError

__all__ = ["checked_count", "checked_number", "plain_number"]


def plain_number(value: Any) -> Any:
    """A scalar of numpy, or a Decimal, as the plain number or time that it stands for.

    Anything else comes back as it is. Neither package is imported for it.
    """
    if isinstance(value, float):
        return float(value)  # numpy's double is a float of a class of its own
    if getattr(value, "shape", None) == () and hasattr(value, "item"):
        found = value.item()
        if isinstance(found, float) and type(value).__module__ == "numpy":
            # In its own few digits: a 0.1 of single precision is not to go out as 0.10000000149.
            return float(str(value))
        dtype: Any = getattr(found, "dtype", None)
        if dtype is None:
            return found
        # A number of more than double precision, which is none of Python's.
        return float(str(found)) if dtype.kind == "f" else value
    if type(value).__module__ in ("decimal", "_decimal", "_pydecimal"):
        if value.is_nan():  # a signaling one cannot be converted
            return math.nan
        # Of 1E+999999999 an integer would take for ever.
        short = value.is_finite() and value.adjusted() <= sys.float_info.max_10_exp
        return int(value) if short and value == value.to_integral_value() else float(value)
    return value


def checked_number(value: Any, what: str, least: float | None = None) -> float:
    """The plain number that a setting stands for: above 0, or not below `least`.

    ConfigurationError for any other, such as NaN, for one that no float can hold, and for what is
    no number, such as text. What asyncio gets must have passed here: a timer that cannot be
    compared with others ends its event loop.
    """
    try:
        number = plain_number(value)
        if not isinstance(number, (int, float)):
            from numbers import Real  # here, since hardly any setting is of another kind

            if not isinstance(number, Real):  # text and arrays of one number have a float too
                raise TypeError
            number = float(number)
        if float(number) > 0 if least is None else float(number) >= least:
            return int(number) if isinstance(number, int) else number
        shown = str(number)
    except (TypeError, ValueError, OverflowError) as error:
        large = isinstance(error, OverflowError)
        shown = "a number beyond all floats" if large else type(value).__name__
    bound = "above 0" if least is None else f"{least:g} or more"
    raise ConfigurationError(f"{what} must be {bound}, not {shown}")


def checked_count(value: Any, what: str, least: int = 1) -> int:
    """The plain whole number that a setting stands for, not below `least`.

    Infinity is the greatest index. ConfigurationError for anything else.
    """
    number = min(checked_number(value, what, least), sys.maxsize)
    if number % 1:
        raise ConfigurationError(f"{what} must be a whole number, not {number}")
    return int(number)

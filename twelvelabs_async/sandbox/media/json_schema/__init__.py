"""JSON schemas: which values satisfy them, and values for them made of what a film shows."""

from __future__ import annotations

from .filling import fill, fill_within_limits
from .fitting import check_within_limits, fit_within_limits
from .parts import SchemaError
from .timed import TIMES, is_time_format, standard, time_value

__all__ = [
    "TIMES",
    "SchemaError",
    "check_within_limits",
    "fill",
    "fill_within_limits",
    "fit_within_limits",
    "is_time_format",
    "standard",
    "time_value",
]

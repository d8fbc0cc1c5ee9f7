"""JSON schemas: which values satisfy them, and values for them made of what a film shows."""

from __future__ import annotations

from .filling import fill, fill_within_limits
from .validation import SchemaError

__all__ = ["SchemaError", "fill", "fill_within_limits"]

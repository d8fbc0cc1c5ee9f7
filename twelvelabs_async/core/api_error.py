"""`ApiError`, where programs for the vendor's SDK look for it."""

from ..errors import ApiError

__all__ = ["ApiError"]

"""`RequestOptions`, where programs for the vendor's SDK look for it."""

from ..options import RequestOptions

__all__ = ["RequestOptions"]

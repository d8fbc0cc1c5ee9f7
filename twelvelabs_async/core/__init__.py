"""What programs for the vendor's SDK import from its ``core``: the same names, from here."""

from ..errors import ApiError
from ..options import RequestOptions

__all__ = ["ApiError", "RequestOptions"]

"""What programs for the vendor's SDK import from its ``core``: the same names, from here."""

from typing import TYPE_CHECKING

from .._lazy import lazy
from ..errors import ApiError
from ..options import RequestOptions

if TYPE_CHECKING:
    from .._runtime.files import File
    from .._runtime.model import Model as UniversalBaseModel
    from .._runtime.pager import Pager as AsyncPager
    from .._runtime.raw_response import RawResponse as AsyncHttpResponse
    from .._runtime.raw_response import RawResponse as HttpResponse
    from ..sync.iterate import SyncPager
else:
    __getattr__, __dir__ = lazy(
        __name__,
        {
            "_runtime.files": ("File",),
            "_runtime.model": ("Model as UniversalBaseModel",),
            "_runtime.pager": ("Pager as AsyncPager",),
            "_runtime.raw_response": (
                "RawResponse as AsyncHttpResponse",
                "RawResponse as HttpResponse",
            ),
            "sync.iterate": ("SyncPager",),
        },
        modules=(
            *("api_error", "file", "http_response", "pagination", "pydantic_utilities"),
            "request_options",
        ),
    )

__all__ = [
    "ApiError",
    "AsyncHttpResponse",
    "AsyncPager",
    "File",
    "HttpResponse",
    "RequestOptions",
    "SyncPager",
    "UniversalBaseModel",
]

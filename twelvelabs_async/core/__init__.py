"""What programs for the vendor's SDK import from its ``core``: the same names, from here."""

from typing import TYPE_CHECKING

from .._lazy import lazy
from ..errors import ApiError
from ..options import RequestOptions

if TYPE_CHECKING:
    from .._core.files import File
    from .._core.model import Model as UniversalBaseModel
    from .._core.pager import Pager as AsyncPager
    from .._core.request import RawResponse as AsyncHttpResponse
    from .._core.request import RawResponse as HttpResponse
    from ..sync.iterate import SyncPager
else:
    __getattr__, __dir__ = lazy(
        __name__,
        {
            "_core.files": ("File",),
            "_core.model": ("Model as UniversalBaseModel",),
            "_core.pager": ("Pager as AsyncPager",),
            "_core.request": ("RawResponse as AsyncHttpResponse", "RawResponse as HttpResponse"),
            "sync.iterate": ("SyncPager",),
        },
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

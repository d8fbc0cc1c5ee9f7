"""An asyncio-first client for the TwelveLabs API.

`AsyncTwelveLabs` is the client, `TwelveLabs` the same without ``await``. Every model, error and
option is here too, under the name that the vendor's own SDK gives it. Models are imported when they
are first used, so that importing this package costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import _vendor_modules, errors, options
from ._lazy import lazy
from ._version import __version__ as __version__
from .errors import *  # noqa: F403  # its __all__ says what
from .options import *  # noqa: F403  # by its `__all__`

if TYPE_CHECKING:
    from .client import AsyncTwelveLabs as AsyncTwelveLabs
    from .sync.client import TwelveLabs as TwelveLabs
    from .types import *  # noqa: F403  # by its `__all__`
else:
    from .types import NAMES, RENAMED

    _LAZY = {"client": ("AsyncTwelveLabs",), "sync.client": ("TwelveLabs",), **NAMES}
    # Programs also write `twelvelabs.indexes.IndexSchema` after a plain import of the package.
    _MODULES = {
        *("base_client", "client", "core", "environment", "raw_base_client", "version", "wrapper"),
        *(module.partition(".")[0] for module in NAMES),
    }
    __getattr__, __dir__ = lazy(__name__, _LAZY, modules=_MODULES, renamed=RENAMED)
    _vendor_modules.install()
    __all__ = [
        *(name for names in _LAZY.values() for name in names),
        *errors.__all__,
        *options.__all__,
    ]

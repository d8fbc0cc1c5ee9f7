"""The module paths of the vendor's SDK, such as ``types.video_context``: an import finder for them.

The vendor has a module for each type, and programs import from those. Here the types are in
`models.py` of their area. The finder makes the vendor's modules when they are imported; their names
are the objects of this package. `_vendor_modules.json` lists them (``tools/vendor_names.py``).
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

__all__ = ["VendorModules", "install"]

PACKAGE = __name__.partition(".")[0]
INNER = ("types", "client", "raw_client")
"""Modules of the vendor's areas that hold what the area itself holds here."""

ELSEWHERE = {
    "AsyncBaseClient": ("client", "AsyncTwelveLabs"),
    "AsyncHttpResponse": ("_runtime.raw_response", "RawResponse"),
    "AsyncPager": ("_runtime.pager", "Pager"),
    "AsyncRawBaseClient": ("raw", "RawAnalyze"),
    "BaseClient": ("sync.client", "TwelveLabs"),
    "BaseHttpResponse": ("_runtime.raw_response", "RawResponse"),
    "HttpResponse": ("_runtime.raw_response", "RawResponse"),
    "RawBaseClient": ("sync.raw", "RawAnalyze"),
    "SyncPager": ("sync.iterate", "SyncPager"),
    "UniversalBaseModel": ("_runtime.model", "Model"),
}
"""Names of the vendor's that are another name here."""

WRAPPERS = {
    "EmbedClientWrapper": "embed",
    "EmbedTasksClientWrapper": "embed.tasks",
    "IndexesClientWrapper": "indexes",
    "MultipartUploadClientWrapper": "multipart_upload",
    "SearchClientWrapper": "search",
    "TaskClientWrapper": "tasks",
    "VideosClientWrapper": "indexes.videos",
}
"""The area of each class in the vendor's ``wrapper``."""


class VendorModules:
    """Finds the vendor's modules that are not modules here, and loads them.

    It comes last on `sys.meta_path`, so it is asked only for what nothing else finds.
    """

    def __init__(self) -> None:
        self._modules: Mapping[str, Sequence[str]] | None = None
        self._in_several_areas: frozenset[str] = frozenset()

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """The spec of a vendor's module of which at least one name is here, else None."""
        package, _, name = fullname.partition(".")
        if package != PACKAGE or not name:
            return None
        modules = self._table()
        if name not in modules or not self._has_names(name):
            return None
        from importlib.machinery import ModuleSpec

        is_package = any(other.startswith(f"{name}.") for other in modules)
        return ModuleSpec(fullname, self, origin="the vendor's SDK", is_package=is_package)  # type: ignore[arg-type]  # it has a loader's methods

    def create_module(self, spec: ModuleSpec) -> None:
        """None: Python makes the module itself."""

    def exec_module(self, module: ModuleType) -> None:
        """Put the names into the module."""
        found = self._names(module.__name__.partition(".")[2])
        module.__doc__ = "Names of the vendor's SDK, as its module of this path has them."
        module.__dict__.update(found, __all__=sorted(found))

    def get_source(self, fullname: str) -> None:
        """None: there is no source."""

    def _table(self) -> Mapping[str, Sequence[str]]:
        if self._modules is None:
            import json
            from pkgutil import get_data

            table = json.loads(get_data(PACKAGE, "_vendor_modules.json") or b"{}")
            self._in_several_areas = frozenset(table["in_several_areas"])
            modules: Mapping[str, Sequence[str]] = table["modules"]
            self._modules = modules
            return modules
        return self._modules

    def _has_names(self, name: str) -> bool:
        """Whether a module, or one below it, has a name that is here."""
        below = (other for other in self._table() if other.startswith(f"{name}."))
        return bool(self._names(name)) or any(map(self._names, below))

    def _names(self, name: str) -> dict[str, Any]:
        """The names of a vendor's module that are here, with what they stand for."""
        missing = object()
        looked_up = {each: self._find(name, each, missing) for each in self._table()[name]}
        return {each: found for each, found in looked_up.items() if found is not missing}

    def _find(self, module: str, name: str, missing: object) -> object:
        parts = module.split(".")
        inner = next((at for at, part in enumerate(parts) if part in INNER), 0)
        area = ".".join(parts[:inner])
        # Imported before what is below it; one that the vendor alone has is a module of this class.
        its = sys.modules.get(f"{PACKAGE}.{area}")
        if its is not None and isinstance(getattr(its.__spec__, "loader", None), VendorModules):
            its = None
        is_async = name.startswith("Async")
        if (plain := name.removeprefix("Async")) in WRAPPERS:
            return _resource(WRAPPERS[plain], missing, is_async=is_async)
        if area and parts[inner] in ("client", "raw_client"):
            if its is None:
                return missing
            found = _resource(area, missing, is_async=is_async)
            return found if parts[inner] == "client" else _raw(found, is_async=is_async)
        if name in ELSEWHERE:
            where, other = ELSEWHERE[name]
            return getattr(import_module(f"{PACKAGE}.{where}"), other)
        found = missing if its is None else getattr(its, name, missing)
        if found is missing and name not in self._in_several_areas:
            found = getattr(sys.modules[PACKAGE], name, missing)
        return found


def _resource(area: str, missing: object, *, is_async: bool) -> object:
    """The class of an area's methods, of one of the two clients."""
    module = import_module(f"{PACKAGE}.{area}" if is_async else f"{PACKAGE}.sync.{area}")
    classes: list[type] = [each for each in vars(module).values() if isinstance(each, type)]
    own = [each for each in classes if each.__module__ == module.__name__]
    # By name, since the two kinds of classes have no base in common.
    bases = {"Resource", "SyncResource"}
    return next((c for c in own if bases & {base.__name__ for base in c.__mro__}), missing)


def _raw(resource: Any, *, is_async: bool) -> object:
    """The class of a resource's raw methods."""
    where = "_runtime" if is_async else "sync"
    made: object = import_module(f"{PACKAGE}.{where}.raw_methods").raw_class(resource)
    return made


def install() -> None:
    """Make imports find the vendor's modules; once, also when the package is imported again."""
    name = VendorModules.__name__
    sys.meta_path[:] = [
        *(f for f in sys.meta_path if (type(f).__module__, type(f).__name__) != (__name__, name)),
        VendorModules(),
    ]

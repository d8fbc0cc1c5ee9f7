"""Your metadata beside a resource, and the filters of lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict

from attrs import define

from ._runtime.model import Model
from .errors import ConfigurationError

__all__ = ["MetadataFilter", "Range", "RangeDict", "UserMetadata", "metadata_filters", "ranges"]


UserMetadata = Mapping[str, str | int | float | bool | Sequence[str] | None]
"""Your own keys beside a resource. In an update, ``None`` as a value deletes that key."""

MetadataFilter = Mapping[str, str | int | float | bool | None]
"""Keys of `UserMetadata` and the values they must have."""


class RangeDict(TypedDict, total=False):
    """`Range` as a plain dict."""

    gte: float
    lte: float


@define(kw_only=True)
class Range(Model):
    """From ``gte`` to ``lte``, both included; either may be left open."""

    gte: float | None = None
    lte: float | None = None


# A filter by user metadata is a query key of its own, so it cannot be named like one of these.
# fmt: off
_LIST_PARAMETERS = frozenset({
    "page", "page_limit", "sort_by", "sort_option", "status", "filename", "duration", "fps",
    "width", "height", "size", "created_at", "updated_at",
})
# fmt: on


def metadata_filters(metadata: MetadataFilter | None) -> MetadataFilter:
    """The query keys of a filter by user metadata.

    ConfigurationError for a key that is a parameter of the list.
    """
    for key in metadata or ():
        if key.partition("[")[0] in _LIST_PARAMETERS:
            raise ConfigurationError(
                f"user_metadata: the list has a parameter of its own named {key!r}"
            )
    return metadata or {}


def ranges(**filters: float | Range | RangeDict | None) -> dict[str, float | None]:
    """The query keys of filters by number: ``x=5`` as it is, a range as ``x[gte]=1&x[lte]=9``."""
    query: dict[str, float | None] = {}
    for name, value in filters.items():
        if isinstance(value, Range):
            query |= {f"{name}[gte]": value.gte, f"{name}[lte]": value.lte}
        elif isinstance(value, Mapping):
            if unknown := value.keys() - {"gte", "lte"}:
                raise ConfigurationError(f"{name}: a range has gte and lte, not {sorted(unknown)}")
            query |= {f"{name}[gte]": value.get("gte"), f"{name}[lte]": value.get("lte")}
        else:
            query[name] = value
    return query

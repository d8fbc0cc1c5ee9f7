"""The attribute ``with_raw_response`` of every resource."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__all__ = ["RawAccess"]


class _RawAccess:
    """The same methods, each giving its reply with status, headers and rate limits.

    ``reply = await client.indexes.with_raw_response.retrieve(index_id)``: a `RawResponse`.
    """

    def __get__(self, resource: Any, owner: type | None = None) -> Any:
        if resource is None:
            return self
        from .raw_methods import raw_methods  # here, since few programs need it

        return raw_methods(resource)


if TYPE_CHECKING:
    from ..raw import RawAccess  # it knows which methods each resource has
else:
    RawAccess = _RawAccess

"""A reply with its HTTP side."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Generic, TypeVar

from .rate_limits import RateLimit

__all__ = ["RawResponse", "captured"]


T = TypeVar("T")
captured: ContextVar[list[tuple[int, Mapping[str, str]]] | None] = ContextVar(
    "twelvelabs_async_last_reply", default=None
)


class RawResponse(Generic[T]):
    """A reply with its HTTP side: `status_code`, `headers`, `rate_limits`, and `data`, parsed."""

    __slots__ = ("data", "headers", "rate_limits", "status_code")

    def __init__(
        self,
        data: T,
        status_code: int,
        headers: Mapping[str, str],
        rate_limits: Mapping[str, RateLimit],
    ) -> None:
        self.data: T = data
        self.status_code: int = status_code
        self.headers: Mapping[str, str] = headers
        self.rate_limits: Mapping[str, RateLimit] = rate_limits

    def __repr__(self) -> str:
        return f"RawResponse(status_code={self.status_code}, data={self.data!r})"

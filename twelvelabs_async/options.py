"""Settings of a client, and of one call."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict

from ._runtime.numbers import checked_count, checked_number

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["RequestOptions", "Retry", "Timeouts", "TwelveLabsEnvironment"]


class TwelveLabsEnvironment(Enum):
    """The service that a client talks to, by the vendor's name; `base_url=` takes any other."""

    DEFAULT = "https://api.twelvelabs.io/v1.3"


class RequestOptions(TypedDict, total=False):
    """Settings of one call, taken by each method as ``request_options=``.

    ``timeout_in_seconds`` is the call's deadline, retries included (for a stream: the longest
    silence). ``max_retries`` is how often it may be sent again. The ``additional_...`` mappings are
    added to the headers, the query and the JSON or form body. ``chunk_size`` is the most bytes of a
    stream that are decoded in one step.
    ``compact_vectors`` gives the vectors of the reply as ``array("f")`` instead of lists: they are
    read alike, and take an eighth of the memory.
    """

    timeout_in_seconds: float
    max_retries: int
    additional_headers: Mapping[str, str]
    additional_query_parameters: Mapping[str, Any]
    additional_body_parameters: Mapping[str, Any]
    chunk_size: int
    compact_vectors: bool


class Timeouts(NamedTuple):
    """How long each phase of a call may take, in seconds; None is no limit.

    ``connect`` bounds name look-up, TCP and TLS; ``read`` the silence between two pieces of a
    reply; ``write`` the time in which a peer accepts no bytes; ``total`` a whole call with its
    retries. While a large body or a file is sent, ``total`` restarts with each part that is sent.
    Streams and uploads have no total.
    """

    connect: float | None = 10.0
    read: float | None = 300.0
    write: float | None = 60.0
    total: float | None = 600.0

    @classmethod
    def of(cls, value: float | Timeouts | None) -> Timeouts:
        """What ``timeout=`` means: a number is the deadline of a call, None is the default.

        ConfigurationError for what is not above 0, or no number.
        """
        if value is None:
            return cls()
        timeouts = value if isinstance(value, Timeouts) else cls(total=value)
        return cls(
            *(
                None if seconds is None else float(checked_number(seconds, f"timeout: {name}"))
                for name, seconds in zip(cls._fields, timeouts, strict=True)
            )
        )


class Retry(NamedTuple):
    """How often and when a call is sent again.

    The n-th wait is drawn evenly from 0 to ``backoff * 2**n`` seconds, at most ``backoff_max``.
    Retry-After, when sent, replaces the backoff, as do the reset headers; jitter is added: what was
    drawn. A requested wait longer than ``max_wait`` seconds is not waited for: the error is raised
    immediately, with ``retry_after``.
    """

    max_retries: int = 2
    backoff: float = 0.5
    backoff_max: float = 8.0
    max_wait: float = 90.0

    def checked(self) -> Retry:
        """This in plain numbers; ConfigurationError when one is out of bounds."""
        return Retry(
            checked_count(self.max_retries, "max_retries", 0),
            checked_number(self.backoff, "backoff", 0),
            checked_number(self.backoff_max, "backoff_max", 0),
            checked_number(self.max_wait, "max_wait", 0),
        )

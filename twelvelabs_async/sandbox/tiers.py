"""What an account of each tier may do: requests a minute and a day, and films indexed at one time.

Of the embedding endpoints, which have limits by what they embed, those of texts count.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from attrs import field, frozen

__all__ = ["TIERS", "Tier", "TierName"]

TierName = Literal["unlimited", "free", "developer-1", "developer-2", "developer-3"]

_DAY: Final = 86_400.0


@frozen(kw_only=True)
class Tier:
    """``requests`` are a minute and a day, by category; ``index_life`` is in seconds."""

    requests: Mapping[str, tuple[int, int]] = field(factory=dict[str, tuple[int, int]])
    concurrent_indexing: int | None = None
    index_life: float | None = None


def _requests(
    index: tuple[int, int],
    upload: tuple[int, int],
    search: tuple[int, int],
    analyze: tuple[int, int],
    embed: tuple[int, int],
) -> dict[str, tuple[int, int]]:
    return {
        "index": index,
        "upload": upload,
        "search": search,
        "analyze": analyze,
        "embed": embed,
    }


_FIRST: Final = _requests((60, 3000), (60, 3000), (600, 3000), (60, 1000), (600, 3000))
_SECOND: Final = _requests((120, 6000), (120, 6000), (1200, 6000), (120, 2000), (1200, 12_000))
_THIRD: Final = _requests((240, 12_000), (240, 12_000), (2400, 12_000), (240, 3000), (2400, 30_000))

TIERS: Final[Mapping[str, Tier]] = {
    "unlimited": Tier(),
    "free": Tier(
        requests={**_FIRST, "responses": (2, 15)}, concurrent_indexing=5, index_life=90 * _DAY
    ),
    "developer-1": Tier(requests=_FIRST, concurrent_indexing=25),
    "developer-2": Tier(requests=_SECOND, concurrent_indexing=25),
    "developer-3": Tier(requests=_THIRD, concurrent_indexing=25),
}

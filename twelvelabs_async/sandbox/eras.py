"""What the service took and answered at one time or another: one row for each era."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from attrs import evolve, frozen

__all__ = ["ERAS", "Era", "EraName"]

EraName = Literal["2025-12", "2026-03", "2026-07", "2026-10", "any"]

_GIB: Final = 1024**3


@frozen(kw_only=True)
class Era:
    """The rules of one era. A rule that changed with time is a field here, and nowhere else."""

    strict: bool = True
    """Whether what later or earlier eras took is refused."""
    largest_upload: int = 10 * _GIB
    """Bytes of one multipart upload of a film or sound."""
    upload_kinds: tuple[str, ...] = ("video", "audio", "image")
    """What multipart uploads take."""
    asynchronous_uploads: bool = True
    """Whether an asset is ``processing`` first; else it is checked before the reply."""
    multipart_method: str = "multipart"
    """The ``method`` of an asset that was uploaded in chunks."""


_TODAY: Final = Era()
# Until 2026-07-07.
_EARLIER: Final = evolve(
    _TODAY,
    largest_upload=4 * _GIB,
    upload_kinds=("video",),
    asynchronous_uploads=False,
    multipart_method="direct",
)

ERAS: Final[Mapping[str, Era]] = {
    "2025-12": _EARLIER,
    "2026-03": _EARLIER,
    "2026-07": _TODAY,
    "2026-10": _TODAY,
    "any": evolve(_TODAY, strict=False),
}

"""What the service took and answered at one time or another: one row for each era."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, Literal

from attrs import evolve, field, frozen

__all__ = ["ERAS", "ORDER", "Era", "EraName", "Retired", "retired_on"]

EraName = Literal["2025-12", "2026-03", "2026-07", "2026-10", "any"]
ORDER: Final[tuple[EraName, ...]] = ("2025-12", "2026-03", "2026-07", "2026-10")
"""The eras of the service, oldest first."""

_GIB: Final = 1024**3


@frozen
class Retired:
    """Something that the service of today refuses: since when, and what to use instead."""

    day: datetime
    instead: str

    @property
    def header(self) -> str:
        """The value of a ``Deprecation`` header (RFC 9745)."""
        return f"@{int(self.day.timestamp())}"


def retired_on(day: str, instead: str) -> Retired:
    """What was retired on this day, such as "2026-02-15"."""
    return Retired(datetime.fromisoformat(day).replace(tzinfo=UTC), instead)


_INDEXED_ASSETS: Final = "POST /indexes/{index_id}/indexed-assets"
# The service announced the end of /gist and /summarize for this day; the documents of July have
# none of the others either.
_CALLS: Final[Mapping[str, Retired]] = {
    "/generate": retired_on("2026-02-15", "POST /analyze"),
    "/summarize": retired_on("2026-02-15", "POST /analyze"),
    "/gist": retired_on("2026-02-15", "POST /analyze"),
    "/entities": retired_on("2026-02-15", "GET /entity-collections/{id}/entities"),
    "/tasks/transfers": retired_on("2026-02-15", _INDEXED_ASSETS),
}
_MARENGO: Final = dict.fromkeys(
    ("marengo2.7", "Marengo-retrieval-2.7"), retired_on("2026-03-30", "marengo3.0")
)
_MODELS: Final[Mapping[str, Retired]] = {
    **_MARENGO,
    "pegasus1.2": retired_on("2026-08-18", "an analysis of the asset with pegasus1.6"),
}
# Paths, alone or with those below them, in the order in which the service got them.
_LATEST_CALLS: Final = ("/analyze/tasks/{task_id}/cancel", "/assets/{asset_id}/transcription")
_JULY_CALLS: Final = (
    *("/analyze/tasks", "/analyze/batches", "/responses", "/knowledge-stores", "/connections"),
    *("/connections:authorize", "/assets/{asset_id}/user-metadata"),
    *("/assets/{asset_id}/entities", "/assets/{asset_id}/indexed-assets"),
)


def _among(path: str, calls: tuple[str, ...]) -> bool:
    return any(path == call or path.startswith(f"{call}/") for call in calls)


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
    absent: tuple[str, ...] = ()
    """The paths that the service did not have yet."""
    retired_calls: Mapping[str, Retired] = field(default=_CALLS)
    """The paths that it had no more, if it is strict; else they work and are deprecated."""
    retired_models: Mapping[str, Retired] = field(default=_MODELS)
    """The models that it had no more, if it is strict; else they work and are deprecated."""
    absent_models: tuple[str, ...] = ()
    """The models that the service did not have yet."""
    guarded_assets: bool = True
    """Whether an asset that something uses is deleted only with ``force``."""
    previews: bool = True
    """Whether a new asset gets a stream and a thumbnail unless the caller says otherwise."""
    validating_assets: bool = True
    """Whether indexed assets have the state ``validating``; else it is called ``pending``."""
    documents: bool = True
    """Whether assets may be PDF, plain text and Markdown files."""
    playlists: bool = True
    """Whether the URL of an asset may be that of an HLS playlist."""
    textual_metadata: bool = False
    """Whether the metadata of knowledge stores, and of what is in them, hold strings alone."""
    null_metadata: bool = False
    """Whether a null in changed metadata of a knowledge store is stored as an empty string."""
    own_clocks: bool = True
    """Whether the times of an analysis are those of the file's own clock; else they begin at 0."""
    measured_analyses: bool = True
    """Whether a video outside the limits of pixels is not analysed; if it is strict, else such an
    analysis is deprecated."""
    index_writes: bool = False
    """Whether a video is analysed only in an index with a model that writes."""

    def lacks(self, path: str) -> bool:
        """Whether the service had no such path, as a route writes it."""
        return _among(path, self.absent) or (self.strict and self.retired(path) is not None)

    def retired(self, path: str) -> Retired | None:
        """What there is to know of a path that was retired."""
        return next(
            (why for call, why in self.retired_calls.items() if _among(path, (call,))), None
        )


_TODAY: Final = Era()
_JULY: Final = evolve(
    _TODAY,
    absent=_LATEST_CALLS,
    absent_models=("pegasus1.6", "marengo3.5"),
    retired_models=_MARENGO,
    documents=False,
    previews=False,
    validating_assets=False,
    playlists=False,
    textual_metadata=True,
    null_metadata=True,
    own_clocks=False,
    measured_analyses=False,
    index_writes=True,
)
# Until 2026-07-07.
_EARLIER: Final = evolve(
    _JULY,
    largest_upload=4 * _GIB,
    upload_kinds=("video",),
    asynchronous_uploads=False,
    guarded_assets=False,
    multipart_method="direct",
    absent=(*_JULY_CALLS, *_LATEST_CALLS),
    retired_calls={},
    retired_models={},
)

ERAS: Final[Mapping[str, Era]] = {
    "2025-12": _EARLIER,
    "2026-03": _EARLIER,
    "2026-07": _JULY,
    "2026-10": _TODAY,
    "any": evolve(_TODAY, strict=False, null_metadata=True),
}

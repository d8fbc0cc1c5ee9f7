"""What a sandbox can be told: how long things take, and whatever the service does not document."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from attrs import field, frozen

__all__ = ["MIB", "Settings", "Timings"]

MIB = 1024 * 1024
GIB = 1024 * MIB


@frozen(kw_only=True)
class Timings:
    """Seconds, on the sandbox's clock, that each state lasts at least.

    A state also lasts until its work is done: a film that takes a minute to read is indexed for a
    minute. The defaults let a person see every state of a demo that ends in a few seconds.
    """

    asset: float = 0.4
    validating: float = 0.2
    pending: float = 0.2
    queued: float = 0.2
    indexing: float = 0.8
    stream: float = 0.5
    """From the end of indexing until the HLS stream is complete."""
    thumbnail: float = 0.2
    entity: float = 0.3
    embedding: float = 0.6
    piece: float = 0.02
    """Between two events of a streamed analysis, in real seconds."""

    @classmethod
    def none(cls) -> Timings:
        """Everything is ready when the call that started it returns."""
        return cls(
            asset=0.0,
            validating=0.0,
            pending=0.0,
            queued=0.0,
            indexing=0.0,
            stream=0.0,
            thumbnail=0.0,
            entity=0.0,
            embedding=0.0,
            piece=0.0,
        )

    @classmethod
    def real(cls) -> Timings:
        """About what users of the service saw for a clip of a minute."""
        return cls(
            asset=4.0,
            validating=3.0,
            pending=2.0,
            queued=5.0,
            indexing=35.0,
            stream=10.0,
            thumbnail=2.0,
            entity=8.0,
            embedding=20.0,
            piece=0.05,
        )


def _hosts(value: Sequence[str]) -> tuple[str, ...]:
    return tuple(value)


@frozen(kw_only=True)
class Settings:
    """The choices where the service's documents are silent, differ, or changed over time."""

    era: Literal["2026-03", "2026-07"] = "2026-07"
    """2026-03: uploads are at most 4 GB, video only, and checked before the reply; 2026-07: 10 GB,
    any medium, and an asset is ``processing`` first."""

    chunk_size: int | Callable[[int], int] = 5 * MIB
    """Bytes a chunk, or a function of the file's size."""
    initial_urls: int = 10
    """How many presigned URLs come with a new upload."""
    url_life: float = 3600.0
    session_life: float = 24 * 3600.0
    reuse_urls: bool = False
    """Whether a chunk URL works more than once."""
    max_upload_size: int | None = None
    """Bytes of one multipart upload; None for the era's."""
    max_direct_size: int = 200 * MIB
    max_image_size: int = 32 * MIB
    max_task_size: int = 2 * GIB
    max_url_size: int = 4 * GIB
    bad_chunk: tuple[int, str] = (400, "parameter_invalid")
    """Status and code for a chunk reported with a wrong ETag, size or number."""
    expired_session: tuple[int, str] = (400, "parameter_invalid")

    unknown_id_status: int | None = None
    """404 or 400 for an id that is not there; None for what the documents say of each call."""
    index_name_status: int = 409
    """409 or 400 for ``index_name_already_exists``."""
    content_type_status: int = 400
    """400 or 415 for ``content_type_invalid``."""
    index_life: float | None = None
    """Seconds an index lives; None leaves ``expires_at`` out. The free plan's live 90 days."""
    unfit_films: Literal["refused", "failed"] = "refused"
    """Whether a film outside the limits is refused with a 400, or fails while it is indexed."""
    min_side: tuple[int, int] = (360, 360)
    max_side: tuple[int, int] = (5184, 2160)
    max_ratio: float = 2.4
    min_duration: float = 4.0
    max_duration: float = 4 * 3600.0
    concurrent_indexing: int | None = None
    """How many films may be indexed at once; the others stay queued, and begin in order as places
    get free. The free plan's are 5, the Developer plan's 25; None: any number."""
    processing_assets: Literal["accepted", "refused"] = "accepted"
    """Whether an asset may be used while it is ``processing``. What uses it then waits for it, and
    fails if it fails."""
    json_fences: Literal["never", "sometimes", "always"] = "never"
    """Whether JSON that a prompt asks for stands in a code fence, as it often does in the service:
    "sometimes" is for half of all prompts, and the same ones each time."""
    unanswered_words: Literal["ranked", "empty"] = "ranked"
    """Whether a search by words ranks the clips that the words do not describe after the others, as
    embeddings do, or leaves them out."""
    retired_models: Sequence[str] = field(default=(), converter=_hosts)
    """Models refused as the service refuses those it has switched off."""

    page_token_life: float = 15 * 60.0
    thumbnail_life: float = 3600.0
    stream_content_type: str = "application/json"
    """Of streamed analyses; the documents say JSON, though each line is a document."""
    fetch_hosts: Sequence[str] = field(default=(), converter=_hosts)
    """Hosts besides the loopback from which media may be fetched by URL."""
    rate_limit_headers: Literal["1", "2", "both", "none"] = "both"
    api_version: str = "1.3"
    wait_for_work: float = 300.0
    """The longest, in real seconds, that a call waits for work that the clock says is done."""

    def chunks_of(self, total: int) -> int:
        """Bytes of each chunk of a file of ``total`` bytes."""
        size = self.chunk_size(total) if callable(self.chunk_size) else self.chunk_size
        return max(1, size)

    def largest(self, kind: str) -> int:
        """Bytes that one multipart upload of this kind may have."""
        if kind == "image":
            return self.max_image_size
        return self.max_upload_size or (4 * GIB if self.era == "2026-03" else 10 * GIB)

"""The settings of a sandbox: how long things take, and whatever the service does not document.

Each setting has a name, a type and bounds. ``Settings.from_mapping``, ``from_file`` and
``from_environment`` read them by these names, and raise ``SettingsError``, which names the setting.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal, Self

from attrs import Attribute, field, fields, frozen

from .eras import ERAS, Era, EraName
from .fault_checks import is_header_value
from .settings_reader import (
    SettingsError,
    bounded,
    check_types,
    values_of_environment,
    values_of_file,
    values_of_mapping,
)
from .tiers import TIERS, Tier, TierName

__all__ = ["MIB", "RETRY_SCHEDULE", "Settings", "SettingsError", "Timings"]

_PREFIX: Final = "TWELVELABS_SANDBOX_"
_A_YEAR: Final = 366 * 86_400.0
_HTTP_ERRORS: Final = bounded(400, 599)
_SIZE: Final = bounded(1, 2**50)


def _seconds(default: float) -> Any:
    return field(default=default, validator=bounded(0.0, 10 * _A_YEAR))


def _bytes(default: int) -> Any:
    return field(default=default, validator=_SIZE)


def _one_of(_: object, attribute: Attribute[Any], value: object) -> None:
    """Check the literals of settings that are given in Python without a type checker."""
    names = {"era": ERAS, "tier": TIERS}[attribute.name]
    if not isinstance(value, str) or value not in names:
        known = ", ".join(names)
        raise SettingsError(f"{attribute.name} is {value!r}; it must be one of: {known}")


def _refusal(_: object, attribute: Attribute[Any], value: Any) -> None:
    if isinstance(value, tuple) and value:  # check_types refuses all else
        status: Any = value[0]  # pyright: ignore[reportUnknownVariableType]  # of any tuple
        _HTTP_ERRORS(None, attribute, status)


def _of_header(_: object, attribute: Attribute[Any], value: object) -> None:
    # check_types refuses what is not text.
    if isinstance(value, str) and not is_header_value(value):
        raise SettingsError(f"{attribute.name} is {value!r}; it must be text in one line")


RETRY_SCHEDULE: Final = (5.0, 30.0, 120.0, 600.0, 3600.0, 6 * 3600.0)
"""Seconds before each further attempt to deliver a webhook; the service does not document its own.
"""
MIB = 1024 * 1024
GIB = 1024 * MIB


@frozen(kw_only=True)
class Timings:
    """Seconds, on the sandbox's clock, that each state lasts at least.

    A state also lasts until its work is done: a film that takes a minute to read is indexed for a
    minute. The defaults let a person see every state of a demo that ends in a few seconds.
    """

    asset: float = _seconds(0.4)
    validating: float = _seconds(0.2)
    pending: float = _seconds(0.2)
    queued: float = _seconds(0.2)
    indexing: float = _seconds(0.8)
    stream: float = _seconds(0.5)
    """From the end of indexing until the HLS stream is complete."""
    thumbnail: float = _seconds(0.2)
    entity: float = _seconds(0.3)
    embedding: float = _seconds(0.6)
    item: float = _seconds(0.6)
    """How long an item of a knowledge store is ``processing``, after it was ``queued`` and
    ``pending``."""
    answer: float = _seconds(0.0)
    """How long a response says nothing but keepalives before its answer begins."""
    analysis: float = _seconds(0.6)
    """That an analysis is processed; of a batch, so many at one time as ``batch_places`` says."""
    batch: float = _seconds(0.3)
    """Until a batch begins."""
    canceling: float = _seconds(0.3)
    """From the cancellation of a batch until it is canceled, at least."""
    transcription: float = _seconds(0.5)
    """From when an asset is ready until its transcription is."""
    piece: float = _seconds(0.02)
    """Between two events of a streamed analysis, in real seconds."""

    def __attrs_post_init__(self) -> None:
        check_types(self)

    @classmethod
    def none(cls) -> Timings:
        """Everything is ready when the call that started it returns."""
        return cls(**dict.fromkeys([each.name for each in fields(cls)], 0.0))

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
            item=45.0,
            answer=12.0,
            analysis=25.0,
            batch=10.0,
            canceling=5.0,
            transcription=10.0,
            piece=0.05,
        )

    @classmethod
    def from_mapping(cls, values: Mapping[str, object]) -> Self:
        """Times by their names."""
        return cls(**values_of_mapping(cls, values))

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> Self:
        """The times in the table ``timings`` of a TOML or JSON file of settings."""
        return cls(**values_of_file(cls, path, "timings"))


def _hosts(value: Sequence[str]) -> Sequence[str]:
    # check_types refuses what is not a list.
    return tuple(value) if isinstance(value, list | set | frozenset) else value


def _numbers(value: Sequence[float]) -> Sequence[float]:
    return tuple(value) if isinstance(value, list) else value


@frozen(kw_only=True)
class Settings:
    """The choices where the service's documents are silent, differ, or changed over time."""

    era: EraName = field(default="any", validator=_one_of)
    """The time whose rules apply, as ``eras`` lists them: until 2026-07 uploads are at most 4 GiB,
    video only, and checked before the reply; then 10 GiB, any medium, and an asset is
    ``processing`` first. Calls that an era did not have yet, or had no more, are not found in it.
    "any" takes what some era takes, and marks what "2026-10", which is today, refuses."""
    tier: TierName = field(default="unlimited", validator=_one_of)
    """The account's tier, as ``tiers`` lists them: its rate limits, how many films it may index at
    one time, and how long its indexes live."""

    chunk_size: int | Callable[[int], int] = field(default=5 * MIB, validator=_SIZE)
    """Bytes a chunk, or a function of the file's size."""
    initial_urls: int = field(default=10, validator=bounded(0, 10_000))
    """How many presigned URLs come with a new upload."""
    url_life: float = _seconds(3600.0)
    session_life: float = _seconds(24 * 3600.0)
    reuse_urls: bool = False
    """Whether a chunk URL works more than once."""
    max_upload_size: int | None = field(default=None, validator=_SIZE)
    """Bytes of one multipart upload; None for the era's."""
    max_direct_size: int = _bytes(200 * MIB)
    max_image_size: int = _bytes(32 * MIB)
    max_task_size: int = _bytes(2 * GIB)
    max_url_size: int = _bytes(4 * GIB)
    bad_chunk: tuple[int, str] = field(default=(400, "parameter_invalid"), validator=_refusal)
    """Status and code for a chunk reported with a wrong ETag, size or number."""
    expired_session: tuple[int, str] = field(default=(400, "parameter_invalid"), validator=_refusal)

    unknown_id_status: int | None = field(default=None, validator=_HTTP_ERRORS)
    """404 or 400 for an id that is not there; None for what the documents say of each call."""
    index_name_status: int = field(default=409, validator=_HTTP_ERRORS)
    """409 or 400 for ``index_name_already_exists``."""
    content_type_status: int = field(default=400, validator=_HTTP_ERRORS)
    """400 or 415 for ``content_type_invalid``."""
    index_life: float | None = field(default=None, validator=bounded(0.0, 10 * _A_YEAR))
    """Seconds an index lives; None for the tier's, and where that has none, ``expires_at`` is left
    out."""
    unfit_films: Literal["refused", "failed"] = "refused"
    """Whether a film outside the limits is refused with a 400, or fails while it is indexed."""
    min_side: tuple[int, int] = field(default=(360, 360), validator=bounded(0, 100_000))
    """Of films that are indexed; since 2026-10 also of those that are analysed, as are the next two
    settings."""
    max_side: tuple[int, int] = field(default=(5184, 2160), validator=bounded(1, 100_000))
    max_ratio: float = field(default=2.4, validator=bounded(1.0, 1000.0))
    min_duration: float = _seconds(4.0)
    max_duration: float = _seconds(4 * 3600.0)
    concurrent_indexing: int | None = field(default=None, validator=bounded(1, 100_000))
    """How many films may be indexed concurrently; the others stay queued, and begin in order as
    permits get free. None is the tier's number, and where that has none, any."""
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
    """Models refused as the service refuses those it has switched off, besides the era's."""
    retired_status: int = field(default=400, validator=_HTTP_ERRORS)
    """The status of such a refusal."""

    duplicate_items: Literal["refused", "accepted", "same"] = "refused"
    """What happens to an asset that a knowledge store already has: the item is refused, a second
    one is made, or the reply is the first one."""
    broken_item_assets: Literal["failed", "refused"] = "failed"
    """Whether an asset that has failed makes an item that fails, or none."""
    deleted_item_assets: Literal["kept", "refused", "failed", "removed"] = "kept"
    """What happens to the items of an asset that is deleted: they stay as they are, the asset is
    not deleted without ``force``, or they fail, or they go with it."""
    taken_status: int = field(default=400, validator=_HTTP_ERRORS)
    """400 or 409 for an item or a collection that a knowledge store already has."""
    max_item_size: int = _bytes(10 * GIB)
    """Bytes of a video in a knowledge store; images have ``max_image_size``."""
    response_session_life: float = _seconds(24 * 3600.0)
    """How long the session of a response lasts after its last use."""
    max_output_tokens: int | None = field(default=None, validator=bounded(1, 2**31))
    """Tokens of an answer, after which a response is ``incomplete``; None: any number."""
    keepalive: float = field(default=10.0, validator=bounded(0.1, _A_YEAR))
    """Seconds of silence, on the sandbox's clock, after which a stream has a keepalive."""
    responses_per_minute: int | None = field(default=None, validator=bounded(1, 2**31))
    responses_per_day: int | None = field(default=None, validator=bounded(1, 2**31))
    """Limits of responses; None for the tier's. Past the day's the code is
    ``plan_limit_exceeded``."""
    max_sync_analysis: float = _seconds(3600.0)
    """Seconds of a film that one synchronous analysis covers."""
    max_analysis: float = _seconds(2 * 3600.0)
    """Seconds of a film that an analysis covers as a job."""
    max_base64_size: int = _bytes(30_000_000)
    """Bytes of a film that comes with an analysis in base64."""
    max_analysis_image_size: int = _bytes(20_000_000)
    max_analysis_image_pixels: int = field(default=16_777_216, validator=bounded(1, 10**9))
    active_batches: int = field(default=5, validator=bounded(0, 100_000))
    batch_requests: int = field(default=1_000, validator=bounded(1, 100_000))
    batch_places: int = field(default=10, validator=bounded(1, 100_000))
    """How many requests of a batch are processed at one time."""
    max_batch_duration: float = _seconds(2_000 * 3600.0)
    """Seconds of film that the requests of one batch cover together."""
    batch_life: float = _seconds(24 * 3600.0)
    """Seconds until a batch that has not ended expires."""
    batch_kept: float = _seconds(30 * 86_400.0)
    """Seconds from its creation until a batch and its results are gone."""
    batch_task_refusal: tuple[int, str] = field(default=(409, "task_in_batch"), validator=_refusal)
    """Status and code for canceling or deleting a single task of a batch."""
    idempotency_life: float = _seconds(24 * 3600.0)
    """Seconds that a reply is kept for requests with the same ``Idempotency-Key``."""
    idempotency_refusal: tuple[int, str] = field(
        default=(409, "idempotency_key_reused"), validator=_refusal
    )
    """Status and code for a key that comes again with another body."""
    embedding_dimensions: Sequence[float] = field(
        default=(128, 256, 512), converter=_numbers, validator=bounded(1, 512)
    )
    """The lengths of vectors that marengo3.5 makes."""
    max_embedding_source_size: int = _bytes(32 * MIB)
    """Bytes of a medium that is embedded together with others."""
    max_embedding_base64_size: int = _bytes(36 * MIB)
    """Bytes of a film or sound that comes with an embedding task in base64."""
    max_document_size: int = _bytes(512 * MIB)
    embedding_life: float = _seconds(7 * 86_400.0)
    """Seconds from its creation until the embeddings of a task are gone."""
    consent_life: float = _seconds(600.0)
    """Seconds until a consent page expires."""
    redirect_uri_limit: int = field(default=20, validator=bounded(0, 100_000))
    """How many redirect URIs can be registered."""
    picker_token_life: float = _seconds(3600.0)
    max_import_video_size: int = _bytes(10 * GIB)
    """Bytes of a video of a drive; images have ``max_image_size``."""
    max_import_audio_size: int = _bytes(4 * GIB)
    wordless_assets: Literal["empty", "absent"] = "empty"
    """Whether the transcription of a film without subtitles is empty, or there is none (404)."""
    webhook_retries: Sequence[float] = field(
        default=RETRY_SCHEDULE, converter=_numbers, validator=bounded(0.0, 10 * _A_YEAR)
    )
    """Seconds, on the sandbox's clock, before each further attempt to deliver a webhook."""
    webhook_timeout: float = field(default=10.0, validator=bounded(0.01, 600.0))
    """The longest, in real seconds, that a webhook may take to answer."""

    page_token_life: float = _seconds(15 * 60.0)
    store_page_token_life: float = _seconds(24 * 3600.0)
    """Of searches of knowledge stores."""
    thumbnail_life: float = _seconds(3600.0)
    stream_content_type: str = field(default="application/json", validator=_of_header)
    """Of streamed analyses; the documents say JSON, though each line is a document."""
    fetch_hosts: Sequence[str] = field(default=(), converter=_hosts)
    """Hosts besides the loopback from which media may be fetched by URL."""
    rate_limit_headers: Literal["1", "2", "both", "none"] = "both"
    api_version: str = field(default="1.3", validator=_of_header)
    wait_for_work: float = _seconds(300.0)
    """The longest, in real seconds, that a call waits for work that the clock says is done."""

    def __attrs_post_init__(self) -> None:
        check_types(self)

    @classmethod
    def from_mapping(cls, values: Mapping[str, object]) -> Self:
        """Settings by their names, with values as in JSON."""
        return cls(**values_of_mapping(cls, values))

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> Self:
        """Settings from a TOML or JSON file; a table ``timings`` is for ``Timings.from_file``."""
        return cls(**values_of_file(cls, path))

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Settings from variables such as ``TWELVELABS_SANDBOX_ERA``; others keep their defaults.

        Lists are separated by commas, "none" is None.
        """
        return cls.gather(environment=environment)

    @classmethod
    def gather(
        cls,
        *,
        file: str | os.PathLike[str] | None = None,
        environment: Mapping[str, str] | None = None,
        options: Mapping[str, object] | None = None,
    ) -> Self:
        """Settings from a file, the environment and options by their names; the later ones win."""
        given = os.environ if environment is None else environment
        values = {} if file is None else values_of_file(cls, file)
        values |= values_of_environment(cls, _PREFIX, given)
        values |= values_of_mapping(cls, options or {})
        return cls(**values)

    @property
    def rules(self) -> Era:
        """The rules of its era."""
        return ERAS[self.era]

    @property
    def account(self) -> Tier:
        """What its tier allows."""
        return TIERS[self.tier]

    def chunks_of(self, total: int) -> int:
        """Bytes of each chunk of a file of ``total`` bytes."""
        size = self.chunk_size(total) if callable(self.chunk_size) else self.chunk_size
        return max(1, size)

    def largest(self, kind: str) -> int:
        """Bytes that one multipart upload of this kind may have."""
        if kind == "image":
            return self.max_image_size
        return self.max_upload_size or self.rules.largest_upload

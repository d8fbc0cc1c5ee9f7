"""What each era has of a call: parameters, their values, and fields of replies, in two tables.

``PARAMETERS`` and ``FIELDS`` list only what changed between eras. Whole paths and models are in
``eras``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from attrs import frozen

from .checks import as_array, as_object
from .eras import ORDER, EraName, Retired, retired_on
from .errors import ApiError, invalid, missing, unknown

__all__ = [
    "FIELDS",
    "PARAMETERS",
    "Change",
    "absent_values",
    "check_parameters",
    "with_fields_of",
]


@frozen(kw_only=True)
class Change:
    """Something that only the eras from ``since`` to ``until`` have.

    ``name`` is a dotted path, in which arrays need no mark. Of a parameter, ``values`` restricts
    the change to these values, ``many`` to a parameter that is given more than once; one that is
    ``optional`` may be left out in these eras, and is required in the others.
    """

    calls: tuple[str, ...]
    name: str
    values: tuple[str, ...] = ()
    many: bool = False
    optional: bool = False
    since: EraName = ORDER[0]
    until: EraName = ORDER[-1]
    retired: Retired | None = None
    """For what today's service refuses: since when, and what to use instead."""

    def is_in(self, era: EraName) -> bool:
        """Whether an era has it; "any" has all."""
        if era == "any":
            return True
        return ORDER.index(self.since) <= ORDER.index(era) <= ORDER.index(self.until)


_ANALYZE: Final = ("POST /analyze",)
_TASKS: Final = ("POST /analyze/tasks",)
_ASSET: Final = ("POST /assets", "POST /assets/multipart-uploads")
_ASSETS: Final = ("POST /assets", "GET /assets/{asset_id}")
_EMBED: Final = ("POST /embed-v2", "POST /embed-v2/tasks")
_SEARCH: Final = ("POST /search",)
_SEARCHES: Final = ("POST /search", "GET /search/{page_token}")
_INDEXED: Final = "/indexes/{index_id}/indexed-assets"
_VIDEOS: Final = "/indexes/{index_id}/videos"
_ENTITIES: Final = "/entity-collections/{collection_id}/entities"
_ENTITY: Final = (
    *(f"POST {_ENTITIES}", f"GET {_ENTITIES}/{{entity_id}}", f"PATCH {_ENTITIES}/{{entity_id}}"),
    *(f"{verb} {_ENTITIES}/{{entity_id}}/assets" for verb in ("POST", "DELETE")),
)
# The first document without these parameters is of that day.
_UNRANKED: Final = retired_on("2026-07-30", "the ranks of the results")
_UNTRUNCATED: Final = retired_on("2026-07-30", "a shorter text, or auto_truncate of POST /embed-v2")
_TYPED: Final = retired_on("2026-10-06", "the parameter with a value")


def _changes(calls: tuple[str, ...], *names: str, **more: Any) -> tuple[Change, ...]:
    return tuple(Change(calls=calls, name=name, **more) for name in names)


PARAMETERS: Final = (
    *_changes(_SEARCH, "query_media_url", "query_media_file", many=True, since="2026-03"),
    *_changes(
        _SEARCH,
        *("threshold", "adjust_confidence_level", "sort_option"),
        until="2026-03",
        retired=_UNRANKED,
    ),
    *_changes(("POST /embed",), "text_truncate", until="2026-03", retired=_UNTRUNCATED),
    *_changes(
        _ANALYZE,
        *("model_name", "video", "prompt_v2", "start_time", "end_time"),
        since="2026-07",
    ),
    *_changes((*_ANALYZE, *_TASKS), "image", since="2026-10"),
    *_changes(_TASKS, "max_tokens", values=("unlimited",), since="2026-10"),
    *_changes(
        _TASKS,
        "response_format.segment_definitions.fields.type",
        values=("time_array",),
        since="2026-10",
    ),
    *_changes(
        ("GET /analyze/tasks",),
        "video_id",
        until="2026-07",
        retired=retired_on("2026-10-06", "asset_id"),
    ),
    *_changes(_ASSET, "enable_hls", "enable_thumbnail", "user_metadata", since="2026-07"),
    *_changes(
        ("POST /assets/multipart-uploads",),
        "type",
        optional=True,
        until="2025-12",
        retired=_TYPED,
    ),
    *_changes(
        ("POST /assets/multipart-uploads/{upload_id}",),
        "completed_chunks.proof_type",
        optional=True,
        until="2025-12",
        retired=_TYPED,
    ),
    *_changes(("DELETE /assets/{asset_id}",), "force", since="2026-07"),
    *_changes(("GET /assets",), "filename", since="2026-07"),
    *_changes(("GET /assets",), "asset_types", values=("document",), since="2026-10"),
    *_changes((f"POST {_INDEXED}",), "user_metadata", since="2026-07"),
    *_changes(
        ("POST /indexes",),
        "models.model_name",
        values=("pegasus1.5",),
        until="2026-07",
        retired=retired_on("2026-10-06", "an analysis of the asset with pegasus1.6"),
    ),
    *_changes((f"GET {_INDEXED}",), "status", values=("validating",), since="2026-10"),
    *_changes(_EMBED, "audio.embedding_type", "video.embedding_type", since="2026-07"),
    *_changes(("POST /embed-v2",), "multi_input", since="2026-07"),
    *_changes(("POST /embed-v2",), "input_type", values=("multi_input",), since="2026-07"),
    *_changes(
        ("POST /embed-v2",),
        "multi_input.media_sources.media_type",
        values=("video", "audio", "document"),
        since="2026-10",
    ),
    *_changes(("POST /embed-v2",), "auto_truncate", since="2026-10"),
    *_changes(
        ("POST /embed-v2/tasks",), "input_type", values=("image", "document"), since="2026-10"
    ),
    *_changes(("POST /embed-v2/tasks",), "image", "document", since="2026-10"),
    *_changes(
        _EMBED,
        *("embedding_uncertainty", "embedding_dimension"),
        *("audio.time_based_metadata", "video.time_based_metadata"),
        *("audio.segmentation.temporal", "video.segmentation.temporal"),
        since="2026-10",
    ),
    *_changes(
        _EMBED,
        *("audio.embedding_scope", "video.embedding_scope"),
        values=("local",),
        since="2026-10",
    ),
)
"""What requests may have in some eras only."""

FIELDS: Final = (
    *_changes(
        _SEARCHES,
        *("data.score", "data.confidence", "data.clips.score", "data.clips.confidence"),
        until="2026-03",
    ),
    *_changes(
        _ANALYZE,
        *("usage.input_tokens", "metadata.usage.input_tokens", "error"),
        since="2026-07",
    ),
    *(
        change
        for prefix, calls in (("", _ASSETS), ("data.", ("GET /assets",)))
        for change in (
            *_changes(calls, f"{prefix}url", until="2026-07"),
            *_changes(
                calls,
                *(f"{prefix}{name}" for name in ("user_metadata", "source", "size", "duration")),
                *(f"{prefix}{name}" for name in ("technical_metadata", "hls", "thumbnail")),
                f"{prefix}error",
                since="2026-07",
            ),
        )
    ),
    *_changes((f"POST {_INDEXED}",), "asset_id", since="2026-07"),
    *_changes((f"GET {_INDEXED}", f"GET {_VIDEOS}"), "data.asset_id", since="2026-07"),
    *_changes(
        (f"GET {_INDEXED}/{{indexed_asset_id}}", f"GET {_VIDEOS}/{{video_id}}"),
        "asset_id",
        since="2026-07",
    ),
    *_changes(_ENTITY, "entity_collection_id", since="2026-07"),
    *_changes((f"GET {_ENTITIES}",), "data.entity_collection_id", since="2026-07"),
    *_changes(
        ("GET /embed-v2/tasks",),
        "data.audio_embedding.metadata.audio_embedding_options",
        "data.audio_embedding.metadata.audio_embedding_scopes",
        until="2026-07",
    ),
    *_changes(
        ("GET /embed-v2/tasks",),
        "data.audio_embedding.metadata.audio_embedding_option",
        "data.audio_embedding.metadata.audio_embedding_scope",
        "data.video_embedding.metadata.video_embedding_option",
        since="2026-10",
    ),
    *_changes(
        ("GET /embed/tasks",),
        "data.video_embedding.metadata.video_embedding_option",
        since="2026-10",
    ),
    *_changes(
        ("GET /embed/tasks/{task_id}", "GET /embed/tasks/{task_id}/status"),
        "video_embedding.metadata.video_embedding_option",
        since="2026-10",
    ),
    *_changes(("GET /embed-v2/tasks/{task_id}",), "error", since="2026-07"),
    *_changes(("GET /embed-v2/tasks/{task_id}",), "usage", since="2026-10"),
    *_changes(_EMBED, "usage", "metadata.embedding_dimension", since="2026-10"),
    *_changes(("GET /embed-v2/tasks/{task_id}",), "metadata.embedding_dimension", since="2026-10"),
)
"""What replies have in some eras only."""


def _by_call(changes: Sequence[Change]) -> Mapping[str, Sequence[Change]]:
    found: dict[str, list[Change]] = {}
    for change in changes:
        for call in change.calls:
            found.setdefault(call, []).append(change)
    return found


_PARAMETERS: Final = _by_call(PARAMETERS)
_FIELDS: Final = _by_call(FIELDS)


def check_parameters(call: str, given: Mapping[str, Any], era: EraName) -> list[Change]:
    """Refuse what an era does not have of a call; what of the rest today's service refuses.

    ``given`` is a JSON body, or else a form or query with the list of each parameter's texts.
    """
    used: list[Change] = []
    for change in _PARAMETERS.get(call, ()):
        found = list(_values(given, change.name.split(".")))
        if change.optional:
            concerned = any(value is None for value in found)
        else:
            concerned = any(
                value is not None and (not change.values or value in change.values)
                for value in found
            ) and (not change.many or len(found) > 1)
        if not concerned:
            continue
        if not change.is_in(era):
            raise _refusal(change)
        if change.retired is not None and era == "any":
            used.append(change)
    return used


def absent_values(call: str, era: EraName) -> Iterator[str]:
    """The values of parameters that an era does not have."""
    for change in _PARAMETERS.get(call, ()):
        if not change.is_in(era):
            yield from change.values


def _refusal(change: Change) -> ApiError:
    if change.optional:
        return missing(change.name)
    if change.values:
        return invalid(change.name, f"There is no value {' or '.join(change.values)}.")
    if change.many:
        return invalid(change.name, "It was given more than once.")
    return unknown(change.name)


def _values(tree: Any, path: Sequence[str]) -> Iterator[Any]:
    """The values at a path; None where its last part is left out."""
    items = as_array(tree)
    if items is not None:
        for item in items:
            yield from _values(item, path)
        return
    if not path:
        yield tree
        return
    fields = as_object(tree)
    if fields is not None and (path[0] in fields or len(path) == 1):
        yield from _values(fields.get(path[0]), path[1:])


def with_fields_of(era: EraName, call: str, reply: Any) -> Any:
    """A reply without the fields that the era does not have."""
    for change in _FIELDS.get(call, ()):
        if not change.is_in(era):
            reply = _without(reply, change.name.split("."))
    return reply


def _without(tree: Any, path: Sequence[str]) -> Any:
    items, fields = as_array(tree), as_object(tree)
    if items is not None:
        return [_without(item, path) for item in items]
    if fields is None or path[0] not in fields:
        return tree
    if len(path) == 1:
        return {name: value for name, value in fields.items() if name != path[0]}
    return {**fields, path[0]: _without(fields[path[0]], path[1:])}

"""``/analyze/tasks`` and ``/analyze/batches``: analyses that run as jobs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import orjson

from ...analysis_records import AnalysisTask, Picture
from ...analysis_schema import check_satisfiable
from ...checks import as_array, as_object
from ...clock import timestamp
from ...media.json_schema import standard
from ...pictures import open_pictures, shown_pictures
from ...request import RequestContext

__all__ = ["check_schemas", "params_of", "references_of", "show_in_list", "show_task"]

_CUT: Final = 30
_ECHOED: Final = (
    *("temperature", "max_tokens", "min_segment_duration", "max_segment_duration"),
    *("start_time", "end_time"),
)


def params_of(body: Mapping[str, Any], mode: str) -> dict[str, Any]:
    """What was asked for, as a reply repeats it."""
    params: dict[str, Any] = {"analysis_mode": mode}
    if body.get("prompt") is not None:
        params["prompt"] = body["prompt"]
    if body.get("prompt_v2") is not None:
        given = body["prompt_v2"]
        params["prompt_v2"] = {
            "input_text": given["input_text"],
            **_sources(given),
        }
    if body.get("image") is not None:
        params["image"] = shown_pictures(body["image"])
    if body["response_format"] is not None:
        params["response_format"] = _format(body["response_format"])
    params.update({name: body[name] for name in _ECHOED if body[name] is not None})
    return params


def _format(given: Mapping[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {"type": given["type"]}
    for name in ("json_schema", "segment_time_format"):
        if given[name] is not None:
            shown[name] = given[name]
    if given["segment_definitions"] is not None:
        shown["segment_definitions"] = [
            {
                "id": each["id"],
                "description": each["description"],
                **({"fields": _given(each["fields"])} if each["fields"] is not None else {}),
                **_sources(each),
                **({"time_ranges": each["time_ranges"]} if each["time_ranges"] else {}),
            }
            for each in given["segment_definitions"]
        ]
    return shown


def _sources(given: Mapping[str, Any]) -> dict[str, Any]:
    pictures = given["media_sources"]
    return {} if pictures is None else {"media_sources": shown_pictures(pictures)}


def _given(value: Any) -> Any:
    """A value without what was left out of it."""
    whole, items = as_object(value), as_array(value)
    if whole is not None:
        return {key: _given(each) for key, each in whole.items() if each is not None}
    return value if items is None else [_given(each) for each in items]


async def references_of(
    ctx: RequestContext, body: Mapping[str, Any], prefix: str = "", prompt: str = "prompt_v2"
) -> list[Picture]:
    """The pictures that a prompt or the definitions of segments refer to.

    ``prompt`` is what the request calls the prompt, for the refusals.
    """
    found: list[Picture] = []
    if body.get("prompt_v2") is not None:
        path = f"{prefix}{prompt}.media_sources"
        found += await open_pictures(ctx, body["prompt_v2"]["media_sources"] or (), path)
    wanted: Mapping[str, Any] = body["response_format"] or {}
    for number, each in enumerate(wanted.get("segment_definitions") or ()):
        path = f"{prefix}response_format.segment_definitions[{number}].media_sources"
        found += await open_pictures(ctx, each["media_sources"] or (), path)
    return found


async def check_schemas(ctx: RequestContext, requests: Iterable[tuple[str, Any]]) -> None:
    """Refuse a schema that is damaged, or that nothing satisfies, of requests with their prefixes.

    They may be many, and mostly have one schema.
    """
    checked: set[tuple[bytes, bool]] = set()
    for prefix, body in requests:
        wanted: Mapping[str, Any] = body["response_format"] or {}
        given: Mapping[str, Any] | None = wanted.get("json_schema")
        if given is None:
            continue
        words = body.get("prompt") or body["prompt_v2"]["input_text"]
        schema, is_preset = standard(given), ctx.sandbox.answers.match(words) is not None
        key = orjson.dumps(schema), is_preset
        if key not in checked:
            checked.add(key)
            name = f"{prefix}response_format.json_schema"
            await check_satisfiable(ctx.sandbox.jobs, schema, None if is_preset else schema, name)


def show_task(ctx: RequestContext, task: AnalysisTask) -> dict[str, Any]:
    """A task as the API shows it."""
    shown: dict[str, Any] = {
        "task_id": task.id,
        "status": task.state(ctx.now),
        "created_at": timestamp(task.created_at),
        "custom_id": task.custom_id,
        "request_params": task.params,
    }
    if task.batch_id is not None:
        shown["batch_id"] = task.batch_id
    if task.source is not None:
        shown["video_source"] = dict(task.source)
        if task.duration is not None:
            shown["video_source"]["system_metadata"] = {"duration": task.duration}
    if task.ended_at is not None:
        shown["completed_at"] = timestamp(task.ended_at)
    if task.status == "ready":
        shown["result"] = task.result
    if task.status is not None and task.error is not None:
        shown["error"] = task.error
    deliveries = ctx.sandbox.notifier.deliveries(task.id)
    if deliveries is not None and task.batch_id is None:
        shown["webhooks"] = deliveries
    return shown


def show_in_list(ctx: RequestContext, task: AnalysisTask) -> dict[str, Any]:
    """A task as a list shows it: with less of what was asked for."""
    shown = show_task(ctx, task)
    params = dict(task.params)
    if "prompt" in params:
        params["prompt"] = params["prompt"][:_CUT]
    if "prompt_v2" in params:
        words = params["prompt_v2"]["input_text"][:_CUT]
        params["prompt_v2"] = {**params["prompt_v2"], "input_text": words}
    if "response_format" in params:
        wanted = dict(params["response_format"])
        wanted.pop("json_schema", None)
        if "segment_definitions" in wanted:
            wanted["segment_definitions"] = wanted["segment_definitions"][:1]
        params["response_format"] = wanted
    return {**shown, "request_params": params}

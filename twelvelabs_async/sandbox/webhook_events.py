"""What webhooks say: one event for the end of one job."""

from __future__ import annotations

from typing import Any

from .clock import timestamp
from .media.measure.probe import MediaInfo
from .records import Index, IndexTask, Video

__all__ = ["analysis_data", "batch_data", "index_data"]

_SOURCE = ("type", "url", "asset_id", "video_id")


def analysis_data(task: Any) -> dict[str, Any]:
    """What an event says of an analysis: not its result."""
    data: dict[str, Any] = {
        "id": task.id,
        "custom_id": task.custom_id,
        "created_at": timestamp(task.created_at),
        "status": task.status,
    }
    if task.source is not None:
        source = {name: task.source[name] for name in _SOURCE if name in task.source}
        if task.duration is not None:
            source["system_metadata"] = {"duration": task.duration}
        data["video_source"] = source
    if task.error is not None and task.status != "canceled":
        data["error"] = {"message": task.error["message"]}
    return data


def batch_data(batch: Any) -> dict[str, Any]:
    """What an event says of a batch. The service documents no field of it."""
    return {
        "id": batch.id,
        "batch_id": batch.id,
        "analysis_mode": batch.mode,
        "model_name": batch.model,
        "status": batch.status,
        "total_items": len(batch.task_ids),
        "created_at": timestamp(batch.created_at),
    }


def index_data(
    item: IndexTask | Video, status: str, index: Index | None, info: MediaInfo | None
) -> dict[str, Any]:
    """What an event says of a film that was indexed."""
    models = [] if index is None else index.models
    return {
        "id": item.id,
        "metadata": {} if info is None else {"duration": info.duration},
        "status": status,
        "models": [{"name": m["model_name"], "options": list(m["model_options"])} for m in models],
        "tags": [],
    }

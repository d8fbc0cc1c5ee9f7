"""Multipart uploads in a recording: what their calls ask for depends on how fast chunks went.

Chunks are sent concurrently, so that their reports, and the requests for more URLs, are cut
otherwise in each run. They are answered from all that was recorded of the session. No I/O.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

__all__ = ["reply_to_upload"]

Json = dict[str, Any]
_REPORT: Final = re.compile(r"(/assets/multipart-uploads/[^/]+)")
_ADDRESSES: Final = re.compile(r"(/assets/multipart-uploads/[^/]+)/presigned-urls")


def reply_to_upload(
    request: Json, recorded: Iterable[tuple[Json, Json]], reported: dict[str, set[int]]
) -> Json | None:
    """The reply to a report of an upload, or to its request for URLs; None to others.

    `recorded` are requests with their replies; `reported` has the chunks of each session that were
    reported, and takes those of this request.
    """
    path: str = request["path"]
    asked: Json = request.get("json") or {}
    if request["method"] != "POST":
        return None
    pairs = [
        (made, reply)
        for made, reply in recorded
        if made["method"] == "POST" and isinstance(reply.get("json"), dict)
    ]
    if _REPORT.fullmatch(path) and "completed_chunks" in asked:
        return _report(path, asked, pairs, reported)
    if (found := _ADDRESSES.fullmatch(path)) and {"start", "count"} <= asked.keys():
        return _urls(found[1].rpartition("/")[2], asked, pairs)
    return None


def _report(
    path: str, asked: Json, pairs: list[tuple[Json, Json]], reported: dict[str, set[int]]
) -> Json | None:
    reports = [  # those that were taken: one that failed was sent again
        (made["json"]["completed_chunks"], reply)
        for made, reply in pairs
        if made["path"] == path and "total_completed" in reply["json"]
    ]
    proofs = {_proof(chunk) for chunks, _ in reports for chunk in chunks}
    chunks = asked["completed_chunks"]
    if not {_proof(chunk) for chunk in chunks} <= proofs or not reports:
        return None  # another file
    seen = reported.setdefault(path, set())
    before = len(seen)
    seen |= {c["chunk_index"] for c in chunks}
    last = max((reply for _, reply in reports), key=lambda reply: reply["json"]["total_completed"])
    body = {
        **last["json"],
        "processed_chunks": len(seen) - before,
        "duplicate_chunks": len(chunks) - (len(seen) - before),
        "total_completed": len(seen),
    }
    if len(seen) < last["json"]["total_completed"]:
        body.pop("url", None)
    return {**last, "json": body}


def _proof(chunk: Json) -> tuple[Any, Any]:
    return chunk.get("chunk_index"), chunk.get("proof")


def _urls(upload_id: str, asked: Json, pairs: list[tuple[Json, Json]]) -> Json | None:
    replies = [reply for _, reply in pairs if reply["json"].get("upload_id") == upload_id]
    known: dict[int, Mapping[str, Any]] = {
        each["chunk_index"]: each
        for reply in replies
        for each in reply["json"].get("upload_urls", ())
    }
    wanted = range(asked["start"], asked["start"] + asked["count"])
    if not replies or not all(index in known for index in wanted):
        return None
    body = {
        **replies[-1]["json"],
        "start_index": asked["start"],
        "count": asked["count"],
        "upload_urls": [known[index] for index in wanted],
    }
    return {**replies[-1], "json": body}

"""The URLs on the storage's origin that the API hands out."""

from __future__ import annotations

from pathlib import Path

from .clock import timestamp
from .state import Upload
from .world import World

__all__ = ["UPLOAD_HEADERS", "chunk_url", "file_url", "part_path", "picture_url", "stream_url"]

UPLOAD_HEADERS = {"Content-Type": "application/octet-stream"}


def chunk_url(world: World, upload: Upload, number: int) -> dict[str, object]:
    """A presigned URL for one chunk, as the API tells it."""
    life = world.settings.url_life
    url = world.signer.sign(
        "PUT",
        world.storage_url,
        f"/uploads/{upload.asset_id}/{number}",
        life,
        parameters={"partNumber": str(number), "uploadId": upload.id},
        headers=UPLOAD_HEADERS,
    )
    return {
        "chunk_index": number,
        "url": url,
        "expires_at": timestamp(world.clock.now() + life),
    }


def picture_url(world: World, key: str, at: float) -> str:
    """A URL of a frame, which lives as long as thumbnails do."""
    path = f"/thumbnails/{key}/{at:.3f}.jpg"
    return world.signer.sign("GET", world.storage_url, path, world.settings.thumbnail_life)


def file_url(world: World, key: str) -> str:
    """A URL of the stored file."""
    return world.signer.sign("GET", world.storage_url, f"/files/{key}", world.settings.url_life)


def stream_url(world: World, key: str) -> str:
    """The URL of a film's playlist; players follow it to segments beside it, so none is signed."""
    return f"{world.storage_url}/streams/{key}/playlist.m3u8"


def part_path(world: World, upload: Upload) -> Path:
    """The file that the chunks of an upload are written into, each in its place."""
    return world.work.temporary / f"{upload.id}.part"

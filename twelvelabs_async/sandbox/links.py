"""The URLs on the storage's origin that the API hands out."""

from __future__ import annotations

from .world import World

__all__ = ["file_url", "picture_url", "stream_url"]


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

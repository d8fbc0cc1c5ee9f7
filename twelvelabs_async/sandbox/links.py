"""The URLs on the storage's origin that the API hands out."""

from __future__ import annotations

from .context import SandboxContext

__all__ = ["file_url", "page_url", "picture_url", "stream_url"]


def picture_url(sandbox: SandboxContext, key: str, at: float) -> str:
    """A URL of a frame, which lives as long as thumbnails do."""
    path = f"/thumbnails/{key}/{at:.3f}.jpg"
    return sandbox.signer.sign("GET", sandbox.storage_url, path, sandbox.settings.thumbnail_life)


def page_url(sandbox: SandboxContext, key: str) -> str:
    """A URL of a sketch of a PDF file's first page, which lives as long as thumbnails do."""
    path, life = f"/pages/{key}.jpg", sandbox.settings.thumbnail_life
    return sandbox.signer.sign("GET", sandbox.storage_url, path, life)


def file_url(sandbox: SandboxContext, key: str) -> str:
    """A URL of the stored file."""
    return sandbox.signer.sign(
        "GET", sandbox.storage_url, f"/files/{key}", sandbox.settings.url_life
    )


def stream_url(sandbox: SandboxContext, key: str) -> str:
    """The URL of a film's playlist; players follow it to segments beside it, so none is signed."""
    return f"{sandbox.storage_url}/streams/{key}/playlist.m3u8"

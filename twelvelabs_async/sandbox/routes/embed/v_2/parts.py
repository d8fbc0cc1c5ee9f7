"""What the two endpoints of ``/embed-v2`` share: reading media, and what replies say of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ....errors import invalid
from ....media.language.embeddings import Form, span_of
from ....media.measure.film import Film
from ....request import RequestContext
from ....sources import Source

__all__ = [
    "MOST_TOKENS",
    "dimension_of",
    "figures",
    "origin",
    "read_film",
    "read_picture",
    "usage_of",
]

MOST_TOKENS: Final[Mapping[str, int]] = {"marengo3.0": 500, "marengo3.5": 2_000}
"""Tokens of text that each model takes."""
_LEAST_SIDE: Final = 128


def origin(source: Source) -> dict[str, str]:
    """Where the input came from, as replies show it."""
    shown = {"input_url": source.url, "input_filename": source.filename}
    return {name: value for name, value in shown.items() if value is not None}


def dimension_of(form: Form) -> dict[str, int]:
    """How long the vectors are, as replies show it; nothing where callers cannot choose."""
    return {} if form.dimension is None else {"embedding_dimension": form.dimension}


def usage_of(tokens: Mapping[str, int], *, truncated: bool = False) -> dict[str, Any]:
    """The tokens of a request by what they are of, and whether some of it was left out."""
    shown: dict[str, Any] = {"input_tokens": dict(tokens), "truncated": truncated}
    if truncated:
        shown["truncation_reason"] = "model_context_window"
    return shown


async def read_picture(ctx: RequestContext, key: str, name: str) -> bytes:
    """The bytes of an image that is large enough."""
    jobs, blobs = ctx.sandbox.jobs, ctx.sandbox.blobs
    info = await jobs.info(key)
    if info.kind != "image":
        raise invalid(name, "It must be an image.")
    if min(info.width, info.height) < _LEAST_SIDE:
        raise invalid(name, f"It must have at least {_LEAST_SIDE}x{_LEAST_SIDE} pixels.")
    return await blobs.disk(blobs.path(key).read_bytes)


async def read_film(ctx: RequestContext, key: str, kind: str, name: str | None = None) -> Film:
    """A film, or the sound of a film or sound file."""
    film = await ctx.sandbox.jobs.film(key)
    if film.info.kind != kind and not (kind == "audio" and film.info.has_audio):
        raise invalid(name or kind, f"It must be {'a video' if kind == 'video' else 'a sound'}.")
    return film


def figures(film: Film, kind: str, plan: Mapping[str, Any]) -> dict[str, Any]:
    """The metadata beside the embeddings of a film or sound."""
    start, end = span_of(film, plan)
    shown: dict[str, Any] = {
        "embedding_options": plan["embedding_option"],
        "embedding_scopes": plan["embedding_scope"],
        "duration": film.info.duration,
        "start_offset_sec": start,
        "end_offset_sec": end,
    }
    if kind == "video" and "fixed" in plan["cut"]:
        shown["clip_length"] = int(plan["cut"]["fixed"])
    return shown

"""Embeddings of the first generation: text, images and audio directly, films as tasks."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from .._lazy import lazy
from .._runtime.core import Resource
from .._runtime.files import File, FilePart
from ..options import RequestOptions
from ..video_models import BaseSegment, VideoSegment
from . import models
from .models import *

if TYPE_CHECKING:
    from .tasks import EmbedTasks
    from .v_2 import CreateEmbeddingsRequestInputType, CreateEmbeddingsRequestModelName, EmbedV2
else:
    # Programs for the vendor's SDK import these from here.
    __getattr__, __dir__ = lazy(
        __name__,
        {
            "embed.v_2.inputs": (
                "CreateEmbeddingsRequestInputType",
                "CreateEmbeddingsRequestModelName",
            )
        },
        modules=("tasks", "v_2"),
    )

__all__ = [
    "BaseSegment",
    "CreateEmbeddingsRequestInputType",
    "CreateEmbeddingsRequestModelName",
    "Embed",
    "VideoSegment",
]
__all__ += models.__all__


class Embed(Resource):
    """Vectors of text, images and sound, in the space that searches use."""

    @cached_property
    def tasks(self) -> EmbedTasks:
        """Embedding tasks for films (first generation)."""
        from .tasks import EmbedTasks

        return EmbedTasks(self._core)

    @cached_property
    def v_2(self) -> EmbedV2:
        """The second generation: every medium, directly or as a task."""
        from .v_2 import EmbedV2

        return EmbedV2(self._core)

    async def create(
        self,
        *,
        model_name: str,
        text: str | None = None,
        text_truncate: str | None = None,
        image_url: str | None = None,
        image_file: File | None = None,
        audio_url: str | None = None,
        audio_file: File | None = None,
        audio_start_offset_sec: float | None = None,
        progress: bool | None = None,
        request_options: RequestOptions | None = None,
    ) -> EmbeddingResponse:
        """The vectors of a text, an image and a sound: give one or several.

        ``model_name`` is ``"marengo3.0"``, with 512 numbers in a vector. ``text`` is up to 500
        tokens. The image is ``image_url`` or ``image_file``, the sound ``audio_url`` or
        ``audio_file``: a public URL, or a path, bytes, an open binary file or a
        ``(name, content, type)`` tuple. The sound counts from ``audio_start_offset_sec``, in
        seconds, by default 0. ``text_truncate`` is ``"start"``, ``"end"`` (the default) or
        ``"none"``; newer models ignore it. ``progress`` shows how much of the files was sent
        (default: in a notebook). A medium that could not be embedded raises nothing: its
        ``error_message`` has the reason. New programs use ``embed.v_2``. Raises `BadRequestError`
        for wrong parameters and `TooManyRequestsError` past the rate limit. ``POST /embed``

        Example: ``vectors = await client.embed.create(model_name="marengo3.0", text="a red car")``
        """
        return await self._core.request(
            EmbeddingResponse,
            "POST",
            "/embed",
            form={
                "model_name": model_name,
                "text": text,
                "text_truncate": text_truncate,
                "image_url": image_url,
                "image_file": None if image_file is None else FilePart(image_file, media="image"),
                "audio_url": audio_url,
                "audio_file": None if audio_file is None else FilePart(audio_file, media="audio"),
                "audio_start_offset_sec": audio_start_offset_sec,
            },
            repeatable="read",
            category="embed",
            progress=progress,
            options=request_options,
        )

"""Embeddings of the first generation: text, images and audio at once, films as tasks."""

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
        """The second generation: every medium, at once or as a task."""
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
        request_options: RequestOptions | None = None,
    ) -> EmbeddingResponse:
        """The vectors of a text, an image and a sound: send one or several.

        A medium that could not be embedded does not raise; its ``error_message`` says why.
        ``audio_start_offset_sec`` is in seconds, 0 when left out. ``text_truncate`` is
        ``"start"``, ``"end"`` (default) or ``"none"``; newer models ignore it. New programs
        should use ``embed.v_2``. ``POST /embed``
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
            repeatable=True,
            category="embed",
            options=request_options,
        )

# Generated from embed/__init__.py: do not edit.
"""Embeddings of the first generation: text, images and audio at once, films as tasks."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ..._runtime.files import File
from ...embed import Embed as AsyncEmbed
from ...embed.models import EmbeddingResponse
from ...options import RequestOptions
from ..bridge import SyncWrapper

if TYPE_CHECKING:
    from .tasks import EmbedTasks
    from .v_2 import EmbedV2

__all__ = ["Embed"]


class Embed(SyncWrapper[AsyncEmbed]):
    """Vectors of text, images and sound, in the space that searches use."""

    @cached_property
    def tasks(self) -> EmbedTasks:
        """Embedding tasks for films (first generation)."""
        from .tasks import EmbedTasks

        return EmbedTasks(self._bridge, self._async.tasks)

    @cached_property
    def v_2(self) -> EmbedV2:
        """The second generation: every medium, at once or as a task."""
        from .v_2 import EmbedV2

        return EmbedV2(self._bridge, self._async.v_2)

    def create(
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
        return self._bridge.call(
            self._async.create,
            model_name=model_name,
            text=text,
            text_truncate=text_truncate,
            image_url=image_url,
            image_file=image_file,
            audio_url=audio_url,
            audio_file=audio_file,
            audio_start_offset_sec=audio_start_offset_sec,
            request_options=request_options,
        )

"""Embeddings of the second generation: any medium, answered at once or as a task."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ..._runtime.core import Resource
from ..._runtime.wire_names import to_wire
from ...options import RequestOptions
from . import inputs, models
from .inputs import *
from .models import *

if TYPE_CHECKING:
    from .tasks import EmbedV2Tasks

__all__ = ["EmbedV2"]
__all__ += inputs.__all__
__all__ += models.__all__


class EmbedV2(Resource):
    """Vectors of any medium, in the space that searches use."""

    @cached_property
    def tasks(self) -> EmbedV2Tasks:
        """Embedding tasks, for media that are too long to wait for."""
        from .tasks import EmbedV2Tasks

        return EmbedV2Tasks(self._core)

    async def create(
        self,
        *,
        input_type: CreateEmbeddingsRequestInputType,
        model_name: CreateEmbeddingsRequestModelName,
        text: TextInputRequest | TextInputRequestDict | None = None,
        image: ImageInputRequest | ImageInputRequestDict | None = None,
        text_image: TextImageInputRequest | TextImageInputRequestDict | None = None,
        audio: AudioInputRequest | AudioInputRequestDict | None = None,
        video: VideoInputRequest | VideoInputRequestDict | None = None,
        multi_input: MultiInputRequest | MultiInputRequestDict | None = None,
        auto_truncate: bool | None = None,
        embedding_uncertainty: bool | None = None,
        embedding_dimension: int | None = None,
        request_options: RequestOptions | None = None,
    ) -> EmbeddingSuccessResponse:
        """The vectors of one medium: the one that ``input_type`` names.

        Sound and film may be 10 minutes long (30 seconds with ``marengo3.5``); for longer ones,
        ``tasks``. ``marengo3.0`` answers with 512 numbers a vector and takes 500 tokens of text.
        ``auto_truncate``, ``embedding_uncertainty`` and ``embedding_dimension`` are for
        ``marengo3.5``. ``POST /embed-v2``
        """
        return await self._core.request(
            EmbeddingSuccessResponse,
            "POST",
            "/embed-v2",
            json={
                "input_type": input_type,
                "model_name": model_name,
                "text": to_wire(TextInputRequest, text),
                "image": to_wire(ImageInputRequest, image),
                "text_image": to_wire(TextImageInputRequest, text_image),
                "audio": to_wire(AudioInputRequest, audio),
                "video": to_wire(VideoInputRequest, video),
                "multi_input": to_wire(MultiInputRequest, multi_input),
                "auto_truncate": auto_truncate,
                "embedding_uncertainty": embedding_uncertainty,
                "embedding_dimension": embedding_dimension,
            },
            repeatable=True,
            category="embed",
            options=request_options,
        )

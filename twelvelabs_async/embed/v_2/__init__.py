"""Embeddings of the second generation: any medium, directly or as a task."""

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

        ``model_name`` is ``"marengo3.0"``, with 512 numbers in a vector, or ``"marengo3.5"``. The
        medium is in the parameter of its name: ``text`` as ``{"input_text": ...}``; ``image``,
        ``audio`` and ``video`` as ``{"media_source": {"url": ...}}``, or with ``"asset_id"`` or
        ``"base64_string"``; ``text_image`` as both. ``multi_input``, of text and up to ten media,
        is ``{"input_text": ..., "media_sources": [{"media_type": "image", "url": ...}]}``.
        marengo3.0 takes 500 tokens of text and 10 minutes of sound or film. marengo3.5 takes
        ``multi_input`` alone, with 2,000 tokens, 32 MB and 30 seconds; for longer media there is
        ``tasks``. For marengo3.5 only, ``auto_truncate`` cuts text that is too long,
        ``embedding_dimension`` is the length of the vectors, by default 512, and
        ``embedding_uncertainty`` adds a vector of uncertainties.

        Raises `BadRequestError` for wrong parameters, `ContentTooLargeError` for a medium that is
        too large and `TooManyRequestsError` past the rate limit. ``POST /embed-v2``

        Example: ``vectors = await client.embed.v_2.create(input_type="text",
        model_name="marengo3.0", text={"input_text": "a red car"})``
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
            repeatable="read",
            category="embed",
            options=request_options,
        )

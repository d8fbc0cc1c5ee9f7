"""Text about videos. The client has these methods itself, hence its models come in lazily."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast, overload

from .._lazy import LazyModule
from .._runtime.core import Resource
from .._runtime.deprecation import deprecated
from ..options import RequestOptions

if TYPE_CHECKING:
    from .._runtime import stream as streams
    from .._runtime import text_stream as text_streams
    from . import models
else:
    streams = LazyModule("_runtime.stream")
    text_streams = LazyModule("_runtime.text_stream")
    models = LazyModule("analyze.models")

__all__ = ["Analyze"]

T = TypeVar("T")


class Analyze(Resource):
    """Text about videos: answers to prompts, and the older summaries, gists and generation."""

    @deprecated("retired by the service: use analyze() with a prompt for a summary")
    async def summarize(
        self,
        *,
        video_id: str,
        type: models.SummarizeRequestType,
        prompt: str | None = None,
        temperature: float | None = None,
        response_format: models.ResponseFormat | models.ResponseFormatDict | None = None,
        max_tokens: int | None = None,
        request_options: RequestOptions | None = None,
    ) -> models.SummarizeResponse:
        """A summary of a video, or its chapters or highlights.

        ``type`` is ``"summary"``, ``"chapter"`` or ``"highlight"``; the reply's ``summarize_type``
        is the same. ``video_id`` is a video of an index. ``prompt`` is up to 2,000 tokens,
        ``temperature`` is 0 to 1, by default 0.2, and ``max_tokens`` is up to 4,096.
        ``response_format``, a JSON schema, goes with ``"summary"`` only. The service has retired
        this endpoint: new programs use `analyze`. Raises `BadRequestError` when the video does not
        exist or is not ready. ``POST /summarize``

        Example: ``reply = await client.summarize(video_id=video.id, type="summary")``
        """
        from .._runtime.convert import TypeForm
        from .._runtime.wire_names import to_wire
        from .models import SummarizeResponse

        return await self._core.request(
            TypeForm[SummarizeResponse](SummarizeResponse),
            "POST",
            "/summarize",
            json={
                "video_id": video_id,
                "type": type,
                "prompt": prompt,
                "temperature": temperature,
                "response_format": to_wire(models.ResponseFormat, response_format),
                "max_tokens": max_tokens,
            },
            repeatable="read",
            category="analyze",
            options=request_options,
        )

    @deprecated("retired by the service: use analyze() with a prompt for titles and topics")
    async def gist(
        self,
        *,
        video_id: str,
        types: Sequence[models.GistRequestTypesItem],
        request_options: RequestOptions | None = None,
    ) -> models.Gist:
        """A title, topics and hashtags for a video.

        ``video_id`` is a video of an index. ``types`` are one or more of ``"title"``, ``"topic"``
        and ``"hashtag"``. The service has retired this endpoint: new programs use `analyze`. Raises
        `BadRequestError` when the video does not exist or is not ready. ``POST /gist``

        Example: ``reply = await client.gist(video_id=video.id, types=["title", "topic"])``
        """
        from .models import Gist

        return await self._core.request(
            Gist,
            "POST",
            "/gist",
            json={"video_id": video_id, "types": types},
            repeatable="read",
            category="analyze",
            options=request_options,
        )

    @overload
    @deprecated("retired by the service: use analyze_stream(), or analyze() for a whole answer")
    def generate(
        self,
        *,
        video_id: str,
        prompt: str,
        temperature: float | None = None,
        stream: Literal[True] | None = None,
        request_options: RequestOptions | None = None,
    ) -> streams.Stream[models.StreamAnalyzeResponse]: ...
    @overload
    @deprecated("retired by the service: use analyze_stream(), or analyze() for a whole answer")
    async def generate(
        self,
        *,
        video_id: str,
        prompt: str,
        temperature: float | None = None,
        stream: Literal[False],
        request_options: RequestOptions | None = None,
    ) -> models.NonStreamAnalyzeResponse: ...
    @deprecated("retired by the service: use analyze_stream(), or analyze() for a whole answer")
    def generate(
        self,
        *,
        video_id: str,
        prompt: str,
        temperature: float | None = None,
        stream: bool | None = None,
        request_options: RequestOptions | None = None,
    ) -> (
        streams.Stream[models.StreamAnalyzeResponse]
        | Coroutine[Any, Any, models.NonStreamAnalyzeResponse]
    ):
        """The answer to a prompt about a video, in pieces; whole with ``stream=False``.

        ``video_id`` is a video of an index. ``prompt`` is up to 2,000 tokens, ``temperature`` is 0
        to 1, by default 0.2. The service has superseded this endpoint: new programs use
        `analyze_stream` and `analyze`. Raises `BadRequestError` when the video does not exist or is
        not ready, and `StreamError` when a stream breaks off. ``POST /generate``

        Example: ``async for event in client.generate(video_id=video.id, prompt="Describe it."):
        ...``
        """
        from .._runtime.convert import TypeForm
        from .models import NonStreamAnalyzeResponse, StreamAnalyzeResponse

        # The bodies are written out, as everywhere: the contract tests read them from the source.
        if stream is False:
            return self._core.request(
                NonStreamAnalyzeResponse,
                "POST",
                "/generate",
                json={
                    "video_id": video_id,
                    "prompt": prompt,
                    "temperature": temperature,
                    "stream": False,
                },
                repeatable="read",
                category="analyze",
                options=request_options,
            )
        return self._core.stream(
            TypeForm[StreamAnalyzeResponse](StreamAnalyzeResponse),
            "POST",
            "/generate",
            json={
                "video_id": video_id,
                "prompt": prompt,
                "temperature": temperature,
                "stream": stream,
            },
            ends_with="stream_end",
            category="analyze",
            options=request_options,
        )

    @overload
    def analyze_stream(
        self,
        *,
        video_id: str | None = None,
        prompt: str | None = None,
        temperature: float | None = None,
        response_format: type[T],
        max_tokens: int | None = None,
        model_name: models.AnalyzeStreamRequestModelName | None = None,
        video: models.VideoContext | models.VideoContextDict | None = None,
        image: Sequence[models.AnalyzeImageInput | models.AnalyzeImageInputDict] | None = None,
        prompt_v_2: models.AnalyzePromptV2 | models.AnalyzePromptV2Dict | None = None,
        start_time: float | None = None,
        end_time: float | None = None,
        request_options: RequestOptions | None = None,
    ) -> text_streams.TextStream[models.StreamAnalyzeResponse, T]: ...
    @overload
    def analyze_stream(
        self,
        *,
        video_id: str | None = None,
        prompt: str | None = None,
        temperature: float | None = None,
        response_format: models.ResponseFormat | models.ResponseFormatDict | None = None,
        max_tokens: int | None = None,
        model_name: models.AnalyzeStreamRequestModelName | None = None,
        video: models.VideoContext | models.VideoContextDict | None = None,
        image: Sequence[models.AnalyzeImageInput | models.AnalyzeImageInputDict] | None = None,
        prompt_v_2: models.AnalyzePromptV2 | models.AnalyzePromptV2Dict | None = None,
        start_time: float | None = None,
        end_time: float | None = None,
        request_options: RequestOptions | None = None,
    ) -> text_streams.TextStream[models.StreamAnalyzeResponse, None]: ...
    def analyze_stream(
        self,
        *,
        video_id: str | None = None,
        prompt: str | None = None,
        temperature: float | None = None,
        response_format: type[T] | models.ResponseFormat | models.ResponseFormatDict | None = None,
        max_tokens: int | None = None,
        model_name: models.AnalyzeStreamRequestModelName | None = None,
        video: models.VideoContext | models.VideoContextDict | None = None,
        image: Sequence[models.AnalyzeImageInput | models.AnalyzeImageInputDict] | None = None,
        prompt_v_2: models.AnalyzePromptV2 | models.AnalyzePromptV2Dict | None = None,
        start_time: float | None = None,
        end_time: float | None = None,
        request_options: RequestOptions | None = None,
    ) -> text_streams.TextStream[models.StreamAnalyzeResponse, Any]:
        """The answer to a prompt about a video, in pieces, as they are written.

        The video is ``video_id``, which an index has (pegasus1.2), or ``video`` (newer models):
        ``{"type": "asset_id", "asset_id": ...}``, ``{"type": "url", "url": ...}`` or
        ``{"type": "base64_string", "base64_string": ...}``. ``start_time`` and ``end_time``, in
        seconds of the file's own clock (most begin at 0), limit the analysis to a part of it.
        ``image`` is 1 to 20 images instead
        (pegasus1.6), each with a ``name`` and a ``url``, ``asset_id`` or ``base64_string``.
        ``model_name`` is ``"pegasus1.5"`` or ``"pegasus1.6"``; older services have
        ``"pegasus1.2"``, and the default is theirs.

        ``prompt`` is up to 2,000 tokens for pegasus1.2; ``prompt_v_2`` replaces it when the prompt
        has images. ``temperature`` is 0 to 1, by default 0.2. ``max_tokens`` is up to 4,096, or 512
        to 98,304 from pegasus1.5 on, by default 4,096. ``response_format`` is a JSON schema of the
        answer; or a class of yours (a pydantic model, a dataclass, an attrs class or a TypedDict),
        whose schema is sent and of which `get_final` gives an object.

        Each event has an ``event_type``: first ``"stream_start"``, then ``"text_generation"`` with
        a piece of ``text``, last ``"stream_end"`` with ``finish_reason`` and ``metadata.usage``.
        Leaving ``async with`` ends the answer. Raises `BadRequestError` when the video does not
        exist or is not ready, and `StreamError`, with the events so far, when the service reports
        an error or the stream breaks off. ``POST /analyze`` with ``stream`` true

        Example: ``async for event in client.analyze_stream(video={"type": "asset_id", "asset_id":
        asset.id}, prompt="Describe it."): ...``
        """
        from .._runtime.convert import TypeForm
        from .._runtime.typed_output import format_and_output
        from .._runtime.wire_names import to_wire
        from .models import TEXT, StreamAnalyzeResponse

        sent, output = format_and_output(response_format)
        return self._core.text_stream(
            TypeForm[StreamAnalyzeResponse](StreamAnalyzeResponse),
            "POST",
            "/analyze",
            json={
                "video_id": video_id,
                "prompt": prompt,
                "temperature": temperature,
                "response_format": to_wire(models.ResponseFormat, sent),
                "max_tokens": max_tokens,
                "model_name": model_name,
                "video": to_wire(models.VideoContext, video),
                "image": to_wire(Sequence[models.AnalyzeImageInput], image),
                "prompt_v2": to_wire(models.AnalyzePromptV2, prompt_v_2),
                "start_time": start_time,
                "end_time": end_time,
                "stream": True,
            },
            ends_with="stream_end",
            reader=TEXT,
            output=output,
            category="analyze",
            options=request_options,
        )

    @overload
    async def analyze(
        self,
        *,
        video_id: str | None = None,
        prompt: str | None = None,
        temperature: float | None = None,
        response_format: type[T],
        max_tokens: int | None = None,
        model_name: models.AnalyzeRequestModelName | None = None,
        video: models.VideoContext | models.VideoContextDict | None = None,
        image: Sequence[models.AnalyzeImageInput | models.AnalyzeImageInputDict] | None = None,
        prompt_v_2: models.AnalyzePromptV2 | models.AnalyzePromptV2Dict | None = None,
        start_time: float | None = None,
        end_time: float | None = None,
        request_options: RequestOptions | None = None,
    ) -> models.ParsedAnalyzeResponse[T]: ...
    @overload
    async def analyze(
        self,
        *,
        video_id: str | None = None,
        prompt: str | None = None,
        temperature: float | None = None,
        response_format: models.ResponseFormat | models.ResponseFormatDict | None = None,
        max_tokens: int | None = None,
        model_name: models.AnalyzeRequestModelName | None = None,
        video: models.VideoContext | models.VideoContextDict | None = None,
        image: Sequence[models.AnalyzeImageInput | models.AnalyzeImageInputDict] | None = None,
        prompt_v_2: models.AnalyzePromptV2 | models.AnalyzePromptV2Dict | None = None,
        start_time: float | None = None,
        end_time: float | None = None,
        request_options: RequestOptions | None = None,
    ) -> models.NonStreamAnalyzeResponse: ...
    async def analyze(
        self,
        *,
        video_id: str | None = None,
        prompt: str | None = None,
        temperature: float | None = None,
        response_format: type[T] | models.ResponseFormat | models.ResponseFormatDict | None = None,
        max_tokens: int | None = None,
        model_name: models.AnalyzeRequestModelName | None = None,
        video: models.VideoContext | models.VideoContextDict | None = None,
        image: Sequence[models.AnalyzeImageInput | models.AnalyzeImageInputDict] | None = None,
        prompt_v_2: models.AnalyzePromptV2 | models.AnalyzePromptV2Dict | None = None,
        start_time: float | None = None,
        end_time: float | None = None,
        request_options: RequestOptions | None = None,
    ) -> models.NonStreamAnalyzeResponse:
        """The answer to a prompt about a video, whole.

        The video is ``video_id``, which an index has (pegasus1.2), or ``video`` (newer models):
        ``{"type": "asset_id", "asset_id": ...}``, ``{"type": "url", "url": ...}`` or
        ``{"type": "base64_string", "base64_string": ...}``. ``start_time`` and ``end_time``, in
        seconds of the file's own clock (most begin at 0), limit the analysis to a part of it.
        ``image`` is 1 to 20 images instead
        (pegasus1.6), each with a ``name`` and a ``url``, ``asset_id`` or ``base64_string``.
        ``model_name`` is ``"pegasus1.5"`` or ``"pegasus1.6"``; older services have
        ``"pegasus1.2"``, and the default is theirs.

        ``prompt`` is up to 2,000 tokens for pegasus1.2; ``prompt_v_2`` replaces it when the prompt
        has images. ``temperature`` is 0 to 1, by default 0.2. ``max_tokens`` is up to 4,096, or 512
        to 98,304 from pegasus1.5 on, by default 4,096. ``response_format`` is a JSON schema that
        ``data``, then JSON text, is valid under; or a class of yours (a pydantic model, a
        dataclass, an attrs class or a TypedDict), whose schema is sent, and ``parsed`` is then an
        object of it.

        Raises `BadRequestError` when the video does not exist or is not ready,
        `OutputTruncatedError` for an answer that was cut off and `OutputInvalidError` for one that
        does not fit the class. ``POST /analyze`` with ``stream`` false

        Example: ``reply = await client.analyze(video={"type": "asset_id", "asset_id": asset.id},
        prompt="Describe it.")``
        """
        from .._runtime.typed_output import format_and_output
        from .._runtime.wire_names import to_wire
        from .models import NonStreamAnalyzeResponse, ParsedAnalyzeResponse

        sent, output = format_and_output(response_format)
        reply = await self._core.request(
            NonStreamAnalyzeResponse if output is None else ParsedAnalyzeResponse[Any],
            "POST",
            "/analyze",
            json={
                "video_id": video_id,
                "prompt": prompt,
                "temperature": temperature,
                "response_format": to_wire(models.ResponseFormat, sent),
                "max_tokens": max_tokens,
                "model_name": model_name,
                "video": to_wire(models.VideoContext, video),
                "image": to_wire(Sequence[models.AnalyzeImageInput], image),
                "prompt_v2": to_wire(models.AnalyzePromptV2, prompt_v_2),
                "start_time": start_time,
                "end_time": end_time,
                "stream": False,
            },
            repeatable="read",
            category="analyze",
            options=request_options,
        )
        if output is None:
            return reply
        parsed = cast("models.ParsedAnalyzeResponse[Any]", reply)
        return parsed.keep(output.parse(parsed.data, parsed.finish_reason))

# Generated from analyze/__init__.py: do not edit.
# pyright: reportDeprecated=false
"""Text about videos. The client has these methods itself, hence its models come in lazily."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

from ..._lazy import LazyModule
from ..._runtime.deprecation import deprecated
from ...analyze import Analyze as AsyncAnalyze
from ...analyze import T
from ...options import RequestOptions
from ..bridge import SyncWrapper
from ..iterate import SyncStream, SyncTextStream, settle

if TYPE_CHECKING:
    from ...analyze import models
else:
    models = LazyModule("analyze.models")

__all__ = ["Analyze"]

AnalyzeT = TypeVar("AnalyzeT", bound=AsyncAnalyze)


class Analyze(SyncWrapper[AnalyzeT]):
    """Text about videos: answers to prompts, and the older summaries, gists and generation."""

    @deprecated("retired by the service: use analyze() with a prompt for a summary")
    def summarize(
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

        ``type`` is ``"summary"``, ``"chapter"`` or ``"highlight"``; the reply's
        ``summarize_type`` is the same. ``prompt`` is up to 2,000 tokens, ``temperature`` 0 to 1
        and 0.2 when left out, ``max_tokens`` up to 4,096. ``response_format``, a JSON schema, goes
        with ``"summary"`` only. The service has retired this endpoint: new programs use `analyze`.
        Raises `BadRequestError` when the video is not there or not ready. ``POST /summarize``
        """
        return self._bridge.call(
            self._async.summarize,
            video_id=video_id,
            type=type,
            prompt=prompt,
            temperature=temperature,
            response_format=response_format,
            max_tokens=max_tokens,
            request_options=request_options,
        )

    @deprecated("retired by the service: use analyze() with a prompt for titles and topics")
    def gist(
        self,
        *,
        video_id: str,
        types: Sequence[models.GistRequestTypesItem],
        request_options: RequestOptions | None = None,
    ) -> models.Gist:
        """A title, topics and hashtags for a video.

        ``types`` says which: ``"title"``, ``"topic"``, ``"hashtag"``. The service has retired this
        endpoint: new programs use `analyze`. Raises `BadRequestError` when the video is not there
        or not ready. ``POST /gist``
        """
        return self._bridge.call(
            self._async.gist, video_id=video_id, types=types, request_options=request_options
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
    ) -> SyncStream[models.StreamAnalyzeResponse]: ...

    @overload
    @deprecated("retired by the service: use analyze_stream(), or analyze() for a whole answer")
    def generate(
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
    ) -> SyncStream[models.StreamAnalyzeResponse] | models.NonStreamAnalyzeResponse:
        """The answer to a prompt about a video, in pieces; whole with ``stream=False``.

        ``prompt`` is up to 2,000 tokens, ``temperature`` 0 to 1 and 0.2 when left out. The service
        has superseded this endpoint: new programs use `analyze_stream` and `analyze`.
        Raises `BadRequestError` when the video is not there or not ready, and `StreamError` when a
        stream breaks off. ``POST /generate``
        """
        # Any: no overload takes the union of the parameters that this one has.
        made: Any = self._async.generate
        settled: SyncStream[models.StreamAnalyzeResponse] | models.NonStreamAnalyzeResponse = (
            settle(
                self._bridge,
                made(
                    video_id=video_id,
                    prompt=prompt,
                    temperature=temperature,
                    stream=stream,
                    request_options=request_options,
                ),
            )
        )
        return settled

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
    ) -> SyncTextStream[models.StreamAnalyzeResponse, T]: ...

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
    ) -> SyncTextStream[models.StreamAnalyzeResponse, None]: ...

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
    ) -> SyncTextStream[models.StreamAnalyzeResponse, Any]:
        """The answer to a prompt about a video, in pieces, as they are written.

        The parameters are those of `analyze`. Events are told apart by ``event_type``: first a
        ``"stream_start"``, then ``"text_generation"`` each with a piece of ``text``, at last a
        ``"stream_end"`` with ``finish_reason`` and ``metadata.usage``. Iterate, if need be inside
        ``with``, which ends the answer when the block is left. Raises `StreamError`, with the
        events so far, when the service reports an error or the stream breaks off.
        ``POST /analyze`` with ``stream`` true
        """
        # Any: no overload takes the union of the parameters that this one has.
        made: Any = self._async.analyze_stream
        settled: SyncTextStream[models.StreamAnalyzeResponse, Any] = settle(
            self._bridge,
            made(
                video_id=video_id,
                prompt=prompt,
                temperature=temperature,
                response_format=response_format,
                max_tokens=max_tokens,
                model_name=model_name,
                video=video,
                image=image,
                prompt_v_2=prompt_v_2,
                start_time=start_time,
                end_time=end_time,
                request_options=request_options,
            ),
        )
        return settled

    @overload
    def analyze(
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
    def analyze(
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

    def analyze(
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

        The video is ``video_id``, one that an index has (pegasus1.2), or ``video`` (newer models):
        ``{"type": "asset_id", "asset_id": ...}``, ``{"type": "url", "url": ...}`` or
        ``{"type": "base64_string", "base64_string": ...}``, of which ``start_time`` to
        ``end_time``, in seconds, may be picked out. ``image`` are 1 to 20 images instead.
        ``prompt`` is up to 2,000 tokens for pegasus1.2; ``prompt_v_2`` takes its place when the
        prompt has images. ``temperature`` is 0 to 1 and 0.2 when left out; ``max_tokens`` up to
        4,096, or 512 to 98,304 from pegasus1.5 on, and 4,096 when left out. ``response_format`` is
        a JSON schema that ``data``, then JSON text, is valid under; or a class of yours (a pydantic
        model, a dataclass, an attrs class or a TypedDict), whose schema is sent, and ``parsed`` is
        then an object of it. Raises `BadRequestError` when the video is not there or not ready,
        `OutputTruncatedError` for an answer that was cut off and `OutputInvalidError` for one that
        is not of the class. ``POST /analyze`` with ``stream`` false

        Example: ``(client.analyze(video={"type": "asset_id", "asset_id": id},
        prompt="Report.", response_format=Report)).parsed``
        """
        # Any: no overload takes the union of the parameters that this one has.
        made: Any = self._async.analyze
        settled: models.NonStreamAnalyzeResponse = settle(
            self._bridge,
            made(
                video_id=video_id,
                prompt=prompt,
                temperature=temperature,
                response_format=response_format,
                max_tokens=max_tokens,
                model_name=model_name,
                video=video,
                image=image,
                prompt_v_2=prompt_v_2,
                start_time=start_time,
                end_time=end_time,
                request_options=request_options,
            ),
        )
        return settled

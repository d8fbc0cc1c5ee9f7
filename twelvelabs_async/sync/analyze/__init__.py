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
from ..bridge import SyncResource
from ..iterate import SyncStream, SyncTextStream, settle

if TYPE_CHECKING:
    from ...analyze import models
else:
    models = LazyModule("analyze.models")

__all__ = ["Analyze"]

AnalyzeT = TypeVar("AnalyzeT", bound=AsyncAnalyze)


class Analyze(SyncResource[AnalyzeT]):
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

        ``type`` is ``"summary"``, ``"chapter"`` or ``"highlight"``; the reply's ``summarize_type``
        is the same. ``video_id`` is a video of an index. ``prompt`` is up to 2,000 tokens,
        ``temperature`` is 0 to 1, by default 0.2, and ``max_tokens`` is up to 4,096.
        ``response_format``, a JSON schema, goes with ``"summary"`` only. The service has retired
        this endpoint: new programs use `analyze`. Raises `BadRequestError` when the video does not
        exist or is not ready. ``POST /summarize``

        Example: ``reply = client.summarize(video_id=video.id, type="summary")``
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

        ``video_id`` is a video of an index. ``types`` are one or more of ``"title"``, ``"topic"``
        and ``"hashtag"``. The service has retired this endpoint: new programs use `analyze`. Raises
        `BadRequestError` when the video does not exist or is not ready. ``POST /gist``

        Example: ``reply = client.gist(video_id=video.id, types=["title", "topic"])``
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

        ``video_id`` is a video of an index. ``prompt`` is up to 2,000 tokens, ``temperature`` is 0
        to 1, by default 0.2. The service has superseded this endpoint: new programs use
        `analyze_stream` and `analyze`. Raises `BadRequestError` when the video does not exist or is
        not ready, and `StreamError` when a stream breaks off. ``POST /generate``

        Example: ``for event in client.generate(video_id=video.id, prompt="Describe it."): ...``
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
        Leaving ``with`` ends the answer. Raises `BadRequestError` when the video does not exist or
        is not ready, and `StreamError`, with the events so far, when the service reports an error
        or the stream breaks off. ``POST /analyze`` with ``stream`` true

        Example: ``for event in client.analyze_stream(video={"type": "asset_id", "asset_id":
        asset.id}, prompt="Describe it."): ...``
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

        Example: ``reply = client.analyze(video={"type": "asset_id", "asset_id": asset.id},
        prompt="Describe it.")``
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

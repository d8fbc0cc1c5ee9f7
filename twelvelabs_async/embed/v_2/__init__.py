"""Embeddings of the second generation: any medium, answered at once or as a task."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Literal, NotRequired, Self, TypedDict

from attrs import define
from cattrs import override

from ..._core.model import Embedding, Model, Tagged, Unknown
from ..._core.request import Resource
from ..._lazy import lazy
from ...options import RequestOptions

if TYPE_CHECKING:
    from .tasks import (
        CreateAsyncEmbeddingRequestInputType,
        EmbedV2Tasks,
        TasksCreateResponse,
        TasksListResponse,
        TasksListResponsePageInfo,
    )
else:
    # Programs for the vendor's SDK import these from here.
    __getattr__, __dir__ = lazy(
        __name__,
        {
            "embed.v_2.tasks": (
                "CreateAsyncEmbeddingRequestInputType",
                "TasksCreateResponse",
                "TasksListResponse",
                "TasksListResponsePageInfo",
            )
        },
    )

__all__ = [
    "AudioInputRequest",
    "AudioInputRequestDict",
    "AudioInputRequestEmbeddingOptionItem",
    "AudioInputRequestEmbeddingScopeItem",
    "AudioInputRequestEmbeddingTypeItem",
    "AudioSegmentation",
    "AudioSegmentationDict",
    "AudioSegmentationFixed",
    "AudioSegmentationFixedDict",
    "CreateAsyncEmbeddingRequestInputType",
    "CreateEmbeddingsRequestInputType",
    "CreateEmbeddingsRequestModelName",
    "EmbedV2",
    "EmbeddingAudioMetadata",
    "EmbeddingAudioMetadataEmbeddingScopesItem",
    "EmbeddingData",
    "EmbeddingDataEmbeddingOption",
    "EmbeddingDataEmbeddingScope",
    "EmbeddingDataQuadrant",
    "EmbeddingDimension",
    "EmbeddingImageMetadata",
    "EmbeddingMediaMetadata",
    "EmbeddingMediaMetadata_Audio",
    "EmbeddingMediaMetadata_Image",
    "EmbeddingMediaMetadata_MultiInput",
    "EmbeddingMediaMetadata_TextImage",
    "EmbeddingMediaMetadata_Video",
    "EmbeddingMultiInputMetadata",
    "EmbeddingSuccessResponse",
    "EmbeddingTextImageMetadata",
    "EmbeddingUsage",
    "EmbeddingUsageTruncationReason",
    "EmbeddingVideoMetadata",
    "EmbeddingVideoMetadataEmbeddingScopesItem",
    "ImageInputRequest",
    "ImageInputRequestDict",
    "MediaSource",
    "MediaSourceDict",
    "MultiInputMediaSource",
    "MultiInputMediaSourceDict",
    "MultiInputMediaSourceMediaType",
    "MultiInputRequest",
    "MultiInputRequestDict",
    "TasksCreateResponse",
    "TasksListResponse",
    "TasksListResponsePageInfo",
    "TextImageInputRequest",
    "TextImageInputRequestDict",
    "TextInputRequest",
    "TextInputRequestDict",
    "UnknownEmbeddingMediaMetadata",
    "VideoInputRequest",
    "VideoInputRequestDict",
    "VideoInputRequestEmbeddingOptionItem",
    "VideoInputRequestEmbeddingScopeItem",
    "VideoInputRequestEmbeddingTypeItem",
    "VideoSegmentation",
    "VideoSegmentationDict",
    "VideoSegmentationDynamic",
    "VideoSegmentationDynamicDict",
    "VideoSegmentationDynamicDynamic",
    "VideoSegmentationDynamicDynamicDict",
    "VideoSegmentationFixed",
    "VideoSegmentationFixedDict",
    "VideoSegmentationFixedFixed",
    "VideoSegmentationFixedFixedDict",
    "VideoSegmentation_Dynamic",
    "VideoSegmentation_Fixed",
]

CreateEmbeddingsRequestInputType = (
    Literal["text", "image", "text_image", "audio", "video", "multi_input"] | str
)
CreateEmbeddingsRequestModelName = Literal["marengo3.0", "marengo3.5"] | str
AudioInputRequestEmbeddingOptionItem = Literal["audio", "transcription"] | str
AudioInputRequestEmbeddingScopeItem = Literal["clip", "asset"] | str
AudioInputRequestEmbeddingTypeItem = Literal["separate_embedding", "fused_embedding"] | str
VideoInputRequestEmbeddingOptionItem = Literal["visual", "audio", "transcription"] | str
VideoInputRequestEmbeddingScopeItem = Literal["clip", "asset"] | str
VideoInputRequestEmbeddingTypeItem = Literal["separate_embedding", "fused_embedding"] | str
MultiInputMediaSourceMediaType = Literal["image", "video", "audio", "document"] | str
EmbeddingDataEmbeddingOption = Literal["visual", "audio", "transcription", "text", "fused"] | str
EmbeddingDataEmbeddingScope = Literal["clip", "page", "chunk", "asset"] | str
EmbeddingDataQuadrant = Literal["top_left", "top_right", "bottom_left", "bottom_right"] | str
EmbeddingAudioMetadataEmbeddingScopesItem = Literal["clip", "local", "asset"] | str
EmbeddingVideoMetadataEmbeddingScopesItem = Literal["clip", "local", "asset"] | str
EmbeddingUsageTruncationReason = Literal["model_context_window"] | str
EmbeddingDimension = int


@define(kw_only=True)
class MediaSource(Model):
    """Where a medium is: exactly one of an address, an uploaded asset, or the bytes as base64."""

    base_64_string: Annotated[str | None, override(rename="base64_string")] = None
    url: str | None = None
    asset_id: str | None = None


class MediaSourceDict(TypedDict, total=False):
    """`MediaSource` as a plain dict."""

    base64_string: str
    url: str
    asset_id: str


@define(kw_only=True)
class TextInputRequest(Model):
    """A text to embed."""

    input_text: str


class TextInputRequestDict(TypedDict):
    """`TextInputRequest` as a plain dict."""

    input_text: str


@define(kw_only=True)
class ImageInputRequest(Model):
    """An image to embed."""

    media_source: MediaSource | MediaSourceDict


class ImageInputRequestDict(TypedDict):
    """`ImageInputRequest` as a plain dict."""

    media_source: MediaSource | MediaSourceDict


@define(kw_only=True)
class TextImageInputRequest(Model):
    """An image and a text to embed together, as one vector."""

    media_source: MediaSource | MediaSourceDict
    input_text: str


class TextImageInputRequestDict(TypedDict):
    """`TextImageInputRequest` as a plain dict."""

    media_source: MediaSource | MediaSourceDict
    input_text: str


@define(kw_only=True)
class AudioSegmentationFixed(Model):
    """The length of each clip, in seconds: 1 to 10."""

    duration_sec: int


class AudioSegmentationFixedDict(TypedDict):
    """`AudioSegmentationFixed` as a plain dict."""

    duration_sec: int


@define(kw_only=True)
class AudioSegmentation(Model):
    """Cut a sound into clips of one length."""

    strategy: Literal["fixed"] = "fixed"
    fixed: AudioSegmentationFixed | AudioSegmentationFixedDict

    @classmethod
    def of(cls, *, duration_sec: int) -> Self:
        """Clips of this many seconds."""
        return cls(fixed=AudioSegmentationFixed(duration_sec=duration_sec))


class AudioSegmentationDict(TypedDict):
    """`AudioSegmentation` as a plain dict."""

    strategy: Literal["fixed"]
    fixed: AudioSegmentationFixed | AudioSegmentationFixedDict


@define(kw_only=True)
class AudioInputRequest(Model):
    """A sound to embed, or the part of it from ``start_sec`` to ``end_sec``."""

    media_source: MediaSource | MediaSourceDict
    start_sec: float | None = None
    end_sec: float | None = None
    segmentation: AudioSegmentation | AudioSegmentationDict | None = None
    embedding_option: Sequence[AudioInputRequestEmbeddingOptionItem] | None = None
    embedding_scope: Sequence[AudioInputRequestEmbeddingScopeItem] | None = None
    embedding_type: Sequence[AudioInputRequestEmbeddingTypeItem] | None = None


class AudioInputRequestDict(TypedDict):
    """`AudioInputRequest` as a plain dict."""

    media_source: MediaSource | MediaSourceDict
    start_sec: NotRequired[float]
    end_sec: NotRequired[float]
    segmentation: NotRequired[AudioSegmentation | AudioSegmentationDict]
    embedding_option: NotRequired[Sequence[AudioInputRequestEmbeddingOptionItem]]
    embedding_scope: NotRequired[Sequence[AudioInputRequestEmbeddingScopeItem]]
    embedding_type: NotRequired[Sequence[AudioInputRequestEmbeddingTypeItem]]


@define(kw_only=True)
class VideoSegmentationDynamicDynamic(Model):
    """The least length of a clip, in seconds: 2 to 5."""

    min_duration_sec: int


class VideoSegmentationDynamicDynamicDict(TypedDict):
    """`VideoSegmentationDynamicDynamic` as a plain dict."""

    min_duration_sec: int


@define(kw_only=True)
class VideoSegmentation_Dynamic(Model):
    """Cut a film where its shots change."""

    strategy: Literal["dynamic"] = "dynamic"
    dynamic: VideoSegmentationDynamicDynamic | VideoSegmentationDynamicDynamicDict

    @classmethod
    def of(cls, *, min_duration_sec: int) -> Self:
        """Clips as the shots change, none shorter than this many seconds."""
        return cls(dynamic=VideoSegmentationDynamicDynamic(min_duration_sec=min_duration_sec))


class VideoSegmentationDynamicDict(TypedDict):
    """`VideoSegmentation_Dynamic` as a plain dict."""

    strategy: Literal["dynamic"]
    dynamic: VideoSegmentationDynamicDynamic | VideoSegmentationDynamicDynamicDict


@define(kw_only=True)
class VideoSegmentationFixedFixed(Model):
    """The length of each clip, in seconds: 2 to 10."""

    duration_sec: int


class VideoSegmentationFixedFixedDict(TypedDict):
    """`VideoSegmentationFixedFixed` as a plain dict."""

    duration_sec: int


@define(kw_only=True)
class VideoSegmentation_Fixed(Model):
    """Cut a film into clips of one length."""

    strategy: Literal["fixed"] = "fixed"
    fixed: VideoSegmentationFixedFixed | VideoSegmentationFixedFixedDict

    @classmethod
    def of(cls, *, duration_sec: int) -> Self:
        """Clips of this many seconds."""
        return cls(fixed=VideoSegmentationFixedFixed(duration_sec=duration_sec))


class VideoSegmentationFixedDict(TypedDict):
    """`VideoSegmentation_Fixed` as a plain dict."""

    strategy: Literal["fixed"]
    fixed: VideoSegmentationFixedFixed | VideoSegmentationFixedFixedDict


# The vendor's names for the two without their tag: here the tag is always set.
VideoSegmentationDynamic = VideoSegmentation_Dynamic
VideoSegmentationFixed = VideoSegmentation_Fixed

VideoSegmentation = VideoSegmentation_Dynamic | VideoSegmentation_Fixed
VideoSegmentationDict = VideoSegmentationDynamicDict | VideoSegmentationFixedDict


@define(kw_only=True)
class VideoInputRequest(Model):
    """A film to embed, or the part of it from ``start_sec`` to ``end_sec``."""

    media_source: MediaSource | MediaSourceDict
    start_sec: float | None = None
    end_sec: float | None = None
    segmentation: VideoSegmentation | VideoSegmentationDict | None = None
    embedding_option: Sequence[VideoInputRequestEmbeddingOptionItem] | None = None
    embedding_scope: Sequence[VideoInputRequestEmbeddingScopeItem] | None = None
    embedding_type: Sequence[VideoInputRequestEmbeddingTypeItem] | None = None


class VideoInputRequestDict(TypedDict):
    """`VideoInputRequest` as a plain dict."""

    media_source: MediaSource | MediaSourceDict
    start_sec: NotRequired[float]
    end_sec: NotRequired[float]
    segmentation: NotRequired[VideoSegmentation | VideoSegmentationDict]
    embedding_option: NotRequired[Sequence[VideoInputRequestEmbeddingOptionItem]]
    embedding_scope: NotRequired[Sequence[VideoInputRequestEmbeddingScopeItem]]
    embedding_type: NotRequired[Sequence[VideoInputRequestEmbeddingTypeItem]]


@define(kw_only=True)
class MultiInputMediaSource(Model):
    """One medium among several; the text refers to it by ``name``, as ``<@name>``."""

    media_type: MultiInputMediaSourceMediaType
    name: str | None = None
    base_64_string: Annotated[str | None, override(rename="base64_string")] = None
    url: str | None = None
    asset_id: str | None = None


class MultiInputMediaSourceDict(TypedDict):
    """`MultiInputMediaSource` as a plain dict."""

    media_type: MultiInputMediaSourceMediaType
    name: NotRequired[str]
    base64_string: NotRequired[str]
    url: NotRequired[str]
    asset_id: NotRequired[str]


@define(kw_only=True)
class MultiInputRequest(Model):
    """Several media, and a text that may refer to them, to embed as one vector."""

    input_text: str | None = None
    media_sources: Sequence[MultiInputMediaSource | MultiInputMediaSourceDict] | None = None


class MultiInputRequestDict(TypedDict, total=False):
    """`MultiInputRequest` as a plain dict."""

    input_text: str
    media_sources: Sequence[MultiInputMediaSource | MultiInputMediaSourceDict]


@define(kw_only=True)
class EmbeddingData(Model):
    """A vector, and what it stands for.

    Times are seconds from the medium's beginning; pages count from 1, chunks from 0. What does
    not apply to the medium is ``None``.
    """

    embedding: Embedding | None = None
    embedding_uncertainty: Embedding | None = None
    embedding_option: EmbeddingDataEmbeddingOption | None = None
    embedding_scope: EmbeddingDataEmbeddingScope | None = None
    start_sec: float | None = None
    end_sec: float | None = None
    start_page_number: int | None = None
    end_page_number: int | None = None
    quadrant: EmbeddingDataQuadrant | None = None
    chunk_index: int | None = None


@define(kw_only=True)
class EmbeddingUsage(Model):
    """Tokens counted, by kind of content. Only newer models send this."""

    input_tokens: dict[str, int] | None = None
    truncated: bool | None = None
    truncation_reason: EmbeddingUsageTruncationReason | None = None


@define(kw_only=True)
class EmbeddingImageMetadata(Model):
    """Where an image came from."""

    input_type: Literal["image"] = "image"
    input_url: str | None = None
    input_filename: str | None = None


@define(kw_only=True)
class EmbeddingTextImageMetadata(Model):
    """Where the image beside a text came from."""

    input_type: Literal["text_image"] = "text_image"
    input_url: str | None = None
    input_filename: str | None = None


@define(kw_only=True)
class EmbeddingAudioMetadata(Model):
    """How a sound was cut. Times are in seconds."""

    input_type: Literal["audio"] = "audio"
    input_url: str | None = None
    input_filename: str | None = None
    embedding_options: list[str] | None = None
    embedding_scopes: list[EmbeddingAudioMetadataEmbeddingScopesItem] | None = None
    duration: float | None = None
    start_offset_sec: float | None = None
    end_offset_sec: float | None = None
    embedding_dimension: EmbeddingDimension | None = None


@define(kw_only=True)
class EmbeddingVideoMetadata(Model):
    """How a film was cut. Times are in seconds."""

    input_type: Literal["video"] = "video"
    input_url: str | None = None
    input_filename: str | None = None
    clip_length: int | None = None
    embedding_scopes: list[EmbeddingVideoMetadataEmbeddingScopesItem] | None = None
    embedding_options: list[str] | None = None
    duration: float | None = None
    start_offset_sec: float | None = None
    end_offset_sec: float | None = None
    embedding_dimension: EmbeddingDimension | None = None


@define(kw_only=True)
class EmbeddingMultiInputMetadata(Model):
    """How several media were embedded together."""

    input_type: Literal["multi_input"] = "multi_input"
    embedding_dimension: EmbeddingDimension | None = None


@define(kw_only=True)
class UnknownEmbeddingMediaMetadata(Unknown):
    """Of a kind of medium that is newer than this package; the rest is in ``extra``."""

    input_type: str


# The vendor's names for the same with their tag: here the tag is always set.
EmbeddingMediaMetadata_Image = EmbeddingImageMetadata
EmbeddingMediaMetadata_TextImage = EmbeddingTextImageMetadata
EmbeddingMediaMetadata_Audio = EmbeddingAudioMetadata
EmbeddingMediaMetadata_Video = EmbeddingVideoMetadata
EmbeddingMediaMetadata_MultiInput = EmbeddingMultiInputMetadata

EmbeddingMediaMetadata = Annotated[
    EmbeddingImageMetadata
    | EmbeddingTextImageMetadata
    | EmbeddingAudioMetadata
    | EmbeddingVideoMetadata
    | EmbeddingMultiInputMetadata
    | UnknownEmbeddingMediaMetadata,
    Tagged("input_type"),
]


@define(kw_only=True)
class EmbeddingSuccessResponse(Model):
    """The vectors, and how the medium was taken in."""

    data: list[EmbeddingData] | None = None
    usage: EmbeddingUsage | None = None
    metadata: EmbeddingMediaMetadata | None = None


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
                "text": text,
                "image": image,
                "text_image": text_image,
                "audio": audio,
                "video": video,
                "multi_input": multi_input,
                "auto_truncate": auto_truncate,
                "embedding_uncertainty": embedding_uncertainty,
                "embedding_dimension": embedding_dimension,
            },
            repeatable=True,
            category="embed",
            options=request_options,
        )

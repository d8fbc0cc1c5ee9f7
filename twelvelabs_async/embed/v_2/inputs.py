"""What is embedded: text, images, sound, films and documents, and how they are cut."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, NotRequired, Self, TypedDict

from attrs import define
from cattrs import override

from ..._runtime.model import Model

__all__ = [
    "AsyncAudioInputRequest",
    "AsyncAudioInputRequestDict",
    "AsyncAudioInputRequestEmbeddingOptionItem",
    "AsyncAudioInputRequestEmbeddingScopeItem",
    "AsyncAudioInputRequestEmbeddingTypeItem",
    "AsyncAudioInputRequestSegmentation",
    "AsyncDocumentInputRequest",
    "AsyncDocumentInputRequestDict",
    "AsyncDocumentInputRequestEmbeddingOptionItem",
    "AsyncDocumentInputRequestEmbeddingScopeItem",
    "AsyncDocumentInputRequestEmbeddingTypeItem",
    "AsyncImageInputRequest",
    "AsyncImageInputRequestDict",
    "AsyncImageInputRequestEmbeddingOptionItem",
    "AsyncImageInputRequestEmbeddingScopeItem",
    "AsyncImageInputRequestEmbeddingTypeItem",
    "AsyncTemporalSegmentation",
    "AsyncTemporalSegmentationDict",
    "AsyncVideoInputRequest",
    "AsyncVideoInputRequestDict",
    "AsyncVideoInputRequestEmbeddingOptionItem",
    "AsyncVideoInputRequestEmbeddingScopeItem",
    "AsyncVideoInputRequestEmbeddingTypeItem",
    "AsyncVideoInputRequestSegmentation",
    "AudioInputRequest",
    "AudioInputRequestDict",
    "AudioInputRequestEmbeddingOptionItem",
    "AudioInputRequestEmbeddingScopeItem",
    "AudioInputRequestEmbeddingTypeItem",
    "AudioSegmentation",
    "AudioSegmentationDict",
    "AudioSegmentationFixed",
    "AudioSegmentationFixedDict",
    "AudioSegmentationStrategy",
    "CreateAsyncEmbeddingRequestInputType",
    "CreateAsyncEmbeddingRequestModelName",
    "CreateEmbeddingsRequestInputType",
    "CreateEmbeddingsRequestModelName",
    "DocumentSegmentation",
    "DocumentSegmentationDict",
    "DocumentSequentialSegmentation",
    "DocumentSequentialSegmentationDict",
    "DocumentSequentialSegmentationStrategy",
    "DocumentSpatialSegmentation",
    "DocumentSpatialSegmentationDict",
    "DocumentSpatialSegmentationStrategy",
    "ImageInputRequest",
    "ImageInputRequestDict",
    "MediaSource",
    "MediaSourceDict",
    "MultiInputMediaSource",
    "MultiInputMediaSourceDict",
    "MultiInputMediaSourceMediaType",
    "MultiInputRequest",
    "MultiInputRequestDict",
    "TemporalSegmentation",
    "TemporalSegmentationDict",
    "TemporalSegmentationDynamic",
    "TemporalSegmentationDynamicDynamic",
    "TemporalSegmentationFixed",
    "TemporalSegmentationFixedFixed",
    "TemporalSegmentation_Dynamic",
    "TemporalSegmentation_Fixed",
    "TextImageInputRequest",
    "TextImageInputRequestDict",
    "TextInputRequest",
    "TextInputRequestDict",
    "TimeBasedMetadataEntry",
    "TimeBasedMetadataEntryDict",
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
AudioSegmentationStrategy = Literal["fixed"] | str
MultiInputMediaSourceMediaType = Literal["image", "video", "audio", "document"] | str


@define(kw_only=True)
class MediaSource(Model):
    """Where a medium is: exactly one of a URL, an uploaded asset, or the bytes as base64."""

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


CreateAsyncEmbeddingRequestInputType = Literal["audio", "video", "document", "image"] | str
CreateAsyncEmbeddingRequestModelName = Literal["marengo3.0", "marengo3.5"] | str

AsyncAudioInputRequestEmbeddingOptionItem = Literal["audio", "transcription"] | str
AsyncAudioInputRequestEmbeddingScopeItem = Literal["clip", "local", "asset"] | str
AsyncAudioInputRequestEmbeddingTypeItem = Literal["separate_embedding", "fused_embedding"] | str
AsyncVideoInputRequestEmbeddingOptionItem = Literal["visual", "audio", "transcription"] | str
AsyncVideoInputRequestEmbeddingScopeItem = Literal["clip", "local", "asset"] | str
AsyncVideoInputRequestEmbeddingTypeItem = Literal["separate_embedding", "fused_embedding"] | str
AsyncImageInputRequestEmbeddingOptionItem = Literal["visual"] | str
AsyncImageInputRequestEmbeddingScopeItem = Literal["asset"] | str
AsyncImageInputRequestEmbeddingTypeItem = Literal["separate_embedding"] | str
AsyncDocumentInputRequestEmbeddingOptionItem = Literal["visual", "text"] | str
AsyncDocumentInputRequestEmbeddingScopeItem = Literal["local", "asset"] | str
AsyncDocumentInputRequestEmbeddingTypeItem = Literal["separate_embedding", "fused_embedding"] | str
DocumentSequentialSegmentationStrategy = Literal["sentence"] | str
DocumentSpatialSegmentationStrategy = Literal["standard", "quadrants"] | str

# Shots, or clips of one length: on the wire the same two as in the first kind of request.
TemporalSegmentation = VideoSegmentation
TemporalSegmentationDict = VideoSegmentationDict
TemporalSegmentation_Dynamic = VideoSegmentation_Dynamic
TemporalSegmentation_Fixed = VideoSegmentation_Fixed
TemporalSegmentationDynamic = VideoSegmentation_Dynamic
TemporalSegmentationFixed = VideoSegmentation_Fixed
TemporalSegmentationDynamicDynamic = VideoSegmentationDynamicDynamic
TemporalSegmentationFixedFixed = VideoSegmentationFixedFixed


@define(kw_only=True)
class AsyncTemporalSegmentation(Model):
    """How ``marengo3.5`` cuts a sound or a film in time."""

    temporal: TemporalSegmentation | TemporalSegmentationDict


class AsyncTemporalSegmentationDict(TypedDict):
    """`AsyncTemporalSegmentation` as a plain dict."""

    temporal: TemporalSegmentation | TemporalSegmentationDict


AsyncAudioInputRequestSegmentation = AudioSegmentation | AsyncTemporalSegmentation
AsyncVideoInputRequestSegmentation = VideoSegmentation | AsyncTemporalSegmentation


@define(kw_only=True)
class TimeBasedMetadataEntry(Model):
    """A text that belongs to a stretch of the medium, in seconds."""

    start: float
    end: float
    text: str


class TimeBasedMetadataEntryDict(TypedDict):
    """`TimeBasedMetadataEntry` as a plain dict."""

    start: float
    end: float
    text: str


@define(kw_only=True)
class AsyncAudioInputRequest(Model):
    """A sound to embed, or the part of it from ``start_sec`` to ``end_sec``."""

    media_source: MediaSource | MediaSourceDict
    start_sec: float | None = None
    end_sec: float | None = None
    segmentation: (
        AudioSegmentation
        | AsyncTemporalSegmentation
        | AudioSegmentationDict
        | AsyncTemporalSegmentationDict
        | None
    ) = None
    embedding_option: Sequence[AsyncAudioInputRequestEmbeddingOptionItem] | None = None
    embedding_scope: Sequence[AsyncAudioInputRequestEmbeddingScopeItem] | None = None
    embedding_type: Sequence[AsyncAudioInputRequestEmbeddingTypeItem] | None = None
    time_based_metadata: Sequence[TimeBasedMetadataEntry | TimeBasedMetadataEntryDict] | None = None


class AsyncAudioInputRequestDict(TypedDict):
    """`AsyncAudioInputRequest` as a plain dict."""

    media_source: MediaSource | MediaSourceDict
    start_sec: NotRequired[float]
    end_sec: NotRequired[float]
    segmentation: NotRequired[
        AudioSegmentation
        | AsyncTemporalSegmentation
        | AudioSegmentationDict
        | AsyncTemporalSegmentationDict
    ]
    embedding_option: NotRequired[Sequence[AsyncAudioInputRequestEmbeddingOptionItem]]
    embedding_scope: NotRequired[Sequence[AsyncAudioInputRequestEmbeddingScopeItem]]
    embedding_type: NotRequired[Sequence[AsyncAudioInputRequestEmbeddingTypeItem]]
    time_based_metadata: NotRequired[Sequence[TimeBasedMetadataEntry | TimeBasedMetadataEntryDict]]


@define(kw_only=True)
class AsyncVideoInputRequest(Model):
    """A film to embed, or the part of it from ``start_sec`` to ``end_sec``."""

    media_source: MediaSource | MediaSourceDict
    start_sec: float | None = None
    end_sec: float | None = None
    segmentation: (
        VideoSegmentation
        | AsyncTemporalSegmentation
        | VideoSegmentationDict
        | AsyncTemporalSegmentationDict
        | None
    ) = None
    embedding_option: Sequence[AsyncVideoInputRequestEmbeddingOptionItem] | None = None
    embedding_scope: Sequence[AsyncVideoInputRequestEmbeddingScopeItem] | None = None
    embedding_type: Sequence[AsyncVideoInputRequestEmbeddingTypeItem] | None = None
    time_based_metadata: Sequence[TimeBasedMetadataEntry | TimeBasedMetadataEntryDict] | None = None


class AsyncVideoInputRequestDict(TypedDict):
    """`AsyncVideoInputRequest` as a plain dict."""

    media_source: MediaSource | MediaSourceDict
    start_sec: NotRequired[float]
    end_sec: NotRequired[float]
    segmentation: NotRequired[
        VideoSegmentation
        | AsyncTemporalSegmentation
        | VideoSegmentationDict
        | AsyncTemporalSegmentationDict
    ]
    embedding_option: NotRequired[Sequence[AsyncVideoInputRequestEmbeddingOptionItem]]
    embedding_scope: NotRequired[Sequence[AsyncVideoInputRequestEmbeddingScopeItem]]
    embedding_type: NotRequired[Sequence[AsyncVideoInputRequestEmbeddingTypeItem]]
    time_based_metadata: NotRequired[Sequence[TimeBasedMetadataEntry | TimeBasedMetadataEntryDict]]


@define(kw_only=True)
class AsyncImageInputRequest(Model):
    """An image to embed."""

    media_source: MediaSource | MediaSourceDict
    embedding_option: Sequence[AsyncImageInputRequestEmbeddingOptionItem] | None = None
    embedding_type: Sequence[AsyncImageInputRequestEmbeddingTypeItem] | None = None
    embedding_scope: Sequence[AsyncImageInputRequestEmbeddingScopeItem] | None = None


class AsyncImageInputRequestDict(TypedDict):
    """`AsyncImageInputRequest` as a plain dict."""

    media_source: MediaSource | MediaSourceDict
    embedding_option: NotRequired[Sequence[AsyncImageInputRequestEmbeddingOptionItem]]
    embedding_type: NotRequired[Sequence[AsyncImageInputRequestEmbeddingTypeItem]]
    embedding_scope: NotRequired[Sequence[AsyncImageInputRequestEmbeddingScopeItem]]


@define(kw_only=True)
class DocumentSpatialSegmentation(Model):
    """Whole pages (``"standard"``), or each page's four quarters too (``"quadrants"``)."""

    strategy: DocumentSpatialSegmentationStrategy | None = None


class DocumentSpatialSegmentationDict(TypedDict, total=False):
    """`DocumentSpatialSegmentation` as a plain dict."""

    strategy: DocumentSpatialSegmentationStrategy


@define(kw_only=True)
class DocumentSequentialSegmentation(Model):
    """Chunks of whole sentences; each repeats the last ``overlap_sentences`` of its predecessor."""

    max_sentences: int
    strategy: DocumentSequentialSegmentationStrategy = "sentence"
    overlap_sentences: int | None = None


class DocumentSequentialSegmentationDict(TypedDict):
    """`DocumentSequentialSegmentation` as a plain dict."""

    max_sentences: int
    strategy: DocumentSequentialSegmentationStrategy
    overlap_sentences: NotRequired[int]


@define(kw_only=True)
class DocumentSegmentation(Model):
    """How to cut a document: by page, or by sentences."""

    spatial: DocumentSpatialSegmentation | DocumentSpatialSegmentationDict | None = None
    sequential: DocumentSequentialSegmentation | DocumentSequentialSegmentationDict | None = None


class DocumentSegmentationDict(TypedDict, total=False):
    """`DocumentSegmentation` as a plain dict."""

    spatial: DocumentSpatialSegmentation | DocumentSpatialSegmentationDict
    sequential: DocumentSequentialSegmentation | DocumentSequentialSegmentationDict


@define(kw_only=True)
class AsyncDocumentInputRequest(Model):
    """A document to embed."""

    media_source: MediaSource | MediaSourceDict
    segmentation: DocumentSegmentation | DocumentSegmentationDict | None = None
    embedding_option: Sequence[AsyncDocumentInputRequestEmbeddingOptionItem] | None = None
    embedding_type: Sequence[AsyncDocumentInputRequestEmbeddingTypeItem] | None = None
    embedding_scope: Sequence[AsyncDocumentInputRequestEmbeddingScopeItem] | None = None


class AsyncDocumentInputRequestDict(TypedDict):
    """`AsyncDocumentInputRequest` as a plain dict."""

    media_source: MediaSource | MediaSourceDict
    segmentation: NotRequired[DocumentSegmentation | DocumentSegmentationDict]
    embedding_option: NotRequired[Sequence[AsyncDocumentInputRequestEmbeddingOptionItem]]
    embedding_type: NotRequired[Sequence[AsyncDocumentInputRequestEmbeddingTypeItem]]
    embedding_scope: NotRequired[Sequence[AsyncDocumentInputRequestEmbeddingScopeItem]]

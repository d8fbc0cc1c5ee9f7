"""Media types by file ending: one table for uploads, ingestion and the sandbox.

The standard library's table depends on the files of the system, so that a slim container knows
fewer types than a desktop does.
"""

from __future__ import annotations

__all__ = ["MEDIA_TYPES", "is_film", "media_type"]

MEDIA_TYPES = {
    "3g2": "video/3gpp2",
    "3gp": "video/3gpp",
    "3gp2": "video/3gpp2",
    "3gpp": "video/3gpp",
    "aac": "audio/aac",
    "ac3": "audio/ac3",
    "adts": "audio/aac",
    "aif": "audio/aiff",
    "aifc": "audio/aiff",
    "aiff": "audio/aiff",
    "amr": "audio/amr",
    "amv": "video/x-amv",
    "ape": "audio/x-ape",
    "asf": "video/x-ms-asf",
    "au": "audio/basic",
    "avi": "video/x-msvideo",
    "avif": "image/avif",
    "bmp": "image/bmp",
    "caf": "audio/x-caf",
    "divx": "video/x-msvideo",
    "dts": "audio/vnd.dts",
    "dv": "video/x-dv",
    "eac3": "audio/eac3",
    "f4v": "video/mp4",
    "flac": "audio/flac",
    "flv": "video/x-flv",
    "gif": "image/gif",
    "gxf": "video/x-gxf",
    "heic": "image/heic",
    "heif": "image/heif",
    "jpe": "image/jpeg",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "m1v": "video/mpeg",
    "m2p": "video/mpeg",
    "m2t": "video/mp2t",
    "m2ts": "video/mp2t",
    "m2v": "video/mpeg",
    "m4a": "audio/mp4",
    "m4b": "audio/mp4",
    "m4v": "video/x-m4v",
    "md": "text/markdown",
    "mj2": "video/mj2",
    "mjpeg": "video/x-motion-jpeg",
    "mjpg": "video/x-motion-jpeg",
    "mk3d": "video/x-matroska",
    "mka": "audio/x-matroska",
    "mkv": "video/x-matroska",
    "mov": "video/quicktime",
    "mp2": "audio/mpeg",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "mp4v": "video/mp4",
    "mpe": "video/mpeg",
    "mpeg": "video/mpeg",
    "mpg": "video/mpeg",
    "mpg4": "video/mp4",
    "mpv": "video/mpeg",
    "mts": "video/mp2t",
    "mxf": "video/mxf",
    "nut": "video/x-nut",
    "oga": "audio/ogg",
    "ogg": "audio/ogg",
    "ogm": "video/ogg",
    "ogv": "video/ogg",
    "ogx": "video/ogg",
    "opus": "audio/ogg",
    "pdf": "application/pdf",
    "png": "image/png",
    "qt": "video/quicktime",
    "rm": "video/vnd.rn-realvideo",
    "rmvb": "video/vnd.rn-realvideo",
    "snd": "audio/basic",
    "spx": "audio/ogg",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "tod": "video/mpeg",
    "trp": "video/mp2t",
    "ts": "video/mp2t",
    "tta": "audio/x-tta",
    "txt": "text/plain",
    "vob": "video/mpeg",
    "w64": "audio/x-w64",
    "wav": "audio/wav",
    "wave": "audio/wav",
    "webm": "video/webm",
    "webp": "image/webp",
    "wma": "audio/x-ms-wma",
    "wmv": "video/x-ms-wmv",
    "wtv": "video/x-ms-wtv",
    "wv": "audio/x-wavpack",
    "y4m": "video/x-yuv4mpeg",
}


def media_type(name: str) -> str | None:
    """The media type of a file by the ending of its name; None for an ending that is not media."""
    head, dot, ending = name.rpartition(".")
    return MEDIA_TYPES.get(ending.lower()) if head and dot else None


def is_film(name: str) -> bool:
    """Whether a file holds a film or sound, by the ending of its name."""
    found = media_type(name)
    return found is not None and found.startswith(("video/", "audio/"))

"""One table of media types, whatever the system's tables say."""

from __future__ import annotations

import mimetypes

import pytest

from twelvelabs_async._media_types import MEDIA_TYPES, is_film, media_type
from twelvelabs_async._runtime.files import FilePart
from twelvelabs_async.sandbox.routes.assets import media_type as sandbox_type

ENDINGS = [
    "3gp",
    "aac",
    "avi",
    "flac",
    "flv",
    "m2ts",
    "m4a",
    "m4v",
    "mkv",
    "mov",
    "mp3",
    "mp4",
    "mpeg",
    "mpg",
    "mts",
    "mxf",
    "oga",
    "ogg",
    "ogv",
    "opus",
    "ts",
    "wav",
    "webm",
    "wmv",
]


@pytest.fixture(autouse=True)
def no_system_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a slim container: no /etc/mime.types, and nothing that Python knows."""
    for table in ("types_map", "common_types"):
        monkeypatch.setattr(mimetypes, table, {})
    monkeypatch.setattr(mimetypes, "guess_type", lambda *_args, **_options: (None, None))


@pytest.mark.parametrize("ending", ENDINGS)
def test_films_have_the_same_type_everywhere(ending: str) -> None:
    name = f"A film.{ending.upper()}"
    assert is_film(name)
    known = media_type(name)
    assert known is not None
    assert FilePart((name, b"")).content_type == known
    assert sandbox_type(name) == known


@pytest.mark.parametrize(
    "name",
    [
        "a.jpg",
        "a.png",
        "a.txt",
        "a.nfo",
        "a.srt",
        "a.m3u8",
        "a.m3u",
        "a.pls",
        "mp4",
        ".mp4",
        "a.",
        "",
    ],
)
def test_what_is_no_film(name: str) -> None:
    assert not is_film(name)


def test_the_table_holds_what_the_service_takes() -> None:
    documents = {"application/pdf", "text/markdown", "text/plain"}
    assert documents < set(MEDIA_TYPES.values())
    assert {
        found.partition("/")[0] for found in MEDIA_TYPES.values() if found not in documents
    } == {
        "audio",
        "image",
        "video",
    }
    assert all(ending == ending.lower() for ending in MEDIA_TYPES)

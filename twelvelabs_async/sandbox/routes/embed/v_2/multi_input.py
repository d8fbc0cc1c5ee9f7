"""``multi_input``: one embedding of a text and up to ten media together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from aiohttp import web
from attrs import frozen

from ....analysis_requests import check_prompt_sources, source_name
from ....checks import array, needed, obj, one_of, optional, text
from ....errors import ApiError, invalid, missing
from ....fitness import PAGES_OF_REQUEST, too_many_pages
from ....media.language.embeddings import Form, film_part, media_tokens
from ....media.language.vectors import image_vector, joint_vector, page_vector, text_vector
from ....media.language.writing import count_tokens, limit
from ....request import RequestContext
from ....sources import SOURCES, open_source
from .inputs import NEWER
from .parts import MOST_TOKENS, dimension_of, read_film, read_picture, usage_of

__all__ = ["MULTI_INPUT", "embed_together"]

_MEDIA: Final = ("image", "video", "audio", "document")
_MOST_SOURCES: Final = 10
_LONGEST: Final = 30.0
_SEEN: Final = {"video": "visual", "audio": "audio"}
MULTI_INPUT: Final = obj(
    {
        "input_text": optional(text(1)),
        "media_sources": optional(
            array(
                obj(
                    {
                        "name": optional(source_name),
                        "media_type": needed(one_of(*_MEDIA)),
                        **SOURCES,
                    }
                ),
                0,
                _MOST_SOURCES,
            )
        ),
    }
)


@frozen(kw_only=True)
class _Part:
    """One source: its vector, what its tokens count as, how many, and how much there was to see."""

    kind: str
    vector: list[float]
    tokens: int
    evidence: float = 1.0
    is_pdf: bool = False


async def embed_together(ctx: RequestContext, given: Mapping[str, Any], form: Form) -> web.Response:
    """One embedding of all that is given."""
    words: str | None = given["input_text"]
    sources: Sequence[Mapping[str, Any]] = given["media_sources"] or ()
    newer = ctx.body["model_name"] == NEWER
    if words is None and not sources:
        raise missing("multi_input.input_text or multi_input.media_sources")
    _check_kinds(words, sources, newer=newer)
    if form.uncertain and words is not None and sources:
        raise invalid("embedding_uncertainty", "It is for text alone, or for media alone.")
    if form.uncertain and any(each["media_type"] == "document" for each in sources):
        raise invalid("embedding_uncertainty", "It is not for documents.")
    parts: list[_Part] = []
    truncated = False
    if words is not None:
        kept = _within_limit(ctx, words)
        truncated = kept != words
        vector = await ctx.sandbox.jobs.media(text_vector, kept)
        tokens = count_tokens(kept)
        parts.append(_Part(kind="text", vector=vector, tokens=tokens, evidence=tokens))
    for number, each in enumerate(sources):
        parts.append(await _read(ctx, each, f"multi_input.media_sources[{number}]", newer=newer))
    _check_documents(parts)
    vector = joint_vector([part.vector for part in parts])
    reply: dict[str, Any] = {
        "data": [form.show(vector, sum(part.evidence for part in parts))],
        "metadata": {"input_type": "multi_input", **dimension_of(form)},
    }
    if newer:
        reply["usage"] = usage_of(_counted(parts), truncated=truncated)
    return ctx.reply(reply)


def _counted(parts: Sequence[_Part]) -> Counter[str]:
    counted: Counter[str] = Counter()
    for part in parts:
        counted[part.kind] += part.tokens
    return counted


def _check_kinds(words: str | None, sources: Sequence[Mapping[str, Any]], *, newer: bool) -> None:
    path = "multi_input.media_sources"
    kinds = {each["media_type"] for each in sources}
    if not newer and kinds - {"image"}:
        raise invalid(f"{path}.media_type", f"{min(kinds - {'image'})} is for {NEWER} only.")
    check_prompt_sources(words or "", [each for each in sources if each["name"]], path)
    if words is None and len(kinds - {"document"}) > 1:
        raise missing("multi_input.input_text")


def _within_limit(ctx: RequestContext, words: str) -> str:
    most = MOST_TOKENS[ctx.body["model_name"]]
    if count_tokens(words) <= most:
        return words
    if not ctx.body["auto_truncate"]:
        raise invalid("multi_input.input_text", f"It may have at most {most} tokens.")
    return limit(words, most).text


async def _read(ctx: RequestContext, given: Mapping[str, Any], path: str, *, newer: bool) -> _Part:
    kind, jobs = given["media_type"], ctx.sandbox.jobs
    source = await open_source(ctx, given, path, streams=kind in ("audio", "video"))
    size = await ctx.sandbox.blobs.disk(lambda: ctx.sandbox.blobs.path(source.key).stat().st_size)
    most = ctx.sandbox.settings.max_embedding_source_size
    if size > most:
        raise ApiError(
            "media_filesize_too_large", f"{path}: the file has more than {most} bytes.", 413
        )
    if kind == "image":
        picture = await read_picture(ctx, source.key, path)
        vector = await jobs.media(image_vector, picture)
        return _Part(kind=kind, vector=vector, tokens=media_tokens(kind, 1))
    if kind == "document":
        return await _document(ctx, source.key)
    film = await read_film(ctx, source.key, kind, path)
    seconds = film.info.duration
    if seconds > _LONGEST:
        raise invalid(path, f"It may be at most {_LONGEST:g} seconds long.")
    options = ["visual", "audio"] if kind == "video" and film.info.has_audio else [_SEEN[kind]]
    vectors = [film_part(film, (0.0, seconds), option, newer=newer) for option in options]
    return _Part(
        kind=kind,
        vector=joint_vector(vectors),
        tokens=media_tokens(kind, seconds),
        evidence=seconds,
    )


async def _document(ctx: RequestContext, key: str) -> _Part:
    document = await ctx.sandbox.jobs.document(key)
    problem = too_many_pages(document, PAGES_OF_REQUEST)
    if problem is not None:
        raise ApiError(problem.code, problem.message, 413)
    if not document.is_pdf:
        tokens = count_tokens(document.text)
        vector = await ctx.sandbox.jobs.media(text_vector, document.text)
        return _Part(kind="text", vector=vector, tokens=tokens, evidence=tokens)
    vectors = [page_vector(page) for page in document.pages]
    return _Part(
        kind="document",
        vector=joint_vector(vectors),
        tokens=media_tokens("document", len(vectors)),
        is_pdf=True,
    )


def _check_documents(parts: Sequence[_Part]) -> None:
    path = "multi_input.media_sources"
    if len(parts) > 1 and any(part.is_pdf for part in parts):
        raise invalid(path, "A PDF file must be the only input.")
    if len(parts) > 1 and all(part.kind == "text" for part in parts):
        raise invalid(path, "What is combined must have an image, a video or a sound.")

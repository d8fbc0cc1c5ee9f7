"""``/embed``: the first generation of embeddings, in the reply."""

from __future__ import annotations

import math
from typing import Any

from aiohttp import web

from ...checks import needed, number, one_of, optional, text, web_url
from ...errors import invalid, missing
from ...media.language.vectors import clip_vector, image_vector, segments, text_vector
from ...media.language.writing import count_tokens
from ...media.measure.film import Film
from ...request import RequestContext
from ...routing import Routes

__all__ = ["MODELS", "routes", "sized"]

routes: Routes = Routes()

MODELS = {"marengo3.0": 500, "marengo2.7": 77, "Marengo-retrieval-2.7": 77}
"""The models, and how many tokens of text each takes."""
_CLIP = 6.0


def sized(vector: list[float], model: str) -> list[float]:
    """A vector as long as the model's: those of 2.7 have 1024 places."""
    if model == "marengo3.0":
        return vector
    half = [value / math.sqrt(2) for value in vector]
    return half + half


@routes(
    "POST",
    "/embed",
    form={
        "model_name": needed(text(1)),
        "text": optional(text(1)),
        "text_truncate": optional(one_of("none", "start", "end"), "end"),
        "image_url": optional(web_url),
        "audio_url": optional(web_url),
        "audio_start_offset_sec": optional(number(0), 0.0),
    },
    files=("image_file", "audio_file"),
    category="embed",
)
async def create(ctx: RequestContext) -> web.Response:
    """The embeddings of a text, a picture and a sound, as many as were sent."""
    model = ctx.body["model_name"]
    ctx.check_model(model, MODELS)
    image = await _given(ctx, "image")
    sound = await _given(ctx, "audio")
    words: str | None = ctx.body["text"]
    if words is None and image is None and sound is None:
        raise missing("text, image_url, image_file, audio_url or audio_file")
    answer: dict[str, Any] = {"model_name": model}
    media = ctx.sandbox.jobs.media
    blobs, jobs = ctx.sandbox.blobs, ctx.sandbox.jobs
    if words is not None:
        vector = await media(text_vector, _truncated(ctx, words, MODELS[model]))
        answer["text_embedding"] = {"segments": [{"float": sized(vector, model)}]}
    if image is not None:
        key, origin = image
        vector = await media(image_vector, await blobs.disk(blobs.path(key).read_bytes))
        segment = {"float": sized(vector, model)}
        answer["image_embedding"] = {"segments": [segment], "metadata": origin}
    if sound is not None:
        key, origin = sound
        film = await jobs.film(key)
        start = ctx.body["audio_start_offset_sec"]
        if start >= film.info.duration:
            raise invalid("audio_start_offset_sec", "It lies behind the end.")
        found = await media(_sound, film, start, model)
        answer["audio_embedding"] = {"segments": found, "metadata": origin}
    return ctx.reply(answer)


async def _given(ctx: RequestContext, kind: str) -> tuple[str, dict[str, str]] | None:
    url: str | None = ctx.body[f"{kind}_url"]
    file = ctx.file(f"{kind}_file")
    if url is not None:
        fetched = await ctx.fetch(url, ctx.sandbox.settings.max_direct_size)
        return fetched.key, {"input_url": url}
    if file is not None:
        await ctx.keep(file.path, file.key)
        return file.key, {"input_filename": file.filename}
    return None


def _truncated(ctx: RequestContext, words: str, most: int) -> str:
    if count_tokens(words) <= most:
        return words
    if ctx.body["text_truncate"] == "none":
        raise invalid("text", f"It may have at most {most} tokens.")
    parts = words.split()
    return " ".join(parts[-most:] if ctx.body["text_truncate"] == "start" else parts[:most])


def _sound(film: Film, start: float, model: str) -> list[dict[str, Any]]:
    return [
        {
            "float": sized(clip_vector(film, clip, "audio"), model),
            "start_offset_sec": clip.start,
            "end_offset_sec": clip.end,
        }
        for clip in segments(film, start=start, fixed=_CLIP)
    ]

"""``/embed-v2``: embeddings of any medium, in the reply."""

from __future__ import annotations

from aiohttp import web

from ....checks import boolean, needed, obj, one_of, optional, text
from ....errors import invalid
from ....media.language.embeddings import film_data, span_of
from ....media.language.vectors import image_vector, text_image_vector, text_vector
from ....media.language.writing import count_tokens
from ....request import RequestContext
from ....routing import Routes
from ....sources import open_source
from .inputs import AUDIO, FORM, KIND, MODELS, NEWER, SOURCE, VIDEO, film_plan, form_of, input_of
from .multi_input import MULTI_INPUT, embed_together
from .parts import MOST_TOKENS, figures, origin, read_film, read_picture

__all__ = ["routes"]

routes: Routes = Routes()

_TEXT = needed(text(1))
_LONGEST = 600.0


@routes(
    "POST",
    "/embed-v2",
    json={
        "input_type": needed(
            one_of("text", "image", "text_image", "audio", "video", "multi_input")
        ),
        "model_name": needed(text(1)),
        "text": optional(obj({"input_text": _TEXT})),
        "image": optional(obj({"media_source": SOURCE})),
        "text_image": optional(obj({"media_source": SOURCE, "input_text": _TEXT})),
        "audio": optional(AUDIO),
        "video": optional(VIDEO),
        "multi_input": optional(MULTI_INPUT),
        "auto_truncate": optional(boolean),
        **FORM,
    },
    **KIND,
)
async def create(ctx: RequestContext) -> web.Response:
    """The embeddings of a text, a picture, a sound or a short film, or of several together."""
    model = ctx.body["model_name"]
    ctx.check_model(model, MODELS)
    form = form_of(ctx)
    kind, given = input_of(ctx)
    if kind == "multi_input":
        return await embed_together(ctx, given, form)
    if model == NEWER:
        raise invalid("input_type", f"The model {NEWER} takes multi_input only.")
    media, words = ctx.sandbox.jobs.media, given.get("input_text")
    if words is not None and count_tokens(words) > MOST_TOKENS[model]:
        raise invalid(f"{kind}.input_text", f"It may have at most {MOST_TOKENS[model]} tokens.")
    if kind == "text":
        return ctx.reply({"data": [form.show(await media(text_vector, words), 0)]})
    source = await open_source(
        ctx,
        given["media_source"],
        f"{kind}.media_source",
        streams=kind in ("audio", "video"),
    )
    metadata = {"input_type": kind, **origin(source)}
    if kind in ("image", "text_image"):
        picture = await read_picture(ctx, source.key, kind)
        if kind == "image":
            vector = await media(image_vector, picture)
        else:
            vector = await media(text_image_vector, words, [picture])
        return ctx.reply({"data": [form.show(vector, 0)], "metadata": metadata})
    plan = film_plan(kind, given, model, form)
    film = await read_film(ctx, source.key, kind)
    if film.info.duration > _LONGEST:
        raise invalid(kind, f"It may be at most {_LONGEST:g} seconds long.")
    start, end = span_of(film, plan)
    if start >= end:
        raise invalid(f"{kind}.start_sec", f"The media are {film.info.duration:g} seconds long.")
    data = await media(film_data, film, plan, form)
    return ctx.reply({"data": data, "metadata": {**metadata, **figures(film, kind, plan)}})

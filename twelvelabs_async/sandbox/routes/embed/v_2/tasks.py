"""``/embed-v2/tasks``: embeddings of sounds, films, pictures and documents, as jobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from ....checks import needed, one_of, optional, text
from ....clock import timestamp
from ....errors import ApiError, invalid
from ....fitness import asset_is, wrong_kind
from ....media.language.embeddings import Form, document_data, film_data, media_tokens
from ....media.language.vectors import image_vector
from ....media.language.writing import count_tokens
from ....media.measure.document import Document
from ....media.measure.film import Film
from ....paging import PAGES
from ....records import EmbedTask, phases_of
from ....request import RequestContext
from ....routing import Routes
from ....sources import Source, check_base64, find_source
from ..tasks import PERIOD, show_task, task_of, tasks_of
from .inputs import (
    AUDIO,
    DOCUMENT,
    FORM,
    KIND,
    MODELS,
    NEWER,
    PICTURE,
    VIDEO,
    document_plan,
    film_plan,
    form_of,
    input_of,
    picture_plan,
)
from .parts import dimension_of, figures, origin, usage_of

__all__ = ["routes"]

routes: Routes = Routes()


@routes(
    "POST",
    "/embed-v2/tasks",
    json={
        "input_type": needed(one_of("audio", "video", "image", "document")),
        "model_name": needed(text(1)),
        "audio": optional(AUDIO),
        "video": optional(VIDEO),
        "image": optional(PICTURE),
        "document": optional(DOCUMENT),
        **FORM,
    },
    **KIND,
)
async def create_task(ctx: RequestContext) -> web.Response:
    """Begin to make embeddings of a sound, a film, a picture or a document."""
    model = ctx.body["model_name"]
    ctx.check_model(model, MODELS)
    form = form_of(ctx)
    kind, given = input_of(ctx)
    if kind in ("image", "document") and model != NEWER:
        raise invalid("input_type", f"{kind} is for the model {NEWER} only.")
    sandbox, now = ctx.sandbox, ctx.now
    plan = film_plan(kind, given, model, form) if kind in ("audio", "video") else {}
    source = await _source(ctx, kind, given)
    if kind == "image":
        plan = picture_plan(given)
    elif kind == "document":
        plan = document_plan(given, await _document(ctx, source), form)
    start = now if source.asset is None else max(now, source.asset.due)
    task = EmbedTask(
        id=sandbox.ids.new(),
        generation=2,
        kind=kind,
        model_name=model,
        request={**plan, "dimension": form.dimension, "uncertain": form.uncertain},
        url=source.url,
        filename=source.filename,
        asset_id=None if source.asset is None else source.asset.id,
        key=source.key or None,
        created_at=now,
        updated_at=now,
        phases=phases_of(start, processing=sandbox.timings.embedding),
    )
    sandbox.repository.add(task)
    if source.asset is not None:
        sandbox.follow(task, source.asset)
    else:
        sandbox.lifecycle.start(task)
    reply: dict[str, Any] = {"_id": task.id, "status": "processing", "data": None}
    if form.dimension is not None:
        reply["metadata"] = dimension_of(form)
    return ctx.reply(reply, 202)


async def _source(ctx: RequestContext, kind: str, given: Mapping[str, Any]) -> Source:
    """The source, of the right kind as far as that is known."""
    settings, name = ctx.sandbox.settings, f"{kind}.media_source"
    encoded = given["media_source"]["base64_string"]
    most = {"image": settings.max_image_size, "document": settings.max_document_size}.get(
        kind, settings.max_embedding_base64_size
    )
    if encoded is not None:
        check_base64(encoded, most, name)
    source = await find_source(ctx, given["media_source"], name, streams=kind in ("audio", "video"))
    if not source.key or kind == "document":
        return source
    info = await ctx.sandbox.jobs.info(source.key)
    problem = wrong_kind(kind, info)
    if problem is not None:
        raise invalid(name, problem.message)
    if kind == "image" and info.size > most:
        raise ApiError("media_filesize_too_large", f"{name}: it has more than {most} bytes.")
    return source


async def _document(ctx: RequestContext, source: Source) -> Document:
    """What is known of a document; of one that is still to come, what its name says."""
    if source.key:
        document = await ctx.sandbox.jobs.document(source.key)
        most = ctx.sandbox.settings.max_document_size
        if document.size > most:
            raise ApiError("media_filesize_too_large", f"The document has more than {most} bytes.")
        return document
    asset = source.asset
    if asset is None or not asset_is(asset, "document"):
        raise invalid("document.media_source", "It must be a document.")
    return Document(is_pdf=asset.file_type == "application/pdf", size=asset.size or 0, text="")


@routes(
    "GET",
    "/embed-v2/tasks",
    query={**PAGES, **PERIOD, "status": optional(one_of("processing", "ready", "failed"))},
)
async def list_tasks(ctx: RequestContext) -> web.Response:
    """A page of tasks, newest first."""
    return await tasks_of(ctx, 2)


@routes("GET", "/embed-v2/tasks/{task_id}", shape="nested", unknown_id=404)
async def retrieve_task(ctx: RequestContext) -> web.Response:
    """One task, with its embeddings once it is ready."""
    task = await task_of(ctx, 2)
    shown = show_task(ctx, task)
    answer: dict[str, Any] = {
        "_id": task.id,
        "status": shown["status"],
        "created_at": timestamp(task.created_at),
        "updated_at": shown["updated_at"],
        "data": None,
    }
    failure = ctx.sandbox.lifecycle.failure(task)
    if failure is not None:
        answer["error"] = {"message": failure.message}
    gone = ctx.now >= task.created_at + ctx.sandbox.settings.embedding_life
    if shown["status"] == "ready" and task.key is not None and not gone:
        form = Form(task.request["dimension"], task.request["uncertain"])
        data, tokens, more = await _made(ctx, task, task.key, form)
        answer["data"] = data
        answer["metadata"] = {
            "input_type": task.kind,
            **origin(Source(task.key, task.url, task.filename)),
            "embedding_options": task.request["embedding_option"],
            "embedding_scopes": task.request["embedding_scope"],
            **more,
            **dimension_of(form),
        }
        if task.model_name == NEWER:
            answer["usage"] = usage_of(tokens)
    return ctx.reply(answer)


async def _made(
    ctx: RequestContext, task: EmbedTask, key: str, form: Form
) -> tuple[list[dict[str, Any]], dict[str, int], dict[str, Any]]:
    """The embeddings of a task that is ready, its tokens, and more metadata."""
    jobs, blobs, plan = ctx.sandbox.jobs, ctx.sandbox.blobs, task.request
    if task.kind == "document":
        document = await jobs.document(key)
        data = await jobs.media(document_data, document, plan, form)
        if document.is_pdf:
            return data, {"document": media_tokens("document", len(document.pages))}, {}
        return data, {"text": count_tokens(document.text)}, {}
    if task.kind == "image":
        picture = await blobs.disk(blobs.path(key).read_bytes)
        place = {"embedding_option": "visual", "embedding_scope": "asset"}
        entry = form.show(await jobs.media(image_vector, picture), 1, **place)
        return [entry], {"image": media_tokens("image", 1)}, {}
    film: Film = await jobs.film(key)
    more = figures(film, task.kind, plan)
    seconds = more["end_offset_sec"] - more["start_offset_sec"]
    data = await jobs.media(film_data, film, plan, form)
    return data, {task.kind: media_tokens(task.kind, seconds)}, more

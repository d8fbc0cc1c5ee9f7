"""A web service on FastAPI: uploads, search, an analysis as it is written, and webhooks.

    export TWELVE_LABS_API_KEY=... TWELVELABS_WEBHOOK_SECRET=... INDEX_ID=...
    uvicorn --app-dir examples --factory fastapi_app:make_app
    curl -F film=@film.mp4 localhost:8000/films
    curl 'localhost:8000/search?words=green+grass'
    curl -N 'localhost:8000/films/ASSET_ID/describe'

One client serves all requests. The routes answer with the API's own models, which FastAPI documents
at /docs; the reports are of a class of this program.
"""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, cast

from fastapi import Depends, FastAPI, HTTPException, Request, UploadFile
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel

from twelvelabs_async import (
    ApiError,
    Asset,
    AsyncTwelveLabs,
    DecodeError,
    SearchItem,
    StreamError,
    WebhookSignatureError,
    webhooks,
)


class Report(BaseModel):
    """What the service is asked to write about a film."""

    title: str
    keywords: list[str]
    mood: str | None = None


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open the client with the service, and close it with the service."""
    async with AsyncTwelveLabs() as client:
        app.state.client = client
        yield


def the_client(request: Request) -> AsyncTwelveLabs:
    """The client of all requests."""
    return cast("AsyncTwelveLabs", request.app.state.client)


Client = Annotated[AsyncTwelveLabs, Depends(the_client)]


def make_app(index_id: str | None = None, secret: str | None = None) -> FastAPI:
    """The service, for an index and the secret of a webhook."""
    app = FastAPI(lifespan=lifespan)
    index = index_id or os.environ["INDEX_ID"]
    key = secret or os.environ["TWELVELABS_WEBHOOK_SECRET"]
    app.state.ready = list[str]()

    @app.exception_handler(ApiError)
    async def refused(request: Request, error: ApiError) -> JSONResponse:
        return JSONResponse(
            {"code": error.code, "message": error.message}, error.status_code or 502
        )

    @app.post("/films", status_code=201, response_model_exclude_none=True)
    async def upload(film: UploadFile, client: Client) -> Asset:
        """Send a film on, as it comes, and index it."""
        created = await client.assets.create(method="direct", file=film)
        asset = await client.assets.wait_until_ready(created.id)
        await client.indexes.indexed_assets.create(index, asset_id=asset.id)
        return asset

    @app.get("/search", response_model_exclude_none=True)
    async def search(words: str, client: Client) -> list[SearchItem]:
        """The clips that fit the words."""
        hits = client.search.query(index_id=index, query_text=words, search_options=["visual"])
        return [hit async for hit in hits]

    @app.get("/films/{asset_id}/report")
    async def report(asset_id: str, client: Client) -> Report:
        """A film's title and keywords."""
        answer = await client.analyze(
            model_name="pegasus1.6",
            video={"type": "asset_id", "asset_id": asset_id},
            prompt="Write a report.",
            response_format=Report,
        )
        return answer.parsed

    @app.get("/films/{asset_id}/describe")
    async def describe(asset_id: str, client: Client) -> StreamingResponse:
        """A description, as server-sent events, while it is written."""
        # Opened first: what the API refuses becomes a status, and not a broken reply.
        stream = await client.analyze_stream(
            model_name="pegasus1.6",
            video={"type": "asset_id", "asset_id": asset_id},
            prompt="Describe the film.",
        )

        async def events() -> AsyncIterator[str]:
            async with stream:
                try:
                    async for text in stream.text_stream:
                        yield f"data: {json.dumps(text)}\n\n"
                    final = await stream.get_final()
                    yield f"event: done\ndata: {json.dumps({'reason': final.finish_reason})}\n\n"
                except StreamError:
                    yield 'event: error\ndata: "the answer broke off"\n\n'

        return StreamingResponse(events(), media_type="text/event-stream")

    @app.post("/webhooks", status_code=204)
    async def receive(request: Request) -> None:
        """Keep which films are indexed."""
        body = await request.body()  # the signature is for these bytes, so no model parses them
        try:
            event = webhooks.unwrap(body, request.headers, key)
        except WebhookSignatureError as error:
            raise HTTPException(401) from error
        except DecodeError as error:
            raise HTTPException(400) from error
        if isinstance(event, webhooks.IndexTaskReadyWebhookEvent):
            app.state.ready.append(event.data.id)

    return app

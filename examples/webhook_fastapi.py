"""A web service that receives the API's webhooks, on FastAPI.

    TWELVELABS_WEBHOOK_SECRET=... uvicorn --app-dir examples --factory webhook_fastapi:make_app
    twelvelabs-async sandbox --webhook http://localhost:8000/webhooks --json

It answers as soon as it has checked the signature; the work comes after that, so that the sender
does not wait, and sends nothing again. An event may come more than once: its id stays the same.
"""

from __future__ import annotations

import logging
import os
from collections import OrderedDict

from fastapi import BackgroundTasks, FastAPI, HTTPException, Request

from twelvelabs_async import DecodeError, WebhookSignatureError, webhooks

MOST_SEEN = 10_000
log = logging.getLogger(__name__)


async def work(event: webhooks.WebhookEvent) -> None:
    """Do what an event calls for."""
    if isinstance(event, webhooks.AnalyzeTaskReadyWebhookEvent):
        # The event has no result: client.analyze_async.tasks.retrieve(event.data.id) has.
        log.warning("analysis %s is ready", event.data.id)
    elif isinstance(event, webhooks.IndexTaskReadyWebhookEvent):
        log.warning("video %s is indexed", event.data.id)
    elif isinstance(
        event, webhooks.AnalyzeTaskFailedWebhookEvent | webhooks.IndexTaskFailedWebhookEvent
    ):
        log.warning("%s: %s", event.type, event.data.id)


def make_app(secret: str | None = None) -> FastAPI:
    """The service, for an endpoint with this secret."""
    app = FastAPI()
    key = secret or os.environ["TWELVELABS_WEBHOOK_SECRET"]
    seen = OrderedDict[str, None]()

    @app.post("/webhooks", status_code=204)
    async def receive(request: Request, tasks: BackgroundTasks) -> None:
        body = await request.body()  # the signature is for these bytes, so no model parses them
        try:
            event = webhooks.unwrap(body, request.headers, key)
        except WebhookSignatureError as error:
            log.warning("refused a webhook: %s", error)
            raise HTTPException(401) from error
        except DecodeError as error:
            raise HTTPException(400) from error
        if isinstance(event, webhooks.WebhookEvent_Unknown) or event.id in seen:
            return
        seen[event.id] = None
        if len(seen) > MOST_SEEN:
            seen.popitem(last=False)
        tasks.add_task(work, event)

    return app

"""A web service that receives the API's webhooks, on aiohttp.

    TWELVELABS_WEBHOOK_SECRET=... python examples/webhook_aiohttp.py
    twelvelabs-async sandbox --webhook http://localhost:8080/webhooks --json

It answers as soon as it has checked the signature and kept the event; the work comes after that,
so that the sender does not wait, and sends nothing again. An event may come more than once: its id
stays the same.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections import OrderedDict
from collections.abc import AsyncIterator

from aiohttp import web

from twelvelabs_async import DecodeError, WebhookSignatureError, webhooks

SECRET = web.AppKey("secret", str)
SEEN = web.AppKey("seen", OrderedDict[str, None])
EVENTS = web.AppKey("events", asyncio.Queue[webhooks.WebhookEvent])
MOST_SEEN = 10_000


async def receive(request: web.Request) -> web.Response:
    """Check an event, and keep it for `work`."""
    body = await request.read()  # the signature is for these bytes: nothing may parse them before
    try:
        event = webhooks.unwrap(body, request.headers, request.app[SECRET])
    except WebhookSignatureError as error:
        request.app.logger.warning("refused a webhook: %s", error)
        raise web.HTTPUnauthorized from error
    except DecodeError as error:
        raise web.HTTPBadRequest from error
    if not isinstance(event, webhooks.WebhookEvent_Unknown) and is_new(request.app, event.id):
        request.app[EVENTS].put_nowait(event)
    return web.Response(status=204)


def is_new(app: web.Application, event_id: str) -> bool:
    """Whether the event comes for the first time."""
    seen = app[SEEN]
    if event_id in seen:
        return False
    seen[event_id] = None
    if len(seen) > MOST_SEEN:
        seen.popitem(last=False)
    return True


async def work(app: web.Application) -> None:
    """Do what the events call for, one after the other."""
    while True:
        event = await app[EVENTS].get()
        if isinstance(event, webhooks.AnalyzeTaskReadyWebhookEvent):
            # The event has no result: client.analyze_async.tasks.retrieve(event.data.id) has.
            app.logger.warning("analysis %s is ready", event.data.id)
        elif isinstance(event, webhooks.IndexTaskReadyWebhookEvent):
            app.logger.warning("video %s is indexed", event.data.id)
        elif isinstance(
            event, webhooks.AnalyzeTaskFailedWebhookEvent | webhooks.IndexTaskFailedWebhookEvent
        ):
            app.logger.warning("%s: %s", event.type, event.data.id)


async def the_worker(app: web.Application) -> AsyncIterator[None]:
    """Work as long as the service runs."""
    worker = asyncio.create_task(work(app))
    yield
    worker.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await worker


def make_app(secret: str) -> web.Application:
    """The service, for an endpoint with this secret."""
    app = web.Application()
    app[SECRET] = secret
    app[SEEN] = OrderedDict()
    app[EVENTS] = asyncio.Queue()
    app.cleanup_ctx.append(the_worker)
    app.router.add_post("/webhooks", receive)
    return app


if __name__ == "__main__":
    web.run_app(make_app(os.environ["TWELVELABS_WEBHOOK_SECRET"]), port=8080)

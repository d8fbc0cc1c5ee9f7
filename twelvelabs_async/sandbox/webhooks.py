"""Delivers webhooks: signed, retried by a schedule, and recorded.

The service does not document its schedule. Here a delivery that fails is tried again after each of
``RETRY_SCHEDULE``, in seconds on the sandbox's clock, unless ``Settings.webhook_retries`` has
others; then it is given up. A 2xx answer ends a delivery. Redirects are not followed.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final, TypeVar

import aiohttp
import orjson
from attrs import evolve, frozen

from .clock import Clock, timestamp
from .fault_checks import check_kind, check_text
from .fetch_rules import check_host
from .ids import Ids
from .media.measure.probe import MediaError
from .settings import Settings
from .webhook_events import analysis_data, batch_data
from .webhook_faults import WebhookFault, WebhookFaults
from .webhook_records import Notice, Webhook, WebhookRecords

__all__ = ["LONGEST_URL", "Delivery", "Notifier", "Webhooks"]

T = TypeVar("T")

# Real seconds between two looks at the clock, while something is to be sent by it.
_LOOK: Final = 0.05
# Deliveries on their way at one time.
_MOST_AT_ONCE: Final = 8
# Notices and deliveries that are remembered once they have ended.
_MOST_KEPT: Final = 10_000
LONGEST_URL: Final = 2_000


@frozen(kw_only=True)
class Delivery:
    """One attempt to deliver an event: what the receiver answered, or what went wrong."""

    event: str
    """The event's id, which all attempts share."""
    type: str
    url: str
    status: int | None
    error: str | None
    at: float
    """When it was sent, on the sandbox's clock."""


class Notifier:
    """Takes each job that has ended, and sends an event about it to each webhook."""

    def __init__(
        self,
        *,
        records: WebhookRecords,
        clock: Clock,
        settings: Settings,
        ids: Ids,
        faults: WebhookFaults,
        storage_url: Callable[[], str],
    ) -> None:
        self.records = records
        self.sent: list[Delivery] = []
        self._clock = clock
        self.settings = settings
        self._ids = ids
        self._faults = faults
        self._storage_url = storage_url
        self._http: aiohttp.ClientSession | None = None
        self._loop: asyncio.Task[None] | None = None
        self._sending: dict[int, asyncio.Task[None]] = {}
        self._places = asyncio.Semaphore(_MOST_AT_ONCE)
        self._woken = asyncio.Event()

    def open(self, http: aiohttp.ClientSession) -> None:
        """Begin to deliver, also what the last run left."""
        self._http = http
        self._loop = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Send nothing more; what was not delivered is sent by the next run."""
        tasks = [*self._sending.values(), *filter(None, [self._loop])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def clear(self) -> None:
        """Forget what was sent, and send nothing of what waits."""
        sending = [*self._sending.values()]
        for task in sending:
            task.cancel()
        await asyncio.gather(*sending, return_exceptions=True)
        self.sent.clear()

    def register(self, url: str, secret: str | None = None) -> Webhook:
        """A webhook for a URL; the one that there is, unless it gets another secret."""
        check_kind("url", url, str)
        check_text("url", url, LONGEST_URL)
        check_text("secret", secret)
        # What reads URLs drops control characters, or refuses them.
        if not url.isprintable():
            raise ValueError(f"url is {url!r}; it must be text without control characters")
        try:
            check_host(url, tuple(self.settings.fetch_hosts), "")
        except MediaError:
            raise ValueError(
                f"webhooks go to the loopback, or to a host of Settings.fetch_hosts, not to {url!r}"
            ) from None
        if secret == "":  # refused, not used
            raise ValueError("a webhook's secret must not be empty")
        known = next((each for each in self.records.webhooks.values() if each.url == url), None)
        if known is not None:
            # What was registered last stands last.
            del self.records.webhooks[known.id]
            webhook = evolve(known, secret=secret or known.secret)
        else:
            chosen = secret or f"whsec_{self._ids.secret()}"
            webhook = Webhook(id=self._ids.new(), url=url, secret=chosen)
        self.records.webhooks[webhook.id] = webhook
        return webhook

    def forget(self, identifier: str) -> None:
        """Send nothing more to the webhook of this id; ``LookupError`` without it."""
        if self.records.webhooks.pop(identifier, None) is None:
            raise LookupError(f"there is no webhook {identifier!r}")

    def publish(self, kind: str, record: Any) -> None:
        """Record that a job has ended.

        Analysis publishes an ``AnalysisTask`` as "analyze.task" and a ``Batch`` as "analyze.batch",
        each once, when its last state is known.
        """
        data = analysis_data(record) if kind == "analyze.task" else batch_data(record)
        self.announce(f"{kind}.{record.status}", record.id, data)

    def announce(self, name: str, job: str, data: dict[str, Any]) -> None:
        """Send an event of the type ``name`` to each webhook."""
        webhooks = list(self.records.webhooks.values())
        if not webhooks:
            return
        now = self._clock.now()
        event = {
            "id": self._ids.prefixed("whe", now),
            "created_at": timestamp(now),
            "type": name,
            "data": data,
        }
        for webhook in webhooks:
            late = self._faults.match_webhook(name, late=True)
            due = now if late is None else now + late.seconds
            self.records.add_notice(Notice(event=event, webhook=webhook, job=job, due=due))
        self._prune()
        self._woken.set()

    def _prune(self) -> None:
        notices = self.records.notices
        if len(notices) > _MOST_KEPT:
            ended = [key for key, each in notices.items() if each.due is None]
            for key in ended[: len(notices) - _MOST_KEPT]:
                del notices[key]

    def deliveries(self, identifier: str) -> list[dict[str, Any]] | None:
        """What a job shows as its ``webhooks``: one entry for each webhook, None without any.

        A batch shows them once they were sent.
        """
        shown = [
            each.show()
            for each in self.records.notices.values()
            if each.job == identifier
            and (each.attempts or not each.event["type"].startswith("analyze.batch."))
        ]
        return shown or None

    async def _run(self) -> None:
        while True:
            self._woken.clear()
            waiting = [each for each in self.records.notices.values() if each.due is not None]
            now = self._clock.now()
            for notice in waiting:
                if notice.due is not None and notice.due <= now and id(notice) not in self._sending:
                    task = asyncio.create_task(self._deliver(notice))
                    self._sending[id(notice)] = task
                    task.add_done_callback(partial(self._end, id(notice)))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK if waiting else None):
                    await self._woken.wait()

    def _end(self, key: int, task: asyncio.Task[None]) -> None:
        del self._sending[key]

    async def _deliver(self, notice: Notice) -> None:
        async with self._places:
            if notice.webhook.id not in self.records.webhooks:
                notice.due, notice.last_error = None, "The webhook was deleted."
                return
            fault = self._faults.match_webhook(notice.event["type"], late=False)
            error = await self._attempt(notice, fault)
            if fault is not None and fault.kind == "duplicate":
                await self._attempt(notice, fault)
        notice.attempts += 1
        if error is None:
            notice.delivered, notice.due, notice.last_error = True, None, None
        else:
            notice.last_error = error
            retries = self.settings.webhook_retries
            left = retries[notice.attempts - 1 :]
            notice.due = self._clock.now() + left[0] if left else None

    async def _attempt(self, notice: Notice, fault: WebhookFault | None) -> str | None:
        """Send an event; what went wrong, if anything did."""
        at, status = self._clock.now(), None
        # The secret may have been changed since the notice was made.
        webhook = self.records.webhooks.get(notice.webhook.id, notice.webhook)
        try:
            message = _Message.of(notice.event, webhook.secret, fault)
            if fault is not None and fault.kind == "dropped":
                raise TimeoutError
            status = await self._send(webhook.url, message)
            error = None if 200 <= status < 300 else f"The webhook answered {status}."
        except TimeoutError:
            error = "The webhook did not answer in time."
        except MediaError:
            error = "The webhook is on a host that this sandbox does not connect to."
        except (aiohttp.ClientError, OSError, ValueError) as problem:
            error = f"The webhook could not be reached: {type(problem).__name__}."
        event = notice.event
        self.sent.append(
            Delivery(
                event=event["id"],
                type=event["type"],
                url=webhook.url,
                status=status,
                error=error,
                at=at,
            )
        )
        del self.sent[:-_MOST_KEPT]
        return error

    async def _send(self, url: str, message: _Message) -> int:
        assert self._http is not None
        check_host(url, tuple(self.settings.fetch_hosts), self._storage_url())
        async with (
            asyncio.timeout(self.settings.webhook_timeout),
            self._http.post(
                url, data=message.body, headers=message.headers, allow_redirects=False
            ) as reply,
        ):
            # The status alone counts: a body that comes late, or never ends, changes nothing.
            return reply.status


@frozen
class _Message:
    """A request to a webhook."""

    body: bytes
    headers: dict[str, str]

    @classmethod
    def of(cls, event: dict[str, Any], secret: str, fault: WebhookFault | None) -> _Message:
        """The message that says ``event``, spoiled as ``fault`` wants it.

        It is signed with the real time, by which receivers judge how old it is.
        """
        kind = None if fault is None else fault.kind
        seconds = 0.0 if fault is None else fault.seconds
        at = int(time.time())
        if kind == "old_signature":
            at -= int(seconds)
        elif kind == "future_signature":
            at += int(seconds)
        if kind == "unknown_type":
            event = {**event, "type": f"{event['type']}.unknown"}
        body = b'{"id": "whe_' if kind == "garbage" else orjson.dumps(event)
        key = f"{secret}-wrong" if kind == "wrong_signature" else secret
        digest = hmac.new(key.encode(), b"%d.%b" % (at, body), hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "TwelveLabs-Sandbox-Webhooks",
        }
        if kind != "unsigned":
            headers["TL-Signature"] = f"t={at},v1={digest}"
        return cls(body + b" " if kind == "altered_body" else body, headers)


class Webhooks:
    """The webhooks of a sandbox: where it sends events, and what it sent."""

    def __init__(self, notifier: Notifier, call: Callable[[Callable[[], T]], T]) -> None:
        self._notifier = notifier
        # The sandbox's thread reads the records while others change them here.
        self._call: Any = call

    def register(self, url: str, *, secret: str | None = None) -> Webhook:
        """A webhook to which events are sent from now on, with the secret that signs them.

        The secret is made unless it is given. A URL that is registered keeps its secret, or gets
        the one that is given. Raises ``ValueError`` for a host that is neither the loopback nor one
        of ``Settings.fetch_hosts``, for an empty secret, and for control characters in the URL.
        """
        webhook: Webhook = self._call(lambda: self._notifier.register(url, secret))
        return webhook

    def list(self) -> list[Webhook]:
        """All webhooks, the oldest first."""
        return [*self._notifier.records.webhooks.values()]

    def delete(self, webhook: Webhook | str) -> None:
        """Send nothing more to a webhook, or to the one of this id; ``LookupError`` without it."""
        identifier: Any = getattr(webhook, "id", webhook)
        self._call(lambda: self._notifier.forget(identifier))

    @property
    def deliveries(self) -> tuple[Delivery, ...]:
        """Each attempt of this run, the oldest first."""
        return tuple(self._notifier.sent)

"""Webhooks as the sandbox remembers them."""

from __future__ import annotations

from typing import Any

from attrs import define, field, frozen

from .changes import Changes, Record, Table, note_change

__all__ = ["Notice", "Webhook", "WebhookRecords"]


@frozen(kw_only=True)
class Webhook:
    """A URL that events are sent to, and the secret that signs them."""

    id: str
    url: str
    secret: str = field(repr=False)


@define(kw_only=True, on_setattr=note_change)
class Notice(Record):
    """An event for one webhook: what is sent, and the state of its delivery."""

    event: dict[str, Any]
    webhook: Webhook
    job: str
    """The id of the job that has ended."""
    due: float | None
    """When it is sent next; None once it was delivered or given up."""
    delivered: bool = False
    attempts: int = 0
    last_error: str | None = None

    def show(self) -> dict[str, Any]:
        """The notice as its job shows it."""
        shown: dict[str, Any] = {
            "url": self.webhook.url,
            "delivered": self.delivered,
            "attempts": self.attempts,
        }
        if not self.delivered and self.last_error is not None:
            shown["last_error"] = self.last_error
        return shown


class WebhookRecords:
    """All webhooks, and the notices for them in the order of their making."""

    def __init__(self, changes: Changes) -> None:
        self.webhooks: Table[str, Webhook] = Table(changes, "webhook")
        self.notices: Table[str, Notice] = Table(changes, "notice")
        """By the ids of the event and the webhook."""

    def add_notice(self, notice: Notice) -> None:
        """Remember an event that a webhook is to get."""
        self.notices[f"{notice.event['id']} {notice.webhook.id}"] = notice

"""Webhooks as the sandbox remembers them: plain records, kept as JSON between runs."""

from __future__ import annotations

from typing import Any

from attrs import define, field, frozen

__all__ = ["Notice", "Webhook", "WebhookRecords"]


@frozen(kw_only=True)
class Webhook:
    """An address that events are sent to, and the secret that signs them."""

    id: str
    url: str
    secret: str = field(repr=False)


@define(kw_only=True)
class Notice:
    """An event for one webhook: what is sent, and what became of it."""

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


@define
class WebhookRecords:
    """All webhooks, and the notices for them in the order of their making."""

    webhooks: dict[str, Webhook] = field(factory=dict[str, Webhook])
    notices: list[Notice] = field(factory=list[Notice])

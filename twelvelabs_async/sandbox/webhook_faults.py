"""Faults of webhooks: deliveries that are lost, repeated, late, or not as they should be."""

from __future__ import annotations

from typing import Literal

from attrs import define

__all__ = ["WebhookFault", "WebhookFaultKind", "WebhookFaults"]

WebhookFaultKind = Literal[
    "dropped",
    "duplicate",
    "late",
    "wrong_signature",
    "unsigned",
    "old_signature",
    "future_signature",
    "altered_body",
    "garbage",
    "unknown_type",
]


@define(kw_only=True, eq=False)
class WebhookFault:
    """A fault that waits for deliveries; :meth:`WebhookFaults.spoil_webhooks` explains its
    fields.
    """

    kind: WebhookFaultKind
    event: str | None
    seconds: float
    times: int | None
    hits: int = 0
    """How many deliveries it struck."""


class WebhookFaults:
    """The faults of webhooks in wait, in the order they were put."""

    def __init__(self) -> None:
        self._webhook_faults: list[WebhookFault] = []

    def spoil_webhooks(
        self,
        kind: WebhookFaultKind,
        *,
        event: str | None = None,
        seconds: float = 3600.0,
        times: int | None = 1,
    ) -> WebhookFault:
        """Spoil the next attempts to deliver an event; ``times`` of them (None: all).

        With ``event`` only those of that type, such as "analyze.task.ready". The kinds:

        - "dropped": the request is lost on its way, so that the attempt fails.
        - "duplicate": the same event is sent twice in a row.
        - "late": the event is first sent ``seconds`` later, on the sandbox's clock.
        - "wrong_signature": another secret has signed it. "unsigned": it has no signature.
        - "old_signature", "future_signature": it is signed as of ``seconds`` before or after now.
        - "altered_body": its body was changed after it was signed.
        - "garbage": its body, rightly signed, is no JSON.
        - "unknown_type": it is rightly signed and of a type that does not exist.
        """
        fault = WebhookFault(kind=kind, event=event, seconds=seconds, times=times)
        self._webhook_faults.append(fault)
        return fault

    def match_webhook(self, event: str, *, late: bool) -> WebhookFault | None:
        """The fault that strikes this event, if any; ``late``: before it is first sent."""
        for fault in self._webhook_faults:
            if (
                (fault.kind == "late") == late
                and fault.event in (None, event)
                and (fault.times is None or fault.hits < fault.times)
            ):
                fault.hits += 1
                return fault
        return None

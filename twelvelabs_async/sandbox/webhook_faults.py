"""Faults of webhooks: deliveries that are lost, repeated, late, or not as they should be."""

from __future__ import annotations

import itertools
from typing import Literal, get_args

from attrs import define

from .fault_checks import check_choice, check_count, check_number, check_text

__all__ = ["WebhookFault", "WebhookFaultKind", "WebhookFaults"]

_A_YEAR = 366 * 86_400
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

    id: str
    kind: WebhookFaultKind
    event: str | None
    seconds: float
    times: int | None
    hits: int = 0
    """How many deliveries it was applied to."""


class WebhookFaults:
    """The faults of webhooks in wait, in the order they were put."""

    def __init__(self) -> None:
        self._webhook_faults: list[WebhookFault] = []
        self._webhook_numbers = itertools.count(1)

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
        - "garbage": its body, rightly signed, is not JSON.
        - "unknown_type": it is rightly signed and of a type that does not exist.
        """
        check_choice("kind", kind, get_args(WebhookFaultKind))
        check_text("event", event)
        check_number("seconds", seconds, 0, _A_YEAR)
        if times is not None:
            check_count("times", times, 0)
        fault = WebhookFault(
            id=f"webhook-{next(self._webhook_numbers)}",
            kind=kind,
            event=event,
            seconds=float(seconds),
            times=times,
        )
        self._webhook_faults.append(fault)
        return fault

    def match_webhook(self, event: str, *, late: bool) -> WebhookFault | None:
        """The fault of this event, if any; ``late``: before it is first sent."""
        for fault in self._webhook_faults:
            if (
                (fault.kind == "late") == late
                and fault.event in (None, event)
                and (fault.times is None or fault.hits < fault.times)
            ):
                fault.hits += 1
                return fault
        return None

"""Analyses that run as jobs, and batches of them."""

from __future__ import annotations

from typing import Any, Literal

from attrs import define, field

from .changes import Record, note_change

__all__ = ["AnalysisTask", "Batch", "Idempotent", "Picture"]


@define(kw_only=True)
class Picture:
    """A picture that an analysis is about or refers to: its name and content."""

    name: str
    key: str


@define(kw_only=True, on_setattr=note_change)
class AnalysisTask(Record):
    """An analysis as a job.

    Each of ``phases`` lasts until its time, or while it has none. ``outcome`` is what the work came
    to, and when; ``status`` is the last state, once it is reached.
    """

    id: str
    created_at: float
    mode: str
    model: str
    params: dict[str, Any]
    """What was asked for, as a reply repeats it."""
    custom_id: str | None = None
    batch_id: str | None = None
    source: dict[str, Any] | None = None
    """Where the film comes from, as a reply shows it; None for pictures."""
    key: str | None = None
    """The film's content; None while it is to come."""
    images: list[Picture] = field(factory=list[Picture])
    references: list[Picture] = field(factory=list[Picture])
    """The pictures that the prompt or a definition refers to."""
    phases: list[tuple[str, float | None]] = field(factory=list[tuple[str, float | None]])
    later: list[tuple[str, float]] = field(factory=list[tuple[str, float]])
    """The phases after one without an end, and how long each lasts."""
    duration: float | None = None
    """The film's, once it is known."""
    result: dict[str, Any] | None = None
    error: dict[str, str] | None = None
    outcome: str | None = None
    """The state that its work leads to, "ready" or "failed"."""
    worked_at: float | None = None
    status: str | None = None
    ended_at: float | None = None

    @property
    def keys(self) -> list[str]:
        """The contents that it needs."""
        own = [] if self.key is None else [self.key]
        return [*own, *(each.key for each in (*self.images, *self.references))]

    @property
    def due(self) -> float | None:
        """When its last phase ends; None while that is not known."""
        return self.phases[-1][1]

    def state(self, now: float) -> str:
        """Its state at a time, as far as the clock goes."""
        if self.status is not None:
            return self.status
        for name, end in self.phases:
            if end is None or now < end:
                return name
        return self.phases[-1][0]


@define(kw_only=True, on_setattr=note_change)
class Batch(Record):
    """Analyses that were created together."""

    id: str
    created_at: float
    mode: str
    model: str
    task_ids: list[str]
    canceled_at: float | None = None
    """When it was asked to be canceled."""
    status: Literal["completed", "canceled", "expired"] | None = None
    ended_at: float | None = None


@define(kw_only=True, on_setattr=note_change)
class Idempotent(Record):
    """A reply that is kept for requests with the same ``Idempotency-Key``."""

    body: str
    """The hash of the request's body."""
    created_at: float
    reply: dict[str, Any]

"""Faults of jobs: one that stays in a state, and one that fails."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping
from typing import Final, Literal, get_args

from attrs import define, field

from .fault_checks import check_choice, check_count, check_kind, check_text

__all__ = ["JOB_STATES", "JobFault", "JobFaults", "JobKind"]

JobKind = Literal[
    "analyze.task", "analyze.batch_item", "knowledge_store.item", "import.item", "response"
]
JOB_STATES: Final[Mapping[str, tuple[str, ...]]] = {
    "analyze.task": ("queued", "pending", "processing"),
    "analyze.batch_item": ("queued", "processing"),
    "knowledge_store.item": ("queued", "pending", "processing"),
    "import.item": ("processing",),
    "response": ("in_progress",),
}
"""The states in which jobs of each kind can be held."""


@define(kw_only=True, eq=False)
class JobFault:
    """A fault that waits for jobs of its kind; :class:`JobFaults` says what its fields mean."""

    id: str
    kind: JobKind
    state: str | None
    error: tuple[str | None, str] | None
    custom_id: str | None
    times: int | None
    now: Callable[[], float] = field(repr=False)
    hits: int = 0
    """How many jobs it was applied to."""
    released: float | None = None
    """When it released the jobs that it held."""

    def release(self) -> None:
        """Let the jobs that it holds continue now, by the sandbox's clock, and hold no more."""
        if self.released is None:
            self.released = self.now()


class JobFaults:
    """The faults of jobs in wait, in the order they were put."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._job_faults: list[JobFault] = []
        self._now = now
        self._job_numbers = itertools.count(1)

    def hold(
        self,
        kind: JobKind,
        state: str,
        *,
        custom_id: str | None = None,
        times: int | None = 1,
    ) -> JobFault:
        """Keep the next jobs of ``kind`` in ``state`` until the fault is released.

        ``times`` of them (None: all), or only those with this ``custom_id``: an item's is its
        asset's id, a response's its knowledge store's. A batch whose items are held expires, as it
        does after 24 hours; a response is held ``in_progress``. Raises ``ValueError``
        for a state that these jobs do not have.
        """
        check_choice("kind", kind, get_args(JobKind))
        if state not in JOB_STATES[kind]:
            known = ", ".join(JOB_STATES[kind])
            raise ValueError(f"{kind} has no state {state!r}; it must be one of: {known}")
        return self._add(kind, state, None, custom_id, times)

    def fail(
        self,
        kind: JobKind,
        *,
        code: str | None = None,
        message: str = "The job failed.",
        custom_id: str | None = None,
        times: int | None = 1,
    ) -> JobFault:
        """Have the next jobs of ``kind`` fail with this error where they would be ready.

        ``times`` and ``custom_id`` are as for ``hold``.
        """
        check_text("code", code)
        check_kind("message", message, str)
        check_text("message", message)
        return self._add(kind, None, (code, message), custom_id, times)

    def _add(
        self,
        kind: JobKind,
        state: str | None,
        error: tuple[str | None, str] | None,
        custom_id: str | None,
        times: int | None,
    ) -> JobFault:
        check_choice("kind", kind, get_args(JobKind))
        check_text("custom_id", custom_id)
        if times is not None:
            check_count("times", times, 0)
        fault = JobFault(
            id=f"job-{next(self._job_numbers)}",
            kind=kind,
            state=state,
            error=error,
            custom_id=custom_id,
            times=times,
            now=self._now,
        )
        self._job_faults.append(fault)
        return fault

    def match_job(self, kind: JobKind, custom_id: str | None = None) -> JobFault | None:
        """The fault of a new job, if any."""
        for fault in list(self._job_faults):
            if (
                fault.kind == kind
                and fault.custom_id in (None, custom_id)
                and fault.released is None
                and (fault.times is None or fault.hits < fault.times)
            ):
                fault.hits += 1
                return fault
        return None

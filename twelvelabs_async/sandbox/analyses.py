"""Analyses as jobs: which state each is in by the clock, and the work behind it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, Final

from attrs import define, field

from .analysis_answers import AnswerError, answer, asked_of
from .analysis_records import AnalysisTask, Batch
from .analysis_window import check_film_window, on_clock
from .clock import Clock
from .errors import ApiError
from .fitness import pixel_problem
from .ids import Ids
from .job_faults import JobFault, JobFaults
from .jobs import JobRunner
from .media.measure.film import Film
from .media.measure.probe import MediaError, MediaInfo
from .preset_answers import Answers
from .repository import Repository
from .settings import Settings, Timings
from .webhooks import Notifier

__all__ = ["Analyses", "Content"]

Content = Callable[[], Awaitable[str]]
"""Waits for a film: the key of its content, which the task then holds."""

_log = logging.getLogger(__name__)

# Real seconds between two looks at the clock, while something is to happen by it.
_LOOK: Final = 0.1
# Analyses that are worked on at one time; the machine has no more to give.
_AT_WORK: Final = 4


@define(kw_only=True)
class Analyses:
    """All analyses that run as jobs.

    A task's phases last until their times, and its last one until its work is done. Whoever moves
    the clock, or lets states take no time, gets the state that the clock names: calls wait for it.
    """

    repository: Repository
    clock: Clock
    settings: Settings
    timings: Timings
    jobs: JobRunner
    faults: JobFaults
    answers: Answers
    notifier: Notifier
    ids: Ids
    forget: Callable[[Iterable[str]], Awaitable[None]]
    _tasks: dict[str, AnalysisTask] = field(factory=dict[str, AnalysisTask])
    """Those that have not ended."""
    _batches: dict[str, Batch] = field(factory=dict[str, Batch])
    """Those that are not gone."""
    _work: dict[str, asyncio.Task[None]] = field(factory=dict[str, "asyncio.Task[None]"])
    _held: dict[str, JobFault] = field(factory=dict[str, JobFault])
    _places: asyncio.Semaphore = field(factory=lambda: asyncio.Semaphore(_AT_WORK))
    _watcher: asyncio.Task[None] | None = None

    def open(self, content: Callable[[AnalysisTask], Content | None]) -> None:
        """Resume what had not ended when the last run did.

        ``content`` gets the film of a task that still waited for it; None when it cannot.
        """
        self._batches.update(self.repository.batches)
        for task in self.repository.analyses.values():
            if task.status is not None:
                continue
            self._tasks[task.id] = task
            if task.due is None:
                # What held it ended with the last run.
                self._go_on(task, self.clock.now())
            if task.outcome is not None:
                continue
            waits = task.source is not None and task.key is None
            coming = content(task) if waits else None
            if waits and coming is None:
                self._fail(task, "source_unavailable", "The download was interrupted.")
            else:
                self._begin(task, coming)
        self._watch()

    async def clear(self) -> None:
        """Forget all analyses, and end the work on them."""
        running = [*self._work.values()]
        for table in (self._tasks, self._batches, self._held):
            table.clear()
        for each in running:
            each.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def close(self) -> None:
        """End all work."""
        running = [*self._work.values(), *filter(None, [self._watcher])]
        for each in running:
            each.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def add(self, task: AnalysisTask, start: float, content: Content | None = None) -> None:
        """Begin a task, whose phases begin at ``start``; ``content`` is its film if it is late."""
        phases = [
            ("queued", self.timings.queued),
            ("pending", self.timings.pending),
            ("processing", self.timings.analysis),
        ]
        self._add(task, self.faults.match_job("analyze.task", task.custom_id), start, phases)
        self._begin(task, content)
        self._watch()

    def add_batch(self, batch: Batch, tasks: Sequence[AnalysisTask]) -> None:
        """Begin a batch: its tasks are worked on a few at a time, in order."""
        self.repository.batches[batch.id] = batch
        self._batches[batch.id] = batch
        for number, task in enumerate(tasks):
            wait = number // self.settings.batch_places * self.timings.analysis
            phases = [
                ("queued", self.timings.batch + wait),
                ("processing", self.timings.analysis),
            ]
            fault = self.faults.match_job("analyze.batch_item", task.custom_id)
            self._add(task, fault, batch.created_at, phases)
            self._begin(task, None)
        self._watch()

    def _add(
        self,
        task: AnalysisTask,
        fault: JobFault | None,
        start: float,
        phases: Sequence[tuple[str, float]],
    ) -> None:
        self.repository.add_analysis(task)
        self._tasks[task.id] = task
        end = start
        for number, (name, seconds) in enumerate(phases):
            if fault is not None and fault.state == name:
                self._held[task.id] = fault
                task.phases.append((name, None))
                task.later = list(phases[number + 1 :])
                break
            end += seconds
            task.phases.append((name, end))
        if fault is not None and fault.error is not None:
            self._fail(task, *fault.error)

    def _go_on(self, task: AnalysisTask, now: float) -> None:
        """Plan the phases after one that was held until ``now``."""
        name, _ = task.phases.pop()
        before = task.phases[-1][1] if task.phases else None
        end = max(now, before or now)
        task.phases.append((name, end))
        for following, seconds in task.later:
            end += seconds
            task.phases.append((following, end))
        task.later = []

    def _begin(self, task: AnalysisTask, content: Content | None) -> None:
        if task.outcome is not None:
            return
        work = asyncio.create_task(self._run(task, content))
        self._work[task.id] = work
        work.add_done_callback(lambda _: self._work.pop(task.id, None))

    async def _run(self, task: AnalysisTask, content: Content | None) -> None:
        try:
            if content is not None:
                task.key = await content()
            async with self._places:
                await self._make(task)
        except (ApiError, MediaError) as error:
            self._fail(task, error.code, error.message)
        except AnswerError as error:
            self._fail(task, None, str(error))
        except Exception:  # a fault of the sandbox's own: the task must end all the same
            _log.exception("Analysis %s failed", task.id)
            self._fail(task, "internal_server_error", "An unexpected error occurred.")

    async def _make(self, task: AnalysisTask) -> None:
        film: Film | None = None
        if task.key is not None:
            rules = self.settings.rules
            film = on_clock(await self.jobs.film(task.key), rules)
            if film.info.kind == "image":
                raise MediaError("unsupported_file_type", "An image is not a video.")
            self._check_pixels(task, film.info)
            task.duration = film.info.duration
            window = {"start_time": None, "end_time": None, **task.params}
            check_film_window(window, film.info, rules, self.settings.max_analysis)
        images = {each.name: await self.jobs.film(each.key) for each in task.images}
        pictures = {each.name: await self.jobs.film(each.key) for each in task.references}
        preset = self.answers.match(asked_of(task))
        made = await self.jobs.compose(
            answer, task, film, images, pictures, self.settings.json_fences, preset
        )
        task.result = {"generation_id": self.ids.uuid(), **made.result}
        if made.warning is not None:
            task.error = {"message": made.warning}
        task.outcome, task.worked_at = "ready", self.clock.now()

    def _check_pixels(self, task: AnalysisTask, info: MediaInfo) -> None:
        # What is indexed was looked at before that.
        indexed = task.source is not None and task.source["type"] == "video_id"
        rules = self.settings.rules
        problem = pixel_problem(info, self.settings)
        if problem is not None and rules.measured_analyses and rules.strict and not indexed:
            raise problem

    def _fail(self, task: AnalysisTask, code: str | None, message: str) -> None:
        task.error = {"message": message} if code is None else {"code": code, "message": message}
        task.outcome, task.worked_at = "failed", self.clock.now()

    async def settle(self) -> None:
        """Bring all jobs to the states that they have now."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.settings.wait_for_work):
                while late := self._late():
                    await asyncio.wait(late)
        await self.forget(self._catch_up())

    def _late(self) -> list[asyncio.Task[None]]:
        now = self.clock.now()
        return [
            self._work[task.id]
            for task in self._tasks.values()
            if task.id in self._work and self._promised(task) and self._is_due(task, now)
        ]

    def _promised(self, task: AnalysisTask) -> bool:
        due = task.due
        return self.clock.controlled or (due is not None and due <= task.created_at)

    def _is_due(self, task: AnalysisTask, now: float) -> bool:
        self._let_go(task)
        due = task.due
        return due is not None and due <= now

    def _let_go(self, task: AnalysisTask) -> None:
        fault = self._held.get(task.id)
        if fault is not None and fault.released is not None:
            del self._held[task.id]
            self._go_on(task, fault.released)

    def _catch_up(self) -> list[str]:
        """Reach the states of now; the contents that nothing needs any more."""
        now = self.clock.now()
        ended: list[AnalysisTask] = []
        free: list[str] = []
        for task in list(self._tasks.values()):
            if self._is_due(task, now) and task.outcome is not None and task.due is not None:
                worked = task.due if self._promised(task) else task.worked_at or task.due
                self._end(task, task.outcome, max(task.due, worked))
                ended.append(task)
        finished: list[Batch] = []
        for batch in list(self._batches.values()):
            if batch.status is None:
                self._advance(batch, now)
                finished += [batch] if batch.status is not None else []
            if now >= batch.created_at + self.settings.batch_kept:
                free += self.remove_batch(batch)
        for task in sorted(ended, key=lambda each: each.ended_at or 0.0):
            self._publish(task)
        for batch in finished:
            self.notifier.publish("analyze.batch", batch)
        return free

    def _publish(self, task: AnalysisTask) -> None:
        if task.batch_id is None:
            self.notifier.publish("analyze.task", task)

    def _end(
        self, task: AnalysisTask, status: str, when: float, error: dict[str, str] | None = None
    ) -> None:
        task.status, task.ended_at = status, when
        if error is not None:
            task.error = error
        if status != "ready":
            task.result = None
        del self._tasks[task.id]
        self._held.pop(task.id, None)
        work = self._work.get(task.id)
        if work is not None:
            work.cancel()

    def tasks_of(self, batch: Batch) -> list[AnalysisTask]:
        """A batch's tasks, in the order of its requests."""
        return [self.repository.analyses[each] for each in batch.task_ids]

    def state_of(self, batch: Batch, now: float) -> str:
        """A batch's state at a time."""
        if batch.status is not None:
            return batch.status
        if batch.canceled_at is not None:
            return "canceling"
        began = any(task.state(now) != "queued" for task in self.tasks_of(batch))
        return "processing" if began else "pending"

    def _advance(self, batch: Batch, now: float) -> None:
        tasks = self.tasks_of(batch)
        ends = [task.ended_at for task in tasks if task.ended_at is not None]
        last = max(ends, default=batch.created_at)
        expires = batch.created_at + self.settings.batch_life
        if batch.canceled_at is not None:
            last = max(last, batch.canceled_at + self.timings.canceling)
        if len(ends) == len(tasks) and last <= min(now, expires):
            batch.status = "completed" if batch.canceled_at is None else "canceled"
            batch.ended_at = last
        elif now >= expires:
            for task in tasks:
                if task.status is None:
                    queued = task.state(expires) == "queued"
                    self._end(
                        task,
                        "canceled" if queued else "failed",
                        expires,
                        _EXPIRED if queued else _TIMED_OUT,
                    )
            batch.status, batch.ended_at = "expired", expires

    def cancel(self, task: AnalysisTask) -> None:
        """End a task that has not ended, as its user wants."""
        self._end(task, "canceled", self.clock.now(), _CANCELED)
        self._publish(task)

    def cancel_batch(self, batch: Batch) -> None:
        """End a batch: cancel what is queued now, and let what is being worked on finish."""
        now = self.clock.now()
        batch.canceled_at = now
        for task in self.tasks_of(batch):
            if task.status is None and task.state(now) == "queued":
                self._end(task, "canceled", now, _BATCH_CANCELED)

    def remove(self, task: AnalysisTask) -> list[str]:
        """Forget a task; the contents that nothing needs any more."""
        self._tasks.pop(task.id, None)
        self._held.pop(task.id, None)
        work = self._work.get(task.id)
        if work is not None:
            work.cancel()
        return self.repository.remove_analysis(task)

    def remove_batch(self, batch: Batch) -> list[str]:
        """Forget a batch and its tasks; the contents that nothing needs any more."""
        free = [key for task in self.tasks_of(batch) for key in self.remove(task)]
        del self.repository.batches[batch.id], self._batches[batch.id]
        return free

    def active(self) -> int:
        """How many batches have not ended."""
        return sum(batch.status is None for batch in self._batches.values())

    def _watch(self) -> None:
        """Look at the clock until all jobs have ended: some end with nobody asking."""
        if self._watcher is None or self._watcher.done():
            self._watcher = asyncio.create_task(self._keep_looking())

    async def _keep_looking(self) -> None:
        while self._tasks or self.active():
            await asyncio.sleep(_LOOK)
            await self.settle()


_CANCELED: Final[dict[str, Any]] = {
    "code": "user_canceled",
    "message": "The task was canceled by its user.",
}
_BATCH_CANCELED: Final[dict[str, Any]] = {
    "code": "batch_canceled",
    "message": "The batch was canceled before the work on this request began.",
}
_EXPIRED: Final[dict[str, Any]] = {
    "code": "batch_expired",
    "message": "The batch expired before the work on this request began.",
}
_TIMED_OUT: Final[dict[str, Any]] = {
    "code": "batch_processing_timeout",
    "message": "The batch expired while this request was being processed.",
}

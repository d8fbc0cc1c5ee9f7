"""Where ends of jobs are published, so that webhooks can be delivered."""

from __future__ import annotations

from typing import Any

__all__ = ["Notifier"]


class Notifier:
    """Takes each job that has ended.

    Analysis publishes an ``AnalysisTask`` as "analyze.task" and a ``Batch`` as "analyze.batch",
    each once, when its last state is known; the record has its ``status`` and when that began.
    """

    def publish(self, kind: str, record: Any) -> None:
        """Note that a job has ended."""

    def deliveries(self, identifier: str) -> list[dict[str, Any]] | None:
        """What a job shows as its ``webhooks``: one entry for each delivery, None without any."""
        return None

# Generated from analyze_async/__init__.py: do not edit.
"""Analyses that run on the service in the background: single tasks, and batches."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ...analyze_async import AnalyzeAsync as AsyncAnalyzeAsync
from ..bridge import SyncResource

if TYPE_CHECKING:
    from .batches import Batches
    from .tasks import Tasks

__all__ = ["AnalyzeAsync"]


class AnalyzeAsync(SyncResource[AsyncAnalyzeAsync]):
    """Analyses in the background: ``tasks`` for one video each, ``batches`` for up to 1,000."""

    @cached_property
    def tasks(self) -> Tasks:
        """Single analyses."""
        from .tasks import Tasks

        return Tasks(self._bridge, self._async.tasks)

    @cached_property
    def batches(self) -> Batches:
        """Many analyses in one request."""
        from .batches import Batches

        return Batches(self._bridge, self._async.batches)

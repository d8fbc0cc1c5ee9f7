"""Analyses that run on the service in the background: single tasks, and batches."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from .._runtime.core import Resource
from . import models, response_formats
from .models import *
from .response_formats import *

if TYPE_CHECKING:
    from .batches import Batches
    from .tasks import Tasks

__all__ = ["AnalyzeAsync"]
__all__ += models.__all__
__all__ += response_formats.__all__


class AnalyzeAsync(Resource):
    """Analyses in the background: ``tasks`` for one video each, ``batches`` for up to 1,000."""

    @cached_property
    def tasks(self) -> Tasks:
        """Single analyses."""
        from .tasks import Tasks

        return Tasks(self._core)

    @cached_property
    def batches(self) -> Batches:
        """Many analyses in one request."""
        from .batches import Batches

        return Batches(self._core)

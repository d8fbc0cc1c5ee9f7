"""Bulk ingestion: many films to uploaded, indexed and ready, with a journal to go on from.

`AsyncTwelveLabs.ingest` is the call; here is what it takes and gives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._lazy import lazy

if TYPE_CHECKING:
    from .checks import Refusal as Refusal
    from .engine import Engine as Engine
    from .items import Concurrency as Concurrency
    from .items import IngestProgress as IngestProgress
    from .items import IngestResult as IngestResult
    from .items import Source as Source
    from .journal import JournalError as JournalError
    from .journal import JournalInUseError as JournalInUseError
    from .journal import export as export
    from .report import write_report as write_report
else:
    _LAZY = {
        "ingest.checks": ("Refusal",),
        "ingest.engine": ("Engine",),
        "ingest.items": ("Concurrency", "IngestProgress", "IngestResult", "Source"),
        "ingest.journal": ("JournalError", "JournalInUseError", "export"),
        "ingest.report": ("write_report",),
    }
    __getattr__, __dir__ = lazy(__name__, _LAZY)
    __all__ = [name for names in _LAZY.values() for name in names]

"""Bulk ingestion: uploads and indexes many films, and resumes from a journal after a crash.

`AsyncTwelveLabs.ingest` is the call; this package has what it takes and returns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._lazy import lazy

if TYPE_CHECKING:
    from ..errors import JournalError as JournalError
    from ..errors import JournalInUseError as JournalInUseError
    from ..errors import JournalUnusableError as JournalUnusableError
    from ..errors import UploadInDoubtError as UploadInDoubtError
    from .engine import Engine as Engine
    from .engine import UploadedAsset as UploadedAsset
    from .items import Concurrency as Concurrency
    from .items import IngestProgress as IngestProgress
    from .items import IngestResult as IngestResult
    from .items import Source as Source
    from .journal_export import export as export
    from .media_check import Refusal as Refusal
    from .report import write_report as write_report
else:
    _LAZY = {
        "ingest.media_check": ("Refusal",),
        "errors": (
            "JournalError",
            "JournalInUseError",
            "JournalUnusableError",
            "UploadInDoubtError",
        ),
        "ingest.engine": ("Engine", "UploadedAsset"),
        "ingest.items": ("Concurrency", "IngestProgress", "IngestResult", "Source"),
        "ingest.journal_export": ("export",),
        "ingest.report": ("write_report",),
    }
    __getattr__, __dir__ = lazy(__name__, _LAZY)
    __all__ = [name for names in _LAZY.values() for name in names]

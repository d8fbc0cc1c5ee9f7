"""The service's limits for uploads. No I/O, and nothing to import: the ingester uses them too."""

from __future__ import annotations

__all__ = ["MAX_CHUNKS", "MAX_REPORT", "MAX_SIZES", "MAX_URLS", "max_size"]

MAX_URLS = 50
"""The most presigned URLs that one request returns."""

MAX_REPORT = 50
"""The most chunks that one report lists."""

MAX_CHUNKS = 1_000_000
"""The most chunks that a plan of the service may have: a hundred times what S3 takes."""

_MIB = 1024**2

MAX_SIZES = {"video": 10 * 1024 * _MIB, "audio": 10 * 1024 * _MIB, "image": 32 * _MIB}
"""The most bytes of a file, by its type.

The documents say "10 GB" and "32 MB", and count in powers of 1024: the earlier limit, "4 GB", was
4,294,967,296 in the schema. So these are 10 GiB and 32 MiB.
"""


def max_size(file_type: str) -> int | None:
    """The most bytes of such a file; None where the service documents no limit."""
    return MAX_SIZES.get(file_type)

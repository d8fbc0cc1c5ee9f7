"""Rows as tables, for lists of them: pages, pagers, streams and embeddings have these as methods.

Example: ``tables.to_pandas([hit async for hit in client.search.query(...)])``
"""

from __future__ import annotations

from ._runtime.tables import to_arrow, to_dicts, to_numpy, to_pandas, to_polars

__all__ = ["to_arrow", "to_dicts", "to_numpy", "to_pandas", "to_polars"]

"""What has rows gives them as tables: the methods of pages, pagers, streams and embeddings."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from .threads import run_blocking

__all__ = ["AsyncTabular", "Tabular", "TabularReply", "Vector"]

T = TypeVar("T")


def tables() -> Any:
    """The module that makes tables; the blocking client begins without it and the models."""
    from . import tables as found

    return found


class Vector:
    """A mixin of rows that have a vector."""

    __slots__ = ()

    def to_numpy(self) -> Any:
        """The vector as a numpy.ndarray of float32; not copied where it is compact.

        Raises ConfigurationError where numpy is missing, and where there is no vector.
        """
        return tables().to_numpy([self])[0]


class Tabular:
    """A mixin of what has rows."""

    __slots__ = ()

    @abstractmethod
    def _table_rows(self) -> Iterable[Any]:
        """The rows."""

    def to_dicts(self) -> list[dict[str, Any]]:
        """The rows as plain dicts, with all that each has."""
        made: list[dict[str, Any]] = tables().to_dicts(self._table_rows())
        return made

    def to_pandas(self) -> Any:
        """The rows as a pandas.DataFrame; a vector is an array of numpy.

        Raises ConfigurationError where pandas is missing: it is in the extra ``data``.
        """
        return tables().to_pandas(self._table_rows())

    def to_arrow(self) -> Any:
        """The rows as a pyarrow.Table; vectors are lists of float32.

        Raises ConfigurationError where pyarrow is missing: it is in the extra ``data``.
        """
        return tables().to_arrow(self._table_rows())

    def to_polars(self) -> Any:
        """The rows as a polars.DataFrame; vectors are arrays of Float32.

        Raises ConfigurationError where polars is missing: it is in the extra ``data``.
        """
        return tables().to_polars(self._table_rows())

    def to_numpy(self, column: str | None = None) -> Any:
        """The vectors of the rows as a numpy.ndarray of float32, a row for each.

        `column` names the field; by default the first that has vectors. Raises ConfigurationError
        where numpy is missing (it is in the extra ``data``), and where a row has no vector.
        """
        return tables().to_numpy(self._table_rows(), column)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The rows by the PyCapsule interface of Arrow, for any package that takes it."""
        return self.to_arrow().__arrow_c_stream__(requested_schema)


class TabularReply(Tabular):
    """A mixin of replies: their rows are the models in their lists."""

    __slots__ = ()

    def _table_rows(self) -> Iterable[Any]:
        return list(tables().rows_in(self))


class AsyncTabular:
    """A mixin of what has rows that are awaited. Tables are made in a thread."""

    __slots__ = ()

    @abstractmethod
    async def _table_rows(self) -> list[Any]:
        """The rows, all of them."""

    async def to_dicts(self) -> list[dict[str, Any]]:
        """All rows as plain dicts, with all that each has."""
        made: list[dict[str, Any]] = tables().to_dicts(await self._table_rows())
        return made

    async def to_pandas(self) -> Any:
        """All rows as a pandas.DataFrame; a vector is an array of numpy.

        Raises ConfigurationError where pandas is missing: it is in the extra ``data``.
        """
        return await self._table(tables().to_pandas)

    async def to_arrow(self) -> Any:
        """All rows as a pyarrow.Table; vectors are lists of float32.

        Raises ConfigurationError where pyarrow is missing: it is in the extra ``data``.
        """
        return await self._table(tables().to_arrow)

    async def to_polars(self) -> Any:
        """All rows as a polars.DataFrame; vectors are arrays of Float32.

        Raises ConfigurationError where polars is missing: it is in the extra ``data``.
        """
        return await self._table(tables().to_polars)

    async def to_numpy(self, column: str | None = None) -> Any:
        """The vectors of all rows as a numpy.ndarray of float32, a row for each.

        `column` names the field; by default the first that has vectors. Raises ConfigurationError
        where numpy is missing (it is in the extra ``data``), and where a row has no vector.
        """
        return await self._table(lambda rows: tables().to_numpy(rows, column))

    async def _table(self, make: Callable[[list[Any]], T]) -> T:
        rows = await self._table_rows()
        return await run_blocking(make, rows)

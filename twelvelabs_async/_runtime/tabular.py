"""What has rows gives them as tables: the methods of pages, pagers, streams and embeddings."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterable, Callable, Iterable
from typing import Any, TypeVar

from .frames import dropping_locals
from .threads import run_blocking

__all__ = ["AsyncTabular", "Tabular", "TabularReply", "Vector", "all_rows"]

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

    def _row_type(self) -> Any:
        """What the rows are, known once they were taken; None where it is not."""
        return None

    def _table(self, make: Callable[[Iterable[Any], Any], T]) -> T:
        rows = self._all_rows()
        return make(rows, self._row_type())

    def _all_rows(self) -> list[Any]:
        # Not one by one where they are used: of those that a failure leaves, its frames show one.
        return list(self._table_rows())

    def to_dicts(self) -> list[dict[str, Any]]:
        """The rows as plain dicts, with all that each has."""
        made: list[dict[str, Any]] = tables().to_dicts(self._all_rows())
        return made

    def to_pandas(self) -> Any:
        """The rows as a pandas.DataFrame; a vector is an array of numpy.

        Raises ConfigurationError where pandas is missing: it is in the extra ``data``.
        """
        return self._table(tables().to_pandas)

    def to_arrow(self) -> Any:
        """The rows as a pyarrow.Table; vectors are lists of float32.

        Raises ConfigurationError where pyarrow is missing: it is in the extra ``data``.
        """
        return self._table(tables().to_arrow)

    def to_polars(self) -> Any:
        """The rows as a polars.DataFrame; vectors are arrays of Float32.

        Raises ConfigurationError where polars is missing: it is in the extra ``data``.
        """
        return self._table(tables().to_polars)

    def to_numpy(self, column: str | None = None) -> Any:
        """The vectors of the rows as a numpy.ndarray of float32, a row for each.

        `column` names the field; by default the first that has vectors. Raises ConfigurationError
        where numpy is missing (it is in the extra ``data``), and where a row has no vector.
        """
        return tables().to_numpy(self._all_rows(), column)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The rows by the PyCapsule interface of Arrow, for any package that takes it."""
        return self.to_arrow().__arrow_c_stream__(requested_schema)


class TabularReply(Tabular):
    """A mixin of replies: their rows are the models in their lists."""

    __slots__ = ()

    def _table_rows(self) -> Iterable[Any]:
        return list(tables().rows_in(self))

    def _row_type(self) -> Any:
        return tables().row_type_of(type(self))


class AsyncTabular:
    """A mixin of what has rows that are awaited. Tables are made in a thread."""

    __slots__ = ()

    @abstractmethod
    async def _table_rows(self) -> list[Any]:
        """The rows, all of them."""

    def _row_type(self) -> Any:
        """What the rows are, known once they were taken; None where it is not."""
        return None

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
        return await self._table(lambda rows, _: tables().to_numpy(rows, column))

    async def _table(self, make: Callable[[list[Any], Any], T]) -> T:
        # The rows are no variable of this frame: a failure shows those.
        return await run_blocking(make, await self._table_rows(), self._row_type())


async def all_rows(rows: AsyncIterable[T]) -> list[T]:
    """The rows, all of them. The frames of a failure show none."""
    with dropping_locals:
        return [row async for row in rows]

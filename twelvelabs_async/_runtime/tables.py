"""Rows as dicts, and as tables of pandas, Arrow, polars and numpy.

Columns are named as the fields of the rows are. Vectors are of single precision. Each package is
imported when it is asked for.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple, get_args, get_origin

from ..errors import ConfigurationError
from .dump import plain
from .json_values import dump_json, is_array, is_object
from .lenient import members_of
from .model import Model, is_model, wire_fields
from .optional import needed

__all__ = [
    "row_type_of",
    "rows_in",
    "to_arrow",
    "to_dicts",
    "to_numpy",
    "to_pandas",
    "to_polars",
]


_BIG = 2**63  # a table's integers are below this


def to_dicts(rows: Iterable[Any]) -> list[dict[str, Any]]:
    """The rows as plain dicts, with all that each has."""
    return [
        row.model_dump()
        if isinstance(row, Model)
        else dict(row)
        if is_object(row)
        else {"value": row}
        for row in rows
    ]


def to_pandas(rows: Iterable[Any], row_type: Any = None) -> Any:
    """A pandas.DataFrame of the rows; a vector is an array of numpy in a column of objects.

    What is nested is plain dicts and lists. Where there are no rows, the columns are those of the
    class `row_type`, if it is given. Raises ConfigurationError where pandas is missing.
    """
    pandas = needed("pandas", "to_pandas()", "data")
    kinds = {int: "Int64", bool: "boolean"}
    made: dict[str, Any] = {}
    for column in _columns(rows, row_type):
        if column.is_vector:
            values: list[Any] = [None if v is None else _as_numpy(v) for v in column.values]
            made[column.name] = pandas.Series(values, dtype=object)
        elif column.kind is datetime:
            made[column.name] = pandas.to_datetime(pandas.Series(column.plain()), utc=True)
        else:
            made[column.name] = pandas.Series(column.plain(), dtype=kinds.get(column.kind))
    return pandas.DataFrame(made)


def to_arrow(rows: Iterable[Any], row_type: Any = None) -> Any:
    """A pyarrow.Table of the rows; vectors are lists of float32, of one length where all have it.

    Free mappings, such as metadata, are JSON text. Where there are no rows, the columns are those
    of the class `row_type`, if it is given. Raises ConfigurationError where pyarrow is missing.
    """
    pa = needed("pyarrow", "to_arrow()", "data")
    columns = _columns(rows, row_type)
    return pa.table({column.name: _arrow(pa, column) for column in columns})


def to_polars(rows: Iterable[Any], row_type: Any = None) -> Any:
    """A polars.DataFrame of the rows; vectors are of the type Array(Float32) where of one length.

    Free mappings, such as metadata, are JSON text. Where there are no rows, the columns are those
    of the class `row_type`, if it is given. Raises ConfigurationError where polars is missing.
    """
    pl = needed("polars", "to_polars()", "data")
    kinds: Mapping[Any, Any] = {
        str: pl.String,
        int: pl.Int64,
        float: pl.Float64,
        bool: pl.Boolean,
        datetime: pl.Datetime("us", "UTC"),
        list[str]: pl.List(pl.String),
        list[int]: pl.List(pl.Int64),
    }
    made: list[Any] = []
    for column in _columns(rows, row_type):
        if column.is_vector:
            width = column.width
            kind = pl.Array(pl.Float32, width) if width else pl.List(pl.Float32)
            values: list[Any] = [None if v is None else list(v) for v in column.values]
            made.append(pl.Series(column.name, values, dtype=kind))
        elif column.kind in kinds:
            made.append(pl.Series(column.name, column.plain(), dtype=kinds[column.kind]))
        else:
            values = column.plain() if column.nested else column.as_text()
            series = pl.Series(column.name, values, strict=False)
            if len(series) != len(values):  # free values of several types, within lists
                series = pl.Series(column.name, column.as_text())
            made.append(series)
    return pl.DataFrame(made)


def to_numpy(rows: Iterable[Any], column: str | None = None) -> Any:
    """The vectors of the rows, as a numpy.ndarray of float32 with a row for each.

    `column` names the field; by default the first that has vectors. The one vector of a row is not
    copied where it is compact (``compact_vectors``). Raises ConfigurationError where numpy is
    missing, where rows have no vector, and where their vectors differ in length.
    """
    numpy = needed("numpy", "to_numpy()", "data")
    rows = list(rows)
    if not rows:
        return numpy.empty((0, 0), numpy.float32)
    columns = [c for c in _columns(rows) if c.is_vector and c.name == (column or c.name)]
    found = next((c for c in columns if any(v is not None for v in c.values)), None)
    if found is None:
        raise ConfigurationError(f"these rows have no vectors{f' {column!r}' if column else ''}")
    if None in found.values:
        raise ConfigurationError(f"row {found.values.index(None)} has no vector {found.name!r}")
    if found.width is None:
        raise ConfigurationError(f"the vectors {found.name!r} differ in length")
    if len(found.values) == 1:
        return _as_numpy(found.values[0]).reshape(1, -1)
    packed = numpy.frombuffer(found.packed(), numpy.float32)
    return packed.reshape(len(found.values), found.width)


def rows_in(value: Any) -> Iterator[Model]:
    """The models in the lists of a reply, and of what is within it."""
    cls: type[Any] = value.__class__
    for field in wire_fields(cls):
        inner: Any = getattr(value, field.name)
        if isinstance(inner, Model):
            yield from rows_in(inner)
        elif is_array(inner):
            found: Sequence[Any] = inner
            yield from (row for row in found if isinstance(row, Model))


def row_type_of(cls: type[Model]) -> Any:
    """What the rows of a page are: the type in its first list of models; None without one."""
    for field in wire_fields(cls):
        for form in members_of(field.type):
            inner = get_args(form)
            if get_origin(form) is list and any(is_model(each) for each in members_of(inner[0])):
                return inner[0]
    return None


class _Column(NamedTuple):
    """A field of all rows: the plain type of its values, None where they are of several."""

    name: str
    kind: Any
    values: list[Any]
    nested: bool = False

    @property
    def is_vector(self) -> bool:
        """Whether the values are vectors."""
        return bool(self.kind == list[float])

    @property
    def width(self) -> int | None:
        """The numbers in each vector; None where they differ."""
        widths = {len(v) for v in self.values if v is not None}
        return widths.pop() if len(widths) == 1 else None

    def plain(self) -> list[Any]:
        """The values without models; whole numbers among others as those are."""
        if self.kind is float:
            return [None if value is None else float(value) for value in self.values]
        return [_unmodelled(value) for value in self.values]

    def as_text(self) -> list[str | None]:
        """The values as text: JSON for those that are not strings."""
        return [
            v if v is None or isinstance(v, str) else dump_json(plain(v), self.name).decode()
            for v in self.values
        ]

    def packed(self) -> bytearray:
        """The vectors one after another, as float32; zeros for one that is missing."""
        width = self.width or 0
        packed = bytearray(4 * width * len(self.values))
        view = memoryview(packed).cast("f")
        for at, vector in enumerate(self.values):
            if vector is not None:
                view[at * width : (at + 1) * width] = _compact(vector)
        return packed


def _unmodelled(value: Any) -> Any:
    if isinstance(value, Model):
        return value.model_dump()
    if is_array(value):
        rows: Sequence[Any] = value
        return [_unmodelled(item) for item in rows]
    return value


def _columns(rows: Iterable[Any], row_type: Any = None) -> list[_Column]:
    rows = list(rows)
    kinds: dict[str, tuple[Any, bool]] = {}
    classes: dict[Any, None] = dict.fromkeys(row.__class__ for row in rows)
    for cls in classes or members_of(row_type):
        if isinstance(cls, type) and issubclass(cls, Model):
            for field in wire_fields(cls):
                kinds.setdefault(field.name, _kind(field.type))
    cells: list[Mapping[str, Any]] = []
    for row in rows:
        if isinstance(row, Model):
            cells.append({**vars(row), **row.extra})
        else:
            cells.append(row if is_object(row) else {"value": row})
    for cell in cells:
        for name in cell:
            kinds.setdefault(name, (None, False))
    made: list[_Column] = []
    for name, (kind, nested) in kinds.items():
        values = [cell.get(name) for cell in cells]
        if kind is None and not nested:
            kind = _kind_of(values)
        made.append(_Column(name, kind, values, nested))
    return made


def _kind(form: Any) -> tuple[Any, bool]:
    """The plain type of a field, None where it has several; and whether it holds models."""
    members = [m for m in members_of(form) if m is not type(None)]
    kinds: set[Any] = {type(get_args(m)[0]) if get_origin(m) is Literal else m for m in members}
    if kinds == {int, float}:
        kinds = {float}
    kind = kinds.pop() if len(kinds) == 1 else None
    if kind in (str, int, float, bool, datetime, list[float], list[str], list[int]):
        return kind, False
    inner: Any = get_args(kind)[0] if get_origin(kind) is list else kind
    cls: Any = get_origin(inner) or inner
    return None, isinstance(cls, type) and issubclass(cls, Model)


def _kind_of(values: Sequence[Any]) -> Any:
    """The type of values that no model describes; None where they are of several."""
    kinds: set[Any] = {value.__class__ for value in values if value is not None}
    if kinds == {int, float}:
        kinds = {float}
    kind = kinds.pop() if len(kinds) == 1 else None
    if kind is int and not all(value is None or -_BIG <= value < _BIG for value in values):
        return None
    return kind if kind in (str, int, float, bool, datetime) else None


def _compact(vector: Any) -> array[float]:
    if getattr(vector, "typecode", None) == "f":
        return vector  # type: ignore[no-any-return]  # it is an array
    return array("f", vector)


def _as_numpy(vector: Any) -> Any:
    numpy = needed("numpy", "to_numpy()", "data")
    return numpy.frombuffer(_compact(vector), numpy.float32)


def _arrow(pa: Any, column: _Column) -> Any:
    kinds: Mapping[Any, Any] = {
        str: pa.string(),
        int: pa.int64(),
        float: pa.float64(),
        bool: pa.bool_(),
        datetime: pa.timestamp("us", "UTC"),
        list[str]: pa.list_(pa.string()),
        list[int]: pa.list_(pa.int64()),
    }
    if column.is_vector:
        width = column.width
        if not width:  # they differ, or have no numbers
            return pa.array(column.values, pa.list_(pa.float32()))
        count = len(column.values) * width
        numbers = pa.Array.from_buffers(pa.float32(), count, [None, pa.py_buffer(column.packed())])
        mask = [v is None for v in column.values]
        missing = pa.array(mask) if any(mask) else None
        return pa.FixedSizeListArray.from_arrays(numbers, width, mask=missing)
    if column.kind in kinds:
        return pa.array(column.plain(), kinds[column.kind])
    if column.nested:
        try:
            return pa.array(column.plain())
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            pass  # free mappings within, of several types
    return pa.array(column.as_text(), pa.string())

"""Rows as dicts, and as tables of pandas, Arrow, polars and numpy.

Columns are named as the fields of the rows are. Vectors are of single precision. Each package is
imported when it is asked for.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple, get_args, get_origin

from ..errors import ArgumentTypeError, ConfigurationError
from .dump import plain
from .json_values import dump_json, is_array, is_object
from .lenient import members_of
from .model import Model, is_model, wire_fields
from .numbers import plain_number
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


Form = Any
"""What values are: a type, ``[form]`` of lists, ``{name: form}`` of models.

None where there are no values, `object` where they are of several types.
"""
_SCALARS = (str, int, float, bool, datetime)
_VECTOR: Form = [float]
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
    class `row_type`, if it is given. Raises ConfigurationError where pandas is missing, and for a
    vector that does not consist of numbers.
    """
    pandas = needed("pandas", "to_pandas()", "data")
    kinds: Mapping[Any, Any] = {int: "Int64", bool: "boolean", object: object}
    made: dict[str, Any] = {}
    for column in _columns(rows, row_type):
        if column.is_vector:
            values: list[Any] = [None if v is None else _as_numpy(v) for v in column.values]
            made[column.name] = pandas.Series(values, dtype=object)
        elif column.form is datetime:
            made[column.name] = pandas.to_datetime(pandas.Series(column.values), utc=True)
        else:
            values = [_unmodelled(value) for value in column.values]
            kind = kinds.get(column.form) if isinstance(column.form, type) else None
            made[column.name] = pandas.Series(values, dtype=kind)
    return pandas.DataFrame(made)


def to_arrow(rows: Iterable[Any], row_type: Any = None) -> Any:
    """A pyarrow.Table of the rows; vectors are lists of float32, of one length where all have it.

    Free mappings, such as metadata, are JSON text, and so are values of several types. Where there
    are no rows, the columns are those of the class `row_type`, if it is given. Raises
    ConfigurationError where pyarrow is missing, and for a vector that does not consist of numbers.
    """
    pa = needed("pyarrow", "to_arrow()", "data")
    columns = _columns(rows, row_type)
    return pa.table({column.name: _arrow(pa, column) for column in columns})


def to_polars(rows: Iterable[Any], row_type: Any = None) -> Any:
    """A polars.DataFrame of the rows; vectors are of the type Array(Float32) where of one length.

    Free mappings, such as metadata, are JSON text, and so are values of several types. Where there
    are no rows, the columns are those of the class `row_type`, if it is given. Raises
    ConfigurationError where polars is missing, and for a vector that does not consist of numbers.
    """
    pl = needed("polars", "to_polars()", "data")
    kinds: Mapping[Any, Any] = {
        None: pl.Null,
        str: pl.String,
        int: pl.Int64,
        float: pl.Float64,
        bool: pl.Boolean,
        datetime: pl.Datetime("us", "UTC"),
    }
    made: list[Any] = []
    for column in _columns(rows, row_type):
        if column.is_vector:
            width = column.width
            kind = pl.Array(pl.Float32, width) if width else pl.List(pl.Float32)
            values: list[Any] = [None if v is None else list(v) for v in column.values]
        else:
            form, values = column.typed()
            kind = _type_of(form, kinds, pl.List, pl.Struct)
        made.append(pl.Series(column.name, values, dtype=kind))
    return pl.DataFrame(made)


def to_numpy(rows: Iterable[Any], column: str | None = None) -> Any:
    """The vectors of the rows, as a numpy.ndarray of float32 with a row for each.

    `column` names the field; by default the first that has vectors. The one vector of a row is not
    copied where it is compact (``compact_vectors``). Raises ConfigurationError where numpy is
    missing, where rows have no vector, and where their vectors differ in length or do not consist
    of numbers.
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
    """A field of all rows: the form of its values, `object` where they are of several."""

    name: str
    form: Form
    values: list[Any]
    nested: bool = False

    @property
    def is_vector(self) -> bool:
        """Whether the values are vectors."""
        return bool(self.form == _VECTOR)

    @property
    def width(self) -> int | None:
        """The numbers in each vector; None where they differ."""
        widths = {len(v) for v in self.values if v is not None}
        return widths.pop() if len(widths) == 1 else None

    def typed(self) -> tuple[Form, list[Any]]:
        """The values with the form that they all have: as text where there is no other."""
        form, values = self.form, self.values
        if self.nested:
            values = [_struct(value, self.name) for value in values]
            form = _form_of(values)
        if form is object:
            return str, [v if v is None else _text(v, self.name) for v in self.values]
        return form, values

    def packed(self) -> bytearray:
        """The vectors one after another, as float32; zeros for one that is missing."""
        width = self.width or 0
        packed = bytearray(4 * width * len(self.values))
        view = memoryview(packed).cast("f")
        for at, vector in enumerate(self.values):
            if vector is not None:
                view[at * width : (at + 1) * width] = vector
        return packed


def _unmodelled(value: Any) -> Any:
    if isinstance(value, Model):
        return value.model_dump()
    if is_array(value):
        rows: Sequence[Any] = value
        return [_unmodelled(item) for item in rows]
    return value


def _struct(value: Any, name: str) -> Any:
    """A value with models as dicts, and free mappings as text: their keys are no columns."""
    if isinstance(value, Model):
        return {key: _struct(item, key) for key, item in _cell(value).items()}
    if is_object(value):
        return _text(value, name)
    if is_array(value):
        if value and value[0].__class__ is float:
            return list(value)  # a vector, which holds nothing to convert
        return [_struct(item, name) for item in value]
    return value


def _text(value: Any, name: str) -> str:
    """A value as text: JSON, if it is not a string."""
    if isinstance(value, str):
        return value
    made = plain(_unmodelled(value))  # as it is sent it would lack what the service added
    try:
        return dump_json(made, name).decode()
    except ArgumentTypeError as error:
        try:
            return json.dumps(made)  # integers of more than 64 bits, which orjson does not write
        except TypeError:
            raise error from None


def _cell(row: Model) -> dict[str, Any]:
    """What a row has by its names: its own field before another of that name."""
    return {**row.extra, **vars(row)}


def _columns(rows: Iterable[Any], row_type: Any = None) -> list[_Column]:
    rows = list(rows)
    kinds: dict[str, tuple[Form, bool]] = {}
    classes: dict[Any, None] = dict.fromkeys(row.__class__ for row in rows)
    for cls in classes or members_of(row_type):
        if isinstance(cls, type) and issubclass(cls, Model):
            for field in wire_fields(cls):
                kinds.setdefault(field.name, _declared(field.type))
    cells: list[Mapping[str, Any]] = []
    for row in rows:
        if isinstance(row, Model):
            cells.append(_cell(row))
        else:
            cells.append(row if is_object(row) else {"value": row})
    for cell in cells:
        for name in cell:
            kinds.setdefault(name, (None, False))
    return [
        _column(name, form, [cell.get(name) for cell in cells], nested=nested)
        for name, (form, nested) in kinds.items()
    ]


def _column(name: str, form: Form, values: list[Any], *, nested: bool) -> _Column:
    """The column of a field, by its declared form where the values have it."""
    if nested:
        return _Column(name, object, values, nested=True)
    if form == _VECTOR:
        return _Column(name, form, [_compact(v, name, at) for at, v in enumerate(values)])
    values = [plain_number(v) for v in values]
    if form is float and (numbers := _floats(values)) is not None:
        return _Column(name, float, numbers)
    found = _form_of(values)
    if form is not None and found in (None, form, [None] if isinstance(form, list) else form):
        return _Column(name, form, values)
    if found is float:
        values = [None if v is None else float(v) for v in values]
    # Lists of no declared form are text, whatever they hold.
    return _Column(name, found if found in _SCALARS else object, values)


def _floats(values: Sequence[Any]) -> list[float | None] | None:
    """Numbers as the doubles next to them; None where not all are numbers of that range."""
    if not {v.__class__ for v in values} <= {int, float, type(None)}:
        return None
    try:
        return [None if v is None else float(v) for v in values]
    except OverflowError:
        return None


def _declared(form: Any) -> tuple[Form, bool]:
    """The form of a field, None where it has several; and whether it holds models."""
    members = [m for m in members_of(form) if m is not type(None)]
    kinds: set[Any] = {type(get_args(m)[0]) if get_origin(m) is Literal else m for m in members}
    if kinds == {int, float}:
        kinds = {float}
    kind = kinds.pop() if len(kinds) == 1 else None
    if kind in _SCALARS:
        return kind, False
    inner: Any = get_args(kind)[0] if get_origin(kind) is list else kind
    if inner in (float, str, int):
        return [inner], False
    cls: Any = get_origin(inner) or inner
    return None, isinstance(cls, type) and issubclass(cls, Model)


def _form_of(values: Iterable[Any]) -> Form:
    """The form that all values have. Numbers are of a form only where each is exact in it."""
    found = [value for value in values if value is not None]
    if not found:
        return None
    kinds = {datetime if isinstance(value, datetime) else value.__class__ for value in found}
    if kinds == {dict}:
        names = dict.fromkeys(name for value in found for name in value)
        forms = {name: _form_of([value.get(name) for value in found]) for name in names}
        return object if object in forms.values() else forms
    if kinds == {list}:
        inner = _form_of([item for value in found for item in value])
        return object if inner is object else [inner]
    if kinds <= {int, float}:
        number: Any = float if float in kinds else int
        whole = [value for value in found if value.__class__ is int]
        fit = all(-_BIG <= value < _BIG and number(value) == value for value in whole)
        return number if fit else object
    kind: Any = kinds.pop() if len(kinds) == 1 else object
    return kind if kind in _SCALARS else object


def _type_of(
    form: Form,
    kinds: Mapping[Any, Any],
    of_list: Callable[[Any], Any],
    of_struct: Callable[[dict[str, Any]], Any],
) -> Any:
    """The type that a package of tables has for a form."""
    if isinstance(form, list):
        return of_list(_type_of(form[0], kinds, of_list, of_struct))
    if form.__class__ is dict:
        return of_struct({n: _type_of(form[n], kinds, of_list, of_struct) for n in form})
    return kinds[form]


def _compact(vector: Any, name: str, row: int) -> array[float] | None:
    if vector is None or getattr(vector, "typecode", None) == "f":
        return vector  # type: ignore[no-any-return]  # it is an array
    try:
        return array("f", vector)
    except (TypeError, OverflowError):
        problem = f"the vector {name!r} of row {row} does not consist of numbers"
    raise ConfigurationError(problem)


def _as_numpy(vector: Any) -> Any:
    numpy = needed("numpy", "to_numpy()", "data")
    return numpy.frombuffer(vector, numpy.float32)


def _arrow(pa: Any, column: _Column) -> Any:
    kinds: Mapping[Any, Any] = {
        None: pa.null(),
        str: pa.string(),
        int: pa.int64(),
        float: pa.float64(),
        bool: pa.bool_(),
        datetime: pa.timestamp("us", "UTC"),
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
    form, values = column.typed()
    return pa.array(values, _type_of(form, kinds, pa.list_, pa.struct))

"""What we send and read is what the vendor's document says, operation by operation."""

from __future__ import annotations

import json
import types
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Union, get_args, get_origin

import pytest

from tests.contract.contract_paths import DOCUMENT, LATER_DOCUMENT, ORACLE, needs_shared
from tests.contract.make_oracle import make
from tests.contract.operations import UNDOCUMENTED, Operation, normal, operations
from tests.contract.shapes import bound
from twelvelabs_async._runtime.model import Model, Unknown, wire_fields

ALL: dict[str, Any] = json.loads(ORACLE.read_text(encoding="utf-8"))
DOCUMENTED = {normal(key): value for key, value in {**ALL["operations"], **ALL["later"]}.items()}

# Names that we send beside those of the document: additions of the documents after it.
NEWER_QUERY = {
    "DELETE /assets/{}": {"force"},
    "GET /assets": {"filename"},
}
NEWER_BODY = {
    "POST /analyze": {"model_name", "video", "image", "prompt_v2", "start_time", "end_time"},
    "POST /analyze/tasks": {"image"},
    "POST /assets": {"enable_hls", "enable_thumbnail", "user_metadata"},
    "POST /assets/multipart-uploads": {"enable_hls", "enable_thumbnail", "user_metadata"},
    "POST /embed-v2": {
        "multi_input",
        "auto_truncate",
        "embedding_uncertainty",
        "embedding_dimension",
    },
    "POST /embed-v2/tasks": {
        "document",
        "image",
        "embedding_uncertainty",
        "embedding_dimension",
    },
    "POST /indexes/{}/indexed-assets": {"user_metadata"},
}


def names(found: frozenset[str] | set[str]) -> list[str]:
    return sorted(found)


@needs_shared
def test_the_oracle_is_made_from_the_document() -> None:
    made = json.loads(json.dumps(make(DOCUMENT, LATER_DOCUMENT), sort_keys=True))
    assert made == json.loads(ORACLE.read_text(encoding="utf-8"))


def test_every_documented_operation_is_there_and_no_other() -> None:
    ours = {operation.key for operation in operations()}
    assert names(ours - set(UNDOCUMENTED)) == names(set(DOCUMENTED))
    assert set(UNDOCUMENTED) <= ours, "an exception that is not needed"


documented = pytest.mark.parametrize(
    "operation",
    [operation for operation in operations() if operation.key not in UNDOCUMENTED],
    ids=lambda found: found.where,
)


@documented
def test_names_of_query_and_body_are_the_documents(operation: Operation) -> None:
    fact = DOCUMENTED[operation.key]
    body = fact["body"] or {"kind": None, "fields": {}}
    assert operation.body_kind == body["kind"]
    newer_query = NEWER_QUERY.get(operation.key, set())
    newer_body = NEWER_BODY.get(operation.key, set())
    assert names(operation.query) == names({*fact["query"], *newer_query})
    assert names(operation.body) == names({*body["fields"], *newer_body})


@documented
def test_every_field_of_a_reply_is_on_its_model(operation: Operation) -> None:
    fact = DOCUMENTED[operation.key]
    if fact["reply"]["type"] is None:
        assert operation.into is None
        return
    kind = fact["reply"]["type"]
    if operation.key == "POST /analyze":  # a document by what was asked for, a stream or a whole
        streamed = "stream" in operation.where
        kind = next(
            member
            for member in kind["of"]
            if (member["type"] == "union" or "event_type" in member.get("fields", {})) == streamed
        )
    if operation.where.endswith("Responses.create"):  # documented as the last event has it
        kind = kind["of"][0]["fields"]["response"]
    assert list(misfits(kind, operation.into, "$")) == []


def misfits(fact: dict[str, Any], form: Any, path: str) -> Iterator[str]:
    """What a documented value has and our type for it has not."""
    form, ours_nullable = stripped(form)
    if form is Any:
        return
    if fact.get("nullable") and not ours_nullable and path != "$":
        yield f"{path} may be null"
    kind = fact["type"]
    if kind == "union":
        members = models_of(form)
        for member in fact["of"]:
            fits = [list(misfits(member, model, path)) for model in members]
            if not any(fit == [] for fit in fits):
                yield f"{path}: no member of {form} for {sorted(member.get('fields', ()))}: {fits}"
    elif kind == "object" and fact.get("fields"):
        if not (isinstance(origin(form), type) and issubclass(origin(form), Model)):
            yield f"{path} is an object, and ours is {form}"
            return
        free = getattr(origin(form), "__parameters__", ())
        generics = dict(zip(free, get_args(form), strict=False))
        fields = {field.wire: field.type for field in wire_fields(origin(form))}
        for name, value in fact["fields"].items():
            if name not in fields:
                yield f"{path}.{name} is missing"
            else:
                yield from misfits(value, bound(fields[name], generics), f"{path}.{name}")
    elif kind == "array":
        if origin(form) is not list:
            yield f"{path} is an array, and ours is {form}"
        else:
            yield from misfits(fact["items"], get_args(form)[0], f"{path}[]")
    elif kind in SCALARS and not set(scalars(form)) & SCALARS[kind]:
        yield f"{path} is of type {kind}, and ours is {form}"


SCALARS: dict[str, set[Any]] = {
    "string": {str, datetime},
    "integer": {int, float},
    "number": {float},
    "boolean": {bool},
}


def origin(form: Any) -> Any:
    return get_origin(form) or form


def stripped(form: Any) -> tuple[Any, bool]:
    """A type without Annotated and None, and whether None was in it."""
    while get_origin(form) is Annotated:
        form = get_args(form)[0]
    if get_origin(form) not in (Union, types.UnionType):
        return form, form is Any
    members = get_args(form)
    rest = tuple(member for member in members if member is not type(None))
    inner = stripped(rest[0])[0] if len(rest) == 1 else Union[rest]  # noqa: UP007  # members are values here
    return inner, len(rest) < len(members)


def scalars(form: Any) -> Iterator[Any]:
    for member in get_args(form) if get_origin(form) in (Union, types.UnionType) else (form,):
        values = get_args(member)
        yield from (type(value) for value in values) if values else (member,)


def models_of(form: Any) -> list[Any]:
    members = get_args(form) if get_origin(form) in (Union, types.UnionType) else (form,)
    return [m for m in members if isinstance(m, type) and not issubclass(m, Unknown)]

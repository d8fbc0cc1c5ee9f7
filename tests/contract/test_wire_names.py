"""Plain dicts in the place of models: the Python names of their keys go out as the wire's names."""

from __future__ import annotations

import asyncio
import inspect
import types
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import orjson
import pytest

from tools.areas import areas
from twelvelabs_async import AsyncTwelveLabs
from twelvelabs_async._runtime import core
from twelvelabs_async._runtime.call import build_call
from twelvelabs_async._runtime.core import Resource
from twelvelabs_async._runtime.json_values import is_array, is_object
from twelvelabs_async._runtime.model import Model, wire_fields
from twelvelabs_async.list_filters import Range

RENAMED = {"base_64_string": "base64_string", "schema_": "schema", "in_": "in"}


class Sent(Exception):  # noqa: N818  # no error: it ends a call when its body is known
    """What a call would send."""


def models_in(form: Any) -> list[type[Model]]:
    """The models that a parameter takes, directly or in lists."""
    if get_origin(form) is Annotated:
        return models_in(get_args(form)[0])
    if isinstance(form, type) and issubclass(form, Model):
        return [form]
    return [model for argument in get_args(form) for model in models_in(argument)]


def in_a_list(form: Any) -> bool:
    return any(
        isinstance(origin := get_origin(member), type)
        and not issubclass(origin, Mapping)
        and origin not in (Union, types.UnionType, Literal)
        and bool(models_in(member))
        for member in (form, *get_args(form))
        if get_origin(member) is not Annotated
    )


def filled(model: type[Model], choice: int, depth: int = 0) -> dict[str, Any]:
    """A dict in the place of a model, by the Python names of its fields.

    Of the members of a union it has the one of that number.
    """
    found: dict[str, Any] = {}
    for field in wire_fields(model):
        inner = models_in(field.type)
        if inner and depth < 5:
            value: Any = filled(inner[choice % len(inner)], choice, depth + 1)
            found[field.name] = [value] if in_a_list(field.type) else value
        elif not inner:
            found[field.name] = f"value of {field.name}"
    return found


def expected(model: type[Model], choice: int, given: Mapping[str, Any]) -> dict[str, Any]:
    """The dict of `filled` as the wire has it."""
    found: dict[str, Any] = {}
    for field in wire_fields(model):
        if field.name not in given:
            continue
        value = given[field.name]
        if inner := models_in(field.type):
            member = inner[choice % len(inner)]
            value = (
                [expected(member, choice, each) for each in value]
                if is_array(value)
                else expected(member, choice, value)
            )
        found[field.wire] = value
    return found


def methods() -> Iterator[tuple[str, Any, str, Any]]:
    """Each parameter of each method that takes a model, with the class of the method."""
    for area in areas():
        module = import_module(f"twelvelabs_async.{area}")
        for cls in vars(module).values():
            if not (inspect.isclass(cls) and issubclass(cls, Resource)):
                continue
            if cls.__module__ != module.__name__:
                continue
            for name, method in vars(cls).items():
                if name.startswith("_") or not inspect.isfunction(method):
                    continue
                hints = get_type_hints(method, include_extras=True)
                hints.pop("return", None)
                for parameter, form in hints.items():
                    # Ranges go into the query, and have the wire's names.
                    for model in set(models_in(form)) - {Range}:
                        yield f"{area}.{name}", (cls, method, model), parameter, form


CASES = list(methods())


@pytest.mark.parametrize("choice", range(3))
@pytest.mark.parametrize(
    ("where", "what", "parameter", "form"),
    CASES,
    ids=[f"{where}-{parameter}-{what[2].__name__}" for where, what, parameter, _ in CASES],
)
def test_python_names_go_out_as_the_wires(
    where: str, what: Any, parameter: str, form: Any, choice: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    cls, method, model = what
    given = filled(model, choice)
    arguments: dict[str, Any] = {
        name: "x" if "str" in str(p.annotation) else []
        for name, p in inspect.signature(method).parameters.items()
        if p.default is p.empty and name != "self"
    }
    arguments[parameter] = [given] if in_a_list(form) else given

    def build(*positional: Any, **named: Any) -> None:
        raise Sent(inspect.signature(build_call).bind(*positional, **named).arguments)

    monkeypatch.setattr(core, "build_call", build)

    async def run() -> None:
        async with AsyncTwelveLabs("key") as client:
            await method(cls(client._core), **arguments)

    with pytest.raises(Sent) as caught:
        asyncio.run(run())
    sent = caught.value.args[0]
    found = orjson.dumps({**(sent["json"] or {}), **(sent["form"] or {})}, default=lambda _: None)
    wanted = expected(model, choice, given)
    assert wanted in list(objects(orjson.loads(found)))


def objects(value: Any) -> Iterator[Any]:
    """All objects in a JSON value."""
    if is_object(value):
        yield value
        for each in value.values():
            yield from objects(each)
    elif is_array(value):
        for each in value:
            yield from objects(each)


def test_every_renamed_field_is_among_what_was_tried() -> None:
    tried = {str(filled(what[2], choice)) for _, what, _, _ in CASES for choice in range(3)}
    for name in RENAMED:
        assert any(f"'{name}'" in given for given in tried), name


@pytest.mark.parametrize("name", RENAMED)
def test_free_mappings_keep_their_keys(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def build(*positional: Any) -> None:
        raise Sent(positional[4])

    monkeypatch.setattr(core, "build_call", build)

    async def run(made: Any) -> Any:
        with pytest.raises(Sent) as caught:
            await made
        return caught.value.args[0]

    async def main() -> None:
        async with AsyncTwelveLabs("key") as client:
            schema = {"type": "object", "properties": {name: {"type": "string"}}}
            sent = await run(
                client.analyze(response_format={"type": "json_schema", "json_schema": schema})
            )
            assert sent["response_format"]["json_schema"] == schema
            sent = await run(client.knowledge_stores.create(name="n", metadata={name: "kept"}))
            assert sent["metadata"] == {name: "kept"}
            sent = await run(
                client.entity_collections.entities.create_bulk(
                    "c", entities=[{"name": "n", "asset_ids": ["a"], "metadata": {name: "kept"}}]
                )
            )
            assert sent["entities"][0]["metadata"] == {name: "kept"}

    asyncio.run(main())

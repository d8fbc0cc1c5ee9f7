"""Models: round trips, and what they make of replies that are not as they expect."""

from __future__ import annotations

import json
import types
from collections.abc import Iterator
from functools import cache
from typing import Any, Union, get_args, get_origin

import attrs
import jsonschema
import pytest
from hypothesis import given, settings

from tests.contract.operations import Operation, normal, operations
from tests.contract.shapes import models, values
from tests.contract.stub import ELSEWHERE, FACTS, sample
from twelvelabs_async import DecodeError
from twelvelabs_async._runtime.convert import TypeForm, structure
from twelvelabs_async._runtime.dump import plain
from twelvelabs_async._runtime.model import Model, Unknown, wire_fields
from twelvelabs_async._runtime.pydantic_hooks import json_schema

MODELS = models()
each_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__qualname__)
REPLIES = [operation for operation in operations() if operation.into is not None]
each_reply = pytest.mark.parametrize("operation", REPLIES, ids=lambda found: found.where)
# The same types are replies of several operations, and most are models.
REPLY_FORMS = {operation.into: operation.where for operation in REPLIES}
FORMS = REPLY_FORMS | {model: model.__qualname__ for model in MODELS}


def without_nulls(value: Any) -> Any:
    """A value as a dump of its model has it: what is null in a model is left out."""
    if isinstance(value, dict):
        return {k: without_nulls(v) for k, v in value.items() if v is not None}
    return [without_nulls(v) for v in value] if isinstance(value, list) else value


@pytest.mark.parametrize("form", [*FORMS], ids=FORMS.get)
def test_a_value_is_read_kept_and_named_where_it_is_wrong(form: Any) -> None:
    is_model = form in MODELS
    schema = validator_for(form.model_json_schema()) if is_model else None

    # One test of a type, since drawing its values is most of the work.
    @settings(max_examples=10, deadline=None)
    @given(value=values(form))
    def holds(value: Any) -> None:
        if schema is not None:
            assert_the_same_after_a_round_trip(form, value)
            schema.validate(value)
        if form in REPLY_FORMS:
            assert_fields_that_we_do_not_know_are_kept(form, value)
            assert_null_is_no_mistake_but_where_nothing_can_be_done_without(form, value)
            assert_a_value_of_the_wrong_type_is_named_by_its_path(form, value)

    holds()


def assert_the_same_after_a_round_trip(model: type[Model], value: Any) -> None:
    made = structure(model, value)
    dumped = made.model_dump(mode="json", by_alias=True)
    assert structure(model, dumped) == made
    assert hash(structure(model, dumped)) == hash(made)
    assert without_nulls(dumped) == without_nulls(value)
    as_json = made.model_dump_json(by_alias=True)
    assert json.loads(as_json) == json.loads(json.dumps(dumped))
    assert model.model_validate(made.model_dump(by_alias=True)) == made
    assert model.model_validate_json(as_json) == made


def assert_fields_that_we_do_not_know_are_kept(form: Any, value: Any) -> None:
    made = structure(TypeForm[Any](form), {**value, "new_in_2030": [1, {"a": None}]})
    assert made.extra["new_in_2030"] == [1, {"a": None}]
    assert made.new_in_2030 == [1, {"a": None}]
    assert made.model_dump()["new_in_2030"] == [1, {"a": None}]


def assert_null_is_no_mistake_but_where_nothing_can_be_done_without(form: Any, value: Any) -> None:
    for holder, key, steps in places(value):
        answers = takes_null(form, steps)
        if len(answers) > 1:
            continue  # a member of a union takes it, and another does not
        kept, holder[key] = holder[key], None
        if answers == {False}:
            with pytest.raises(DecodeError) as caught:
                structure(TypeForm[Any](form), value)
            assert caught.value.path == json_path(steps)
        else:
            structure(TypeForm[Any](form), value)
        holder[key] = kept


def assert_a_value_of_the_wrong_type_is_named_by_its_path(form: Any, value: Any) -> None:
    for holder, key, steps in places(value):
        kept, holder[key] = holder[key], wrong(at(form, steps))
        if not free(form, steps):
            with pytest.raises(DecodeError) as caught:
                structure(TypeForm[Any](form), value, 200)
            assert caught.value.path == json_path(steps)
            assert caught.value.status_code == 200
        holder[key] = kept


def validator_for(schema: dict[str, Any]) -> jsonschema.Draft202012Validator:
    """A validator of this schema, whose parts are checked, each once: most are of many models."""
    for part in (schema, *schema.get("$defs", {}).values()):
        check_schema(json.dumps({**part, "$defs": {}, "properties": {}}))
        for field in part.get("properties", {}).values():
            check_schema(json.dumps(field))
    return jsonschema.Draft202012Validator(schema)


@cache
def check_schema(schema: str) -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(schema))


@each_reply
def test_the_schema_takes_what_the_documents_say_of_the_reply(operation: Operation) -> None:
    facts = {normal(key): fact for key, fact in {**FACTS, **ELSEWHERE}.items()}
    if operation.key not in facts:
        assert operation.key == "POST /generate", "in no document any more"
        return
    value = sample(facts[operation.key]["reply"]["type"])
    schema = validator_for(json_schema(operation.into))
    structure(TypeForm[Any](operation.into), value)
    schema.validate(value)
    # Down to the least that can be read: field by field.
    for holder, key, _ in reversed(list(places(value))):
        if isinstance(holder, dict):
            kept = holder.pop(key)
            try:
                structure(TypeForm[Any](operation.into), value)
            except DecodeError:
                holder[key] = kept
            schema.validate(value)


@each_model
def test_unknown_values_and_tags_do_not_raise(model: type[Model]) -> None:
    for field in wire_fields(model):
        for member in members_of(field.type):
            if isinstance(member, type) and issubclass(member, Unknown):
                (tag,) = (f.wire for f in wire_fields(member))
                made = structure(TypeForm[Any](field.type), {tag: "new_in_2030", "more": [1]})
                assert type(made) is member
                assert getattr(made, tag) == "new_in_2030"
                assert made.extra == {"more": [1]}


def test_a_status_that_is_new_is_handed_through() -> None:
    from twelvelabs_async.embed.v_2.tasks import EmbeddingTaskResponse

    made = structure(EmbeddingTaskResponse, {"_id": "1", "status": "resting", "error": None})
    assert (made.id, made.status, made.error) == ("1", "resting", None)


def test_vectors_are_handed_through_untouched() -> None:
    from twelvelabs_async import EmbeddingData, VideoSegment

    vector = [0.25, 1, -3.5e-8]
    assert structure(EmbeddingData, {"embedding": vector}).embedding is vector
    assert structure(VideoSegment, {"float": vector}).float_ is vector
    assert plain(VideoSegment(float_=[1.0])) == {"float": [1.0]}


def test_segmentation_sets_its_strategy_and_reads_well() -> None:
    from twelvelabs_async import (
        AudioSegmentation,
        MediaSource,
        VideoInputRequest,
        VideoSegmentation_Dynamic,
        VideoSegmentation_Fixed,
        VideoSegmentationDynamicDynamic,
    )

    spelt = VideoSegmentation_Dynamic(dynamic=VideoSegmentationDynamicDynamic(min_duration_sec=4))
    short = VideoSegmentation_Dynamic.of(min_duration_sec=4)
    wire: Any = {"strategy": "dynamic", "dynamic": {"min_duration_sec": 4}}
    assert spelt == short
    assert plain(short) == wire
    for segmentation in (spelt, wire):
        video = VideoInputRequest(
            media_source=MediaSource(base_64_string="AA=="), segmentation=segmentation
        )
        assert plain(video) == {
            "media_source": {"base64_string": "AA=="},
            "segmentation": wire,
        }
    fixed = {"strategy": "fixed", "fixed": {"duration_sec": 6}}
    assert plain(VideoSegmentation_Fixed.of(duration_sec=6)) == fixed
    assert plain(AudioSegmentation.of(duration_sec=6)) == fixed


# What is where


Steps = tuple[str | int, ...]


def places(value: Any, steps: Steps = ()) -> Iterator[tuple[Any, Any, Steps]]:
    """Every value inside a value: its holder, its key, and the way to it."""
    keys: Any = ()
    if isinstance(value, dict):
        keys = list(value)
    elif isinstance(value, list):
        keys = range(len(value))
    for key in keys:
        yield value, key, (*steps, key)
        yield from places(value[key], (*steps, key))


def json_path(steps: Steps) -> str:
    return "$" + "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in steps)


def members_of(form: Any) -> tuple[Any, ...]:
    """What a type is a union of; itself, when it is none."""
    if hasattr(form, "__metadata__"):
        form = get_args(form)[0]
    if get_origin(form) in (Union, types.UnionType):
        return tuple(inner for member in get_args(form) for inner in members_of(member))
    return (form,)


@cache  # the way to a value begins with the way to its holder
def at(form: Any, steps: Steps) -> tuple[Any, ...]:
    """The types that a way may lead to."""
    if not steps:
        return (form,)
    *way, last = steps
    return tuple(inner for one in at(form, tuple(way)) for inner in step_into(one, last))


def step_into(form: Any, step: str | int) -> Iterator[Any]:
    for member in members_of(form):
        origin, arguments = get_origin(member) or member, get_args(member)
        if origin is list and isinstance(step, int):
            yield Any if arguments[0] is float else arguments[0]  # vectors are not looked into
        elif origin is dict:
            yield arguments[1]
        elif origin is Any:
            yield Any
        elif isinstance(origin, type) and issubclass(origin, Model):
            generics = dict(zip(getattr(origin, "__parameters__", ()), arguments, strict=False))
            for field in wire_fields(origin):
                if field.wire == step:
                    unbound = getattr(field.type, "__parameters__", ())
                    bound = tuple(generics[p] for p in unbound)
                    yield field.type[bound] if bound else field.type


def wrong(forms: tuple[Any, ...]) -> Any:
    """A value that none of the types is of."""
    is_object = any(
        get_origin(member) is dict or hasattr(get_origin(member) or member, "model_dump")
        for form in forms
        for member in members_of(form)
    )
    return ["wrong"] if is_object else {"wrong": True}


def takes_null(form: Any, steps: Steps) -> set[bool]:
    """Whether null has a meaning there, by each type that a way may lead to.

    It has none for ids and items of lists; a list that is null is empty.
    """
    *way, last = steps
    found: set[bool] = set()
    for one in at(form, tuple(way)):
        if last in tags_of(one):
            return {True, False}  # it depends on the union whether there is a kind for the unknown
        for member in members_of(one):
            if has_list(get_origin(member) or member, last):
                found.add(True)
                continue
            forms = step_into(member, last)
            found |= {bool({type(None), Any} & set(members_of(inner))) for inner in forms}
    return found


def tags_of(form: Any) -> Iterator[object]:
    """The names of the fields that say which member of a union an object is."""
    for extra in getattr(form, "__metadata__", ()):
        yield getattr(extra, "tag", None)
        form = get_args(form)[0]
    if get_origin(form) in (Union, types.UnionType):
        for member in get_args(form):
            yield from tags_of(member)


def has_list(kind: Any, wire: str | int) -> bool:
    """Whether the model has a field of this name that is an empty list by default."""
    if not (isinstance(kind, type) and issubclass(kind, Model)):
        return False
    defaults = {field.name: field.default for field in attrs.fields(kind)}
    factories = [
        getattr(defaults[field.name], "factory", None)
        for field in wire_fields(kind)
        if field.wire == wire
    ]
    return any((get_origin(factory) or factory) is list for factory in factories)


def free(form: Any, steps: Steps) -> bool:
    """Whether any JSON will do there: metadata of the user's, inside vectors."""
    return any({Any, object} & set(members_of(one)) for one in at(form, steps))

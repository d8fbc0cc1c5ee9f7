"""Models made by programs: of dicts, later fields, numbers as text; and read as mappings."""

from __future__ import annotations

import copy
import json
import pickle
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

import pytest
from attrs import define
from pydantic import TypeAdapter, ValidationError, create_model
from pydantic_core import to_jsonable_python

import twelvelabs_async
from tests.support.area_core import FakeCore
from twelvelabs_async import (
    ArgumentTypeError,
    AudioSegmentation,
    DecodeError,
    IndexesCreateRequestModelsItem,
    IndexSchema,
    MediaSource,
    MultiInputMediaSource,
    MultiInputRequest,
    NonStreamAnalyzeResponse,
    SearchItem,
    SearchResults,
    UploadProgress,
    VideoContext_Url,
    VideoInputRequest,
    VideoSegmentation_Dynamic,
    VideoSegmentation_Fixed,
    VideoVector,
    tasks,
)
from twelvelabs_async._runtime.bodies import encode_json
from twelvelabs_async._runtime.convert import structure
from twelvelabs_async._runtime.dump import plain
from twelvelabs_async._runtime.model import Id, Model, is_empty
from twelvelabs_async.embed.v_2 import EmbedV2


@define(kw_only=True)
class Leaf(Model):
    id: Id
    count: int | None = None
    share: float | None = None
    on: bool | None = None
    at: datetime | None = None
    text: str | None = None


@define(kw_only=True)
class Other(Model):
    kind: Literal["other"] = "other"
    size: int


@define(kw_only=True)
class Tree(Model):
    leaf: Leaf | None = None
    leaves: Sequence[Leaf] | None = None
    named: Mapping[str, Leaf] | None = None
    either: Leaf | Other | None = None
    other: Other | None = None
    free: Mapping[str, Any] | None = None
    vector: list[float] | None = None


# Dicts


@pytest.mark.parametrize("name", ["id", "_id"])
def test_a_dict_becomes_the_model_that_is_expected(name: str) -> None:
    leaf: Any = {name: "1", "count": 2}
    made = Tree(
        leaf=leaf, leaves=[leaf, Leaf(id="2")], named={"a": leaf}, either=leaf, free={"leaf": leaf}
    )
    expected = Leaf(id="1", count=2)
    assert made.leaf == made.either == expected
    assert made.leaves == [expected, Leaf(id="2")]
    assert made.named == {"a": expected}
    assert made.free == {"leaf": leaf}, "free mappings are the user's own"


def test_members_of_a_union_are_distinguished_by_their_keys() -> None:
    assert Tree(either={"size": 1}).either == Other(size=1)
    assert Tree(either={"kind": "other", "size": 1, "new": 2}).either == Other(size=1)
    assert Tree(either={"_id": "1"}).either == Leaf(id="1")
    assert Tree(either={"neither": 1}).either == {"neither": 1}


@pytest.mark.parametrize("given", [{}, {"count": 1}, {1: 2}, 7, "text", [1]])
def test_what_makes_no_model_goes_out_as_it_is(given: Any) -> None:
    made = Tree(other=given)
    assert made.other == given
    assert plain(made) == {"other": given}


@pytest.mark.parametrize(
    ("model", "given"),
    [
        (IndexSchema, {"index_name": "films"}),
        (VideoVector, {}),
        (tasks.TasksRetrieveResponse, {"status": "ready"}),
        (Tree, {"leaf": {"count": 1}, "leaves": [{}]}),
    ],
)
def test_only_a_reply_must_have_its_id(model: type[Model], given: dict[str, Any]) -> None:
    made: Any = model(**given)
    made = getattr(made, "leaf", made)
    assert made.id is None
    assert "id" not in made.model_fields_set
    assert made.dict() == given.get("leaf", given)
    assert plain(made) == given.get("leaf", given)
    assert pickle.loads(pickle.dumps(made)) == made
    with pytest.raises(DecodeError, match="_id"):
        structure(model, given)
    with pytest.raises(ArgumentTypeError, match="_id"):
        model.model_validate(given)


def test_an_event_of_progress_needs_only_what_the_vendors_has() -> None:
    given: Any = {"total_chunks": 2, "completed_chunks": 1, "percentage": 50, "status": "uploading"}
    made = UploadProgress(**given)
    assert given.items() <= made.model_dump().items()
    assert (made.filename, made.bytes_sent) == ("", 0)


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (
            VideoInputRequest(
                media_source={"url": "u"},
                segmentation={"strategy": "fixed", "fixed": {"duration_sec": 5}},
            ),
            VideoSegmentation_Fixed,
        ),
        (
            VideoInputRequest(
                media_source={"url": "u"},
                segmentation={"strategy": "dynamic", "dynamic": {"min_duration_sec": 4}},
            ),
            VideoSegmentation_Dynamic,
        ),
    ],
)
def test_segmentations_of_a_request_are_models(made: VideoInputRequest, expected: type) -> None:
    assert isinstance(made.segmentation, expected)
    assert isinstance(made.media_source, MediaSource)


@pytest.mark.parametrize(
    ("model", "given"),
    [
        (VideoContext_Url, {"type": "asset_id", "url": "u"}),
        (VideoSegmentation_Fixed, {"strategy": "dynamic"}),
        (Other, {"kind": "leaf", "size": 1}),
    ],
)
def test_a_model_is_of_its_own_kind_alone(model: type[Model], given: dict[str, Any]) -> None:
    with pytest.raises(ArgumentTypeError, match=rf"of a {model.__name__} is '\w+', not '\w+'"):
        model(**given)
    # Where a dict is taken it is sent as it is: the service may have a kind that is new.
    assert Tree(other={"kind": "leaf", "size": 1}).other == {"kind": "leaf", "size": 1}


def test_lists_of_dicts_in_a_request_are_models() -> None:
    source: Any = {"name": "x", "media_type": "image", "url": "u"}
    made = MultiInputRequest(input_text="a", media_sources=[source])
    assert made.media_sources is not None
    assert isinstance(made.media_sources[0], MultiInputMediaSource)


async def test_dicts_and_models_are_sent_alike() -> None:
    bodies = []
    for video in (
        VideoInputRequest(media_source={"url": "u"}, start_sec="1.5", end_sec=3),
        VideoInputRequest(media_source=MediaSource(url="u"), start_sec=1.5, end_sec=3),
    ):
        core = FakeCore(lambda _: {"data": []})
        await EmbedV2(core).create(input_type="video", model_name="marengo3.0", video=video)
        bodies.append(json.loads(encode_json(core.sent[0].json or {})))
    assert bodies[0] == bodies[1]


# Other arguments


def test_arguments_that_no_field_takes_are_kept_and_sent() -> None:
    others: Any = {"finetuned": True, "inner": {"a": None}}
    made: Any = IndexesCreateRequestModelsItem(
        model_name="marengo3.0", model_options=["visual"], **others
    )
    assert made.extra == {"finetuned": True, "inner": {"a": None}}
    assert made.finetuned is True
    assert made.model_dump()["finetuned"] is True
    assert plain(made) == {
        "model_name": "marengo3.0",
        "model_options": ["visual"],
        "finetuned": True,
        "inner": {"a": None},
    }
    nested: Any = Tree(leaf={"_id": "1", "new": 2})
    assert nested.leaf.extra == {"new": 2}
    assert plain(nested) == {"leaf": {"_id": "1", "new": 2}}
    for again in (copy.deepcopy(made), pickle.loads(pickle.dumps(made)), copy.copy(made)):
        assert plain(again) == plain(made)
    assert not is_empty(Tree(new=1))  # type: ignore[call-arg]  # that is the test


def test_what_the_service_added_is_not_sent_back() -> None:
    assert plain(structure(Leaf, {"_id": "1", "new": 2})) == {"_id": "1"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"count": "12"}, {"count": 12}),
        ({"share": "1"}, {"share": 1.0}),
        ({"share": " 2.5 "}, {"share": 2.5}),
        ({"on": "true"}, {"on": True}),
        ({"on": "False"}, {"on": False}),
        ({"at": "2026-01-02T03:04:05Z"}, {"at": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)}),
        ({"text": "12"}, {"text": "12"}),
        ({"count": "many"}, {"count": "many"}),
        ({"on": "maybe"}, {"on": "maybe"}),
        ({"at": "now"}, {"at": "now"}),
        ({"count": None, "share": None}, {"count": None, "share": None}),
    ],
)
def test_numbers_and_times_as_text_are_what_they_say(given: Any, expected: Any) -> None:
    made = Leaf(id="1", **given)
    for name, value in expected.items():
        assert getattr(made, name) == value
        assert type(getattr(made, name)) is type(value)


def test_a_missing_argument_is_an_error_as_before() -> None:
    with pytest.raises(TypeError, match="size"):
        Other()  # type: ignore[call-arg]  # that is the test
    with pytest.raises(TypeError):
        Leaf("1")  # type: ignore[misc]  # that is the test


def test_the_name_in_python_comes_before_the_one_on_the_wire() -> None:
    made: Any = Leaf(id="1", _id="2")  # type: ignore[call-arg]  # that is the test
    assert made.id == "1"
    segmentation: Any = AudioSegmentation(fixed={"duration_sec": "5"})
    assert segmentation.fixed.duration_sec == 5


def test_vectors_are_taken_untouched() -> None:
    vector = [0.5] * 3
    assert Tree(vector=vector).vector is vector


# As mappings


def test_a_model_is_read_as_a_mapping() -> None:
    made = NonStreamAnalyzeResponse(id="1", data="text")
    assert dict(made)["data"] == vars(made)["data"] == made.__dict__["data"] == "text"
    assert ("id", "1") in list(made)
    reply = structure(Leaf, {"_id": "1", "new": 2})
    assert dict(reply) == {**vars(reply), "new": 2}
    assert "__raw__" not in vars(reply)
    assert "new" not in vars(reply)
    assert {**dict(Tree(leaf={"id": "1"}))}["leaf"] == Leaf(id="1")


def test_a_page_is_read_as_a_mapping_and_iterated_by_its_rows() -> None:
    row = {"video_id": "v", "rank": 1}
    page = structure(SearchResults, {"data": [row, row], "search_pool": None, "new": 1})
    assert [item.video_id for item in page] == ["v", "v"]
    assert dict(page) == {"data": page.data, "search_pool": None, "page_info": None, "new": 1}
    assert page[0] is page.items[0]
    assert page[-1:] == page.items[1:]
    assert page["data"] is page.data
    assert vars(page)["data"] is page.data


# In pydantic


def test_a_model_is_a_field_of_a_pydantic_model() -> None:
    outer = create_model("Outer", leaf=(Leaf, ...), rest=(list[Leaf] | None, None))
    made = outer(leaf=Leaf(id="1"), rest=[{"_id": "2"}, {"id": "3", "new": 4}])
    assert made.leaf == Leaf(id="1")  # type: ignore[attr-defined]  # made at run time
    assert [leaf.id for leaf in made.rest] == ["2", "3"]  # type: ignore[attr-defined]  # as above
    dumped = made.model_dump()
    assert dumped["leaf"]["id"] == "1"
    assert dumped["rest"][1]["new"] == 4
    assert json.loads(made.model_dump_json(by_alias=True))["leaf"]["_id"] == "1"
    assert made.model_dump(exclude_none=True)["leaf"] == {"id": "1"}
    again = outer.model_validate_json(made.model_dump_json())
    assert again.leaf == Leaf(id="1")  # type: ignore[attr-defined]  # as above
    assert outer.model_validate(made.model_dump(by_alias=True)) == made


@pytest.mark.parametrize("value", [{}, {"count": 1}, 7, "text", None, [1], {"_id": 5}])
def test_what_makes_no_model_is_a_validation_error(value: Any) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Leaf).validate_python(value)


def test_pydantic_serializes_models_wherever_they_are() -> None:
    leaf = Leaf(id="1", at=datetime(2026, 1, 2, tzinfo=UTC))
    found = to_jsonable_python({"a": [leaf]})["a"][0]
    assert (found["_id"], found["at"]) == ("1", "2026-01-02T00:00:00Z")
    assert json.loads(TypeAdapter(Any).dump_json(leaf, by_alias=False))["id"] == "1"


def test_json_schemas_have_the_names_of_the_wire() -> None:
    schema = TypeAdapter(list[Leaf]).json_schema()
    assert schema["items"] == {"$ref": "#/$defs/Leaf"}
    assert schema["$defs"]["Leaf"] == {
        "type": "object",
        "title": "Leaf",
        "properties": {
            "_id": {"type": "string"},
            "count": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
            "share": {"anyOf": [{"type": "number"}, {"type": "null"}]},
            "on": {"anyOf": [{"type": "boolean"}, {"type": "null"}]},
            "at": {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]},
            "text": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        },
        "required": ["_id"],
    }


PUBLIC: Any = twelvelabs_async.types  # to a checker it has the public names alone
EVERY_MODEL = [
    found
    for name in PUBLIC.__all__
    if isinstance(found := getattr(twelvelabs_async, name), type) and issubclass(found, Model)
]


@pytest.mark.parametrize("model", EVERY_MODEL, ids=lambda model: model.__name__)
def test_every_model_has_a_json_schema(model: type[Model]) -> None:
    assert TypeAdapter(model).json_schema()["title"] == model.__name__


async def get(app: Any, path: str) -> Any:
    """What an ASGI application answers, as JSON."""
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode()}
    rest = {"query_string": b"", "headers": [], "http_version": "1.1", "scheme": "http"}
    await app(scope | rest | {"server": ("h", 80), "client": ("c", 1)}, receive, send)
    return json.loads(b"".join(message.get("body", b"") for message in sent))


async def test_a_route_answers_with_models_and_documents_them() -> None:
    fastapi = pytest.importorskip("fastapi")
    app = fastapi.FastAPI()

    @app.get("/hits")
    async def hits() -> list[SearchItem]:
        return [SearchItem(video_id="v", rank=1)]

    @app.get("/index")
    async def index() -> IndexSchema:
        return structure(IndexSchema, {"_id": "i", "index_name": "n"})

    assert (await get(app, "/hits"))[0]["video_id"] == "v"
    assert (await get(app, "/index"))["_id"] == "i"
    assert {"/hits", "/index"} <= (await get(app, "/openapi.json"))["paths"].keys()


def test_pydantic_is_imported_by_nobody_who_does_not_use_it() -> None:
    program = (
        "import sys, twelvelabs_async as t; m = t.IndexSchema(id='1', new=2); dict(m); vars(m);"
        "m.model_dump(); assert not [n for n in sys.modules if n.startswith('pydantic')]"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_without_pydantic_a_model_has_no_serializer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pydantic_core", None)

    @define(kw_only=True)
    class Fresh(Model):
        pass

    assert not hasattr(Fresh(), "__pydantic_serializer__")

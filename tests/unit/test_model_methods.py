"""The methods that models have by the names of pydantic, and what else programs do with models."""

from __future__ import annotations

import copy
import json
import pickle
from array import array
from datetime import UTC, datetime
from functools import lru_cache
from types import new_class
from typing import Any

import attrs
import jsonschema
import pytest
from attrs import define
from fastapi import FastAPI
from pydantic import BaseModel, TypeAdapter

from tests.support.area_core import FakeCore
from tests.support.both import both_clients
from tests.support.scripted_server import ScriptedServer, answer
from tests.unit.test_lenient import get
from twelvelabs_async import IndexSchema, SearchItem, SearchResults
from twelvelabs_async._runtime.convert import structure
from twelvelabs_async._runtime.model import Id, Model
from twelvelabs_async._runtime.pager import Page
from twelvelabs_async.indexes import Indexes


@define(kw_only=True)
class Leaf(Model):
    id: Id
    count: int | None = None
    at: datetime | None = None


@define(kw_only=True)
class Tree(Model):
    leaf: Leaf | None = None
    leaves: list[Leaf] = attrs.field(factory=list[Leaf])
    free: dict[str, Any] | None = None
    vector: list[float] | None = None
    name: str = "tree"


@define(kw_only=True)
class Films(Page[Leaf]):
    name: str | None = None


TIME = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    "given",
    [
        {"leaf": {"_id": "1", "count": 2, "at": "2026-01-02T00:00:00Z"}, "new": 3},
        {"leaf": {"id": "1", "count": 2, "at": TIME}, "new": 3},
        {"leaf": Leaf(id="1", count=2, at=TIME), "new": 3},
    ],
    ids=["wire", "python", "model"],
)
def test_a_dict_is_validated(given: Any) -> None:
    made = Tree.model_validate(given)
    assert made == Tree(leaf=Leaf(id="1", count=2, at=TIME))
    assert made.extra == {"new": 3}
    assert Tree.model_validate(made) is made
    for dumped in (made.model_dump(), made.model_dump(by_alias=True)):
        assert Tree.model_validate(dumped) == made
    text = made.model_dump_json(by_alias=True)
    assert Tree.model_validate_json(text) == Tree.model_validate_json(text.encode()) == made


@pytest.mark.parametrize("given", [None, 5, [1], {"leaf": 5}, {"leaf": {"count": 1}}, {1: 2}])
def test_what_does_not_fit_is_a_value_error(given: Any) -> None:
    with pytest.raises(ValueError):
        Tree.model_validate(given)
    with pytest.raises(ValueError):
        Tree.model_validate_json("[1")


def test_the_error_has_the_path() -> None:
    with pytest.raises(ValueError, match=r"\$\.leaves\[1\]\.count"):
        Tree.model_validate({"leaves": [{"_id": "1"}, {"_id": "2", "count": "many"}]})


def test_a_copy_takes_updates() -> None:
    made = structure(Tree, {"leaf": {"_id": "1"}, "new": [1]})
    copied = made.model_copy(update={"name": "other", "later": 5})
    assert (copied.name, copied.extra) == ("other", {"new": [1], "later": 5})
    assert (made.name, made.extra) == ("tree", {"new": [1]})
    assert copied.leaf is made.leaf
    deep = made.model_copy(deep=True)
    assert deep == made
    assert deep.leaf is not made.leaf
    for before in (Tree(name="x"), structure(Tree, {"name": "x"})):
        after = before.model_copy(update={"leaf": None, "later": 5})
        assert after.model_fields_set == {"leaf", "name", "later"}
        assert after.model_dump(exclude_unset=True) == {"leaf": None, "name": "x", "later": 5}
        assert before.model_fields_set == {"name"}


@pytest.mark.parametrize("made", [Leaf(id="1"), structure(Leaf, {"_id": "1"})])
def test_a_copy_takes_the_names_of_the_wire(made: Leaf) -> None:
    copied = made.model_copy(update={"_id": "2"})
    assert (copied.id, copied.extra) == ("2", {})
    assert copied.model_dump(exclude_unset=True, by_alias=True) == {"_id": "2"}
    assert made.model_copy(update={"_id": "2", "id": "3"}).id == "3"


COMPACT = array("f", [0.5, 1.5])


@pytest.mark.parametrize("place", ["vector", "free", "rows"])
def test_a_compact_vector_is_equal_to_a_list_of_its_numbers(place: str) -> None:
    def page(vector: Any) -> Page[Tree]:
        held = {"vector": vector, "free": {"a": vector}, "rows": {"b": [1, {"a": [vector, 0]}]}}
        tree = {"leaf": {"_id": "1"}, "vector" if place == "vector" else "free": held[place]}
        return structure(Page[Tree], {"data": [tree]})

    made, same = page(COMPACT), page([0.5, 1.5])
    other, longer = page([0.5, 2.5]), page([0.5, 1.5, 0.0])
    assert made == same
    assert same == made
    assert made != other
    assert longer != made


def test_models_are_in_sets_and_keys_of_mappings() -> None:
    hits = [SearchItem(video_id="v", rank=1, user_metadata={"a": 1}) for _ in range(2)]
    reply = structure(SearchItem, {"video_id": "v", "rank": 1, "user_metadata": {"a": 1}})
    assert len({*hits, reply}) == 1
    assert {hits[0]: "seen"}[hits[1]] == "seen"
    assert lru_cache(lambda hit: hit.video_id)(hits[0]) == "v"
    assert len({*hits, SearchItem(video_id="w"), IndexSchema(id="v")}) == 3
    assert {SearchResults(data=hits)} == {SearchResults(data=hits)}
    assert len({Page(data=hits), Page[SearchItem](data=hits)}) == 1
    vectors = [structure(Tree, {"vector": vector}) for vector in (COMPACT, [0.5, 1.5])]
    assert len(set(vectors)) == 1


def test_a_dump_has_the_fields_that_are_chosen() -> None:
    made = Tree(
        leaf=Leaf(id="1", count=2), leaves=[Leaf(id="2"), Leaf(id="3")], free={"a": 1, "b": 2}
    )
    assert made.model_dump(include={"name"}) == {"name": "tree"}
    assert made.model_dump(include={"leaf": {"id"}}) == {"leaf": {"id": "1"}}
    assert made.model_dump(include={"leaf": {"id"}}, by_alias=True) == {"leaf": {"_id": "1"}}
    assert made.model_dump(include={"leaves": {"__all__": {"id"}}}) == {
        "leaves": [{"id": "2"}, {"id": "3"}]
    }
    assert made.model_dump(include={"leaves": {1: {"id"}}}) == {"leaves": [{"id": "3"}]}
    assert made.model_dump(include={"free"}, exclude={"free": {"b"}}) == {"free": {"a": 1}}
    assert made.model_dump(exclude={"leaf": {"count", "at"}, "leaves": True, "free": ...}) == {
        "leaf": {"id": "1"},
        "vector": None,
        "name": "tree",
    }
    assert json.loads(made.model_dump_json(include={"name"})) == {"name": "tree"}


def test_a_dump_leaves_out_what_was_not_set_or_is_as_by_default() -> None:
    made = Tree(leaf=Leaf(id="1", count=None), name="tree")
    assert made.model_dump(exclude_unset=True) == {
        "leaf": {"id": "1", "count": None},
        "name": "tree",
    }
    assert made.model_dump(exclude_defaults=True) == {"leaf": {"id": "1"}}
    assert made.model_fields_set == {"leaf", "name"}
    made.vector = [1.0]
    assert made.model_fields_set == {"leaf", "name", "vector"}
    reply = structure(Tree, {"leaf": {"_id": "1"}, "free": None, "new": 1})
    assert reply.model_dump(exclude_unset=True) == {"leaf": {"id": "1"}, "free": None, "new": 1}
    assert reply.model_fields_set == {"leaf", "free", "new"}
    beside: Any = {"name": "tree", "new": 1}
    assert Tree(**beside).model_fields_set == {"name", "new"}


def test_a_dict_is_as_it_came() -> None:
    """Unlike a dump, as in the vendor's SDK."""
    body = {"leaf": {"_id": "1", "count": None}, "free": {"a": None}, "new": 1}
    reply = structure(Tree, body)
    assert reply.dict() == {**body, "leaves": [], "name": "tree"}
    made = Tree(leaf=Leaf(id="1"), vector=None)
    assert made.dict() == {"leaf": {"_id": "1"}, "leaves": [], "vector": None, "name": "tree"}
    assert made.dict(exclude={"leaves": True, "leaf": {"id"}}) == {
        "leaf": {},
        "vector": None,
        "name": "tree",
    }
    for option in ({"by_alias": False}, {"exclude_none": True}, {"exclude_unset": True}):
        assert made.dict(**option) == made.dict()  # as the vendor's, which ignores them, too
    assert made.dict(exclude_defaults=True) == {"leaf": {"_id": "1"}}
    assert Leaf(id="1", at=TIME).dict()["at"] == TIME
    assert Leaf(id="1", at=TIME).dict(mode="json")["at"] == "2026-01-02T00:00:00Z"


def test_the_older_name_of_a_dump_to_json_does_the_same() -> None:
    made = Tree(leaf=Leaf(id="1"))
    assert made.json(exclude_none=True) == made.model_dump_json(exclude_none=True)


def test_the_older_names_of_pydantic_do_the_same() -> None:
    made = Tree(leaf=Leaf(id="1"))
    text = made.model_dump_json()
    assert Tree.parse_raw(text) == Tree.parse_raw(text.encode()) == made
    assert Leaf.construct(_id="1", count=2) == Leaf(id="1", count=2)
    assert Tree.schema() == Tree.model_json_schema()
    assert made.__fields_set__ == made.model_fields_set == {"leaf"}
    assert Tree.__fields__ == made.__fields__ == Tree.model_fields
    assert made.model_config == Tree.model_config == {"extra": "allow"}
    Tree.model_rebuild(raise_errors=False)
    Tree.update_forward_refs(Leaf=Leaf)


def test_what_else_pydantic_takes_is_taken() -> None:
    given = {"leaf": {"_id": "1"}, "new": 3}
    tree = Tree.model_validate(given, strict=True, context={"a": 1})
    text = json.dumps(given)
    assert (
        Tree.model_validate_json(text, strict=False, context=None) == Tree.parse_obj(given) == tree
    )
    options: Any = {"round_trip": True, "warnings": "none", "context": {}, "serialize_as_any": True}
    assert tree.model_dump(**options, fallback=str) == tree.model_dump()
    assert tree.dict(round_trip=True) == tree.dict()
    assert tree.model_dump_json(**options) == tree.json(warnings=False) == tree.model_dump_json()
    dumps: Any = (tree.model_dump, tree.model_dump_json, tree.dict)
    for dump in dumps:
        with pytest.raises(TypeError, match="'roundtrip'"):
            dump(roundtrip=True)
    copied = tree.copy(update={"name": "b"}, deep=True)
    assert (copied.name, copied.leaf == tree.leaf, copied.leaf is tree.leaf) == ("b", True, False)
    assert tree.model_extra == {"new": 3}


def test_a_model_is_constructed_of_values_that_are_not_checked() -> None:
    made: Any = Leaf.model_construct(_id="1", count="many", new=3)
    assert (made.id, made.count, made.at, made.extra) == ("1", "many", None, {"new": 3})
    assert made.model_fields_set == {"id", "count"}
    assert Leaf.model_construct(id="1") == Leaf(id="1")
    assert Leaf.model_construct({"at"}, id="1").model_fields_set >= {"at"}
    lone: Any = Leaf.model_construct()
    assert (lone.id, repr(lone), lone.model_dump()) == (
        None, "Leaf()", {"id": None, "count": None, "at": None}
    )  # fmt: skip
    tree, other = Tree.model_construct(), Tree.model_construct()
    assert (tree.leaves, tree.name) == ([], "tree")
    assert tree.leaves is not other.leaves


def test_the_fields_are_those_of_the_class() -> None:
    assert list(Tree.model_fields) == ["leaf", "leaves", "free", "vector", "name"]
    assert Leaf.model_fields["id"].alias == "_id"
    assert Leaf(id="1").model_fields["id"].is_required()
    assert Leaf.model_fields["count"].annotation == int | None


def test_the_schema_has_the_names_of_the_wire_or_those_here() -> None:
    assert Leaf.model_json_schema()["required"] == ["_id"]
    assert Tree.model_json_schema()["$defs"]["Leaf"]["required"] == ["_id"]
    assert Tree.model_json_schema(by_alias=False)["$defs"]["Leaf"]["required"] == ["id"]


@pytest.mark.parametrize(
    "made", [structure(Tree, {"leaf": {"_id": "1"}, "new": 1}), Tree(name="n")]
)
def test_what_is_beside_the_fields_is_kept_by_copies_and_hidden_from_attrs(made: Tree) -> None:
    for again in (
        copy.copy(made),
        copy.deepcopy(made),
        pickle.loads(pickle.dumps(made)),
        made.model_copy(),
    ):
        assert again == made
        assert again.extra == made.extra
        assert again.model_fields_set == made.model_fields_set
    assert attrs.asdict(made).keys() == Tree.model_fields.keys()
    assert attrs.asdict(SearchResults()).keys() == {"page_info", "data", "search_pool"}


def test_a_copy_with_other_fields_keeps_what_is_beside_them() -> None:
    made = structure(Tree, {"leaf": {"_id": "1"}, "new": 1})
    # As `copy.replace` of Python 3.13 calls it.
    again = made.__replace__(leaf={"_id": "2"}, name="n", other=2)
    assert again.leaf == Leaf(id="2")
    assert (again.name, again.extra) == ("n", {"new": 1, "other": 2})
    assert again.model_fields_set == {"leaf", "name", "new", "other"}
    assert (made.name, made.extra) == ("tree", {"new": 1})


def test_pages_of_one_class_of_rows_are_a_class() -> None:
    found: dict[str, Any] = {"data": [{"_id": "1", "count": 2}], "page_info": {"page": 1}, "new": 1}
    made = structure(Page[Leaf], found)
    kind = type(made)
    assert kind is Page[Leaf] is type(Page[Leaf](data=[]))
    assert isinstance(made, Page)
    for dumped in (made.model_dump(), made.model_dump(by_alias=True)):
        assert kind.model_validate(dumped) == Page[Leaf].model_validate(dumped) == made
    assert kind.model_validate_json(made.model_dump_json(by_alias=True)) == made
    assert type(kind.model_validate(found).data[0]) is Leaf
    with pytest.raises(ValueError, match=r"\$\.data\[0\]\.count"):
        kind.model_validate({"data": [{"_id": "1", "count": "many"}]})
    for again in (copy.copy(made), copy.deepcopy(made), pickle.loads(pickle.dumps(made))):
        assert again == made
        assert (type(again), again.extra) == (kind, {"new": 1})
    schema = made.model_json_schema()
    assert schema["properties"]["data"]["anyOf"][0]["items"] == {"$ref": "#/$defs/Leaf"}


def test_a_page_without_a_class_for_its_rows_has_that_of_the_page_it_is_validated_by() -> None:
    bare, made = Page(data=[Leaf(id="1")]), Page[Leaf](data=[Leaf(id="1")])
    assert bare == made == bare
    assert made != Page[Leaf](data=[Leaf(id="2")])
    assert made != SearchResults()
    again = Page[Leaf].model_validate(bare)
    assert (type(again), again) == (Page[Leaf], made)
    assert type(pickle.loads(pickle.dumps(bare))) is Page
    # What any rows have in common, and a class of a program's own:
    assert Page[dict[str, Any]].model_validate({"data": [{"x": 1}]}).data == [{"x": 1}]
    film = Films(data=[Leaf(id="1")], name="x")
    assert pickle.loads(pickle.dumps(film)) == film != Films(data=[Leaf(id="1")])


def test_a_repr_is_short_enough_to_read() -> None:
    made = Tree(leaf=Leaf(id="1"), vector=[0.5] * 512, leaves=[Leaf(id=str(n)) for n in range(50)])
    assert repr(made) == (
        "Tree(leaf=Leaf(id='1'), leaves=[Leaf(id='0'), Leaf(id='1'), Leaf(id='2'), Leaf(id='3'), "
        "Leaf(id='4'), <45 more>], vector=<512 floats>, name='tree')"
    )
    assert repr(structure(Tree, {"vector": array("f", [1.0] * 3)})) == (
        "Tree(leaves=[], vector=<3 floats>, name='tree')"
    )
    assert len(repr(Tree(name="x" * 100_000))) < 1200


@both_clients
async def test_a_page_that_a_list_gave_is_validated_by_its_class(make: Any) -> None:
    found = {"data": [{"_id": "1", "index_name": "films"}], "page_info": {"page": 1}}
    async with ScriptedServer(answer(200, json.dumps(found).encode())) as scripted:
        async with make("k", base_url=scripted.url) as client:
            page: Any = (await client.indexes.list()).response
    assert type(page) is Page[IndexSchema]
    assert type(page).model_validate(page.model_dump(by_alias=True)) == page
    assert pickle.loads(pickle.dumps(page)) == page


async def test_a_pager_shows_what_it_lists() -> None:
    row = {"_id": "1", "index_name": "films"}
    pager = Indexes(FakeCore(lambda _: {"data": [row]})).list()
    assert repr(pager) == "<Pager: await it, or iterate it>"
    await pager
    assert "IndexSchema(id='1', index_name='films'" in repr(pager)
    assert repr(pager).endswith("has_next=False)")


@both_clients
async def test_a_route_without_a_type_has_the_names_here_and_of_a_dump_the_wires(
    make: Any,
) -> None:
    found = {"data": [{"_id": "1", "index_name": "films"}], "page_info": {"page": 1}}
    async with ScriptedServer(answer(200, json.dumps(found).encode())) as scripted:
        async with make("k", base_url=scripted.url) as client:
            page: Any = (await client.indexes.list()).response
    app = FastAPI()

    @app.get("/row")
    async def row():  # type: ignore[no-untyped-def]  # such as many programs have
        return page.items[0]

    @app.get("/rows")
    async def rows():  # type: ignore[no-untyped-def]  # as above
        return page.items

    @app.get("/page")
    async def whole():  # type: ignore[no-untyped-def]  # as above
        return page

    @app.get("/dump")
    async def dump():  # type: ignore[no-untyped-def]  # as above
        return page.model_dump(mode="json", by_alias=True)

    @app.get("/typed", response_model=Page[IndexSchema])
    async def typed():  # type: ignore[no-untyped-def]  # as above
        return page

    here = [
        await get(app, "/row"),
        (await get(app, "/rows"))[0],
        (await get(app, "/page"))["data"][0],
    ]
    assert all(answered["id"] == "1" and "_id" not in answered for answered in here)
    for path in ("/dump", "/typed"):
        assert (await get(app, path))["data"][0]["_id"] == "1"


async def test_a_route_answers_with_the_wires_names_and_documents_them() -> None:
    app = FastAPI()

    @app.get("/hits")
    async def hits() -> list[SearchItem]:
        return [SearchItem(video_id="v", rank=1)]

    @app.get("/index", response_model_exclude_none=True)
    async def index() -> IndexSchema:
        return structure(IndexSchema, {"_id": "i", "index_name": "n"})

    @app.get("/page")
    async def page() -> Page[IndexSchema]:
        return Page(data=[IndexSchema(id="i", index_name="n")])

    assert (await get(app, "/hits"))[0]["video_id"] == "v"
    assert (await get(app, "/page"))["data"][0]["_id"] == "i"
    assert (await get(app, "/index"))["_id"] == "i"
    assert None not in (await get(app, "/index")).values()
    document = await get(app, "/openapi.json")
    schemas = document["components"]["schemas"]
    assert {"_id", "index_name"} <= schemas["IndexSchema"]["properties"].keys()
    for path, name in (("/index", "IndexSchema"), ("/page", "Page_IndexSchema_")):
        answer = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]
        assert answer["schema"] == {"$ref": f"#/components/schemas/{name}"}
    rows = schemas["Page_IndexSchema_"]["properties"]["data"]["anyOf"][0]
    assert rows["items"] == {"$ref": "#/components/schemas/IndexSchema"}
    answer = document["paths"]["/hits"]["get"]["responses"]["200"]["content"]["application/json"]
    assert answer["schema"]["items"] == {"$ref": "#/components/schemas/SearchItem"}


@define(kw_only=True)
class Branch(Model):
    id: Id
    leaf: Leaf | None = None
    branches: list[Branch] = attrs.field(factory=list["Branch"])
    twig: Twig | None = None


@define(kw_only=True)
class Twig(Model):
    branch: Branch | None = None
    leaf: Leaf | None = None


class Garden(BaseModel):
    first: Branch
    other: Branch | None = None
    twig: Twig


BRANCH = {"_id": "1", "branches": [{"_id": "2", "twig": {"branch": {"_id": "3"}}}]}
WRONG = {"_id": "1", "branches": [{"_id": "2", "twig": {"branch": {"leaf": {}}}}]}


@pytest.mark.parametrize(
    ("schema", "right", "wrong"),
    [
        (Branch.model_json_schema(), BRANCH, WRONG),
        (TypeAdapter(Branch).json_schema(), BRANCH, WRONG),
        (TypeAdapter(Branch).json_schema(mode="serialization"), BRANCH, WRONG),
        (TypeAdapter(list[Branch]).json_schema(), [BRANCH], [WRONG]),
        (Garden.model_json_schema(), {"first": BRANCH, "twig": {}}, {"first": WRONG, "twig": {}}),
    ],
    ids=["own", "pydantic", "serialization", "list", "within"],
)
def test_a_schema_names_the_models_within_it_which_may_hold_each_other(
    schema: dict[str, Any], right: Any, wrong: Any
) -> None:
    validator = jsonschema.Draft202012Validator(schema)
    validator.validate(right)
    assert not validator.is_valid(wrong)
    assert schema["$defs"].keys() == {"Leaf", "Branch", "Twig"}


def test_two_models_of_a_name_have_a_name_each_in_a_schema() -> None:
    def named(name: str, fields: dict[str, Any]) -> Any:
        body: dict[str, Any] = {"__annotations__": fields}
        return define(kw_only=True)(new_class(name, (Model,), exec_body=lambda it: it.update(body)))

    both = named("Both", {"one": Leaf, "two": named("Leaf", {"more": str})})
    schema = both.model_json_schema()
    assert schema["properties"] == {
        "one": {"$ref": "#/$defs/Leaf"},
        "two": {"$ref": "#/$defs/Leaf_2"},
    }
    assert list(schema["$defs"]["Leaf_2"]["properties"]) == ["more"]


class PydanticLeaf(BaseModel):
    id: str
    count: int | None = None
    at: datetime | None = None


class PydanticTree(BaseModel):
    leaf: PydanticLeaf | None = None
    leaves: list[PydanticLeaf] = []


@pytest.mark.parametrize("how", ["include", "exclude"])
@pytest.mark.parametrize(
    "chosen",
    [
        {"leaves": {-1}},
        {"leaves": {0, -1}},
        {"leaves": {-1: {"id"}, 0: True}},
        {"leaves": {-1: ...}},
        {"leaves": {"__all__"}},
        {"leaves": {"__all__": {"id"}}},
        {"leaves": {"__all__": {"id"}, 0: {"count"}}},
        {"leaves": {"__all__": {"id": True}, 0: {"count": ..., "id": True}}},
        {"leaves": {"__all__": {"id"}, -1: True}},
        {"leaves": {"__all__": True, -1: {"id"}}},
        {"leaf": {"id"}, "leaves": {1}},
        {"leaf"},
    ],
    ids=str,
)
def test_entries_are_chosen_as_in_pydantic(how: str, chosen: Any) -> None:
    given: dict[str, Any] = {"leaf": {"id": "a", "count": 1}}
    given["leaves"] = [{"id": each, "count": 2} for each in "bcd"]
    option: Any = {how: chosen, "exclude_none": True}
    dumped = Tree.model_validate(given).model_dump(**option)
    wanted = PydanticTree.model_validate(given).model_dump(**option)
    assert {name: dumped[name] for name in dumped if name != "name"} == wanted


def test_the_options_of_newer_pydantic_change_nothing() -> None:
    plain = Leaf(id="1").model_dump()
    options: Any = {"exclude_computed_fields": True, "polymorphic_serialization": None}
    assert Leaf(id="1").model_dump(**options) == plain
    assert json.loads(Leaf(id="1").model_dump_json(**options)) == plain

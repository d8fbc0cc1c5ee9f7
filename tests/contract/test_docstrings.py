"""The docstring of each public method: complete by itself, and true of what the method sends."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest

from tests.contract.operations import normal, operations
from tests.support.methods import METHODS
from tools.areas import areas, source
from twelvelabs_async import AsyncTwelveLabs
from twelvelabs_async._runtime.pager import BasePage, Pager
from twelvelabs_async._runtime.raw_response import RawResponse
from twelvelabs_async._runtime.stream import Stream
from twelvelabs_async._runtime.text_stream import TextStream
from twelvelabs_async.ingest import export, write_report
from twelvelabs_async.sync.iterate import SyncPager, SyncStream, SyncTextStream
from twelvelabs_async.webhooks import sign, unwrap

SENDS_NOTHING_BY_ITSELF = {
    "client.close": "closes connections",
    "client.ingest": "calls what each file needs, as docs/ingest.md says",
    "client.warm_up": "imports modules",
    "client.with_options": "makes a client",
}


def every_method(check: Callable[[type, str], None]) -> Callable[[type, str], None]:
    """A test of each area of each client, which checks the methods there one by one."""
    areas = {path.split(".")[1] for paths in METHODS.values() for path in paths}

    @pytest.mark.parametrize("area", sorted(areas))
    @pytest.mark.parametrize("kind", METHODS)
    def test(kind: type, area: str) -> None:
        paths = [path for path in METHODS[kind] if path.split(".")[1] == area]
        assert paths
        for path in paths:
            check(kind, path)

    return test


def doc_of(kind: type, path: str) -> str:
    doc = inspect.getdoc(METHODS[kind][path])
    assert doc, "no docstring"
    return doc


def example_of(doc: str) -> str:
    """The code of the example, which is the last paragraph and the only one."""
    paragraphs = re.split(r"\n\n+", doc)
    assert [p.startswith("Example: ") for p in paragraphs].count(True) == 1
    found = re.fullmatch(r"Example: ``([^`]+)``", paragraphs[-1])
    assert found, "the last paragraph is not an example"
    return " ".join(found[1].split())


def prose_of(doc: str) -> str:
    return doc[: doc.rindex("\n\nExample: ")]


@cache
def sent() -> dict[str, tuple[set[str], bool]]:
    """What each method sends, and whether by itself; by others of its class that it calls, else."""
    direct: dict[str, set[str]] = {}
    for operation in operations():
        direct.setdefault(operation.where, set()).add(operation.key)
    return dict(_sent(direct))


def _sent(direct: dict[str, set[str]]) -> Iterator[tuple[str, tuple[set[str], bool]]]:
    for area in areas():
        for cls in source(area).tree.body:
            if not (isinstance(cls, ast.ClassDef) and "Resource" in map(ast.unparse, cls.bases)):
                continue
            where = f"{area}.{cls.name}"
            of_class = {
                key.removeprefix(f"{where}."): keys
                for key, keys in direct.items()
                if key.startswith(f"{where}.")
            }
            for method in cls.body:
                if not isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef):
                    continue
                path = f"client.{'' if area == 'analyze' else f'{area}.'}{method.name}"
                if method.name in of_class:
                    yield path, (of_class[method.name], True)
                elif others := _called(method, of_class):
                    yield path, (others, False)


def _called(method: ast.AST, of_class: dict[str, set[str]]) -> set[str]:
    """The operations of the methods that this one calls, or of all where it hands `self` on."""
    found: set[str] = set()
    for node in ast.walk(method):
        match node:
            case ast.Attribute(value=ast.Name("self"), attr=name) if name in of_class:
                found |= of_class[name]
            case ast.Call(args=[ast.Name("self"), *_]):
                found.update(*of_class.values())
            case _:
                pass
    return found


@every_method
def test_the_first_line_stands_alone(kind: type, path: str) -> None:
    first, *rest = doc_of(kind, path).split("\n")
    assert first.endswith(".")
    assert len(first) <= 92
    assert not rest or not rest[0]


@every_method
def test_no_clause_comes_twice(kind: type, path: str) -> None:
    clauses = re.split(r"[,;.:]+ ", " ".join(doc_of(kind, path).split()))
    long = [clause for clause in clauses if len(clause.split()) > 3]
    assert len(set(long)) == len(long)


@every_method
def test_each_parameter_is_explained(kind: type, path: str) -> None:
    code = re.findall(r"``(.+?)``", prose_of(doc_of(kind, path)), re.DOTALL)
    words = set(re.findall(r"\w+", " ".join(code)))
    given = inspect.signature(METHODS[kind][path]).parameters.keys()
    assert given - {"self", "request_options"} <= words


@every_method
def test_no_docstring_sends_its_reader_to_another_for_parameters(kind: type, path: str) -> None:
    sends_away = r"\b(those of|as for|as in|like|other parameters|the rest is)\s+`(?!`)"
    assert not re.search(sends_away, doc_of(kind, path), re.IGNORECASE)


@every_method
def test_the_verb_and_the_path_are_those_that_are_sent(kind: type, path: str) -> None:
    found = re.findall(r"``((?:GET|POST|PUT|PATCH|DELETE)\s+/[^`]*)``", doc_of(kind, path))
    named = {normal(re.sub(r"\s+", " ", each)) for each in found}
    if path in SENDS_NOTHING_BY_ITSELF:
        assert path not in sent()
        assert not named
        return
    operations_sent, by_itself = sent()[path]
    assert named
    assert named == operations_sent if by_itself else named <= operations_sent


@every_method
def test_the_example_calls_the_method_as_its_signature_allows(kind: type, path: str) -> None:
    method = METHODS[kind][path]
    tree = ast.parse(example_of(doc_of(kind, path)))
    awaited = {id(_waited_for(node)) for node in ast.walk(tree)} - {id(None)}
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == path
    ]
    assert len(calls) == 1
    (call,) = calls
    keywords = {each.arg: object() for each in call.keywords if each.arg}
    inspect.signature(method).bind(None, *call.args, **keywords)
    if kind is AsyncTwelveLabs:
        assert (id(call) in awaited) is _is_waited_for(method)
    else:
        assert not awaited


def _waited_for(node: ast.AST) -> ast.expr | None:
    """The expression that an asynchronous statement or expression waits for."""
    match node:
        case ast.Await(value=waited) | ast.AsyncFor(iter=waited):
            return waited
        case ast.AsyncWith(items=[ast.withitem(context_expr=waited)]):
            return waited
        case _:
            return None


def _is_waited_for(method: Callable[..., Any]) -> bool:
    returns = inspect.signature(method).return_annotation
    return inspect.iscoroutinefunction(inspect.unwrap(method)) or bool(
        re.search("Pager|Stream|Async", returns)
    )


def test_every_method_that_sends_is_among_those_of_the_clients() -> None:
    assert sent().keys() | SENDS_NOTHING_BY_ITSELF.keys() == METHODS[AsyncTwelveLabs].keys()


@pytest.mark.parametrize(
    "thing",
    [
        *METHODS,
        *(BasePage, Pager, Stream, TextStream, RawResponse, SyncPager, SyncStream, SyncTextStream),
        *(export, write_report, sign, unwrap),
    ],
)
def test_what_methods_give_has_an_example(thing: type | Callable[..., Any]) -> None:
    explained = [thing]
    for name, member in vars(thing).items():
        if not name.startswith("_") and callable(member) and thing not in METHODS:
            explained.append(member)
    for each in explained:
        doc = inspect.getdoc(each)
        assert doc
        if not doc.endswith(" for asyncio.") and ": for asyncio." not in doc:
            ast.parse(example_of(doc))


@pytest.mark.parametrize("kind", METHODS)
def test_each_setting_of_a_client_is_explained(kind: type) -> None:
    doc = inspect.getdoc(kind)
    assert doc
    named = set(re.findall(r"`(\w+)`", doc))
    assert inspect.signature(kind).parameters.keys() <= named

"""The programs of the vendor's method reference run, the package renamed, in both clients."""

from __future__ import annotations

import ast
import asyncio
import inspect
import re
from collections.abc import AsyncGenerator, Callable, Iterator
from typing import Any

import pytest

from tests.contract import seed_calls
from tests.contract.contract_paths import SHARED
from tests.contract.operations import operations
from tests.contract.stub import Stub
from twelvelabs_async import AsyncTwelveLabs, Stream, TwelveLabs
from twelvelabs_async.sandbox import Sandbox
from twelvelabs_async.sync.iterate import SyncStream

SEED = SHARED / "api" / "seed-reference.txt"
CALLS = {
    name: function
    for name, function in vars(seed_calls).items()
    if inspect.isfunction(function) and function.__module__ == seed_calls.__name__
}
each_call = pytest.mark.parametrize("name", CALLS)

# Those that need nothing to be there already.
ON_THE_SANDBOX = (
    "tasks_list",
    "indexes_list",
    "indexes_create",
    "assets_list",
    "multipart_upload_list_incomplete_uploads",
    "multipart_upload_create",
    "entity_collections_list",
    "entity_collections_create",
    "manage_entities_list_all_entities",
    "embed_tasks_list",
    "embed_v_2_create",
    "embed_v_2_tasks_list",
)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as server:
        yield server


def call_of(tree: ast.AST) -> ast.Call:
    """The call of the API in a program."""
    return next(
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("client.")
    )


def method_of(call: ast.Call) -> str:
    """The method's way from the client, such as ``embed.v_2.tasks.create``."""
    return ast.unparse(call.func).removeprefix("client.")


def source_of(name: str) -> ast.FunctionDef:
    function = ast.parse(inspect.getsource(CALLS[name])).body[0]
    assert isinstance(function, ast.FunctionDef)
    return function


OPERATIONS = {operation.method: operation.key for operation in operations()}


class Yielding(ast.NodeTransformer):
    """Makes a program a generator: the result of a call that stands alone is yielded."""

    def visit_Expr(self, node: ast.Expr) -> ast.Expr:
        alone = ast.unparse(node.value).startswith("client.")
        return ast.copy_location(ast.Expr(ast.Yield(node.value)), node) if alone else node


class Awaited(Yielding):
    """Makes a blocking program one for asyncio: calls are awaited, loops are ``async for``."""

    def visit_Expr(self, node: ast.Expr) -> ast.Expr:
        self.generic_visit(node)
        alone = ast.unparse(node.value).startswith("await client.")
        return ast.copy_location(ast.Expr(ast.Yield(node.value)), node) if alone else node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        called = ast.unparse(node.func).startswith("client.")
        return ast.copy_location(ast.Await(node), node) if called else node

    def visit_For(self, node: ast.For) -> ast.AsyncFor:
        self.generic_visit(node)
        return ast.copy_location(ast.AsyncFor(node.target, node.iter, node.body, []), node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AsyncFunctionDef:
        self.generic_visit(node)
        fields = {field: getattr(node, field) for field in node._fields}
        return ast.copy_location(ast.AsyncFunctionDef(**fields), node)


def compiled(
    function: ast.FunctionDef, awaiting: bool, scope: dict[str, Any]
) -> Callable[[Any], Any]:
    """A program as a generator function: plain, or for asyncio."""
    module = ast.Module([(Awaited() if awaiting else Yielding()).visit(function)], [])
    exec(compile(ast.fix_missing_locations(module), function.name, "exec"), scope)
    made: Callable[[Any], Any] = scope[function.name]
    return made


def program(name: str, awaiting: bool) -> Callable[[Any], Any]:
    return compiled(source_of(name), awaiting, dict(vars(seed_calls)))


async def all_of(running: AsyncGenerator[Any, None]) -> list[Any]:
    """What a program yields; a stream that it leaves alone is read to its end."""
    got = []
    async for item in running:
        got.append(item)
        if isinstance(item, Stream):
            [event async for event in item]
    return got


def all_at_once(running: Iterator[Any]) -> list[Any]:
    got = []
    for item in running:
        got.append(item)
        if isinstance(item, SyncStream):  # nothing is asked for before it is read
            list(item)
    return got


def test_the_package_has_all_methods_of_the_reference() -> None:
    methods = [method_of(call_of(source_of(name))) for name in CALLS]
    assert len(methods) == 60
    assert set(methods) <= {*OPERATIONS}


@each_call
async def test_awaited_against_the_document(name: str, stub: Stub) -> None:
    async with AsyncTwelveLabs("key", base_url=stub.base_url) as client:
        got = await all_of(program(name, awaiting=True)(client))
    check(name, stub, got)


@each_call
def test_blocking_against_the_document(name: str, stub: Stub) -> None:
    with TwelveLabs("key", base_url=stub.base_url) as client:
        got = all_at_once(program(name, awaiting=False)(client))
    check(name, stub, got)


def check(name: str, stub: Stub, got: list[Any]) -> None:
    """The one request is the method's, and loops saw what was sent."""
    verb, path = OPERATIONS[method_of(call_of(source_of(name)))].split(" ")
    pattern = re.escape(path).replace(re.escape("{}"), "[^/]+")
    assert stub.requests, "nothing was sent"
    for request in stub.requests:
        assert request.verb == verb
        assert re.fullmatch(pattern, request.path)
    text = ast.unparse(source_of(name))
    if "iter_pages" in text:
        item, page = got
        assert page.items == [item]
    elif ".data" in text:
        assert [event.event_type for event in got] == [
            "stream_start",
            "text_generation",
            "stream_end",
        ]


@pytest.mark.parametrize("name", ON_THE_SANDBOX)
def test_awaited_on_the_sandbox(name: str, sandbox: Sandbox) -> None:
    async def main() -> None:
        async with AsyncTwelveLabs(sandbox.api_key, base_url=sandbox.base_url) as client:
            await all_of(program(name, awaiting=True)(client))

    asyncio.run(main())


@pytest.mark.parametrize("name", [name for name in ON_THE_SANDBOX if "create" not in name])
def test_blocking_on_the_sandbox(name: str, sandbox: Sandbox) -> None:
    with TwelveLabs(sandbox.api_key, base_url=sandbox.base_url) as client:
        all_at_once(program(name, awaiting=False)(client))


# The reference itself, where it is there


STATEMENTS = re.compile(
    r"(?<!=) (?=from twelvelabs|client = |client\.\w|response = client|for (?:item|chunk|page) in)"
)


def snippets() -> dict[str, ast.Module]:
    """The programs of the reference by their method; their line breaks are lost in it."""
    found = {}
    for line in SEED.read_text(encoding="utf-8").splitlines():
        if line.startswith("from twelvelabs"):
            text = re.sub(r"#[^:]*?(?= for page)", "", line)
            tree = ast.parse("\n".join(part.strip() for part in STATEMENTS.split(text)))
            found[method_of(call_of(tree))] = tree
    return found


needs_seed = pytest.mark.skipif(
    not SEED.is_file(), reason=f"the method reference is not in {SHARED} (set TWELVELABS_SHARED)"
)


@needs_seed
def test_our_table_says_what_the_reference_says() -> None:
    theirs = snippets()
    for name in CALLS:
        ours = call_of(source_of(name))
        assert plain(ours) == plain(call_of(theirs.pop(method_of(ours)))), name
    assert not theirs


def plain(call: ast.Call) -> str:
    """A call's text, but for the prompts."""
    for keyword in call.keywords:
        if keyword.arg == "prompt":
            keyword.value = ast.Constant("...")
    return ast.unparse(call)


@needs_seed
@pytest.mark.parametrize("awaiting", [False, True], ids=["blocking", "awaited"])
def test_the_reference_runs_with_only_the_package_renamed(
    awaiting: bool, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWELVELABS_BASE_URL", stub.base_url)
    for method, tree in snippets().items():
        stub.requests.clear()
        asyncio.run(run(method, tree, awaiting))
        assert stub.requests, method


async def run(method: str, tree: ast.Module, awaiting: bool) -> None:
    """A program of the reference, with the package renamed, its client closed at the end."""
    source = ast.unparse(tree).replace("from twelvelabs", "from twelvelabs_async")
    source = source.replace("TwelveLabs", "AsyncTwelveLabs") if awaiting else source
    function, *statements = ast.parse(f"def program(clients): pass\n{source}").body
    assert isinstance(function, ast.FunctionDef)
    made = next(at for at, node in enumerate(statements) if ast.unparse(node).startswith("client"))
    statements.insert(made + 1, ast.parse("clients.append(client)").body[0])
    function.body = statements
    clients: list[Any] = []
    running = compiled(function, awaiting, {})(clients)
    try:
        if awaiting:
            await all_of(running)
        else:
            all_at_once(running)
    finally:
        for client in clients:
            closed = client.close()
            if awaiting:
                await closed

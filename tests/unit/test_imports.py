"""Who may import whom: the layers of the package, read from its sources."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

import twelvelabs_async
from tools.areas import areas

ROOT = Path(twelvelabs_async.__file__).parent
PACKAGE = ROOT.name

# From the lowest up; "x.*" is the package x with all that is in it. A module imports from its own
# layer and those below.
LAYERS: tuple[tuple[str, ...], ...] = (
    (
        "_runtime",
        "_runtime.frames",
        "_runtime.portable",
        "_runtime.redaction",
        "_runtime.secrets",
        "_version",
    ),
    ("_runtime.clock", "_runtime.rate_limits"),
    ("errors", "error_bodies", "_lazy", "scalar_types"),
    ("_media_types", "_runtime.numbers"),
    ("options",),
    ("_runtime.native_threads", "_runtime.threads"),
    ("_runtime.file_reader", "_runtime.async_files"),
    (
        "_runtime.callbacks",
        "_runtime.log",
        "_runtime.names",
        "_runtime.deprecation",
        "_runtime.optional",
        "_runtime.semaphores",
    ),
    ("_runtime.page_link", "_runtime.taskable", "_runtime.async_body", "_runtime.blocking_body"),
    ("_runtime.json_values", "_runtime.headers"),
    (
        "_runtime.equality",
        "_runtime.urls",
        "_runtime.inflate",
        "_runtime.ndjson",
        "_runtime.sse",
    ),
    (
        "_runtime.error_replies",
        "_runtime.hooks",
        "_runtime.progress",
        "_runtime.raw_access",
        "_runtime.raw_response",
    ),
    ("_runtime.model", "_runtime.dump", "_runtime.lenient"),
    ("_runtime.files", "_runtime.form_body"),
    ("_runtime.bodies",),
    (
        "_runtime.output_bounds",
        "_runtime.output_classes",
        "_runtime.output_fields",
        "_runtime.output_pydantic",
        "_runtime.output_readers",
        "_runtime.output_schema",
        "_runtime.output_structs",
        "_runtime.typed_output",
        "_runtime.convert",
        "_runtime.vectors",
        "_runtime.replies",
        "_runtime.wire_names",
    ),
    ("_runtime.pydantic_hooks", "_runtime.tables", "_runtime.tabular", "_runtime.html"),
    ("_runtime.notebook",),
    ("_runtime.sender_pool", "_runtime.tls", "_runtime.threaded_transport", "_runtime.resolver"),
    ("_runtime.aiohttp_patches",),
    ("_runtime.stall_watchdog",),
    ("_runtime.payload",),
    ("_runtime.transport", "_runtime.category_window", "_runtime.limiter", "_runtime.retry"),
    ("_runtime.recording", "_runtime.recorded_uploads"),
    ("_runtime.resources",),
    ("_runtime.tape",),
    ("_runtime.recorded_transport",),
    ("_runtime.cassette",),
    ("_runtime.call",),
    ("_runtime.operation",),
    ("_runtime.attempt",),
    ("_runtime.core",),
    ("_runtime.stream_formats", "webhooks"),
    ("_runtime.pager", "_runtime.stream", "_runtime.polling", "otel"),
    ("_runtime.raw_methods", "_runtime.text_stream"),
    ("_runtime.bulk", "_runtime.list_polling", "list_filters", "video_models", "tables"),
    tuple(sorted({f"{area.split('.')[0]}.*" for area in areas()} - {"multipart_upload.*"})),
    ("multipart_upload.*",),
    ("ingest.*",),
    ("_warm_up",),
    ("client",),
    ("sync.*",),
    ("types", "raw", "core.*", "_vendor_modules", "__init__"),
    ("cli.*", "__main__", "pytest_plugin"),
)
SHARED = "_media_types"  # facts without behaviour: the sandbox takes them from the same table
APART = "sandbox"  # a service of its own: it knows nothing of the client, and only the CLI of it

UPWARD = {
    (
        "_runtime.model",
        "_runtime.pydantic_hooks",
    ): "pydantic asks a model for what it makes of dicts",
    ("_runtime.model", "_runtime.html"): "a notebook asks a model for its HTML",
    ("_runtime.core", "_runtime.pager"): "a core makes pagers, which come back for their pages",
    ("_runtime.core", "_runtime.stream"): "a core makes streams, which come back to be opened",
    ("_runtime.core", "_runtime.stream_formats"): "as above: it names what they are of",
    ("_runtime.core", "_runtime.text_stream"): "as above: the streams of texts",
    ("_runtime.raw_access", "_runtime.raw_methods"): "start-up: few programs use raw methods",
    ("_runtime.raw_access", "raw"): "types alone: which raw methods each resource has",
    ("client", "sync.client"): "programs for the vendor's SDK import both clients from there",
    ("ingest.dask", "client"): "a worker of Dask makes the client that it uploads with",
}
"""What a module imports from above it, where it is used; and why it does."""

DEFERRED = {
    ("_runtime.model", "_runtime.dump"): "a model's dump is made there, field by field",
    ("_runtime.model", "_runtime.lenient"): "programs that only read make no models themselves",
    ("embed", "embed.v_2"): "start-up: its models are made when it is first used",
    ("ingest.journal", "ingest.journal_export"): "a name of the last release, for one release more",
    ("sync.raw_access", "sync.raw"): "types alone: which raw methods each resource has",
    ("sync.raw_access", "sync.raw_methods"): "start-up: few programs use raw methods",
    ("multipart_upload", "multipart_upload._service"): "start-up: the engine comes with an upload",
}
"""What closes a circle of modules, imported where it is used; and why it is."""

ONLY = {
    "aiohttp": (
        "_runtime.transport",
        "_runtime.aiohttp_patches",
        "_runtime.payload",
        "_runtime.stall_watchdog",
    ),
    "yarl": ("_runtime.transport",),
}
"""Packages that a few modules alone deal with."""


class Import(NamedTuple):
    """What a module imports; `eager` is as soon as it is imported itself.

    Modules of the package go by their names in it, so `types` may be ours or, `foreign`, Python's.
    """

    module: str
    line: int
    target: str
    foreign: bool
    eager: bool

    def __str__(self) -> str:
        return f"{self.module}:{self.line} imports {self.target}"


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts) or "__init__"


FILES = {name_of(path): path for path in sorted(ROOT.rglob("*.py"))}
MODULES = [name for name in FILES if name.partition(".")[0] != APART]


def found(dotted: str) -> tuple[str, bool]:
    """What a dotted name leads to: the module's name, and whether it is foreign."""
    head, _, rest = dotted.partition(".")
    if head != PACKAGE:
        return dotted, True
    while rest and rest not in FILES:  # a name in a module
        rest = rest.rpartition(".")[0]
    return rest or "__init__", False


def imports(module: str, source: str, is_package: bool) -> Iterator[Import]:
    """All imports of a module, those in functions and for type checkers included."""
    here = [PACKAGE] if module == "__init__" else [PACKAGE, *module.split(".")]
    base = here if is_package else here[:-1]

    def walk(node: ast.AST, eager: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                for alias in child.names:
                    yield Import(module, child.lineno, *found(alias.name), eager)
            elif isinstance(child, ast.ImportFrom):
                above = base[: len(base) + 1 - child.level] if child.level else []
                origin = ".".join([*above, child.module] if child.module else above)
                for alias in child.names:
                    yield Import(module, child.lineno, *found(f"{origin}.{alias.name}"), eager)
            elif isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
                yield from walk(ast.Module(child.body, []), False)
                yield from walk(ast.Module(child.orelse, []), eager)
            else:
                function = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
                yield from walk(child, eager and not function)

    tree = ast.parse(source)
    said = list(walk(tree, True))
    yield from said
    # Names of modules, to be imported later.
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name("LazyModule"), args=[ast.Constant(name)]):
                yield Import(module, node.lineno, str(name), False, False)
            case ast.Call(func=ast.Name("lazy"), args=[_, ast.Dict(keys)]):
                for key in keys:
                    if isinstance(key, ast.Constant) and key.value in FILES:
                        yield Import(module, key.lineno, str(key.value), False, False)
            case _:
                pass


@cache
def imports_of(module: str) -> list[Import]:
    path = FILES[module]
    return list(imports(module, path.read_text(encoding="utf-8"), path.name == "__init__.py"))


@cache
def layer(module: str) -> int | None:
    """The place of a module, or None."""
    parts = module.split(".")
    packages = {".".join(parts[:end]) + ".*" for end in range(1, len(parts) + 1)}
    places = [at for at, names in enumerate(LAYERS) if module in names or packages & {*names}]
    assert len(places) < 2, f"{module} has two places"
    return places[0] if places else None


def is_upward(item: Import) -> bool:
    above, here = layer(item.target), layer(item.module)
    return not item.foreign and above is not None and here is not None and above > here


def test_the_sources_are_read() -> None:
    source = """
import os, aiohttp.web, types
from . import errors
from .urls import path_segment
from ..errors import ApiError
from .. import options as settings
import twelvelabs_async.client
if TYPE_CHECKING:
    from .pager import Pager
else:
    from .convert import hook
class A:
    from .files import FilePart
    def f(self):
        async def g():
            from .stream import Stream
try:
    from ..search import Search
except ImportError:
    pass
"""
    read = [(i.target, i.eager) for i in imports("_runtime.x", source, is_package=False)]
    assert read == [
        ("os", True),
        ("aiohttp.web", True),
        ("types", True),
        ("_runtime", True),  # no module: a name in the package
        ("_runtime.urls", True),
        ("errors", True),
        ("options", True),
        ("client", True),
        ("_runtime.pager", False),
        ("_runtime.convert", True),
        ("_runtime.files", True),
        ("_runtime.stream", False),
        ("search", True),
    ]
    inside = [
        i.target for i in imports("embed", "from .tasks import A\nfrom .. import _lazy", True)
    ]
    assert inside == ["embed.tasks", "_lazy"]
    assert [i.target for i in imports("__init__", "from . import errors", True)] == ["errors"]
    ours_and_not = imports("client", "from . import types\nimport types", is_package=False)
    assert [(i.target, i.foreign) for i in ours_and_not] == [("types", False), ("types", True)]


def test_every_module_has_its_place() -> None:
    assert [module for module in MODULES if layer(module) is None] == [], "put them into LAYERS"


def test_every_place_has_a_module() -> None:
    for name in (name for names in LAYERS for name in names):
        assert name.removesuffix(".*") in FILES, f"{name} is gone"


def test_a_module_imports_nothing_from_above() -> None:
    wrong = [
        str(item)
        for module in MODULES
        for item in imports_of(module)
        if is_upward(item) and (item.eager or (module, item.target) not in UPWARD)
    ]
    assert not wrong


def test_what_may_be_imported_from_above_is() -> None:
    used = {(i.module, i.target) for name in FILES for i in imports_of(name) if is_upward(i)}
    assert used == {*UPWARD}


def test_no_modules_import_each_other_in_a_ring() -> None:
    graph = {
        name: {i.target for i in imports_of(name) if i.eager and not i.foreign} - {name}
        for name in FILES
    }
    TopologicalSorter(graph).prepare()  # CycleError shows the ring


def test_a_circle_is_closed_by_a_deferred_import_alone() -> None:
    """Imports in functions and for type checkers are among these."""
    edges = {
        (item.module, item.target): item.eager
        for name in MODULES
        for item in imports_of(name)
        if not item.foreign and item.module != item.target
    }
    graph: dict[str, set[str]] = {}
    for module, target in edges.keys() - UPWARD.keys() - DEFERRED.keys():
        graph.setdefault(module, set()).add(target)
    TopologicalSorter(graph).prepare()  # CycleError shows the circle
    for module, target in DEFERRED:
        assert edges[module, target] is False
        with pytest.raises(CycleError):
            TopologicalSorter({**graph, module: graph.get(module, set()) | {target}}).prepare()


def test_the_sandbox_knows_nothing_of_the_client() -> None:
    wrong = [
        str(item)
        for module in FILES.keys() - {*MODULES}
        for item in imports_of(module)
        if not item.foreign and item.target.partition(".")[0] not in (APART, SHARED)
    ]
    assert not wrong


def test_only_the_command_line_and_the_fixtures_know_the_sandbox() -> None:
    wrong = [
        str(item)
        for module in MODULES
        if module.partition(".")[0] not in ("cli", "pytest_plugin")
        for item in imports_of(module)
        if item.target.partition(".")[0] == APART
    ]
    assert not wrong


def test_few_modules_deal_with_the_http_library() -> None:
    wrong = [
        str(item)
        for module in MODULES
        for item in imports_of(module)
        if item.foreign and module not in ONLY.get(item.target.partition(".")[0], (module,))
    ]
    assert not wrong

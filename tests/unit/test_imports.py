"""No module imports one above it; only the transport knows aiohttp's client.

An import inside a function may point to the same layer, and upward only where `LAZY` says why.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import twelvelabs_async

ROOT = Path(twelvelabs_async.__file__).parent

# From the lowest to the highest; a name stands for a module or a package with all in it.
LAYERS: list[set[str]] = [
    {"_lazy", "_scalars", "errors"},
    {"options"},
    {"_core", "_core.clock", "_core.wire", "_core.lines", "_core.model", "_core.files"},
    {"_core.convert", "_core.observe", "_core.vectors"},
    {"_core.retry", "_core.limiter", "_core.transport"},
    {"_core.shared"},
    {"_core.request"},
    {"_core.pager", "_core.stream", "_core.waiter", "otel"},
    {"_shared", "_waits", "_bulk"},
    {
        "analyze",
        "analyze_models",
        "assets",
        "core",
        "embed",
        "entity_collections",
        "indexes",
        "manage_entities",
        "search",
        "tasks",
    },
    {"multipart_upload"},
    {"ingest"},
    {"types"},
    {"client"},
    {"sync"},
    {"sandbox"},  # beside the others: it imports none of them
    {"", "cli", "__main__"},
]
LAZY = {
    ("_core.request", "_core.pager"): "a pager goes on from the core that makes it",
    ("_core.request", "_core.stream"): "a stream too",
    ("ingest.dask", "sync.client"): "Dask calls blocking functions in threads of its own",
    ("_core.wire", "_core.model"): "cattrs is not loaded for what needs no models",
}


def layer(module: str) -> int:
    while True:
        for height, names in enumerate(LAYERS):
            if module in names:
                return height
        if not module:
            raise AssertionError("no such layer")
        module = module.rpartition(".")[0]


def modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        yield ".".join(part for part in parts if part != "__init__"), path


def imports(module: str, path: Path) -> Iterator[tuple[str, bool]]:
    """Each import, ours without the package's name, others as ``/aiohttp``; and if it is lazy."""
    tree = ast.parse(path.read_text("utf-8"))
    lazy = {
        id(node)
        for outer in ast.walk(tree)
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(outer)
    }
    for_types = {
        id(node)
        for outer in ast.walk(tree)
        if isinstance(outer, ast.If) and ast.unparse(outer.test) == "TYPE_CHECKING"
        for node in ast.walk(outer)
    }
    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    for node in ast.walk(tree):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.Import):
            for name in node.names:
                yield _ours(name.name), id(node) in lazy
        elif isinstance(node, ast.ImportFrom):
            base = _ours(node.module or "")
            if node.level:
                above = package[: len(package) - node.level + 1]
                base = ".".join([*filter(None, above), *([node.module] if node.module else [])])
            for name in node.names:
                inner = f"{base}.{name.name}".lstrip(".")
                yield (inner if _exists(inner) else base), id(node) in lazy


def _ours(name: str) -> str:
    first, _, rest = name.partition(".")
    return rest if first == "twelvelabs_async" else f"/{name}"


def _exists(module: str) -> bool:
    if module.startswith("/"):
        return False
    path = ROOT / module.replace(".", "/")
    return path.is_dir() or path.with_suffix(".py").is_file()


def test_no_import_points_upward() -> None:
    upward = []
    for module, path in modules():
        for target, lazy in imports(module, path):
            if target.startswith("/") or (module, target) in LAZY:
                continue
            if layer(target) > layer(module):
                upward.append(f"{module} imports {target}{' lazily' if lazy else ''}")
    assert not upward


def test_every_exception_is_in_use_and_lazy() -> None:
    found = {
        (module, target): lazy
        for module, path in modules()
        for target, lazy in imports(module, path)
    }
    assert all(found.get(pair) for pair in LAZY)


def test_only_the_transport_knows_aiohttps_client() -> None:
    users = {
        module
        for module, path in modules()
        for target, _ in imports(module, path)
        if target == "/aiohttp" or target.startswith("/aiohttp.")
    }
    assert {user for user in users if not user.startswith("sandbox")} == {"_core.transport"}


def test_the_sandbox_stands_alone() -> None:
    for module, path in modules():
        if module.startswith("sandbox"):
            for target, _ in imports(module, path):
                assert target.startswith(("/", "sandbox")), f"{module} imports {target}"


@pytest.mark.parametrize("heavy", ["aiohttp", "cattrs", "orjson", "anyio", "av", "numpy"])
def test_the_package_imports_nothing_heavy(heavy: str) -> None:
    import subprocess
    import sys

    program = f"import sys, twelvelabs_async; assert {heavy!r} not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True)

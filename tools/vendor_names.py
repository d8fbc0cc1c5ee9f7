"""Writes the table of the vendor's modules: ``twelvelabs_async/_vendor_modules.json``.

``python -m tools.vendor_names`` reads the sources of the vendor's SDK 1.1.0 and 1.3.6, which the
interpreters in TWELVELABS_VENDOR_110 and TWELVELABS_VENDOR_136 have, and writes which public names
each of their modules defines. With ``--check`` it only reports whether the table is current.
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from .areas import PACKAGE, source

__all__ = ["TABLE", "VENDORS", "main", "modules_of", "table"]

TABLE = PACKAGE / "_vendor_modules.json"
VENDORS = ("TWELVELABS_VENDOR_110", "TWELVELABS_VENDOR_136")

# How the vendor's SDK works inside: programs have no use for it, and nothing here answers to it.
INSIDE = frozenset(
    {
        "core.client_wrapper",
        "core.datetime_utils",
        "core.force_multipart",
        "core.http_client",
        "core.jsonable_encoder",
        "core.query_encoder",
        "core.remove_none_from_dict",
        "core.serialization",
    }
)
# Of these modules, what programs use; the rest is inside, too.
USED = {
    "core": tuple(source("core").public),
    "core.file": ("File",),
    "core.http_response": ("AsyncHttpResponse", "BaseHttpResponse", "HttpResponse"),
    "core.pagination": ("AsyncPager", "SyncPager"),
    "core.pydantic_utilities": ("UniversalBaseModel",),
}
# Of no module: a marker of the vendor's methods, and a logger.
NOWHERE = frozenset({"OMIT", "logger"})


def modules_of(root: Path) -> dict[str, list[str]]:
    """The public names that each module of a package defines, or that its ``__all__`` lists."""
    found: dict[str, list[str]] = {}
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        if name and name not in INSIDE:
            names = set(_public(ast.parse(path.read_text("utf-8")))) - NOWHERE
            found[name] = sorted(names & {*USED.get(name, names)})
    # A package lists its inner packages among its names.
    return {
        name: [each for each in names if f"{name}.{each}" not in found]
        for name, names in found.items()
    }


def _public(tree: ast.Module) -> Iterator[str]:
    listed: Sequence[str] | None = None
    for statement in tree.body:
        match statement:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                defined = [name]
            case ast.Assign(targets=[ast.Name(id="__all__")], value=value):
                listed = ast.literal_eval(value)
                continue
            case ast.Assign(targets=targets):
                defined = [each.id for each in targets if isinstance(each, ast.Name)]
            case _:
                continue
        if listed is None:
            yield from (n for n in defined if not n.startswith("_") or n == "__version__")
    yield from listed or ()


def table(roots: Sequence[Path]) -> dict[str, object]:
    """The names of each module over all versions, and the names that several areas have."""
    versions = [modules_of(root) for root in roots]
    modules: dict[str, list[str]] = {}
    for version in versions:
        for name, names in version.items():
            modules[name] = sorted({*modules.get(name, ()), *names})
    return {
        "modules": dict(sorted(modules.items())),
        "in_several_areas": sorted(set().union(*map(_in_several, versions))),
    }


def _in_several(modules: Mapping[str, Sequence[str]]) -> set[str]:
    packages = {name.rpartition(".")[0] for name in modules}
    counts = Counter(
        each for name, names in modules.items() if name not in packages for each in names
    )
    return {name for name, count in counts.items() if count > 1}


def render(made: Mapping[str, object]) -> str:
    """The table as JSON, a module a line."""
    modules = made["modules"]
    assert isinstance(modules, dict)
    lines = ",\n".join(f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in modules.items())
    several = json.dumps(made["in_several_areas"])
    return f'{{\n "in_several_areas": {several},\n "modules": {{\n{lines}\n }}\n}}\n'


def vendor_roots() -> list[Path]:
    """Where the vendor's packages are; KeyError when no variable names their interpreters."""
    program = "import twelvelabs; print(twelvelabs.__path__[0])"
    return [
        Path(
            subprocess.run(  # noqa: S603  # an interpreter that the caller named
                [os.environ[name], "-c", program], capture_output=True, text=True, check=True
            ).stdout.strip()
        )
        for name in VENDORS
    ]


def main(arguments: Sequence[str]) -> int:
    """0 when the table is current or was written; 1 when it is not current."""
    text = render(table(vendor_roots()))
    current = TABLE.is_file() and TABLE.read_text("utf-8") == text
    if "--check" in arguments:
        return 0 if current else 1
    TABLE.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

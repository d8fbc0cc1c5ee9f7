"""Writes the table of types: ``twelvelabs_async/types.py``, and ``types.pyi`` for type checkers.

``python -m tools.generate_types`` writes both from what the areas' modules list as public; with
``--check`` it only reports whether they are current.
"""

from __future__ import annotations

import ast
import json
import sys
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

from .areas import PACKAGE, areas, model_modules, source
from .outputs import write

__all__ = ["outputs"]

# Of the runtime, what users see.
RUNTIME = {
    "_runtime.cassette": ("Cassette", "CassetteMode"),
    "_runtime.bulk": ("BulkFailure", "BulkResult"),
    "_runtime.files": ("File",),
    "_runtime.model": ("Embedding", "Model"),
    "_runtime.pager": ("Page", "PageInfo", "Pager"),
    "_runtime.hooks": ("AttemptResult", "Hooks", "OperationInfo", "RequestInfo"),
    "_runtime.raw_response": ("RawResponse",),
    "_runtime.stream": ("Stream",),
    "_runtime.polling": ("Progress",),
    "_runtime.rate_limits": ("RateLimit",),
    "ingest.items": ("Concurrency", "IngestProgress", "IngestResult"),
}
RENAMED = {"Exchange": "AttemptResult", "Sending": "RequestInfo"}
"""Names of the last release, which work for one release more."""
SHARED = ("error_bodies", "scalar_types", "list_filters", "video_models", "webhooks")
"""Modules with models of no area."""

HEAD = '''"""Every model by its public name{}.

Made by tools/generate_types.py; not edited by hand.
"""
# ruff: noqa

'''
TABLE = """# pyright: reportUnsupportedDunderAll=false
# Type checkers read the stub, which has the names one by one.

from __future__ import annotations

from ._lazy import lazy

# fmt: off
NAMES: dict[str, tuple[str, ...]] = {
"""
TAIL = f"""}}
RENAMED = {json.dumps(RENAMED)}
# fmt: on

# The vendor has modules below this one: _vendor_modules finds them.
__path__: list[str] = []
__getattr__, __dir__ = lazy(__name__, NAMES, renamed=RENAMED)
__all__ = sorted(name for names in NAMES.values() for name in names)
"""


def modules() -> list[str]:
    """The modules with public types. Of two types of one name the first has it at the top."""
    found = [*RUNTIME, *SHARED]
    for area in areas():
        found += [area, *model_modules(area)]
    return list(dict.fromkeys(found))


def public(module: str) -> Iterator[str]:
    """The names that a module defines, lists as public, and are no resources or functions."""
    tree = source(module).tree
    resources = {
        node.name
        for node in tree.body
        if isinstance(node, ast.ClassDef) and "Resource" in map(ast.unparse, node.bases)
    }
    defined = {node.name for node in tree.body if isinstance(node, ast.ClassDef)} | {
        ast.unparse(node.targets[0]) for node in tree.body if isinstance(node, ast.Assign)
    }
    for name in sorted(source(module).public):
        if name in defined and name not in resources and name[0].isupper():
            yield name


def names() -> dict[str, list[str]]:
    """The public names, by the module that they come from."""
    taken: set[str] = set()
    found: dict[str, list[str]] = {}
    for module in modules():
        its = [n for n in RUNTIME.get(module) or public(module) if n not in taken]
        taken.update(its)
        if its:
            found[module] = its
    return dict(sorted(found.items()))


def _wrapped(words: Sequence[str]) -> list[str]:
    """The words in lines of at most 100 columns; a word with spaces is not broken."""
    text = " ".join(word.replace(" ", "\0") for word in words)
    lines = textwrap.wrap(text, 92, break_long_words=False)
    return [" " * 8 + line.replace("\0", " ") for line in lines]


def _imported(module: str, names: Sequence[str]) -> list[str]:
    """The lines of an import, one where that is short."""
    line = f"from .{module} import {', '.join(names)}"
    if len(line) <= 100:
        return [line]
    return [f"from .{module} import (", *_wrapped([f"{name}," for name in names]), ")"]


def outputs() -> dict[Path, str]:
    """The text of each file."""
    table, stub = [], []
    for module, its in names().items():
        table += [f'    "{module}": (', *_wrapped([f'"{name}",' for name in its]), "    ),"]
        stub += _imported(module, [f"{name} as {name}" for name in its])
    stub += [f"{old} = {new}" for old, new in RENAMED.items()]
    lazily = ", imported when it is first asked for"
    return {
        PACKAGE / "types.py": HEAD.format(lazily) + TABLE + "\n".join(table) + "\n" + TAIL,
        PACKAGE / "types.pyi": HEAD.format("") + "# fmt: off\n" + "\n".join(stub) + "\n# fmt: on\n",
    }


if __name__ == "__main__":
    sys.exit(write(outputs(), sys.argv[1:]))

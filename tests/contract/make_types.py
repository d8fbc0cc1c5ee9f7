"""Makes ``twelvelabs_async/types.py`` from what the areas' modules say is public.

``python tests/contract/make_types.py`` writes it; a test fails when it is not up to date. The table
is for the run time, the imports beside it are for type checkers and editors.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator
from pathlib import Path

from contract_paths import PACKAGE

TYPES = PACKAGE / "types.py"

# Of the runtime, what users see.
RUNTIME = {
    "_runtime.bulk": ("BulkFailure", "BulkResult"),
    "_runtime.files": ("File",),
    "_runtime.model": ("Embedding", "Model"),
    "_runtime.pager": ("Page", "PageInfo", "Pager"),
    "_runtime.observe": ("Exchange", "Hooks", "Sending"),
    "_runtime.request": ("RawResponse",),
    "_runtime.stream": ("Stream",),
    "_runtime.waiter": ("Progress",),
    "_runtime.wire": ("RateLimit",),
    "ingest.items": ("Concurrency", "IngestProgress", "IngestResult"),
}
AREAS = (
    "scalar_types",
    "list_filters",
    "video_models",
    "analyze.models",
    "assets.models",
    "search.models",
    "search",
    "manage_entities.models",
    "manage_entities",
    # Two areas have a TasksCreateResponse: the first here has the name at the top, as the vendor
    # has it.
    "tasks.models",
    "indexes.models",
    "entity_collections.models",
    "analyze_async.models",
    "analyze_async.response_formats",
    "responses.models",
    "webhooks",
    "knowledge_stores.models",
    "knowledge_stores",
    "knowledge_store_items.models",
    "knowledge_store_item_collections.models",
    "data_connectors.models",
    "imports.models",
    "multipart_upload",
    "multipart_upload.models",
    "embed.models",
    "embed.v_2.inputs",
    "embed.v_2.models",
)

HEAD = '''"""Every model by its public name, imported when it is first asked for.

Made by tests/contract/make_types.py; not edited by hand.
"""
# ruff: noqa: E501, I001

from __future__ import annotations

from typing import TYPE_CHECKING

from ._lazy import lazy

'''
TAIL = """
# The vendor has modules below this one: _vendor_modules finds them.
__path__: list[str] = []

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy(__name__, NAMES)
    __all__ = sorted(name for names in NAMES.values() for name in names)
"""


def path_of(module: str) -> Path:
    """The source file of a module of the package."""
    path = PACKAGE.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def public(module: str) -> Iterator[str]:
    """The names that a module defines, says are public, and are no resources or functions."""
    tree = ast.parse(path_of(module).read_text(encoding="utf-8"))
    resources = {
        node.name
        for node in tree.body
        if isinstance(node, ast.ClassDef)
        and {ast.unparse(base) for base in node.bases} & {"Resource", "Analyze"}
    }
    defined = {node.name for node in tree.body if isinstance(node, ast.ClassDef)} | {
        ast.unparse(node.targets[0]) for node in tree.body if isinstance(node, ast.Assign)
    }
    listed = next(
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    )
    for name in sorted(listed):
        if name in defined and name not in resources and name[0].isupper():
            yield name


def names() -> dict[str, list[str]]:
    """The public names, by the module that they come from."""
    taken: set[str] = set()
    found: dict[str, list[str]] = {}
    for module in [*RUNTIME, *AREAS]:
        its = [n for n in RUNTIME.get(module) or public(module) if n not in taken]
        taken.update(its)
        if its:
            found[module] = its
    return dict(sorted(found.items()))


def wrapped(words: list[str]) -> list[str]:
    """The words in lines of at most 100 columns; a word with spaces is not broken."""
    text = " ".join(word.replace(" ", "\0") for word in words)
    return [
        " " * 8 + line.replace("\0", " ")
        for line in textwrap.wrap(text, 92, break_long_words=False)
    ]


def render() -> str:
    """The text of ``types.py``."""
    found = names()
    lines = [HEAD + "# fmt: off", "if TYPE_CHECKING:"]
    for module, its in found.items():
        lines += [f"    from .{module} import (", *wrapped([f"{n} as {n}," for n in its]), "    )"]
    lines += ["", "NAMES: dict[str, tuple[str, ...]] = {"]
    for module, its in found.items():
        lines += [f'    "{module}": (', *wrapped([f'"{name}",' for name in its]), "    ),"]
    lines += ["}", "# fmt: on", TAIL]
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    TYPES.write_text(render(), encoding="utf-8")

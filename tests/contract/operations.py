"""The operations that the areas' modules spell out, read from their sources."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple

from tools.areas import areas, source

RUNTIME_CALLS = {
    "request",
    "pages",
    "page_fetcher",
    "stream",
    "text_stream",
    "event_stream",
    "rows",
}

# Operations that neither document has.
UNDOCUMENTED = {
    "POST /generate": "superseded by /analyze, and gone from the documents; 1.1.0 has it",
    "GET /entities": "the service calls it internal; 1.1.0 has it",
    "POST /tasks/transfers/import/{}": "cloud imports left the documents; 1.1.0 has them",
    "GET /tasks/transfers/import/{}/status": "as above",
    "GET /tasks/transfers/import/{}/logs": "as above",
    "GET /assets/{}/transcription": "newer than the documents; 1.3.6 has it",
    "POST /analyze/tasks/{}/cancel": "newer than the documents; 1.3.6 has it",
}


class Operation(NamedTuple):
    """One call of the runtime: what it sends, and what it makes of the reply."""

    where: str
    """Such as ``indexes.videos.Videos.list``."""
    verb: str
    path: str
    """With every segment that is filled in as ``{}``."""
    query: frozenset[str]
    body: frozenset[str]
    body_kind: str | None
    into: Any
    """The type of the reply; a TypeForm's own form."""

    @property
    def key(self) -> str:
        """Verb and path, as in `normal`."""
        return f"{self.verb} {self.path}"

    @property
    def method(self) -> str:
        """The method's way from the client, such as ``embed.v_2.tasks.create``."""
        steps = self.where.removeprefix("analyze.").split(".")
        return ".".join(step for step in steps if step.islower())


def normal(operation: str) -> str:
    """A document's ``GET /a/{b-c}`` as ``GET /a/{}``."""
    return re.sub(r"\{[^}]*\}", "{}", operation)


@cache
def operations() -> tuple[Operation, ...]:
    """Every operation of the package's areas."""
    return tuple(found for area in areas() for found in _in_area(area))


def _in_area(area: str) -> Iterator[Operation]:
    resources = (
        node
        for node in source(area).tree.body
        if isinstance(node, ast.ClassDef) and "Resource" in map(ast.unparse, node.bases)
    )
    for cls in resources:
        for method in cls.body:
            if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef):
                where = f"{area}.{cls.name}.{method.name}"
                for call in _calls(method):
                    yield _operation(where, f"twelvelabs_async.{area}", method, call)


def _calls(method: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(method):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in RUNTIME_CALLS
            and ast.unparse(node.func.value) == "self._core"
        ):
            yield node


def _operation(where: str, module: str, method: ast.AST, call: ast.Call) -> Operation:
    into, verb, path = call.args
    keywords = {keyword.arg: keyword.value for keyword in call.keywords}
    kind = next((name for name in ("json", "form") if name in keywords), None)
    return Operation(
        where,
        ast.literal_eval(verb),
        _path(path),
        _names(where, keywords.get("query")),
        _names(where, keywords.get(kind)),
        kind,
        _into(module, method, into),
    )


def _path(node: ast.expr) -> str:
    """A path as it is written out, or as the template of `expand_path`; names are left out."""
    if isinstance(node, ast.Call):
        assert ast.unparse(node.func) == "expand_path"
        template, *ids = node.args
        path = str(ast.literal_eval(template))
        # Each name is that of the id, in the same order.
        assert re.findall(r"\{(\w+)\}", path) == list(map(ast.unparse, ids))
        return normal(path)
    return str(ast.literal_eval(node))


def _names(where: str, node: ast.expr | None) -> frozenset[str]:
    """The names of a mapping that is written out, and of what is spread into it."""
    if node is None:
        return frozenset()
    assert isinstance(node, ast.Dict), f"{where}: query and body are written out as dicts"
    names: set[str] = set()
    for key, value in zip(node.keys, node.values, strict=True):
        if key is not None:
            names.add(ast.literal_eval(key))
        else:  # **ranges(duration=duration, ...), **metadata_filters(user_metadata)
            assert isinstance(value, ast.Call), f"{where}: only calls are spread"
            names.update(k.arg for k in value.keywords if k.arg)
            names.update(ast.unparse(argument) for argument in value.args)
    return frozenset(names)


def _into(module: str, method: ast.AST, node: ast.expr) -> Any:
    if isinstance(node, ast.IfExp):  # the reply by itself, or with the answer in a user's class
        node = node.body
    scope = dict(vars(import_module(module)))
    for statement in ast.walk(method):  # models may be imported where they are used
        if isinstance(statement, ast.ImportFrom):
            name = "." * statement.level + (statement.module or "")
            source = import_module(name, scope["__package__"])
            scope |= {alias.name: getattr(source, alias.name) for alias in statement.names}
    value = eval(compile(ast.Expression(node), module, "eval"), scope)
    return getattr(value, "form", value)

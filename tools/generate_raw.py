"""Writes ``raw.py`` and ``sync/raw.py``: the classes of ``with_raw_response``, and their stubs.

``python -m tools.generate_raw`` writes them from the resources' classes; with ``--check`` it only
reports whether they are current. Run it after ``tools.generate_sync``: the blocking resources are
its sources, too. When a program runs, the classes are made from the resources themselves
(``_runtime/raw_methods.py``); the stubs give type checkers what each method returns.
"""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from .areas import CLIENT, PACKAGE, areas, source
from .generate_sync import laid_out
from .outputs import write
from .sync_rules import GeneratorError, Node
from .sync_source import Module, head

__all__ = ["outputs"]

Kind = Literal["call", "pager", "stream"]

DOC = '''"""The methods of each resource, with replies in place of results{}.

Made by tools/generate_raw.py; not edited by hand.
"""
'''
ASYNC_HEAD = """
from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, ParamSpec, Self, TypeVar, overload
from ._runtime.pager import Pager
from ._runtime.raw_methods import RawMethods, RawPager, RawStream
from ._runtime.raw_response import RawResponse
from ._runtime.stream import Stream
"""
ASYNC_HELPERS = """
P = ParamSpec("P")
T = TypeVar("T")
PagerT = TypeVar("PagerT", bound=Pager[Any])
StreamT = TypeVar("StreamT", bound=Stream[Any])

# What a raw method is, by the plain one; overloads stay.
def raw_call(
    method: Callable[Concatenate[Any, P], Coroutine[Any, Any, T]],
) -> Callable[Concatenate[Any, P], Coroutine[Any, Any, RawResponse[T]]]: ...
def raw_pager(
    method: Callable[Concatenate[Any, P], PagerT],
) -> Callable[Concatenate[Any, P], Coroutine[Any, Any, RawPager[PagerT]]]: ...
def raw_stream(
    method: Callable[Concatenate[Any, P], StreamT],
) -> Callable[Concatenate[Any, P], RawStream[StreamT]]: ...
"""
SYNC_HEAD = """
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, Self, TypeVar, overload
from .._runtime.raw_response import RawResponse
from .iterate import SyncPager, SyncStream
from .raw_methods import SyncRawMethods, SyncRawPager, SyncRawStream
"""
SYNC_HELPERS = """
P = ParamSpec("P")
T = TypeVar("T")
PagerT = TypeVar("PagerT", bound=SyncPager[Any])
StreamT = TypeVar("StreamT", bound=SyncStream[Any])

# What a raw method is, by the plain one; overloads stay.
def raw_call(
    method: Callable[Concatenate[Any, P], T],
) -> Callable[Concatenate[Any, P], RawResponse[T]]: ...
def raw_pager(
    method: Callable[Concatenate[Any, P], PagerT],
) -> Callable[Concatenate[Any, P], SyncRawPager[PagerT]]: ...
def raw_stream(
    method: Callable[Concatenate[Any, P], StreamT],
) -> Callable[Concatenate[Any, P], SyncRawStream[StreamT]]: ...
"""


class Client(NamedTuple):
    """What differs between the clients."""

    name: str
    package: str
    """The package of the resources, with the dot that follows it."""
    methods: tuple[str, str]
    """The base of the raw classes: its module, its name."""
    head: str
    helpers: str
    results: Mapping[Kind, str]


CLIENTS = (
    Client(
        CLIENT,
        "",
        ("._runtime.raw_methods", "RawMethods"),
        ASYNC_HEAD,
        ASYNC_HELPERS,
        {
            "call": "Coroutine[Any, Any, RawResponse[{}]]",
            "pager": "Coroutine[Any, Any, RawPager[{}]]",
            "stream": "RawStream[{}]",
        },
    ),
    Client(
        CLIENT.removeprefix("Async"),
        "sync.",
        (".raw_methods", "SyncRawMethods"),
        SYNC_HEAD,
        SYNC_HELPERS,
        {"call": "RawResponse[{}]", "pager": "SyncRawPager[{}]", "stream": "SyncRawStream[{}]"},
    ),
)


class Resource(NamedTuple):
    """An area's class, and what it is called here."""

    module: Module
    node: ast.ClassDef
    alias: str
    raw: str


class Writer:
    """The texts of one client's module."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.resources = list(self._resources())
        self.imports: dict[str, str] = {}
        """The statement that each name of the stub comes from."""

    def stub(self) -> str:
        """What type checkers read."""
        classes = [self._class(resource) for resource in self.resources]
        takes = [("None", "Self"), *((each.alias, each.raw) for each in self.resources)]
        access = [
            f"@overload\ndef __get__(self, resource: {alias}, owner: object = None) -> {raw}: ..."
            for alias, raw in takes
        ]
        return "\n".join(
            [
                DOC.format(""),
                "# pyright: reportDeprecated=false\n",
                self.client.head,
                *self.imports.values(),
                self.client.helpers,
                *classes,
                _class("RawAccess", "", access),
            ]
        )

    def module(self) -> str:
        """What programs import: a class is made when it is first asked for."""
        table = {each.raw: (each.module.name, each.node.name) for each in self.resources}
        return "\n".join(
            [
                DOC.format(", made on first use"),
                "# pyright: reportUnsupportedDunderAll=false",
                "# Type checkers read the stub, which has the names one by one.\n",
                "from __future__ import annotations\n",
                f"from {self.client.methods[0]} import raw_class",
                self._import("._runtime.raw_methods", "raw_names"),
                f"NAMES = {table}",
                "__getattr__, __dir__ = raw_names(__name__, NAMES, raw_class)",
                "__all__ = sorted(NAMES)\n",
            ]
        )

    def _resources(self) -> Iterator[Resource]:
        for area in areas():
            module = source(f"{self.client.package}{area}")
            words = area.title().replace("_", "").replace(".", "")
            # The client stands for the class of its own methods, which may be generic over it.
            alias = self.client.name if area == "analyze" else f"{words}Resource"
            yield Resource(module, _resource(module), alias, f"Raw{words}")

    def _class(self, resource: Resource) -> str:
        module, node, alias, raw = resource
        if alias == self.client.name:
            self._import_name(alias, f".{self.client.package}client", alias)
        else:
            self._import_name(alias, f".{module.name}", node.name)
        methods: dict[str, list[Node]] = {}
        for item in node.body:
            if isinstance(item, Node) and item.name[0] != "_":
                methods.setdefault(item.name, []).append(item)
        lines: list[str] = []
        for name, forms in methods.items():
            overloads = forms[:-1] or forms
            kind = _kind(overloads[0])
            if kind is not None and any(
                "deprecated" in map(_name, f.decorator_list) for f in forms
            ):
                # Written out, since mypy may not yet know what a decorator makes of it.
                lines += [self._signature(module, form) for form in overloads]
            elif kind is not None:
                lines.append(f"{name} = raw_{kind}({alias}.{name})")
        return _class(raw, self.client.methods[1], lines)

    def _signature(self, module: Module, form: Node) -> str:
        kind = _kind(form)
        assert form.returns is not None
        assert kind is not None
        every = [*form.args.posonlyargs, *form.args.args, *form.args.kwonlyargs]
        parts = [*(a.annotation for a in every), form.returns, *form.decorator_list]
        for node in (n for part in parts if part is not None for n in ast.walk(part)):
            if isinstance(node, ast.Name) and node.id not in dir(builtins):
                self._import_name(node.id, *_origin(module, node.id))
        decorators = "".join(f"@{module.source(each)}\n" for each in form.decorator_list)
        returns = self.client.results[kind].format(module.source(form.returns))
        return f"{decorators}def {form.name}({ast.unparse(form.args)}) -> {returns}: ..."

    def _import_name(self, here: str, where: str, name: str) -> None:
        statement = self._import(where, name) + (f" as {here}" if here != name else "")
        if self.imports.setdefault(here, statement) != statement:
            raise GeneratorError(f"two areas have another {here}")

    def _import(self, where: str, name: str) -> str:
        if where[0] == "." and self.client.package:
            inside = where.startswith(f".{self.client.package}")
            where = where.removeprefix(f".{self.client.package[:-1]}") if inside else f".{where}"
        return f"from {where} import {name}"


def _resource(module: Module) -> ast.ClassDef:
    """The class of an area's methods."""
    for node in module.tree.body:
        if isinstance(node, ast.ClassDef) and {"Resource", "SyncResource"} & {
            *map(head, node.bases)
        }:
            return node
    raise GeneratorError(f"{module.name} has no resource")


def _origin(module: Module, name: str) -> tuple[str, str]:
    """Where a module has a name from, also by an import of all names."""
    for star in module.stars:
        if name in source(star[1:]).public:
            return star, name
    return module.origins[name]


def _name(decorator: ast.expr) -> str:
    return head(decorator.func if isinstance(decorator, ast.Call) else decorator)


def _kind(form: Node) -> Kind | None:
    """What a method gives; None for a property, and for one that gives results as they come."""
    if form.returns is None or any("property" in _name(each) for each in form.decorator_list):
        return None
    name = head(form.returns)
    if name in ("AsyncGenerator", "Generator"):
        return None
    if name.endswith("Pager"):
        return "pager"
    return "stream" if name.endswith("Stream") else "call"


def _class(name: str, base: str, members: Sequence[str]) -> str:
    body = "\n".join(members or ["..."]).replace("\n", "\n    ")
    return f"class {name}{f'({base})' if base else ''}:\n    {body}\n"


def outputs() -> dict[Path, str]:
    """The text of each file."""
    made: dict[Path, str] = {}
    for client in CLIENTS:
        writer = Writer(client)
        path = f"{client.package.replace('.', '/')}raw.py"
        made[PACKAGE / path] = laid_out(writer.module(), path)
        stub = laid_out(writer.stub(), f"{path}i")
        made[PACKAGE / f"{path}i"] = stub.replace("# pyright:", "# ruff: noqa\n# pyright:", 1)
    return made


if __name__ == "__main__":
    sys.exit(write(outputs(), sys.argv[1:]))

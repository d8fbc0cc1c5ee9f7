"""Writes the blocking facade from the asynchronous sources.

``python -m twelvelabs_async.sync.generate`` writes the modules beside this one; with ``--check`` it
only says whether they are what it would write, and whether none is missing or left over. The
sources are read, never imported, and their annotations and defaults are copied as they stand, so
that every version of Python from 3.11 on writes the same. Needs ruff (the version that the
project's `lint` group pins), which orders the imports and lays out the code.

A public method becomes one that waits, by what it returns:

- a coroutine: its result, by `Bridge.call`
- a pager: one of the blocking pagers, its first page fetched
- a stream: a `SyncStream`
- an asynchronous iterator: a generator
- a resource, or a client: its twin, on the same bridge
- a plain value: that value
- one of several, as overloads tell: whichever it turns out to be

A plain callback is called in the thread that waits. Everything else is an error that names the
method, and so is a rule of this module that nothing came to use.
"""

from __future__ import annotations

import ast
import builtins
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .source import Module, arguments, head, is_none, names_used, union, yields

__all__ = ["Generator", "GeneratorError", "Rules", "main"]

_WIDTH = 100
MARK = "# Generated from "

SOURCES = (
    "client",
    "analyze",
    "responses",
    "search",
    "analyze_async",
    "analyze_async.batches",
    "analyze_async.tasks",
    "assets",
    "data_connectors",
    "knowledge_store_item_collections",
    "knowledge_store_items",
    "knowledge_stores",
    "manage_entities",
    "tasks",
    "tasks.transfers",
    "imports",
    "indexes",
    "indexes.indexed_assets",
    "indexes.videos",
    "entity_collections",
    "entity_collections.entities",
    "embed",
    "embed.tasks",
    "embed.v_2",
    "embed.v_2.tasks",
    "multipart_upload",
)
"""The modules, below the package, whose resources, pagers and client have twins."""

Node = ast.FunctionDef | ast.AsyncFunctionDef
Kind = Literal["value", "call", "pager", "stream", "items", "twin", "self"]
KINDS: Mapping[str, Kind] = {
    "Awaitable": "call",
    "Coroutine": "call",
    "Pager": "pager",
    "Stream": "stream",
    "AsyncGenerator": "items",
    "AsyncIterable": "items",
    "AsyncIterator": "items",
    "Self": "self",
}
ASYNCHRONOUS = frozenset(KINDS) - {"Self"} | {
    "AbstractAsyncContextManager",
    "AsyncContextManager",
    "AsyncExitStack",
    "Future",
    "Task",
}
"""Names that no blocking signature may have."""

OF_THE_PAGER = frozenset({"items", "page_info", "has_next", "next_page", "iter_pages"})
"""What `SyncPager` does itself, for every kind of pager."""


@dataclass(frozen=True)
class Rules:
    """What is done by name; each must come to use."""

    client: str = "AsyncTwelveLabs"
    docs: Sequence[tuple[str, str]] = (
        ("await ", ""),
        ("async for", "for"),
        ("async with", "with"),
        ("AsyncTwelveLabs", "TwelveLabs"),
        ("for asyncio", "for blocking programs"),
        ("one event loop and any number of tasks", "any number of threads"),
        (
            "after each attempt; `hooks`",
            "after each attempt, in the thread that waits, as every callback is; `hooks`",
        ),
        (", plain or async,", ""),
        ("; once awaited, ", ", and "),
        (", once awaited,", ""),
        ("; awaited, ", ", and "),
        (" (close it, or let ``contextlib.aclosing`` do it)", ""),
        ("; RuntimeError before the pager was awaited", ""),
        (" Each property raises RuntimeError before the pager was awaited.", ""),
    )
    """Text of docstrings and what it becomes; a space stands for any blank space."""

    skipped: frozenset[str] = frozenset({"__reduce__", "__repr__"})
    """Special methods of the sources that the blocking objects have from `Twin`, or need not."""

    passed: frozenset[str] = frozenset({"Uploadable"})
    """Aliases of what parameters take that go through though something in them is asynchronous."""


class GeneratorError(Exception):
    """A source that there is no rule for, or a rule that there is no source for."""


@dataclass(frozen=True)
class TwinClass:
    """A class that gets a twin: `alias` is what the twin's module calls the original."""

    module: Module
    node: ast.ClassDef
    sort: Literal["resource", "pager", "client"]
    base: ast.expr | None
    is_base: bool

    @property
    def name(self) -> str:
        """The twin's name."""
        if self.sort == "pager":
            return f"Sync{self.node.name}"
        return self.node.name.removeprefix("Async")

    @property
    def alias(self) -> str:
        return f"Async{self.name}" if self.name == self.node.name else self.node.name

    @property
    def where(self) -> str:
        return f".sync.{self.module.name}"


class Generator:
    """The twins of the given modules of a package that lies at `root`."""

    def __init__(
        self, root: Path, sources: Sequence[str] = SOURCES, rules: Rules | None = None
    ) -> None:
        self.root = root
        self.rules = rules or Rules()
        self.used: set[str] = set()
        self.modules: dict[str, Module] = {}
        self.sources = [self._module(f".{name}") for name in sources]
        self.twins: dict[tuple[str, str], TwinClass] = {}
        self._find_twins()

    def _module(self, name: str) -> Module:
        if name not in self.modules:
            path = self.root.joinpath(*name[1:].split("."))
            is_package = path.is_dir()
            path = path / "__init__.py" if is_package else path.with_suffix(".py")
            if not path.is_file():
                raise GeneratorError(f"there is no source {path}")
            made = self.modules[name] = Module(name[1:], is_package, path.read_text("utf-8"))
            for star in made.stars:
                for public in self._module(star).public:
                    made.origins.setdefault(public, (star, public))
        return self.modules[name]

    def _find_twins(self) -> None:
        classes = {
            (f".{module.name}", node.name): (module, node)
            for module in self.sources
            for node in module.tree.body
            if isinstance(node, ast.ClassDef)
        }
        bases = {
            key: [(base, self._origin(module, head(base))) for base in node.bases]
            for key, (module, node) in classes.items()
        }
        bound = {base for each in bases.values() for _, base in each}

        def sort(key: tuple[str, str]) -> Literal["resource", "pager"] | None:
            if key[1] in ("Resource", "Pager"):
                return "pager" if key[1] == "Pager" else "resource"
            return next((found for _, base in bases.get(key, ()) if (found := sort(base))), None)

        for key, (module, node) in classes.items():
            found = sort(key)
            if found is None or node.name.startswith("_"):
                continue
            if len(node.bases) > 1:
                raise GeneratorError(f"{module.name}.{node.name} has more than one base")
            is_client = node.name == self.rules.client
            base, origin = bases[key][0]
            is_plain = origin[1] == "Resource"
            self.twins[key] = TwinClass(
                module,
                node,
                sort="client" if is_client else found,
                base=None if is_plain else base,
                is_base=key in bound,
            )

    def _origin(self, module: Module, name: str) -> tuple[str, str]:
        """Where a name was first bound, through the package's re-exports."""
        origin = module.origins.get(name, ("", name))
        seen: set[tuple[str, str]] = set()
        while origin[0].startswith(".") and origin not in seen and len(origin[0]) > 1:
            seen.add(origin)
            there = f".{module.name}" == origin[0] and module
            source = there or self._module(origin[0])
            origin = source.origins.get(origin[1], origin)
        return origin

    def outputs(self) -> dict[str, str]:
        """The text of each generated module, by its path below ``sync``, laid out."""
        texts: dict[str, str] = {}
        for module in self.sources:
            twins = [twin for twin in self.twins.values() if twin.module is module]
            if not twins:
                raise GeneratorError(f"nothing in {module.name} has a twin")
            path = f"{module.name.replace('.', '/')}{'/__init__' if module.is_package else ''}.py"
            texts[path] = _laid_out(_Writer(self, module, twins).text(path), path)
        rules = self.rules
        every = {old for old, _ in rules.docs} | rules.skipped | rules.passed | {rules.client}
        if unused := every - self.used:
            raise GeneratorError(f"rules that nothing came to use: {sorted(unused)}")
        return texts


class _Writer:
    """One generated module."""

    def __init__(self, generator: Generator, module: Module, twins: Sequence[TwinClass]) -> None:
        self.generator = generator
        self.rules = generator.rules
        self.module = module
        self.twins = twins
        self.names: dict[str, str] = {"Pager": "SyncPager", "Stream": "SyncStream"}
        for name in module.origins:
            if (twin := self._twin(name)) is not None:
                self.names[name] = twin.name
        self.variables: list[str] = []

    def _twin(self, name: str) -> TwinClass | None:
        return self.generator.twins.get(self.generator._origin(self.module, name))

    def _fail(self, what: str) -> GeneratorError:
        return GeneratorError(f"{self.where}: {what}")

    # The module

    def text(self, path: str) -> str:
        classes = [self._class(twin) for twin in self.twins]
        body = "\n\n".join([*self.variables, *classes])
        public = sorted(twin.name for twin in self.twins)
        self.where = self.module.name
        document = self._doc(self.module.tree) or '"""Blocking twins."""'
        return (
            f"{MARK}{path}: do not edit.\n{document}\n\n"
            f"from __future__ import annotations\n\n{self._imports(body)}\n\n"
            f"__all__ = {public!r}\n\n{body}\n"
        )

    def _imports(self, body: str) -> str:
        at_run_time, in_annotations = names_used(ast.parse(body))
        own = {twin.name for twin in self.twins} | set(dir(builtins))
        own |= {variable.split(" ")[0] for variable in self.variables}
        run_time = sorted(at_run_time - own)
        typing = sorted(in_annotations - at_run_time - own)
        lines = [self._import(name) for name in run_time]
        if typing:
            lines.append("from typing import TYPE_CHECKING")
            lines += ["if TYPE_CHECKING:", *(f"    {self._import(name)}" for name in typing)]
        return "\n".join(lines)

    def _import(self, name: str) -> str:
        hand_written = {
            ".sync.bridge": ("Bridge", "Twin", "at_once", "in_this_thread", "relay"),
            ".sync.iterate": ("SyncPager", "SyncStream", "iterate", "settle"),
            "collections.abc": ("Awaitable", "Callable", "Generator"),
            "functools": ("cached_property",),
            "typing": ("Any", "Self", "TypeVar", "overload"),
        }
        for twin in self.twins:
            if name == twin.alias:
                return self._from(f".{twin.module.name}", twin.node.name, name)
        # Several areas have a class of one name: it is the one that the source imports.
        for key, twin in self.generator.twins.items():
            if (
                name == twin.name
                and self.names.get(twin.node.name) == name
                and self.generator._origin(self.module, twin.node.name)
                in (key, ("", twin.node.name))
            ):
                return self._from(twin.where, name, name)
        if name in self.module.origins:
            origin = self.module.origins[name]
            return f"import {name}" if not origin[1] else self._from(*origin, name)
        for where, names in hand_written.items():
            if name in names:
                return self._from(where, name, name)
        raise GeneratorError(f"{self.module.name}: {name} comes from nowhere")

    def _from(self, where: str, name: str, asname: str) -> str:
        return f"from {self._relative(where)} import {name}" + (
            f" as {asname}" if asname != name else ""
        )

    def _relative(self, where: str) -> str:
        """A module of the package as the generated one names it."""
        if not where.startswith("."):
            return where
        here = ["sync", *self.module.name.split(".")]
        if not self.module.is_package:
            here.pop()
        there = where[1:].split(".")
        shared = 0
        while shared < min(len(here), len(there)) and here[shared] == there[shared]:
            shared += 1
        return "." * (len(here) - shared + 1) + ".".join(there[shared:])

    # A class

    def _class(self, twin: TwinClass) -> str:
        self.where = f"{self.module.name}.{twin.node.name}"
        parts = [self._doc(twin.node) or self._missing_doc()]
        if twin.sort == "pager":
            parts.append(
                f"_async: {twin.alias}  "
                "# pyright: ignore[reportIncompatibleVariableOverride]  # set once, in __init__"
            )
        overloads: dict[str, list[Node]] = {}
        for item in twin.node.body:
            match item:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    if "overload" in map(self.module.source, item.decorator_list):
                        overloads.setdefault(name, []).append(item)
                    else:
                        self.where = f"{self.module.name}.{twin.node.name}.{name}"
                        parts += self._member(twin, item, overloads.pop(name, []))
                case ast.Expr(value=ast.Constant(value=str())) | ast.Pass():
                    pass
                case ast.AnnAssign(target=ast.Name(id=name)) if name.startswith("_"):
                    pass
                case _:
                    raise self._fail(f"no rule for {self.module.source(item)!r}")
        body = "\n\n".join(parts).replace("\n", "\n    ")
        return f"class {twin.name}({self._base(twin)}):\n    {body}\n"

    def _base(self, twin: TwinClass) -> str:
        if twin.sort == "pager":
            assert twin.base is not None
            return self.module.renamed(twin.base, self.names)
        if twin.base is not None:
            return f"{self.names.get(head(twin.base), head(twin.base))}[{twin.alias}]"
        if not twin.is_base:
            return f"Twin[{twin.alias}]"
        # What others derive from is generic over the asynchronous class that it stands for.
        variable = f"{twin.name}T"
        self.variables.append(f'{variable} = TypeVar("{variable}", bound={twin.alias})')
        return f"Twin[{variable}]"

    def _member(self, twin: TwinClass, node: Node, overloads: Sequence[Node]) -> list[str]:
        name = node.name
        if name in self.rules.skipped:
            self.generator.used.add(name)
            return []
        if twin.sort == "client":
            self.generator.used.add(self.rules.client)
            if name in ("__init__", "close", "__aenter__", "__aexit__"):
                return [self._lifecycle(twin, node)]
        if (name.startswith("_") and not name.endswith("__")) or name == "__init__":
            return []
        if twin.sort == "pager" and (name in OF_THE_PAGER or name in ("__await__", "__aiter__")):
            return []
        if name.startswith("__"):
            raise self._fail("no rule for this special method")
        decorators = [self.module.source(each) for each in node.decorator_list]
        if decorators in (["property"], ["cached_property"]):
            return [self._property(node)]
        if decorators:
            raise self._fail(f"no rule for the decorators {decorators}")
        if overloads:
            return [*map(self._overload, overloads), self._settled(node)]
        return [self._method(node)]

    def _lifecycle(self, twin: TwinClass, node: Node) -> str:
        given, passed = self._parameters(node)
        match node.name:
            case "__init__":
                body = (
                    f"source = {twin.alias}({passed})\n"
                    "super().__init__(Bridge(source.close), source)"
                )
                return self._function("__init__", given, "None", None, body)
            case "close":
                return self._function("close", given, "None", node, "self._bridge.close()")
            case "__aenter__":
                return self._function("__enter__", given, "Self", None, "return self")
            case _:
                return self._function("__exit__", given, "None", None, "self.close()")

    def _property(self, node: Node) -> str:
        kind, text, twin = self._result(node)
        if kind == "value":
            body = f"return self._async.{node.name}"
            return "@property\n" + self._function(node.name, "self", text, node, body)
        if kind != "twin" or twin is None:
            raise self._fail(f"no rule for a property that gives {text}")
        body = f"return {text}(self._bridge, self._async.{node.name})"
        if twin.module is not self.module:
            body = f"{self._from(twin.where, text, text)}\n\n{body}"
        return "@cached_property\n" + self._function(node.name, "self", text, node, body)

    def _method(self, node: Node) -> str:
        kind, text, twin = self._result(node)
        given, passed = self._parameters(node)
        function = f"self._async.{node.name}"
        call = f"{function}({passed})"
        match kind:
            case "call" if "in_this_thread" in passed:
                body = f"return at_once({function}, {passed})"
            case "call":
                body = f"self._bridge.call({function}{passed and ', '}{passed})"
                body = body if text == "None" else f"return {body}"
            case "pager":
                body = f"return {text.split('[')[0]}(self._bridge, {call})"
            case "stream":
                body = f"return SyncStream(self._bridge, {call})"
            case "items":
                body = f"return iterate(self._bridge, {call})"
            case "self":
                body = f"return self._beside({call})"
            case "twin":
                body = f"return {twin and twin.name}(self._bridge, {call})"
            case "value":
                body = f"return {call}"
        return self._function(node.name, given, text, node, body)

    def _overload(self, node: Node) -> str:
        _, text, _ = self._result(node)
        return "@overload\n" + self._function(
            node.name, self._parameters(node)[0], text, None, "..."
        )

    def _settled(self, node: Node) -> str:
        """A method with overloads, whose kind of result only the call itself can tell."""
        text = " | ".join(self._result_of(part, node)[1] for part in union(node.returns))
        given, passed = self._parameters(node)
        body = (
            f"# Any: no overload takes the union of the parameters that this one has.\n"
            f"made: Any = self._async.{node.name}\n"
            f"settled: {text} = settle(self._bridge, made({passed}))\n"
            f"return settled"
        )
        return self._function(node.name, given, text, node, body)

    def _function(
        self, name: str, given: str, returns: str, documented: Node | None, body: str
    ) -> str:
        if body == "...":
            return f"def {name}({given}) -> {returns}: ..."
        document = self._doc(documented) if documented is not None else None
        if documented is not None and document is None:
            document = self._missing_doc()
        inner = "\n".join(filter(None, [document, body])).replace("\n", "\n    ")
        return f"def {name}({given}) -> {returns}:\n    {inner}"

    # Signatures

    def _result(self, node: Node) -> tuple[Kind, str, TwinClass | None]:
        if node.returns is None:
            raise self._fail("no annotation of what it returns")
        kind, text, twin = self._result_of(node.returns, node)
        if isinstance(node, ast.AsyncFunctionDef):
            if yields(node) != (kind == "items") or kind not in ("value", "items"):
                raise self._fail(f"no rule for a coroutine that gives {text}")
            kind = "call" if kind == "value" else kind
        return kind, text, twin

    def _result_of(self, returns: ast.expr, node: Node) -> tuple[Kind, str, TwinClass | None]:
        name = head(returns)
        twin = self._twin(name)
        inner = arguments(returns)
        kind = KINDS.get(name, "value")
        if twin is not None:
            kind = "pager" if twin.sort == "pager" else "twin"
        if kind == "call":
            return kind, self._annotation(inner[-1]), None
        if kind == "items":
            return kind, f"Generator[{self._annotation(inner[0])}, None, None]", None
        if kind in ("pager", "stream"):
            for argument in inner:
                self._annotation(argument)
            return kind, self.module.renamed(returns, self.names), twin
        if kind in ("twin", "self"):
            return kind, self.module.renamed(returns, self.names), twin
        return kind, self._annotation(returns), None

    def _annotation(self, node: ast.expr) -> str:
        """An annotation's text, when nothing in it is asynchronous or has a twin."""
        for name in self._expanded(node, self.module):
            if name in ASYNCHRONOUS or self._twin(name) is not None:
                raise self._fail(f"no rule for {name} in {self.module.source(node)}")
        return self.module.source(node)

    def _expanded(self, node: ast.expr, module: Module) -> Iterator[str]:
        """The names in an annotation, and in what they stand for."""
        for each in ast.walk(node):
            if isinstance(each, ast.Name):
                yield each.id
                if each.id in self.rules.passed:
                    self.generator.used.add(each.id)
                    continue
                where, name = self.generator._origin(module, each.id)
                if where.startswith(".") and len(where) > 1:
                    source = self.generator._module(where)
                    if name in source.values:
                        yield from self._expanded(source.values[name], source)

    def _parameters(self, node: Node) -> tuple[str, str]:
        """The parameters as they are declared, and as the asynchronous method is given them."""
        args = node.args
        given: list[str] = []
        passed: list[str] = []
        positional = [*args.posonlyargs, *args.args]
        defaults: list[ast.expr | None] = [None] * (len(positional) - len(args.defaults))
        defaults += args.defaults
        for at, (argument, default) in enumerate(zip(positional, defaults, strict=True)):
            given.append(self._parameter(argument, default))
            if at:
                passed.append(self._forwarded(argument))
            if at + 1 == len(args.posonlyargs):
                given.append("/")
        if args.vararg is not None:
            given.append(f"*{self._parameter(args.vararg)}")
            passed.append(f"*{args.vararg.arg}")
        elif args.kwonlyargs:
            given.append("*")
        for argument, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
            given.append(self._parameter(argument, default))
            passed.append(f"{argument.arg}={self._forwarded(argument)}")
        if args.kwarg is not None:
            given.append(f"**{self._parameter(args.kwarg)}")
            passed.append(f"**{args.kwarg.arg}")
        return ", ".join(given), ", ".join(passed)

    def _parameter(self, argument: ast.arg, default: ast.expr | None = None) -> str:
        if argument.annotation is None:
            if argument.arg != "self":
                raise self._fail(f"the parameter {argument.arg} has no annotation")
            return argument.arg
        if self._callback(argument.annotation) == "method":
            text = self.module.source(argument.annotation)
            text = re.sub(r"Awaitable\[(\w+)\]", r"\1", text)
        elif self._callback(argument.annotation) == "plain":
            text = self.module.source(argument.annotation)
        else:
            text = self._annotation(argument.annotation)
        value = "" if default is None else f" = {self.module.source(default)}"
        return f"{argument.arg}: {text}{value}"

    def _forwarded(self, argument: ast.arg) -> str:
        match argument.annotation and self._callback(argument.annotation):
            case "plain":
                return f"relay({argument.arg})"
            case "method":
                return f"in_this_thread({argument.arg})"
            case _:
                return argument.arg

    def _callback(self, annotation: ast.expr) -> Literal["plain", "method"] | None:
        """What kind of callback a parameter takes, if any."""
        if "Callable" not in self._expanded(annotation, self.module):
            return None
        match [part for part in self._parts(annotation, self.module) if not is_none(part)]:
            case [ast.Subscript(value=ast.Name("Callable"), slice=ast.Tuple([_, returns]))]:
                if any(is_none(r) or head(r) in ("object", "Any") for r in union(returns)):
                    return "plain"
                if head(returns) == "Awaitable":
                    return "method"
            case _:
                pass
        raise self._fail(f"no rule for the callback {self.module.source(annotation)}")

    def _parts(self, node: ast.expr, module: Module) -> Iterator[ast.expr]:
        """The members of a union, aliases resolved."""
        for part in union(node):
            where, name = self.generator._origin(module, head(part))
            source = self.generator._module(where) if where[1:] and where[0] == "." else None
            if isinstance(part, ast.Name) and source is not None and name in source.values:
                yield from self._parts(source.values[name], source)
            else:
                yield part

    # Docstrings

    def _doc(self, node: ast.Module | ast.ClassDef | Node) -> str | None:
        match node.body:
            case [ast.Expr(value=ast.Constant(value=str()) as constant), *_]:
                text = self.module.source(constant)
            case _:
                return None
        if not isinstance(node, ast.Module):
            margin = " " * constant.col_offset
            text = text.replace(f"\n{margin}", "\n")
        for old, new in self.rules.docs:
            pattern = f"({re.escape(old)})".replace(r"\ ", r"\s+") + "(?: ?(?=(.)))?"

            def exchange(match: re.Match[str], new: str = new) -> str:
                # A line that ended within the old text ends after the new one.
                after = match[0][len(match[1]) :]
                return new + ("\n" if "\n" in match[1] and match[2] else after)

            text, count = re.subn(pattern, exchange, text)
            if count:
                self.generator.used.add(old)
                text = _folded(text, _WIDTH - constant.col_offset)
        if left := re.search(r"\b(await\w*|async|asyncio|aclos\w*|Async\w*)\b", text):
            raise self._fail(f"no rule for {left[0]!r} in the docstring")
        return text

    def _missing_doc(self) -> str:
        raise self._fail("no docstring")


def _folded(text: str, width: int) -> str:
    """The text with its too long lines broken."""
    lines: list[str] = []
    for line in text.split("\n"):
        indent = line[: len(line) - len(line.lstrip())]
        while len(line) > width:
            at = line.rfind(" ", 0, width + 1)
            lines.append(line[:at])
            line = indent + line[at + 1 :]
        lines.append(line)
    return "\n".join(lines)


def _laid_out(text: str, path: str) -> str:
    """The text as ruff orders its imports and lays it out."""
    ruff = [shutil.which("ruff", path=Path(sys.executable).parent) or shutil.which("ruff")]
    command = [sys.executable, "-m", "ruff"] if ruff == [None] else [str(ruff[0])]
    name = f"--stdin-filename=twelvelabs_async/sync/{path}"
    for step in (["check", "--quiet", "--select=I", "--fix"], ["format", "--quiet"]):
        done = subprocess.run(  # noqa: S603 - our own command
            [*command, *step, name, "-"], input=text, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise GeneratorError(f"ruff {step[0]} of {path}: {done.stdout}{done.stderr}")
        text = done.stdout
    return text


def marked(folder: Path) -> set[str]:
    """The generated modules that are there, by their paths below the folder."""
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*.py")
        if path.read_text("utf-8").startswith(MARK)
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when the modules are as they should be, or were written; 1 when they are not."""
    check = "--check" in (sys.argv[1:] if arguments is None else arguments)
    folder = Path(__file__).parent
    try:
        texts = Generator(folder.parent).outputs()
    except GeneratorError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    stale = sorted(
        path
        for path in texts.keys() | marked(folder)
        if path not in texts
        or not (folder / path).is_file()
        or (folder / path).read_text("utf-8") != texts[path]
    )
    for path in stale:
        sys.stderr.write(f"sync/{path}: {'not as generated' if check else 'written'}\n")
        if check:
            continue
        if path in texts:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(texts[path], "utf-8")
        else:
            (folder / path).unlink()
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())

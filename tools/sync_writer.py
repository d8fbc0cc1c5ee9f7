"""The text of one generated module."""

from __future__ import annotations

import ast
import builtins
import re
import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from .sync_rules import (
    ASYNCHRONOUS,
    KINDS,
    OF_THE_PAGER,
    GeneratorError,
    Kind,
    Node,
    WrappedClass,
)
from .sync_source import Module, arguments, head, is_none, names_used, union, yields

if TYPE_CHECKING:
    from .generate_sync import Generator

__all__ = ["MARK", "Writer"]

_WIDTH = 100
_SECRET = ("api_key", "headers", "base_url", "proxy")
"""Parameters of a client that hold secrets."""
MARK = "# Generated from "


class Writer:
    """One generated module."""

    def __init__(
        self, generator: Generator, module: Module, wrappers: Sequence[WrappedClass]
    ) -> None:
        self.generator = generator
        self.rules = generator.rules
        self.module = module
        self.wrappers = wrappers
        self.names: dict[str, str] = {
            "Pager": "SyncPager",
            "Stream": "SyncStream",
            "TextStream": "SyncTextStream",
        }
        for name in module.origins:
            if (wrapper := self._wrapper(name)) is not None:
                self.names[name] = wrapper.name
        self.variables: list[str] = []

    def _wrapper(self, name: str) -> WrappedClass | None:
        return self.generator.wrappers.get(self.generator.origin(self.module, name))

    def _fail(self, what: str) -> GeneratorError:
        return GeneratorError(f"{self.where}: {what}")

    # The module

    def text(self, path: str) -> str:
        """All of it, but for its layout; `path` is that of its source."""
        classes = [self._class(wrapper) for wrapper in self.wrappers]
        body = "\n\n".join([*self.variables, *classes])
        public = sorted(wrapper.name for wrapper in self.wrappers)
        self.where = self.module.name
        document = self._doc(self.module.tree) or '"""Blocking wrappers."""'
        # A retired method of this client calls that of the other one.
        checks = "# pyright: reportDeprecated=false\n" if "@deprecated(" in body else ""
        return (
            f"{MARK}{path}: do not edit.\n{checks}{document}\n\n"
            f"from __future__ import annotations\n\n{self._imports(body)}\n\n"
            f"__all__ = {public!r}\n\n{body}\n"
        )

    def _imports(self, body: str) -> str:
        at_run_time, in_methods, in_properties = names_used(ast.parse(body))
        own = {wrapper.name for wrapper in self.wrappers} | set(dir(builtins))
        own |= {variable.split(" ")[0] for variable in self.variables}
        # Programs resolve the annotations of methods when they run, by typing.get_type_hints().
        late = (in_methods & self.module.for_types) | in_properties
        lazy = sorted((in_methods | in_properties) & self.module.lazy_modules.keys())
        run_time = sorted((at_run_time | in_methods) - late - own - {*lazy})
        typing = sorted((late - own) | {*lazy})
        lines = [self._import(name) for name in run_time]
        if typing:
            lines.append("from typing import TYPE_CHECKING")
            if lazy:
                lines.append(self._from("._lazy", "LazyModule", "LazyModule"))
            lines += ["if TYPE_CHECKING:", *(f"    {self._import(name)}" for name in typing)]
        if lazy:
            lines += ["else:", *(f"    {self.module.lazy_modules[name]}" for name in lazy)]
        return "\n".join(lines)

    def _import(self, name: str) -> str:
        hand_written = {
            ".sync.bridge": (
                "Bridge",
                "SyncResource",
                "call_in_caller",
                "load_groups",
            ),
            "._runtime.resources": ("AFTER_WITH",),
            ".sync.iterate": ("SyncPager", "SyncStream", "SyncTextStream", "iterate", "settle"),
            "collections.abc": ("Awaitable", "Callable", "Generator"),
            "functools": ("cached_property",),
            "typing": ("Any", "Self", "TypeVar", "overload"),
        }
        for wrapper in self.wrappers:
            if name == wrapper.alias:
                return self._from(f".{wrapper.module.name}", wrapper.node.name, name)
        # Several areas have a class of one name: it is the one that the source imports.
        for key, wrapper in self.generator.wrappers.items():
            if (
                name == wrapper.name
                and self.names.get(wrapper.node.name) == name
                and self.generator.origin(self.module, wrapper.node.name)
                in (key, ("", wrapper.node.name))
            ):
                return self._from(wrapper.where, name, name)
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

    def _class(self, wrapper: WrappedClass) -> str:
        self.where = f"{self.module.name}.{wrapper.node.name}"
        parts = [self._doc(wrapper.node) or self._missing_doc()]
        if wrapper.sort == "pager":
            parts.append(
                f"_async: {wrapper.alias}  "
                "# pyright: ignore[reportIncompatibleVariableOverride]  # set once, in __init__"
            )
        overloads: dict[str, list[Node]] = {}
        for item in wrapper.node.body:
            match item:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    if "overload" in map(self.module.source, item.decorator_list):
                        overloads.setdefault(name, []).append(item)
                    else:
                        self.where = f"{self.module.name}.{wrapper.node.name}.{name}"
                        parts += self._member(wrapper, item, overloads.pop(name, []))
                case ast.Expr(value=ast.Constant(value=str())) | ast.Pass():
                    pass
                case ast.AnnAssign(target=ast.Name(id=name)) if name.startswith("_"):
                    pass
                case _:
                    raise self._fail(f"no rule for {self.module.source(item)!r}")
        body = "\n\n".join(parts).replace("\n", "\n    ")
        return f"class {wrapper.name}({self._base(wrapper)}):\n    {body}\n"

    def _base(self, wrapper: WrappedClass) -> str:
        if wrapper.sort == "pager":
            assert wrapper.base is not None
            return self.module.renamed(wrapper.base, self.names)
        if wrapper.base is not None:
            return f"{self.names.get(head(wrapper.base), head(wrapper.base))}[{wrapper.alias}]"
        if not wrapper.is_base:
            return f"SyncResource[{wrapper.alias}]"
        # What others derive from is generic over the asynchronous class that it stands for.
        variable = f"{wrapper.name}T"
        self.variables.append(f'{variable} = TypeVar("{variable}", bound={wrapper.alias})')
        return f"SyncResource[{variable}]"

    def _member(self, wrapper: WrappedClass, node: Node, overloads: Sequence[Node]) -> list[str]:
        name = node.name
        if name in self.rules.skipped:
            self.generator.used.add(name)
            return []
        if wrapper.sort == "client":
            self.generator.used.add(self.rules.client)
            if name in ("__init__", "close", "warm_up", "__aenter__", "__aexit__"):
                return [self._lifecycle(wrapper, node)]
        if (name.startswith("_") and not name.endswith("__")) or name == "__init__":
            return []
        if wrapper.sort == "pager" and (name in OF_THE_PAGER or name in ("__await__", "__aiter__")):
            return []
        if name.startswith("__"):
            raise self._fail("no rule for this special method")
        decorators = [self.module.source(each) for each in node.decorator_list]
        if decorators in (["property"], ["cached_property"]):
            return [self._property(node)]
        deprecation = self._deprecation(node)
        if [each for each in decorators if f"@{each}\n" != deprecation]:
            raise self._fail(f"no rule for the decorators {decorators}")
        if overloads:
            return [*map(self._overload, overloads), deprecation + self._settled(node)]
        return [deprecation + self._method(node)]

    def _deprecation(self, node: Node) -> str:
        """The decorator of a method that the service has retired, or nothing."""
        sources = map(self.module.source, node.decorator_list)
        return next((f"@{each}\n" for each in sources if each.startswith("deprecated(")), "")

    def _lifecycle(self, wrapper: WrappedClass, node: Node) -> str:
        given, passed = self._parameters(node)
        match node.name:
            case "__init__":
                body = (
                    f"{self._source(node, f'{wrapper.alias}({passed})')}\n"
                    "super().__init__(Bridge(source.close, source.__reopen__), source)"
                )
                return self._function("__init__", given, "None", None, body)
            case "close":
                return self._function("close", given, "None", node, "self._bridge.close()")
            case "warm_up":
                body = "self._bridge.call(self._async.warm_up)\nload_groups(self)"
                return self._function("warm_up", given, "None", node, body)
            case "__aenter__":
                return self._function("__enter__", given, "Self", None, "return self")
            case _:
                return self._function(
                    "__exit__", given, "None", None, "self._bridge.close(AFTER_WITH)"
                )

    def _source(self, node: Node, call: str) -> str:
        """The making of an asyncio client, by a call that may refuse what it is given."""
        names = {each.arg for each in (*node.args.args, *node.args.kwonlyargs)}
        cleared = " = ".join(name for name in _SECRET if name in names)
        if not cleared:
            return f"source = {call}"
        return (
            f"try:\n    source = {call}\n"
            "except BaseException:  # of any kind: its frames are shown\n"
            f"    {cleared} = None\n    raise"
        )

    def _property(self, node: Node) -> str:
        kind, text, wrapper = self._result(node)
        if kind == "value":
            body = f"return self._async.{node.name}"
            return "@property\n" + self._function(node.name, "self", text, node, body)
        if kind != "wrapper" or wrapper is None:
            raise self._fail(f"no rule for a property that gives {text}")
        body = f"return {text}(self._bridge, self._async.{node.name})"
        if wrapper.module is not self.module:
            body = f"{self._from(wrapper.where, text, text)}\n\n{body}"
        return "@cached_property\n" + self._function(node.name, "self", text, node, body)

    def _method(self, node: Node) -> str:
        kind, text, wrapper = self._result(node)
        given, passed = self._parameters(node)
        function = f"self._async.{node.name}"
        call = f"{function}({passed})"
        match kind:
            case "call":
                body = f"self._bridge.call({function}{passed and ', '}{passed})"
                body = body if text == "None" else f"return {body}"
            case "pager" | "stream":
                body = f"return {text.split('[')[0]}(self._bridge, {call})"
            case "items":
                body = f"return iterate(self._bridge, {call})"
            case "self":
                body = f"{self._source(node, call)}\nreturn self._beside(source)"
            case "wrapper":
                body = f"return {wrapper and wrapper.name}(self._bridge, {call})"
            case "value":
                body = f"return {call}"
        return self._function(node.name, given, text, node, body)

    def _overload(self, node: Node) -> str:
        _, text, _ = self._result(node)
        return f"@overload\n{self._deprecation(node)}" + self._function(
            node.name, self._parameters(node)[0], text, None, "..."
        )

    def _settled(self, node: Node) -> str:
        """A method with overloads, whose kind of result is known only after the call."""
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

    def _result(self, node: Node) -> tuple[Kind, str, WrappedClass | None]:
        if node.returns is None:
            raise self._fail("no annotation of what it returns")
        kind, text, wrapper = self._result_of(node.returns, node)
        if isinstance(node, ast.AsyncFunctionDef):
            if yields(node) != (kind == "items") or kind not in ("value", "items"):
                raise self._fail(f"no rule for a coroutine that gives {text}")
            kind = "call" if kind == "value" else kind
        return kind, text, wrapper

    def _result_of(self, returns: ast.expr, node: Node) -> tuple[Kind, str, WrappedClass | None]:
        name = head(returns)
        wrapper = self._wrapper(name)
        inner = arguments(returns)
        kind = KINDS.get(name, "value")
        if wrapper is not None:
            kind = "pager" if wrapper.sort == "pager" else "wrapper"
        if kind == "call":
            return kind, self._annotation(inner[-1]), None
        if kind == "items":
            return kind, f"Generator[{self._annotation(inner[0])}, None, None]", None
        if kind in ("pager", "stream"):
            for argument in inner:
                self._annotation(argument)
            return kind, self.module.renamed(returns, self.names), wrapper
        if kind in ("wrapper", "self"):
            return kind, self.module.renamed(returns, self.names), wrapper
        return kind, self._annotation(returns), None

    def _annotation(self, node: ast.expr) -> str:
        """An annotation's text, when nothing in it is asynchronous or has a wrapper."""
        for name in self._expanded(node, self.module):
            if name in ASYNCHRONOUS or self._wrapper(name) is not None:
                raise self._fail(f"no rule for {name} in {self.module.source(node)}")
        return self.module.source(node)

    def _expanded(self, node: ast.expr, module: Module) -> Iterator[str]:
        """The names in an annotation, and in what they stand for."""
        for each in ast.walk(node):
            if isinstance(each, ast.Attribute):
                yield each.attr
            if isinstance(each, ast.Name):
                yield each.id
                if each.id in self.rules.passed:
                    self.generator.used.add(each.id)
                    continue
                where, name = self.generator.origin(module, each.id)
                if where.startswith(".") and len(where) > 1:
                    source = self.generator.module(where)
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
        if self._is_callback(argument.annotation):
            text = self.module.source(argument.annotation)
        else:
            text = self._annotation(argument.annotation)
        value = "" if default is None else f" = {self.module.source(default)}"
        return f"{argument.arg}: {text}{value}"

    def _forwarded(self, argument: ast.arg) -> str:
        if argument.annotation is not None and self._is_callback(argument.annotation):
            return f"call_in_caller({argument.arg})"
        return argument.arg

    def _is_callback(self, annotation: ast.expr) -> bool:
        """Whether a parameter takes a callback, which the blocking client calls in the caller."""
        if "Callable" not in self._expanded(annotation, self.module):
            return False
        match [part for part in self._parts(annotation, self.module) if not is_none(part)]:
            case [ast.Subscript(value=ast.Name("Callable"), slice=ast.Tuple([_, returns]))]:
                if any(is_none(r) or head(r) in ("object", "Any") for r in union(returns)):
                    return True
            case _:
                pass
        raise self._fail(f"no rule for the callback {self.module.source(annotation)}")

    def _parts(self, node: ast.expr, module: Module) -> Iterator[ast.expr]:
        """The members of a union, aliases resolved."""
        for part in union(node):
            where, name = self.generator.origin(module, head(part))
            source = self.generator.module(where) if where[1:] and where[0] == "." else None
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
        text = self._exchanged(text, _WIDTH - constant.col_offset)
        if left := re.search(r"\b(await\w*|async|asyncio|aclos\w*|Async\w*)\b", text):
            raise self._fail(f"no rule for {left[0]!r} in the docstring")
        return text

    def _exchanged(self, text: str, width: int) -> str:
        """The docstring by the rules; a paragraph that they change is wrapped again."""
        text, ending, _ = text.partition('\n"""')
        paragraphs = text.split("\n\n")
        for at, paragraph in enumerate(paragraphs):
            is_code = paragraph.startswith(" ")
            before = changed = paragraph if is_code else " ".join(paragraph.split())
            for old, new in self.rules.docs:
                if old in changed:
                    changed = changed.replace(old, new)
                    self.generator.used.add(old)
            if changed != before:
                paragraphs[at] = changed if is_code else _filled(changed, width)
        return "\n\n".join(paragraphs) + ending

    def _missing_doc(self) -> str:
        raise self._fail("no docstring")


def _filled(paragraph: str, width: int) -> str:
    """A paragraph in lines of that width, with short pieces of code unbroken."""
    whole = re.sub(r"``[^`]{1,60}``", lambda code: code[0].replace(" ", "\0"), paragraph)
    lines = textwrap.wrap(whole, width, break_long_words=False, break_on_hyphens=False)
    return "\n".join(lines).replace("\0", " ")

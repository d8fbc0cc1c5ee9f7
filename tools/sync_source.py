"""The sources of the generator: modules, parsed and never imported, and questions about them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Module", "arguments", "head", "is_none", "names_used", "path_of", "union", "yields"]


@dataclass
class Module:
    """A source, parsed, and where each of its names comes from."""

    name: str
    is_package: bool
    text: str
    tree: ast.Module = field(init=False)
    lines: Sequence[str] = field(init=False)
    origins: dict[str, tuple[str, str]] = field(
        init=False, default_factory=dict[str, tuple[str, str]]
    )
    for_types: set[str] = field(init=False, default_factory=set[str])
    """The names that are imported for type checkers only."""
    lazy_modules: dict[str, str] = field(init=False, default_factory=dict[str, str])
    """The statements that make modules which annotations name and nothing imports before."""
    values: dict[str, ast.expr] = field(init=False, default_factory=dict[str, ast.expr])
    stars: list[str] = field(init=False, default_factory=list[str])
    """The modules that it imports all public names from."""

    def __post_init__(self) -> None:
        self.tree = ast.parse(self.text)
        self.lines = self.text.splitlines(keepends=True)
        for statement in self.tree.body:
            match statement:
                case ast.If(test=ast.Name(id="TYPE_CHECKING"), body=body):
                    imported = [each.names for each in body if isinstance(each, ast.ImportFrom)]
                    self.for_types |= {a.asname or a.name for names in imported for a in names}
                    self._find_lazy_modules(statement.orelse)
                case _:
                    pass
        for statement in _top_level(self.tree.body):
            match statement:
                case ast.ImportFrom(names=[ast.alias(name="*")]):
                    self.stars.append(self._resolve(statement))
                case ast.ImportFrom(names=names):
                    source = self._resolve(statement)
                    for alias in names:
                        self.origins[alias.asname or alias.name] = (source, alias.name)
                case ast.Import(names=names):
                    for alias in names:
                        self.origins[alias.asname or alias.name] = (alias.name, "")
                case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                    self.origins[name] = (f".{self.name}", name)
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    self.origins[name] = (f".{self.name}", name)
                    self.values[name] = value
                case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                    self.origins[name] = (f".{self.name}", name)
                    self.values[name] = value
                case _:
                    pass

    def _find_lazy_modules(self, body: Sequence[ast.stmt]) -> None:
        for statement in body:
            match statement:
                case ast.Assign(
                    targets=[ast.Name(id=name)],
                    value=ast.Call(
                        func=ast.Name(id="LazyModule"), args=[ast.Constant(value=str())]
                    ),
                ):
                    self.lazy_modules[name] = self.source(statement)
                    self.for_types.discard(name)
                case _:
                    pass

    def _resolve(self, statement: ast.ImportFrom) -> str:
        """The module imported from; those of the package begin with a dot."""
        if not statement.level:
            return statement.module or ""
        parts = [*self.name.split("."), ""] if self.is_package else self.name.split(".")
        base = parts[: len(parts) - statement.level]
        return "." + ".".join([*base, *([statement.module] if statement.module else [])])

    @property
    def public(self) -> Sequence[str]:
        """What its ``__all__`` lists."""
        listed = self.values.get("__all__")
        return [] if listed is None else ast.literal_eval(listed)

    def source(self, node: ast.stmt | ast.expr | ast.arg) -> str:
        """The text of a node, without splitting all into lines again, as Python's function does."""
        start = self._offset(node.lineno, node.col_offset)
        end = self._offset(node.end_lineno or node.lineno, node.end_col_offset or 0)
        return self.text[start:end]

    def renamed(self, node: ast.expr, names: Mapping[str, str]) -> str:
        """The text of an expression with some of its names exchanged."""
        pieces: list[str] = []
        at = self._offset(node.lineno, node.col_offset)
        found = [
            n
            for n in ast.walk(node)
            if isinstance(n, (ast.Name, ast.Attribute)) and head(n) in names
        ]
        for name in sorted(found, key=lambda n: (n.lineno, n.col_offset)):
            start = self._offset(name.lineno, name.col_offset)
            pieces += self.text[at:start], names[head(name)]
            at = self._offset(name.end_lineno or name.lineno, name.end_col_offset or 0)
        end = self._offset(node.end_lineno or node.lineno, node.end_col_offset or 0)
        return "".join([*pieces, self.text[at:end]])

    def _offset(self, line: int, column: int) -> int:
        before = sum(map(len, self.lines[: line - 1]))
        return before + len(self.lines[line - 1].encode()[:column].decode())


def path_of(root: Path, name: str) -> tuple[Path, bool]:
    """The source of a module of the package at `root`, and whether it is a package itself."""
    path = root.joinpath(*name.split("."))
    is_package = path.is_dir()
    return (path / "__init__.py" if is_package else path.with_suffix(".py")), is_package


def _top_level(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        if isinstance(statement, ast.If):
            yield from _top_level(statement.body)
        else:
            yield statement


def head(node: ast.expr) -> str:
    """The outermost name of a type."""
    if isinstance(node, ast.Subscript):
        return head(node.value)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def arguments(node: ast.expr) -> Sequence[ast.expr]:
    """What stands in the brackets of a type."""
    if not isinstance(node, ast.Subscript):
        return ()
    return node.slice.elts if isinstance(node.slice, ast.Tuple) else (node.slice,)


def union(node: ast.expr | None) -> Iterator[ast.expr]:
    """The members of a union, or the type itself."""
    if isinstance(node, ast.BinOp):
        yield from union(node.left)
        yield from union(node.right)
    elif node is not None:
        yield node


def is_none(node: ast.expr) -> bool:
    """Whether a type is None."""
    return isinstance(node, ast.Constant) and node.value is None


def yields(node: ast.AST) -> bool:
    """Whether a function is a generator; functions inside it do not count."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.Yield, ast.YieldFrom)):
            return True
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)) and yields(
            child
        ):
            return True
    return False


def names_used(tree: ast.Module) -> tuple[set[str], set[str], set[str]]:
    """The names that a module needs when it runs, those in its methods' annotations, and the rest.

    The rest is what properties return: to import that with the module would import every area.
    """
    annotations: list[ast.AST] = []
    of_methods: list[ast.AST] = []
    inner: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(args=args, returns=returns, decorator_list=decorators):
                every = [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg]
                annotations += [a.annotation for a in every if a is not None and a.annotation]
                annotations += [returns] if returns is not None else []
                if not any(isinstance(d, ast.Name) and "property" in d.id for d in decorators):
                    of_methods += annotations[-1:] if returns is not None else []
                    of_methods += [a.annotation for a in every if a is not None and a.annotation]
                inner |= {a.arg for a in every if a is not None}
            case ast.AnnAssign(annotation=annotation):
                annotations.append(annotation)
                of_methods.append(annotation)
            case ast.ImportFrom(names=names):
                inner |= {alias.name for alias in names}
            case ast.Name(id=name, ctx=ast.Store()):
                inner.add(name)
            case _:
                pass
    annotated = [n for a in annotations for n in ast.walk(a) if isinstance(n, ast.Name)]
    inside = set(map(id, annotated))
    run_time = {
        n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and id(n) not in inside
    } - inner
    methods = {n.id for a in of_methods for n in ast.walk(a) if isinstance(n, ast.Name)}
    return run_time, methods - run_time, {n.id for n in annotated} - methods - run_time

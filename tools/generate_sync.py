"""Writes the blocking facade from the asynchronous sources.

``python -m tools.generate_sync`` writes the modules of ``twelvelabs_async/sync``; with
``--check`` it only reports whether they are what it would write, and whether any is missing or
left over. The sources are read, never imported, and their annotations and defaults are copied as
they stand, so that every version of Python from 3.11 on writes the same. Needs ruff (the version
that the project's `lint` group pins), which orders the imports and lays out the code.

A public method becomes one that waits, by what it returns:

- a coroutine: its result, by `Bridge.call`
- a pager: one of the blocking pagers, its first page fetched
- a stream: a `SyncStream`
- an asynchronous iterator: a generator
- a resource, or a client: its wrapper, on the same bridge
- a plain value: that value
- one of several, by overloads: whichever the call returns

A plain callback is called in the thread that waits. Everything else is an error that names the
method, and so is a rule of this module that nothing came to use.
"""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from .areas import PACKAGE, areas
from .sync_rules import GeneratorError, Rules, WrappedClass
from .sync_source import Module, head, path_of
from .sync_writer import MARK, Writer

__all__ = ["Generator", "GeneratorError", "Rules", "laid_out", "main"]

SOURCES = ("client", *areas())
"""The modules, below the package, whose resources, pagers and client have wrappers."""


class Generator:
    """The wrappers of the given modules of a package that lies at `root`."""

    def __init__(
        self, root: Path, sources: Sequence[str] = SOURCES, rules: Rules | None = None
    ) -> None:
        self.root = root
        self.rules = rules or Rules()
        self.used: set[str] = set()
        self.modules: dict[str, Module] = {}
        self.sources = [self.module(f".{name}") for name in sources]
        self.wrappers: dict[tuple[str, str], WrappedClass] = {}
        self._find_wrappers()

    def module(self, name: str) -> Module:
        """The source of this name, parsed."""
        if name not in self.modules:
            path, is_package = path_of(self.root, name[1:])
            if not path.is_file():
                raise GeneratorError(f"there is no source {path}")
            made = self.modules[name] = Module(name[1:], is_package, path.read_text("utf-8"))
            for star in made.stars:
                for public in self.module(star).public:
                    made.origins.setdefault(public, (star, public))
        return self.modules[name]

    def _find_wrappers(self) -> None:
        classes = {
            (f".{module.name}", node.name): (module, node)
            for module in self.sources
            for node in module.tree.body
            if isinstance(node, ast.ClassDef)
        }
        bases = {
            key: [(base, self.origin(module, head(base))) for base in node.bases]
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
            self.wrappers[key] = WrappedClass(
                module,
                node,
                sort="client" if is_client else found,
                base=None if is_plain else base,
                is_base=key in bound,
            )

    def origin(self, module: Module, name: str) -> tuple[str, str]:
        """Where a name was first bound, through the package's re-exports."""
        origin = module.origins.get(name, ("", name))
        seen: set[tuple[str, str]] = set()
        while origin[0].startswith(".") and origin not in seen and len(origin[0]) > 1:
            seen.add(origin)
            there = f".{module.name}" == origin[0] and module
            source = there or self.module(origin[0])
            origin = source.origins.get(origin[1], origin)
        return origin

    def outputs(self) -> dict[str, str]:
        """The text of each generated module, by its path below ``sync``, laid out."""
        texts: dict[str, str] = {}
        for module in self.sources:
            wrappers = [wrapper for wrapper in self.wrappers.values() if wrapper.module is module]
            if not wrappers:
                raise GeneratorError(f"nothing in {module.name} has a wrapper")
            path = f"{module.name.replace('.', '/')}{'/__init__' if module.is_package else ''}.py"
            texts[path] = laid_out(Writer(self, module, wrappers).text(path), f"sync/{path}")
        rules = self.rules
        every = {old for old, _ in rules.docs} | rules.skipped | rules.passed | {rules.client}
        if unused := every - self.used:
            raise GeneratorError(f"rules that nothing came to use: {sorted(unused)}")
        return texts


def laid_out(text: str, path: str) -> str:
    """The text of a module of the package as ruff orders its imports and lays it out."""
    ruff = [shutil.which("ruff", path=Path(sys.executable).parent) or shutil.which("ruff")]
    command = [sys.executable, "-m", "ruff"] if ruff == [None] else [str(ruff[0])]
    name = f"--stdin-filename=twelvelabs_async/{path}"
    for step in (["check", "--quiet", "--select=I", "--fix"], ["format", "--quiet"]):
        done = subprocess.run(  # noqa: S603  # our own command
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
    folder = PACKAGE / "sync"
    try:
        texts = Generator(PACKAGE).outputs()
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

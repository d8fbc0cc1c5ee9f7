"""What the generator writes for each kind of method, and what it refuses."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from textwrap import dedent, indent

import pytest

from tests.support.programs import PYTHONS
from tools import generate_sync as generate
from tools.areas import PACKAGE
from tools.generate_sync import Generator, GeneratorError, Rules
from tools.sync_writer import MARK

CORE = {
    "_runtime/core.py": "class Resource: ...",
    "_runtime/pager.py": "class Pager: ...",
    "_runtime/stream.py": "class Stream: ...",
    "options.py": "class Options: ...\nHook = Callable[[int], object] | None",
}
IMPORTS = '''
"""Things."""
from __future__ import annotations
from collections.abc import (
    AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
)
from functools import cached_property
from typing import Any, Literal, ParamSpec, Self, TypeVar, overload
from ._runtime.pager import Pager
from ._runtime.core import Resource
from ._runtime.stream import Stream
from .options import Hook, Options
P = ParamSpec("P")
T = TypeVar("T")
LIMIT = 10
Sendable = bytes | AsyncIterator[bytes]
class Thing: ...
'''
NO_RULES = Rules(client="", docs=(), skipped=frozenset(), passed=frozenset())


def written(
    root: Path,
    sources: Mapping[str, str],
    rules: Rules | None = None,
) -> Mapping[str, str]:
    for name, text in {**CORE, **sources}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), "utf-8")
    modules = [name.removesuffix(".py").removesuffix("/__init__") for name in sources]
    names = [name.replace("/", ".") for name in modules]
    generator = Generator(root, names, rules or NO_RULES)
    generator.used.add("")
    return generator.outputs()


def wrapper(root: Path, method: str, rules: Rules | None = None) -> str:
    """The wrapper of a resource with this one member, without what stands around it."""
    body = indent(dedent(method).strip(), "    ")
    source = f'{dedent(IMPORTS)}class Things(Resource):\n    """Things."""\n{body}\n'
    text = written(root, {"things.py": source}, rules)["things.py"]
    ast.parse(text)
    return text.split('"""Things."""', 2)[2].strip("\n")


def expected(text: str) -> str:
    return indent(dedent(text).strip(), "    ")


KINDS = {
    "a coroutine": (
        '''
        async def get(self, a: int, /, b: str = "x", *, c: Sequence[Thing] | None = None) -> Thing:
            """One thing."""
            return await self._core.get(a)
        ''',
        '''
        def get(self, a: int, /, b: str = "x", *, c: Sequence[Thing] | None = None) -> Thing:
            """One thing."""
            return self._bridge.call(self._async.get, a, b, c=c)
        ''',
    ),
    "a coroutine of nothing": (
        '''
        async def go(self) -> None:
            """Nothing."""
        ''',
        '''
        def go(self) -> None:
            """Nothing."""
            self._bridge.call(self._async.go)
        ''',
    ),
    "an awaitable": (
        '''
        def soon(self, *all: int, **more: str) -> Coroutine[Any, Any, Thing]:
            """A thing."""
        ''',
        '''
        def soon(self, *all: int, **more: str) -> Thing:
            """A thing."""
            return self._bridge.call(self._async.soon, *all, **more)
        ''',
    ),
    "a pager": (
        '''
        def list(self, *, limit: int = LIMIT) -> Pager[Thing]:
            """All things."""
        ''',
        '''
        def list(self, *, limit: int = LIMIT) -> SyncPager[Thing]:
            """All things."""
            return SyncPager(self._bridge, self._async.list(limit=limit))
        ''',
    ),
    "a stream": (
        '''
        def stream(self) -> Stream[Thing]:
            """Things as they come."""
        ''',
        '''
        def stream(self) -> SyncStream[Thing]:
            """Things as they come."""
            return SyncStream(self._bridge, self._async.stream())
        ''',
    ),
    "an asynchronous generator": (
        '''
        async def each(self, *, hook: Hook = None) -> AsyncIterator[Thing]:
            """Each thing."""
            yield Thing()
        ''',
        '''
        def each(self, *, hook: Hook = None) -> Generator[Thing, None, None]:
            """Each thing."""
            return iterate(self._bridge, self._async.each(hook=call_in_caller(hook)))
        ''',
    ),
    "an asynchronous iterator": (
        '''
        def each(self) -> AsyncIterator[Thing]:
            """Each thing."""
        ''',
        '''
        def each(self) -> Generator[Thing, None, None]:
            """Each thing."""
            return iterate(self._bridge, self._async.each())
        ''',
    ),
    "a plain value": (
        '''
        def size(self) -> int:
            """How many."""
        ''',
        '''
        def size(self) -> int:
            """How many."""
            return self._async.size()
        ''',
    ),
    "itself": (
        '''
        def with_more(self, *, more: int) -> Self:
            """The same with more."""
        ''',
        '''
        def with_more(self, *, more: int) -> Self:
            """The same with more."""
            source = self._async.with_more(more=more)
            return self._beside(source)
        ''',
    ),
    "itself, given a secret": (
        '''
        def with_more(self, *, headers: int, more: int) -> Self:
            """The same with more."""
        ''',
        '''
        def with_more(self, *, headers: int, more: int) -> Self:
            """The same with more."""
            try:
                source = self._async.with_more(headers=headers, more=more)
            except BaseException:  # of any kind: its frames are shown
                headers = None
                raise
            return self._beside(source)
        ''',
    ),
    "a property": (
        '''
        @property
        def name(self) -> str:
            """Its name."""
        ''',
        '''
        @property
        def name(self) -> str:
            """Its name."""
            return self._async.name
        ''',
    ),
    "a callback": (
        '''
        async def wait(self, on_update: Callable[[Thing], None] | None = None) -> Thing:
            """The thing at the end."""
        ''',
        '''
        def wait(self, on_update: Callable[[Thing], None] | None = None) -> Thing:
            """The thing at the end."""
            return self._bridge.call(self._async.wait, call_in_caller(on_update))
        ''',
    ),
    "a source that may be asynchronous": (
        '''
        async def send(self, source: Sendable, *, more: Sequence[Sendable] = ()) -> None:
            """Nothing."""
        ''',
        '''
        def send(self, source: Sendable, *, more: Sequence[Sendable] = ()) -> None:
            """Nothing."""
            self._bridge.call(self._async.send, source, more=more)
        ''',
    ),
    "a callback that may be asynchronous": (
        '''
        async def wait(self, callback: Callable[[int], Awaitable[None] | None]) -> None:
            """Nothing."""
        ''',
        '''
        def wait(self, callback: Callable[[int], Awaitable[None] | None]) -> None:
            """Nothing."""
            self._bridge.call(self._async.wait, call_in_caller(callback))
        ''',
    ),
    "overloads": (
        '''
        @overload
        def get(self, *, stream: Literal[True]) -> Stream[Thing]: ...
        @overload
        def get(self, *, stream: Literal[False] = ...) -> Coroutine[Any, Any, Thing]: ...
        def get(self, *, stream: bool = False) -> Stream[Thing] | Coroutine[Any, Any, Thing]:
            """A thing."""
        ''',
        '''
        @overload
        def get(self, *, stream: Literal[True]) -> SyncStream[Thing]: ...

        @overload
        def get(self, *, stream: Literal[False] = ...) -> Thing: ...

        def get(self, *, stream: bool = False) -> SyncStream[Thing] | Thing:
            """A thing."""
            # Any: no overload takes the union of the parameters that this one has.
            made: Any = self._async.get
            settled: SyncStream[Thing] | Thing = settle(self._bridge, made(stream=stream))
            return settled
        ''',
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_method_is_written_by_what_it_returns(kind: str, tmp_path: Path) -> None:
    source, text = KINDS[kind]
    passed = frozenset({"Sendable"} if "Sendable" in source else ())
    assert wrapper(tmp_path, source, replace(NO_RULES, passed=passed)) == expected(text)


def test_private_members_have_no_wrapper(tmp_path: Path) -> None:
    text = wrapper(
        tmp_path,
        '''
        _state: int
        def __init__(self, core: int) -> None: ...
        async def _help(self) -> Any: ...
        async def go(self) -> int:
            """A number."""
        ''',
    )
    assert text.count("def ") == 1


@pytest.mark.parametrize(
    ("method", "complaint"),
    [
        ("def get(self) -> int: ...", "no docstring"),
        ("def get(self) -> asyncio.Future[int]: ...", r"no rule for Future in asyncio"),
        ("def get(self):\n    'Doc.'", "no annotation of what it returns"),
        ("async def get(self) -> Pager[Thing]:\n    'Doc.'", "coroutine that gives SyncPager"),
        (
            "async def get(self) -> AsyncIterator[int]:\n    'Doc.'",
            "coroutine that gives Generator",
        ),
        ("async def get(self) -> int:\n    'Doc.'\n    yield 1", "coroutine that gives int"),
        ("def get(self) -> list[Pager[Thing]]:\n    'Doc.'", r"no rule for Pager in list\[Pager"),
        ("def get(self) -> Mapping[str, Awaitable[int]]:\n    'Doc.'", "no rule for Awaitable"),
        ("async def get(self, a: AsyncIterator[int]) -> int:\n    'Doc.'", "for AsyncIterator in"),
        ("async def get(self, a) -> int:\n    'Doc.'", "the parameter a has no annotation"),
        (
            "async def get(self, a: Callable[[], int]) -> int:\n    'Doc.'",
            "no rule for the callback",
        ),
        ("async def get(self, a: int | Hook) -> int:\n    'Doc.'", "no rule for the callback"),
        (
            "async def get(self) -> int:\n    'Do not await.'",
            "no rule for 'await' in the docstring",
        ),
        ("@staticmethod\ndef get() -> int:\n    'Doc.'", "no rule for the decorators"),
        ("@property\ndef get(self) -> Awaitable[int]:\n    'Doc.'", "no rule for a property"),
        ("def __len__(self) -> int:\n    'Doc.'", "no rule for this special method"),
        ("public: int = 1", "no rule for 'public: int = 1'"),
    ],
)
def test_what_there_is_no_rule_for_is_named(method: str, complaint: str, tmp_path: Path) -> None:
    with pytest.raises(GeneratorError, match=rf"^things\.Things(\.\w+)?: .*{complaint}"):
        wrapper(tmp_path, method)


def test_what_goes_through_excuses_nothing_beside_it(tmp_path: Path) -> None:
    rules = replace(NO_RULES, passed=frozenset({"Sendable"}))
    source = "async def get(self, a: Sendable | Awaitable[int]) -> int:\n    'Doc.'"
    with pytest.raises(GeneratorError, match="no rule for Awaitable in"):
        wrapper(tmp_path, source, rules)


def test_a_rule_that_nothing_came_to_use_is_an_error(tmp_path: Path) -> None:
    rules = replace(NO_RULES, docs=[("await x", "x"), ("spawn", "y")], passed=frozenset({"Any"}))
    with pytest.raises(GeneratorError, match=r"nothing came to use: \['Any', 'spawn'\]"):
        wrapper(tmp_path, "async def get(self) -> int:\n    'By await x.'", rules)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Use ``await go()`` here.", "Use ``go()`` here."),
        ("A hook, plain or async, is called.", "A hook is called."),
        ("A hook, plain\n    or async, is called.", "A hook is called."),
        (
            "It.\n\n    Left\n    as it is.\n\n    A hook, plain or\n    async, is called.\n    ",
            "It.\n\nLeft\nas it is.\n\nA hook is called.\n",
        ),
        ("It.\n\n    So:\n\n        await x\n        y\n    ", "It.\n\nSo:\n\n    x\n    y\n"),
        ("A hook, plain or async, " + "word " * 20 + "end.", None),
        ("A hook.\n\n    A hook, plain or\n    async,\n    is called.\n    ", None),
    ],
)
def test_docstrings_are_rewritten_across_lines(
    before: str, after: str | None, tmp_path: Path
) -> None:
    rules = replace(NO_RULES, docs=[("await ", ""), (", plain or async,", "")])
    source = f'async def get(self) -> int:\n    """{before}"""\n\nasync def use(self) -> int:\n'
    source += '    """By await x, plain or async, of course."""'
    text = wrapper(tmp_path, source, rules)
    assert "plain" not in text
    if after is not None:
        assert f'"""{after}"""'.replace("\n", "\n        ").replace(" " * 8 + "\n", "\n") in text


def test_resources_find_each_other_across_modules(tmp_path: Path) -> None:
    texts = written(
        tmp_path,
        {
            "client.py": '''
                """The client."""
                from __future__ import annotations
                import ssl
                from functools import cached_property
                from typing import TYPE_CHECKING, Self
                from .mixin import Mixin
                if TYPE_CHECKING:
                    from .shelf import Shelf
                LIMIT = 10
                class AsyncClient(Mixin):
                    """``async with AsyncClient() as client``."""
                    def __init__(self, key: str, *, tls: ssl.SSLContext, n: int = LIMIT) -> None:
                        pass
                    def __del__(self) -> None: ...
                    async def close(self) -> None:
                        """Close it."""
                    async def __aenter__(self) -> Self: ...
                    async def __aexit__(self, *error: object) -> None: ...
                    @cached_property
                    def shelf(self) -> Shelf:
                        """The shelf."""
                ''',
            "mixin.py": '''
                """What the client does itself."""
                from ._runtime.core import Resource
                class Mixin(Resource):
                    """Its own methods."""
                    async def hello(self) -> str:
                        """A greeting."""
                ''',
            "shelf/__init__.py": '''
                """Shelves."""
                from functools import cached_property
                from .._runtime.pager import Pager
                from .._runtime.core import Resource
                from ..options import Options
                from .books import Books
                class Book: ...
                class BookPager(Pager[Book]):
                    """Books, and how many."""
                    def __await__(self): ...
                    @property
                    def total(self) -> int:
                        """How many."""
                class Shelf(Resource):
                    """A shelf."""
                    @cached_property
                    def books(self) -> Books:
                        """Its books."""
                    def list(self, *, options: Options | None = None) -> BookPager:
                        """Its books."""
                ''',
            "shelf/books.py": '''
                """Books."""
                from .._runtime.core import Resource
                from . import Book
                class Books(Resource):
                    """Books."""
                    async def get(self) -> Book:
                        """One book."""
                ''',
        },
        Rules(
            client="AsyncClient",
            docs=[("async with", "with"), ("AsyncClient", "Client")],
            skipped=frozenset({"__del__"}),
            passed=frozenset(),
        ),
    )
    assert list(texts) == ["client.py", "mixin.py", "shelf/__init__.py", "shelf/books.py"]
    client = texts["client.py"]
    assert client.startswith("# Generated from client.py:")
    assert "from ..client import LIMIT, AsyncClient\n" in client  # a default is needed at run time
    assert "class Client(Mixin[AsyncClient]):" in client
    assert '"""``with Client() as client``."""' in client
    assert "source = AsyncClient(key, tls=tls, n=n)" in client
    assert "def __enter__(self) -> Self:" in client
    assert "def __exit__(self, *error: object) -> None:" in client
    assert "        from .shelf import Shelf\n\n        return Shelf(self._bridge" in client
    assert client.index("import ssl") < client.index("class Client(")
    assert 'MixinT = TypeVar("MixinT", bound=AsyncMixin)' in texts["mixin.py"]
    shelf = texts["shelf/__init__.py"]
    assert "\nfrom ...options import Options\n" in shelf
    assert "    from .books import Books\n" in shelf
    assert "class SyncBookPager(SyncPager[Book]):" in shelf
    assert "    _async: BookPager" in shelf
    assert "def list(self, *, options: Options | None = None) -> SyncBookPager:" in shelf
    assert "\nfrom ...shelf import Book\n" in texts["shelf/books.py"]
    assert "from ...shelf.books import Books as AsyncBooks\n" in texts["shelf/books.py"]


def test_a_class_with_two_bases_is_refused(tmp_path: Path) -> None:
    source = IMPORTS + 'class Things(Resource, Thing):\n    """Things."""\n'
    with pytest.raises(GeneratorError, match=r"things\.Things has more than one base"):
        written(tmp_path, {"things.py": source})


def test_a_source_without_a_resource_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GeneratorError, match="nothing in things has a wrapper"):
        written(tmp_path, {"things.py": IMPORTS})
    with pytest.raises(GeneratorError, match=r"there is no source .*missing\.py"):
        Generator(tmp_path, ["missing"])


# The facade that is there


def test_every_resource_is_a_source() -> None:
    package = PACKAGE
    found = {
        ".".join(path.relative_to(package).with_suffix("").parts).removesuffix(".__init__")
        for path in package.rglob("*.py")
        if path.relative_to(package).parts[0] not in ("sandbox", "sync", "_runtime")
        and any(
            isinstance(node, ast.ClassDef)
            and any(isinstance(base, ast.Name) and base.id == "Resource" for base in node.bases)
            for node in ast.parse(path.read_text("utf-8")).body
        )
    }
    assert found | {"client"} == set(generate.SOURCES)


@pytest.mark.parametrize("python", PYTHONS)
def test_the_facade_is_as_generated(python: str) -> None:
    done = subprocess.run(
        [python, "-m", "tools.generate_sync", "--check"],
        cwd=PACKAGE.parent,
        env={"PATH": str(Path(sys.executable).parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


def test_check_finds_what_is_stale_missing_or_left_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "sync").mkdir()
    texts = {"same.py": f"{MARK}same", "stale.py": "new", "gone/new.py": "new"}
    monkeypatch.setattr(generate, "PACKAGE", tmp_path)
    monkeypatch.setattr(Generator, "__init__", lambda self, root: None)
    monkeypatch.setattr(Generator, "outputs", lambda self: texts)
    for name, text in {
        "same.py": texts["same.py"],
        "stale.py": f"{MARK}stale",
        "left.py": f"{MARK}left",
        "bridge.py": "by hand",
    }.items():
        (tmp_path / "sync" / name).write_text(text)

    assert generate.main(["--check"]) == 1
    assert capsys.readouterr().err.splitlines() == [
        "sync/gone/new.py: not as generated",
        "sync/left.py: not as generated",
        "sync/stale.py: not as generated",
    ]
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0
    there = {path.name for path in (tmp_path / "sync").rglob("*.py")}
    assert there == {"same.py", "stale.py", "new.py", "bridge.py"}

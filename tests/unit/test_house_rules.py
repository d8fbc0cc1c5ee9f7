"""How the code is written: short files, and a reason beside each exception from a rule."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "twelvelabs_async"
FOLDERS = (PACKAGE, *(ROOT / name for name in ("tools", "tests", "benchmarks", "examples")))
BROAD = {"Exception", "BaseException"}
FOR_TOOLS = re.compile(r"# (noqa|type:|pyright:)[^#]*")
EXCEPTION = re.compile(r"# (noqa|type: ignore|pyright: ignore)\b")
MAYBE = re.compile(rf"{EXCEPTION.pattern}|\bexcept:|Exception\b")
"""A word without which a source has nothing to look for: most have none, and are not parsed."""


def test_no_file_is_long() -> None:
    """Of the package, generated ones included."""
    sizes = {
        str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines())
        for path in [*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.pyi")]
    }
    assert {name: size for name, size in sizes.items() if size >= 600} == {}
    assert sum(size < 300 for size in sizes.values()) > 0.8 * len(sizes)


def is_broad(kind: ast.expr | None) -> bool:
    """Whether the class, or one of a tuple of classes, stands for nearly all exceptions."""
    if isinstance(kind, ast.Tuple):
        return any(is_broad(part) for part in kind.elts)
    return kind is None or ast.unparse(kind).removeprefix("builtins.") in BROAD


def broad_lines(tree: ast.AST) -> Iterator[int]:
    """Where an `except`, an `except*` or a `suppress` takes all exceptions."""
    for node in ast.walk(tree):
        match node:
            case ast.ExceptHandler(type=kind) if is_broad(kind):
                yield node.lineno
            case ast.Call(
                func=ast.Name(id="suppress") | ast.Attribute(attr="suppress"), args=kinds
            ) if any(is_broad(kind) for kind in kinds):
                yield node.lineno


def without_reason(source: str) -> list[int]:
    """The lines of broad excepts, and of comments that silence a tool, that give no reason.

    It is a comment in the line, or alone in the line above.
    """
    if not MAYBE.search(source):
        return []
    reasons: set[int] = set()
    silenced: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            if EXCEPTION.search(token.string):
                silenced.add(token.start[0])
            if FOR_TOOLS.sub("", token.string):
                alone = not token.line[: token.start[1]].strip()
                reasons.add(token.start[0] + alone)
    return sorted({*broad_lines(ast.parse(source)), *silenced} - reasons)


def test_each_exception_from_a_rule_has_its_reason_beside_it() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line}"
        for folder in FOLDERS
        for path in sorted(folder.rglob("*.py"))
        for line in without_reason(path.read_text("utf-8"))
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("caught", "count"),
    [
        ("except Exception:", 1),
        ("except BaseException as error:", 1),
        ("except builtins.Exception:", 1),
        ("except:", 1),
        ("except (OSError, Exception):", 1),
        ("except* Exception:", 1),
        ("except Exception:  # noqa: BLE001", 1),
        ("except Exception:  # noqa: BLE001  # the user's code", 0),
        ("except Exception:  # the user's code", 0),
        ("# the user's code\nexcept Exception:", 0),
        ("except (OSError, ValueError):", 0),
        ("except OSError:\n    with contextlib.suppress(Exception): pass", 1),
        ("except OSError:\n    with suppress(OSError, BaseException): pass", 1),
        ("except OSError:\n    with suppress(Exception): pass  # the user's code", 0),
        ("except OSError:\n    with suppress(OSError): pass", 0),
        ("except OSError:\n    one()  # noqa: S101", 1),
        ("except OSError:\n    one()  # type: ignore[misc]", 1),
        ("except OSError:\n    one()  # type: ignore[misc]  # noqa: S101", 1),
        ("except OSError:\n    one()  # type: ignore[misc]  # it is there", 0),
        ("except OSError:\n    # It is there.\n    one()  # pyright: ignore[reportAny]", 0),
    ],
)
def test_an_exception_from_a_rule_without_a_reason_is_found(caught: str, count: int) -> None:
    assert len(without_reason(f"try:\n    run()  # a call\n{caught}\n    pass\n")) == count

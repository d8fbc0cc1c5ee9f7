"""Lists of models, as a notebook shows them. IPython is not imported here."""

from __future__ import annotations

from typing import Any, cast

from .html import rows_html
from .model import Model
from .progress import notebook_shell

__all__ = ["show_lists"]


def show_lists() -> None:
    """Have a notebook show lists of models as it shows pages; other lists stay as they are."""
    shell = notebook_shell()
    if shell is None:
        return
    formatter: Any = shell.display_formatter.formatters["text/html"]
    before: Any = formatter.type_printers.get(list)
    if getattr(before, "__module__", None) == __name__:
        return

    def show(rows: list[Any]) -> str | None:
        if rows and all(isinstance(row, Model) for row in rows):
            return rows_html(rows)
        return None if before is None else cast("str | None", before(rows))

    formatter.for_type(list, show)

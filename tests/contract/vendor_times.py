"""Which fields of the vendor's models are times; run by an interpreter that has the SDK.

``python vendor_times.py`` writes one JSON object: ``fields``, by area and name of each model, says
of each field, by its name on the wire, whether it is a datetime; ``aliases`` are the public names
that stand for datetime itself.
"""

from __future__ import annotations

import datetime as dt
import importlib
import inspect
import json
import pkgutil
import sys
from typing import Any

import pydantic
import twelvelabs


def area(module: str) -> str:
    """The package that a module of types is for; "" where the types are everybody's."""
    return module.partition(".types.")[0].removeprefix("twelvelabs").removeprefix(".")


def main() -> None:
    """Look through every module of the SDK."""
    fields: dict[str, dict[str, dict[str, bool]]] = {}
    for found in pkgutil.walk_packages(twelvelabs.__path__, "twelvelabs."):
        for name, value in inspect.getmembers(importlib.import_module(found.name), inspect.isclass):
            if value.__module__ == found.name and issubclass(value, pydantic.BaseModel):
                described: Any = value.model_fields.items()
                fields.setdefault(area(found.name), {})[name] = {
                    field.alias or its: "datetime.datetime" in repr(field.annotation)
                    for its, field in described
                }
    aliases = [name for name in twelvelabs.__all__ if getattr(twelvelabs, name) is dt.datetime]
    json.dump({"fields": fields, "aliases": aliases}, sys.stdout)


if __name__ == "__main__":
    main()

"""What the models of the vendor's SDK are and make; run by an interpreter that has it.

``python vendor_models.py`` reads a JSON list of replies, each with the area and the name of the
model that it is for, and writes one JSON object: ``fields``, by area and name of each model, says
of each field, by its name on the wire, whether it is a datetime; ``aliases`` are the public names
that stand for datetime itself; ``dumps`` has the model's dumps for each reply, by the names in
Python and by those of the wire, with times as text, or null where the SDK refuses the reply.
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
from twelvelabs.core.pydantic_utilities import parse_obj_as


def area(module: str) -> str:
    """The package that a module of types is for; "" where the types are everybody's."""
    return module.partition(".types.")[0].removeprefix("twelvelabs").removeprefix(".")


def find_models() -> dict[str, dict[str, Any]]:
    """Every model in every module of the SDK, by area and name."""
    models: dict[str, dict[str, Any]] = {}
    for found in pkgutil.walk_packages(twelvelabs.__path__, "twelvelabs."):
        for name, value in inspect.getmembers(importlib.import_module(found.name), inspect.isclass):
            if value.__module__ == found.name and issubclass(value, pydantic.BaseModel):
                models.setdefault(area(found.name), {})[name] = value
    return models


def fields(model: Any) -> dict[str, bool]:
    """Of each field, by its name on the wire, whether it is a time."""
    return {
        field.alias or name: "datetime.datetime" in repr(field.annotation)
        for name, field in model.model_fields.items()
    }


def dumps(model: Any, reply: Any) -> Any:
    """What the SDK makes of a reply, as plain values."""
    try:
        made = parse_obj_as(type_=model, object_=reply)
        return made.model_dump(), made.dict()
    except pydantic.ValidationError:
        return None


def main() -> None:
    """Look through the SDK."""
    models = find_models()
    found = {
        "fields": {
            its: {name: fields(model) for name, model in named.items()}
            for its, named in models.items()
        },
        "aliases": [n for n in twelvelabs.__all__ if getattr(twelvelabs, n) is dt.datetime],
        "dumps": [dumps(models[its][name], reply) for its, name, reply in json.load(sys.stdin)],
    }
    json.dump(found, sys.stdout, default=dt.datetime.isoformat)


if __name__ == "__main__":
    main()

"""Writes down which names the vendor's SDK 1.1.0 has: ``vendor_names.json``.

These are the public names of each module, and the parameters of each method. Run by an interpreter
that has it: ``VENDOR/bin/python tests/contract/make_names.py``.
"""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
from pathlib import Path

import twelvelabs
from wire_calls import CALLS, bound

NAMES = Path(__file__).with_name("vendor_names.json")
# How the SDK is made, and no part of what programs use.
APART = ("client", "raw_client", "base_client", "raw_base_client", "core", "wrapper", "version")
# Beside the calls of the API.
HELPERS = {
    "embed.tasks.create_bulk",
    "embed.tasks.wait_for_done",
    "multipart_upload.upload_file",
    "search.query",
    "tasks.create_bulk",
    "tasks.wait_for_done",
}


def modules() -> dict[str, list[str]]:
    """The public names of each package of the SDK."""
    found = {"": sorted(twelvelabs.__all__)}
    for module in pkgutil.walk_packages(twelvelabs.__path__, "twelvelabs."):
        name = module.name.removeprefix("twelvelabs.")
        # The types' own modules are where they are defined, not where programs take them from.
        if module.ispkg and not set(name.split(".")) & set(APART) and not name.endswith(".types"):
            listed = getattr(importlib.import_module(module.name), "__all__", ())
            found[name] = sorted(listed)
    return found


def methods() -> dict[str, dict[str, list[str]]]:
    """The parameters of each method, by what may be given by position."""
    client = twelvelabs.TwelveLabs(api_key="key")
    found = {}
    for method in sorted({call.method for call in CALLS} | HELPERS):
        parameters = inspect.signature(bound(client, method)).parameters.values()
        found[method] = {
            "positional": [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD],
            "named": [p.name for p in parameters if p.kind is p.KEYWORD_ONLY],
        }
    return found


if __name__ == "__main__":
    made = {"modules": modules(), "methods": methods()}
    NAMES.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")

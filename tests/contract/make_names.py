"""Writes down which names a version of the vendor's SDK has, into ``vendor_names.json``.

These are the public names of each module, and the parameters of each method. Run by an interpreter
that has it: ``VENDOR/bin/python -m tests.contract.make_names``.
"""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
from importlib.metadata import version
from pathlib import Path

import twelvelabs

from tests.contract.wire_calls import CALLS, bound
from tests.contract.wire_calls_later import LATER_CALLS, NEWEST_CALLS

NAMES = Path(__file__).with_name("vendor_names.json")
# How the SDK is made, and no part of what programs use.
APART = ("core", "version")
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
    """The public names of each module of the SDK: those it lists, else those it defines."""
    found = {"": sorted(twelvelabs.__all__)}
    for info in pkgutil.walk_packages(twelvelabs.__path__, "twelvelabs."):
        name = info.name.removeprefix("twelvelabs.")
        if name.partition(".")[0] in APART:
            continue
        module = importlib.import_module(info.name)
        defined = [n for n, v in vars(module).items() if getattr(v, "__module__", "") == info.name]
        found[name] = sorted(
            n for n in getattr(module, "__all__", defined) if not n.startswith("_")
        )
    return found


def methods() -> dict[str, dict[str, list[str]]]:
    """The parameters of each method, by what may be given by position."""
    client = twelvelabs.TwelveLabs(api_key="key")
    found = {}
    for method in sorted({c.method for c in (*CALLS, *LATER_CALLS, *NEWEST_CALLS)} | HELPERS):
        try:
            parameters = inspect.signature(bound(client, method)).parameters.values()
        except AttributeError:  # another version has it
            continue
        found[method] = {
            "positional": [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD],
            "named": [p.name for p in parameters if p.kind is p.KEYWORD_ONLY],
        }
    return found


if __name__ == "__main__":
    versions = json.loads(NAMES.read_text("utf-8"))
    versions[version("twelvelabs")] = {"modules": modules(), "methods": methods()}
    NAMES.write_text(json.dumps(versions, separators=(",", ":")) + "\n", encoding="utf-8")

"""Writes down which names the vendor's SDK 1.1.0 has in which module: ``vendor_names.json``.

Run by an interpreter that has it: ``VENDOR/bin/python tests/contract/make_names.py``. Names only.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
from pathlib import Path

import twelvelabs

NAMES = Path(__file__).with_name("vendor_names.json")
# How the SDK is made, and no part of what programs use.
APART = ("client", "raw_client", "base_client", "raw_base_client", "core", "wrapper", "version")


def main() -> None:
    """Write the public names of each package of the SDK."""
    found = {"": sorted(twelvelabs.__all__)}
    for module in pkgutil.walk_packages(twelvelabs.__path__, "twelvelabs."):
        name = module.name.removeprefix("twelvelabs.")
        # The types' own modules are where they are defined, not where programs take them from.
        if module.ispkg and not set(name.split(".")) & set(APART) and not name.endswith(".types"):
            listed = getattr(importlib.import_module(module.name), "__all__", ())
            found[name] = sorted(listed)
    NAMES.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

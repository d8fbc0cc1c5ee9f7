"""Where the contract tests find what is not in this repository, and whether it is there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGE = REPOSITORY / "twelvelabs_async"
ORACLE = Path(__file__).with_name("oracle.json")
SHARED = Path(os.environ.get("TWELVELABS_SHARED") or REPOSITORY.parent / "shared")
DOCUMENT = SHARED / "api" / "openapi-2026-03.yaml"
LATER_DOCUMENT = SHARED / "api" / "openapi-2026-07.json"
PATCH = SHARED / "tools" / "patch_spec.py"

needs_shared = pytest.mark.skipif(
    not DOCUMENT.is_file(),
    reason=f"the vendor's OpenAPI document is not in {SHARED} (set TWELVELABS_SHARED)",
)

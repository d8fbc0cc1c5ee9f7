"""Knowledge stores and responses by the vendor's SDK 1.3.6, unchanged."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.sandbox.test_vendor import command
from twelvelabs_async.sandbox import Sandbox, Timings

METHODS = {
    *(f"knowledge_stores.{name}" for name in ("list", "create", "retrieve", "update", "delete")),
    *(f"knowledge_stores.search{case}" for case in ("", ", malformed", ", expired")),
    *(f"knowledge_store_items.{name}" for name in ("list", "create", "retrieve", "delete")),
    *(f"collections.{name}" for name in ("list", "create", "retrieve", "update", "delete")),
    *(f"collections.{name}" for name in ("list_items", "add_items", "remove_items")),
    *("responses.create", "responses.create_stream"),
}


@pytest.mark.timeout(300)
def test_the_newer_sdk_does_knowledge_stores_and_responses(film: Path, picture: Path) -> None:
    with Sandbox(timings=Timings.none(), speed=0) as sandbox:
        arguments = command(
            "1.3.6",
            sandbox.base_url,
            sandbox.api_key,
            str(film),
            str(picture),
            script="vendor_stores",
        )
        called: list[str] = []
        with subprocess.Popen(
            arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            for line in process.stdout:
                called.append(line.strip())
                if called[-1] == "expire":
                    sandbox.advance(86_400)
                    process.stdin.write("\n")
                    process.stdin.flush()
        assert process.returncode == 0
        assert set(called) - {"expire"} == METHODS
        refused = [r.status for r in sandbox.requests if r.status is None or r.status >= 400]
        assert refused == [400, 410]

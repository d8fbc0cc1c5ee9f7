"""Prism, a mock server that checks requests against an OpenAPI document; installed on first use.

``python -m tests.contract.prism`` installs it. It needs Node and npm, and goes to ``.cache/prism``.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self

from tests.contract.contract_paths import DOCUMENT, PATCH
from tests.support.npm import installed

PACKAGE = "@stoplight/prism-cli@5.14.2"
PREFIX = "/v1.3"


def correct(node: Any) -> None:
    """Take out of a document what makes Prism's own replies unreadable.

    These are a ``Transfer-Encoding`` as an ordinary header, which it sends beside a length, and
    examples in which an array is none.
    """
    if isinstance(node, dict):
        if isinstance(headers := node.get("headers"), dict):
            headers.pop("Transfer-Encoding", None)
        example = node.get("example")
        if isinstance(example, dict) and isinstance(example.get("data"), dict):
            del node["example"]
        for inner in node.values():
            correct(inner)
    elif isinstance(node, list):
        for inner in node:
            correct(inner)


def address(output: Iterable[str]) -> str:
    """Where Prism listens, once it says so."""
    said: list[str] = []
    for line in output:
        said.append(line)
        if found := re.search(r"listening on (http://\S+)", line):
            return found[1]
    raise RuntimeError(f"Prism did not start: {''.join(said)[-2000:]}")


class Prism:
    """Prism on one of the vendor's documents; ``with`` starts and stops it."""

    def __init__(self, folder: Path, source: Path = DOCUMENT) -> None:
        self._source = source
        self._document = folder / "document.json"
        self._process: subprocess.Popen[str] | None = None
        self.base_url = ""

    def __enter__(self) -> Self:
        program = installed("prism", PACKAGE) / "node_modules" / ".bin" / "prism"
        patch = [sys.executable, PATCH, self._source, self._document, "--prefix", PREFIX]
        subprocess.run(patch, check=True, capture_output=True)
        document = json.loads(self._document.read_bytes())
        correct(document)
        self._document.write_text(json.dumps(document), encoding="utf-8")
        command = [str(program), "mock", "-h", "127.0.0.1", "-p", "0", str(self._document)]
        self._process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "NO_COLOR": "1"},
        )
        output = self._process.stdout
        assert output is not None
        try:
            self.base_url = address(output) + PREFIX
        except BaseException:  # also Ctrl-C: nothing else would end it
            self._process.kill()
            self._process.communicate()
            raise
        # What it says of each request has to be read, or it would wait for that.
        self._reader = threading.Thread(target=output.read)
        self._reader.start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        with self._process:
            self._process.terminate()
            self._reader.join()


if __name__ == "__main__":
    installed("prism", PACKAGE)

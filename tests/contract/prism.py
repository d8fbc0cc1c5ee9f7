"""Prism, a mock server that checks requests against an OpenAPI document; installed on first use.

``python tests/contract/prism.py`` installs it. It needs Node and npm, and goes to ``.cache/prism``.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Self

from contract_paths import DOCUMENT, PATCH, REPOSITORY

HOME = REPOSITORY / ".cache" / "prism"
PROGRAM = HOME / "node_modules" / ".bin" / "prism"
PACKAGE = "@stoplight/prism-cli@5.14.2"
PREFIX = "/v1.3"


def install() -> None:
    """Install Prism where it is not."""
    if PROGRAM.exists():
        return
    HOME.mkdir(parents=True, exist_ok=True)
    command = ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(HOME), PACKAGE]
    subprocess.run(command, check=True, stdout=sys.stderr)


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


class Prism:
    """Prism on the vendor's document; ``with`` starts and stops it."""

    def __init__(self, folder: Path) -> None:
        self._document = folder / "document.json"
        self._log = folder / "prism.log"
        self._process: subprocess.Popen[bytes] | None = None
        self.base_url = ""

    def __enter__(self) -> Self:
        install()
        patch = [sys.executable, PATCH, DOCUMENT, self._document, "--prefix", PREFIX]
        subprocess.run(patch, check=True, capture_output=True)
        document = json.loads(self._document.read_bytes())
        correct(document)
        self._document.write_text(json.dumps(document), encoding="utf-8")
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        command = [str(PROGRAM), "mock", "-h", "127.0.0.1", "-p", str(port), str(self._document)]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, env={**os.environ, "NO_COLOR": "1"}
            )
        try:
            self._wait(port)
        except BaseException:
            self.__exit__()
            raise
        self.base_url = f"http://127.0.0.1:{port}{PREFIX}"
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.wait()

    def _wait(self, port: int) -> None:
        assert self._process is not None
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self._process.poll() is None:
            with socket.socket() as trial:
                if trial.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.05)
        raise RuntimeError(f"Prism did not start: {self._log.read_text(errors='replace')[-2000:]}")


if __name__ == "__main__":
    install()

"""VCR.py, a recorder for any program on aiohttp, records and replays the client."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from twelvelabs_async import TwelveLabs
from twelvelabs_async.sandbox import Sandbox, Timings

MODELS = [{"model_name": "marengo3.0", "model_options": ["visual"]}]


def test_vcr_writes_our_headers_as_text_and_replays_a_recording(tmp_path: Path) -> None:
    vcr: Any = pytest.importorskip("vcr", reason="vcrpy is in the dependency group 'test'")
    recorder = vcr.VCR(filter_headers=["x-api-key"])
    path = tmp_path / "vcr.yaml"

    def job(base_url: str, key: str) -> tuple[str | None, list[str | None]]:
        with recorder.use_cassette(str(path)), TwelveLabs(key, base_url=base_url) as client:
            index = client.indexes.create(index_name="films", models=MODELS)
            return index.id, [each.index_name for each in client.indexes.list()]

    with Sandbox(timings=Timings.none()) as sandbox:
        recorded = job(sandbox.base_url, sandbox.api_key)
        asked = len(sandbox.requests)
        kept = path.read_text()
        assert sandbox.api_key not in kept
        assert "python/object" not in kept, "plain text alone"
        assert job(sandbox.base_url, "another-key") == recorded
        assert len(sandbox.requests) == asked


@pytest.mark.parametrize("kind", ["path", "open file", "bytes"])
def test_vcr_records_and_replays_a_form_with_a_file(tmp_path: Path, kind: str) -> None:
    vcr: Any = pytest.importorskip("vcr", reason="vcrpy is in the dependency group 'test'")
    path = tmp_path / "vcr.yaml"
    film = tmp_path / "a.mp4"
    film.write_bytes(b"x" * 3000)

    def job(base_url: str) -> str:
        with (
            vcr.VCR(filter_headers=["x-api-key"]).use_cassette(str(path)),
            TwelveLabs("key", base_url=base_url) as client,
            film.open("rb") as file,
        ):
            given: Any = {"path": film, "open file": file, "bytes": ("a.mp4", b"x" * 3000)}[kind]
            return client.assets.create(method="direct", file=given).id

    with Sandbox(timings=Timings.none(), api_key="key") as sandbox:
        recorded = job(sandbox.base_url)
        assert len(sandbox.requests) == 1
        kept = path.read_text()
        assert "python/object" not in kept, "plain text alone"
        assert "bytes>" in kept  # in place of the form
        assert job(sandbox.base_url) == recorded
        assert len(sandbox.requests) == 1

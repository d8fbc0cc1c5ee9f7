"""Notebooks run in a kernel of Jupyter, against the sandbox: what their cells show."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from twelvelabs_async.cli import demo_films
from twelvelabs_async.sandbox import Sandbox, Settings, Timings

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "examples" / "search.ipynb"
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a film, while a sandbox runs that the environment leads to."""
    shutil.copy(demo_films.bigbuckbunny(), tmp_path / "film.mp4")
    with Sandbox(
        settings=Settings(era="2026-10"), timings=Timings(stream=0.0, thumbnail=0.0)
    ) as sandbox:
        monkeypatch.setenv("PYTHONPATH", str(ROOT))
        monkeypatch.setenv("TWELVE_LABS_API_KEY", sandbox.api_key)
        monkeypatch.setenv("TWELVELABS_BASE_URL", sandbox.base_url)
        yield tmp_path


def run(notebook: Any, place: Path) -> list[list[Any]]:
    """The outputs of each cell of code."""
    # The kernel listens on ports that it finds free.
    client: Any = NotebookClient(notebook, timeout=90, resources={"metadata": {"path": str(place)}})
    client.execute()
    return [cell.outputs for cell in notebook.cells if cell.cell_type == "code"]


def notebook(*cells: str) -> Any:
    code = [nbformat.v4.new_code_cell(cell) for cell in cells]
    for cell in code:
        cell.metadata["tags"] = ["raises-exception"]
    return nbformat.v4.new_notebook(cells=code)


def html(outputs: Sequence[Any]) -> list[str]:
    return [output.data["text/html"] for output in outputs if "data" in output]


def traceback(outputs: Sequence[Any]) -> list[str]:
    (output,) = outputs
    return COLOUR.sub("", "\n".join(output.traceback)).splitlines()


def test_the_example_shows_pictures_players_progress_and_short_errors(place: Path) -> None:
    cells = run(nbformat.read(EXAMPLE, as_version=4), place)
    _, waited, asset, video, hits, some, embedding, error, _ = cells

    sent, *waits = html(waited)
    assert re.search(r'<progress value="1055736" max="1055736"></progress> film.mp4: 1 MB', sent)
    assert [re.sub(r"\w{24}", "ID", shown) for shown in waits] == [
        "<div>asset ID: ready</div>",
        "<div>indexed asset ID: ready</div>",
    ]

    player = r'<video controls [^>]*poster="http://[^"]+"[^>]* src="http://[^"]+m3u8'
    for outputs in (asset, video):
        (shown,) = html(outputs)
        assert re.search(player, shown)
        assert "<b>film.mp4</b>" in shown

    (shown,) = html(hits)
    assert shown.count("<img ") == 3
    assert "3 of 3 results" in shown
    (shown,) = html(some)
    assert shown.count("<img ") == 2

    (output,) = embedding
    assert all(len(text.encode()) < 1000 for text in output.data.values())
    assert "&lt;512 floats&gt;" in output.data["text/html"]
    assert "<512 floats>" in output.data["text/plain"]

    lines = traceback(error)
    assert len(lines) <= 15
    assert "await client.indexes.retrieve" in "\n".join(lines)
    assert "twelvelabs_async/" not in "\n".join(lines)
    assert lines[-1].startswith("BadRequestError: GET /indexes/66f000000000000000000000: 400")
    for outputs in cells:
        for output in outputs:
            assert output.output_type in ("execute_result", "display_data", "error")


def test_the_blocking_client_shows_the_same(place: Path) -> None:
    missing = "client.indexes.retrieve('66f000000000000000000000')"
    _, waited, silent, pages, plain, within, verbose = run(
        notebook(
            "from twelvelabs_async import TwelveLabs\nclient = TwelveLabs()",
            "sent = client.multipart_upload.upload_file('film.mp4')\n"
            "asset = client.assets.wait_until_ready(sent.asset_id)",
            "sent = client.multipart_upload.upload_file('film.mp4', progress=False)\n"
            "quiet = client.with_options(progress=False)\n"
            "asset = quiet.assets.wait_until_ready(sent.asset_id)",
            "client.assets.list()",
            missing,
            f"try:\n    int('one')\nexcept ValueError:\n    {missing}",
            f"%xmode Verbose\n{missing}",
        ),
        place,
    )
    assert len(html(waited)) == 2
    assert not silent
    assert "2 of 2 results, page 1 of 1" in html(pages)[0]
    assert len(traceback(plain)) <= 15
    lines = traceback(within)
    assert lines[-1].startswith("BadRequestError: ")
    assert len(lines) <= 15
    assert "sync/bridge.py" in "\n".join(traceback(verbose[-1:]))

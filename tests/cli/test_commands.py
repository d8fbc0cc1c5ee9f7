"""The commands against the sandbox, run in this process."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from twelvelabs_async.cli.app import app
from twelvelabs_async.sandbox import Sandbox, Settings, Timings, films
from twelvelabs_async.sandbox.media.render import frame

Invoke = Callable[..., str]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(timings=Timings.none(), settings=Settings(chunk_size=256 * 1024)) as running:
        yield running


@pytest.fixture
def invoke(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    monkeypatch.setenv("TWELVE_LABS_API_KEY", sandbox.api_key)
    monkeypatch.setenv("TWELVELABS_BASE_URL", sandbox.base_url)

    def run(*arguments: str, code: int = 0, stdin: str | None = None) -> str:
        result = CliRunner().invoke(app, arguments, input=stdin)
        assert result.exit_code == code, result.output
        assert sandbox.api_key not in result.output
        return result.stdout if code == 0 else result.output

    return run


def test_a_film_goes_through_every_command(invoke: Invoke, tmp_path: Path) -> None:
    index = json.loads(invoke("index", "create", "films", "--json"))["_id"]
    film = films.bigbuckbunny()
    sent = json.loads(invoke("upload", str(film), "--index", index, "--json"))
    video = sent["indexed_asset_id"]

    rows = json.loads(invoke("index", "list", "--json"))
    assert (index, 1) in [(row["_id"], row["video_count"]) for row in rows]
    assert index in invoke("index", "list")

    found = json.loads(invoke("search", index, "green", "--json"))
    assert {hit["video_id"] for hit in found} == {video}
    assert video in invoke("search", index, "green")

    image = tmp_path / "frame.jpg"
    image.write_bytes(frame(film, 2.0))
    best = json.loads(invoke("search", index, "--image", str(image), "--limit", "1", "--json"))
    assert [hit["start"] <= 2.0 <= hit["end"] for hit in best] == [True]

    assert re.search(r"\bgreen\b", invoke("analyze", video, "Which colours are there?"))
    reply = json.loads(invoke("analyze", video, "Describe it.", "--json"))
    assert reply["finish_reason"] == "stop"

    invoke("index", "delete", index, "--yes")
    assert index not in invoke("index", "list")


def test_an_error_is_one_line_and_exit_code_1(invoke: Invoke) -> None:
    output = invoke("search", "0" * 24, "green", code=1)
    assert output.startswith("error: POST /search: 4")
    assert len(output.splitlines()) == 1


def test_a_film_that_is_too_small_is_refused_with_the_reason(invoke: Invoke) -> None:
    index = json.loads(invoke("index", "create", "small", "--json"))["_id"]
    output = invoke("upload", str(films.carphone()), "--index", index, code=1)
    assert "video_resolution_too_low" in output


@pytest.mark.parametrize(
    "arguments",
    [("search", "x"), ("upload", "/nowhere"), ("index", "create"), ("sandbox", "--port", "70000")],
)
def test_wrong_usage_is_exit_code_2(invoke: Invoke, arguments: tuple[str, ...]) -> None:
    invoke(*arguments, code=2)


def test_deleting_asks_first(invoke: Invoke) -> None:
    index = json.loads(invoke("index", "create", "kept", "--json"))["_id"]
    invoke("index", "delete", index, stdin="n\n", code=1)
    assert index in invoke("index", "list")


def test_without_a_key_the_error_names_the_variables(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TWELVE_LABS_API_KEY")
    monkeypatch.delenv("TWELVELABS_API_KEY", raising=False)
    output = invoke("index", "list", code=1)
    assert "TWELVE_LABS_API_KEY" in output
    assert "TWELVELABS_API_KEY" in output

"""The commands against the sandbox, run in this process."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
import typer

from tests.cli.conftest import Invoke
from twelvelabs_async.cli import demo_films
from twelvelabs_async.cli.app import app
from twelvelabs_async.sandbox import Sandbox
from twelvelabs_async.sandbox.media.measure.render import frame


def test_a_film_goes_through_every_command(
    invoke: Invoke, sandbox: Sandbox, tmp_path: Path
) -> None:
    index = json.loads(invoke("index", "create", "films", "--json"))["_id"]
    film = demo_films.bigbuckbunny()
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

    asset = sent["asset_id"]
    assert re.search(r"\bgreen\b", invoke("analyze", asset, "Which colours are there?"))
    reply = json.loads(invoke("analyze", asset, "Describe it.", "--json"))
    assert reply["finish_reason"] == "stop"
    invoke("analyze", asset, "Describe it.", "--start", "1", "--end", "3", "--json")
    sent_last = sandbox.requests[-1].body
    assert (sent_last["start_time"], sent_last["end_time"]) == (1, 3)
    assert sent_last["model_name"] == "pegasus1.6"

    invoke("index", "delete", index, "--yes")
    assert index not in invoke("index", "list")


def test_an_error_is_one_line_and_exit_code_1(invoke: Invoke) -> None:
    output = invoke("search", "0" * 24, "green", code=1)
    assert output.startswith("error: POST /search: 4")
    assert len(output.splitlines()) == 1


def test_a_film_that_is_too_small_is_refused_with_the_reason(invoke: Invoke) -> None:
    index = json.loads(invoke("index", "create", "small", "--json"))["_id"]
    output = invoke("upload", str(demo_films.carphone()), "--index", index, code=1)
    assert "video_resolution_too_low" in output


@pytest.mark.parametrize(
    "arguments",
    [
        *(("search", "x"), ("upload", "/nowhere"), ("index", "create")),
        *(
            ("sandbox", "--port", "0", f"--{option}", value)
            for option, value in (
                *(("port", "70000"), ("storage-port", "-1"), ("seed-films", "101")),
                *(("era", "1999"), ("tier", "gold"), ("timings", "slow")),
                *(("settings", "/nowhere.toml"), ("drive", "/nowhere"), ("api-key", "")),
                *(("allowed-host", "a:80"), ("webhook", "nourl")),
                *(("public-url", "http://a b"), ("public-url", "http://a/v1.3")),
            )
        ),
    ],
)
def test_wrong_usage_is_exit_code_2(invoke: Invoke, arguments: tuple[str, ...]) -> None:
    invoke(*arguments, code=2)


def test_each_command_argument_and_option_has_a_help_text() -> None:
    commands: list[tuple[str, Any]] = [("", typer.main.get_command(app))]
    missing: list[str] = []
    for path, command in commands:
        below = getattr(command, "commands", {})
        commands += [(f"{path} {name}", each) for name, each in below.items()]
        described = [(path, command.help), *((f"{path} {p.name}", p.help) for p in command.params)]
        missing += [name for name, text in described if not text]
    assert len(commands) > 10
    assert missing == []


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


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no such files")
@pytest.mark.parametrize("options", [(), ("--no-checks",), ("--type", "image")])
def test_a_pipe_by_its_name_is_refused(
    options: tuple[str, ...], invoke: Invoke, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "not a regular file" in invoke("upload", str(tmp_path / "pipe"), *options, code=1)


def test_a_wrong_index_fails_before_the_film_is_sent(invoke: Invoke, sandbox: Sandbox) -> None:
    before = len(sandbox.requests)
    output = invoke("upload", str(demo_films.bigbuckbunny()), "--index", "0" * 24, code=1)
    assert output.startswith("error: GET /indexes/")
    assert [request.method for request in sandbox.requests[before:]] == ["GET"]


def test_what_was_created_is_printed_when_a_later_step_fails(
    invoke: Invoke, sandbox: Sandbox
) -> None:
    index = json.loads(invoke("index", "create", "later", "--json"))["_id"]
    sandbox.faults.add("POST", f"/indexes/{index}/indexed-assets", status=400)
    output = invoke("upload", str(demo_films.bigbuckbunny()), "--index", index, "--json", code=1)
    found = re.search(r'"asset_id": "(\w{24})"', output)
    assert found is not None
    assert sandbox.requests[-1].body["asset_id"] == found[1]


def test_a_film_that_would_be_refused_is_not_sent(invoke: Invoke, sandbox: Sandbox) -> None:
    before = len(sandbox.requests)
    film = str(demo_films.carphone())
    assert "video_resolution_too_low" in invoke("upload", film, code=1)
    assert len(sandbox.requests) == before
    invoke("upload", film, "--no-checks")
    assert sandbox.requests[before].path == "/assets/multipart-uploads"


def test_a_sound_that_would_be_refused_is_not_sent(
    invoke: Invoke, sandbox: Sandbox, tmp_path: Path
) -> None:
    (tmp_path / "notes.mp3").write_text("no sound " * 99)
    before = len(sandbox.requests)
    said = invoke("upload", str(tmp_path / "notes.mp3"), "--type", "audio", code=1)
    assert "unsupported_file_type" in said
    assert len(sandbox.requests) == before

"""The Containerfile: its instructions, and the command that they end in."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import socket
import subprocess
import sys
import tomllib
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest

from twelvelabs_async.cli.app import app

ROOT = Path(__file__).parents[2]
FILE = ROOT / "examples" / "Containerfile"
# The instructions that both Docker and Podman know, but ADD, which COPY replaces.
KNOWN = {
    *("FROM", "WORKDIR", "COPY", "RUN", "USER", "ENV", "VOLUME", "EXPOSE", "HEALTHCHECK"),
    *("ENTRYPOINT", "CMD", "ARG", "LABEL"),
}


def _instructions() -> list[tuple[str, str]]:
    """The instructions with their arguments, lines that are continued joined."""
    lines = [line for line in FILE.read_text().splitlines() if not line.lstrip().startswith("#")]
    whole = re.sub(r"\\\n\s*", "", "\n".join(lines))
    found = [line.partition(" ") for line in whole.splitlines() if line.strip()]
    return [(name, rest.strip()) for name, _, rest in found]


def _all(name: str) -> list[str]:
    return [rest for each, rest in _instructions() if each == name]


def _one(name: str) -> str:
    (found,) = _all(name)
    return found


def _command(name: str) -> list[str]:
    """The command of an instruction, which is in the form that needs no shell."""
    words = orjson.loads(_one(name).removeprefix("CMD "))
    assert all(isinstance(word, str) for word in words)
    return list(words)


def test_the_instructions_are_known_and_in_order() -> None:
    names = [name for name, _ in _instructions()]
    assert names[0] == "FROM"
    assert set(names) <= KNOWN
    # A tag that names a version, on a registry that is named.
    assert re.fullmatch(r"[\w.-]+\.\w+/\S+:\d+\.\d+[\w.-]*", _one("FROM"))


def test_what_is_copied_is_in_the_repository() -> None:
    for rest in _all("COPY"):
        *sources, target = shlex.split(rest)
        assert sources
        assert target.startswith(("./", "twelvelabs_async"))
        for source in sources:
            assert (ROOT / source).exists(), source
            assert not Path(source).is_absolute()
    # What the build of the package needs.
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    copied = {source for rest in _all("COPY") for source in shlex.split(rest)[:-1]}
    needed = {"pyproject.toml", project["project"]["readme"], *project["project"]["license-files"]}
    assert copied >= {*needed, "twelvelabs_async"}


def test_what_is_installed_is_an_extra() -> None:
    ((extras,),) = [re.findall(r'pip install [^"]*"\.\[([\w,]+)\]"', rest) for rest in _all("RUN")]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert set(extras.split(",")) <= set(project["optional-dependencies"])
    assert _command("ENTRYPOINT")[0] in project["scripts"]


def test_it_does_not_run_as_root_and_its_data_is_a_volume() -> None:
    names = [name for name, _ in _instructions()]
    user = _one("USER")
    assert user not in ("", "0", "root")
    assert names.index("USER") < names.index("ENTRYPOINT")
    (made,) = _all("RUN")
    assert f"useradd --create-home {user}" in made
    assert f"--owner={user} --mode=700 {_one('VOLUME')}" in made


def test_its_variables_are_those_of_the_program() -> None:
    import typer

    command: Any = typer.main.get_command(app)
    options = command.commands["sandbox"].params
    known = {option.envvar for option in options}
    for rest in _all("ENV"):
        name, _, value = rest.partition("=")
        assert name in known
        assert value == _one("VOLUME")


def test_the_ports_are_those_that_are_exposed() -> None:
    entry = _command("ENTRYPOINT")
    ports = [entry[entry.index(option) + 1] for option in ("--port", "--storage-port")]
    assert _one("EXPOSE").split() == ports
    assert f":{ports[0]}/" in _command("HEALTHCHECK")[-1]
    assert _command("CMD")[-1].endswith(f":{ports[0]}")


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


@contextmanager
def _running(command: Sequence[str], folder: Path) -> Generator[dict[str, Any]]:
    """What the command of the image says in JSON, while it runs on a folder."""
    environment = {**os.environ, _one("ENV").partition("=")[0]: str(folder)}
    with subprocess.Popen([*command, "--json"], stdout=subprocess.PIPE, env=environment) as process:
        try:
            assert process.stdout is not None
            yield orjson.loads(process.stdout.readline())
        finally:
            process.terminate()


@pytest.mark.anyio
async def test_its_command_serves_addresses_that_other_hosts_reach(tmp_path: Path) -> None:
    port, storage_port = map(str, _free_ports(2))
    moved = {"8765": port, "8766": storage_port}
    program, *entry = [moved.get(word, word) for word in _command("ENTRYPOINT")]
    assert program == "twelvelabs-async"
    command = [sys.executable, "-m", "twelvelabs_async", *entry]
    options = [word.replace("localhost:8765", f"media.test:{port}") for word in _command("CMD")]
    with _running([*command, *options], tmp_path) as facts:
        assert facts["base_url"] == f"http://media.test:{port}/v1.3"
        _, *check = [word.replace(":8765/", f":{port}/") for word in _command("HEALTHCHECK")]
        process = await asyncio.create_subprocess_exec(sys.executable, *check)
        assert await process.wait() == 0
        async with aiohttp.ClientSession(headers={"Host": f"media.test:{port}"}) as session:
            body = {"filename": "a.mp4", "type": "video", "total_size": 20}
            async with session.post(
                f"http://127.0.0.1:{port}/v1.3/assets/multipart-uploads",
                json=body,
                headers={"x-api-key": facts["api_key"]},
            ) as answer:
                assert answer.status == 201
                made = await answer.json()
        (target,) = made["upload_urls"]
        assert target["url"].startswith(f"http://media.test:{storage_port}/uploads/")
    assert (tmp_path / "state.db").exists()

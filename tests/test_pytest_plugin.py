"""The fixtures for pytest, in runs of pytest of their own."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from textwrap import dedent

from twelvelabs_async.sandbox import Sandbox, Timings

ROOT = Path(__file__).parents[1]


def run(folder: Path, tests: str, *arguments: str, **variables: str) -> str:
    """What pytest says of the tests; they pass."""
    (folder / "test_films.py").write_text(dedent(tests))
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("TWELVE", "PYTEST"))
    }
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "anyio"),
            *("-p", "twelvelabs_async.sandbox.pytest_plugin"),
            *("-p", "twelvelabs_async.pytest_plugin", *arguments),
        ],
        cwd=folder,
        env={
            **environment,
            "PYTHONPATH": str(ROOT),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            **variables,
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_clients_of_the_sandbox_and_its_environment(tmp_path: Path) -> None:
    said = run(
        tmp_path,
        """
        import asyncio, os, subprocess, sys
        import pytest
        from twelvelabs_async import AsyncTwelveLabs, TwelveLabs

        MODELS = [{"model_name": "marengo3.0", "model_options": ["visual"]}]

        def test_blocking(twelvelabs_client, twelvelabs_sandbox):
            twelvelabs_client.indexes.create(index_name="films", models=MODELS)
            assert [i.index_name for i in twelvelabs_client.indexes.list()] == ["films"]
            assert len(twelvelabs_sandbox.requests) == 2

        def test_each_test_has_its_own(twelvelabs_client):
            assert list(twelvelabs_client.indexes.list()) == []

        @pytest.mark.anyio
        async def test_asyncio(twelvelabs_async_client, twelvelabs_client):
            await twelvelabs_async_client.indexes.create(index_name="films", models=MODELS)
            found = await asyncio.to_thread(lambda: list(twelvelabs_client.indexes.list()))
            assert [i.index_name for i in found] == ["films"]

        def test_asyncio_without_a_plugin(twelvelabs_async_client):
            async def main():
                assert not [i async for i in twelvelabs_async_client.indexes.list()]
            asyncio.run(main())

        def test_an_asyncio_client_that_is_not_used(twelvelabs_async_client):
            pass

        def test_code_that_makes_its_own_client(twelvelabs_env, twelvelabs_sandbox):
            assert os.environ["TWELVELABS_BASE_URL"] == twelvelabs_sandbox.base_url
            assert twelvelabs_env.items() <= os.environ.items()
            with TwelveLabs() as client:
                client.indexes.create(index_name="films", models=MODELS)
            program = (
                "from twelvelabs_async import TwelveLabs\\n"
                "with TwelveLabs() as client:\\n    print(len(list(client.indexes.list())))"
            )
            assert subprocess.check_output([sys.executable, "-c", program]) == b"1\\n"

        def test_the_environment_is_as_before():
            assert "TWELVELABS_BASE_URL" not in os.environ

        @pytest.fixture
        def anyio_backend():
            return "asyncio"
        """,
    )
    assert "7 passed" in said


def test_installing_the_package_brings_both_plugins() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    modules = project["entry-points"]["pytest11"].values()
    assert set(modules) == {
        "twelvelabs_async.sandbox.pytest_plugin",
        "twelvelabs_async.pytest_plugin",
    }
    assert all(importlib.util.find_spec(module) for module in modules)


def test_a_recording_of_each_test(tmp_path: Path) -> None:
    tests = """
        import pytest
        from twelvelabs_async import TwelveLabs

        def check(name):
            models = [{"model_name": "marengo3.0", "model_options": ["visual"]}]
            with TwelveLabs() as client:
                index = client.indexes.create(index_name=name, models=models)
                assert client.indexes.retrieve(index.id).index_name == name

        @pytest.mark.parametrize("name", ["a/b", "a_b", "a::b", "l" * 250, "l" * 251], ids=str)
        def test_names(twelvelabs_cassette, name):
            check(name)

        class TestOne:
            def test_names(self, twelvelabs_cassette):
                check("one")

            class TestInner:
                def test_names(self, twelvelabs_cassette):
                    check("inner")

        class TestOther:
            def test_names(self, twelvelabs_cassette):
                check("other")
    """
    with Sandbox(timings=Timings.none()) as sandbox:
        account = {
            "TWELVE_LABS_API_KEY": sandbox.api_key,
            "TWELVELABS_BASE_URL": sandbox.base_url,
        }
        assert "8 passed" in run(tmp_path, tests, **account)
        assert len(sandbox.requests) == 16
        folder = tmp_path / "cassettes" / "test_films"
        assert {each.name for each in folder.iterdir() if len(each.name) < 100} == {
            "test_names[a%2Fb].jsonl",
            "test_names[a_b].jsonl",
            "test_names[a%3A%3Ab].jsonl",
            "TestOne.test_names.jsonl",
            "TestOne.TestInner.test_names.jsonl",
            "TestOther.test_names.jsonl",
        }
        assert len(list(folder.iterdir())) == 8
        for mode in ("once", "replay"):  # neither a key nor a service
            assert "8 passed" in run(tmp_path, tests, "--twelvelabs-cassettes", mode)
        assert len(sandbox.requests) == 16

"""Run by `nox -s wheel` in an environment that has the built wheel and no source tree."""

import asyncio
import subprocess
import sys
from pathlib import Path

import twelvelabs_async
from twelvelabs_async import AsyncTwelveLabs, TwelveLabs
from twelvelabs_async.sandbox import Sandbox

HOME = Path(twelvelabs_async.__file__).parent
assert "site-packages" in HOME.parts, f"not the installed package: {HOME}"
assert (HOME / "py.typed").is_file()
assert not [*HOME.parent.glob("tools/*sync*")], "what generates code is in the wheel"
assert not [*HOME.glob("sync/generate*")], "what generates code is in the wheel"


async def main() -> None:
    async with (
        Sandbox() as sandbox,
        AsyncTwelveLabs(sandbox.api_key, base_url=sandbox.base_url) as client,
    ):
        made = await client.indexes.create(
            index_name="smoke",
            models=[{"model_name": "marengo3.0", "model_options": ["visual"]}],
        )
        assert [index.id async for index in client.indexes.list()] == [made.id]


asyncio.run(main())
with Sandbox() as sandbox, TwelveLabs(sandbox.api_key, base_url=sandbox.base_url) as client:
    assert list(client.indexes.list()) == []
subprocess.run(
    [Path(sys.executable).with_name("twelvelabs-async"), "--help"],
    check=True,
    stdout=subprocess.DEVNULL,
)
print("the wheel works")  # noqa: T201  # a program

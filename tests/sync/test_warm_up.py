"""What is imported where: not on an event loop that serves others."""

from __future__ import annotations

from tests.support.programs import Program
from twelvelabs_async.sandbox import Sandbox

START = """
import asyncio, sys, threading
from twelvelabs_async import AsyncTwelveLabs, TransportError, TwelveLabs

where = {}  # each module, and the thread that asks for it

class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        where.setdefault(name, threading.current_thread())

sys.meta_path.insert(0, Finder)

def on_the_loop(names):
    return [name for name in names if where.get(name) is threading.main_thread()]

HEAVY = ("aiohttp", "aiohttp.connector", "cattrs", "twelvelabs_async._runtime.transport")
"""

CALLS = """
async def calls(client):
    await client.indexes.list()
    for make in (
        lambda: client.indexes.create(index_name="a", models=[{"model_name": "marengo3.0"}]),
        lambda: client.search.create(index_id="i", search_options=["visual"], query_text="a"),
        lambda: client.search.query(index_id="i", search_options=["visual"], query_text="a"),
        lambda: client.assets.create(method="direct", file=b"a film"),
        lambda: client.assets.create(method="direct", file=threading.__file__),
        lambda: client.multipart_upload.upload_file(b"a film", filename="film.mp4"),
        lambda: client.analyze_async.tasks.create(video={"type": "url", "url": "http://a"}),
        lambda: client.tasks.wait_for_done("t"),
        lambda: client.analyze_stream(prompt="3", video_id="v").until_done(),
        lambda: client.embed.v_2.create(input_type="text", model_name="m", text={}),
    ):
        try:
            await make()
        except Exception as error:  # most of them name what is not there
            assert type(error).__module__.startswith("twelvelabs_async"), repr(error)
"""


def test_a_client_that_is_warm_imports_nothing(
    program: Program, twelvelabs_sandbox: Sandbox
) -> None:
    program.start(
        START
        + CALLS
        + """
async def main():
    key, url = sys.stdin.readline().split()
    async with AsyncTwelveLabs(key, base_url=url, max_retries=0) as client:
        await client.warm_up()
        before = set(sys.modules)
        print(on_the_loop(sorted(m for m in before if m.startswith("twelvelabs_async._runtime"))))
        await calls(client)
        print(sorted(set(sys.modules) - before))

where.clear()
asyncio.run(main())
"""
    )
    program.say(f"{twelvelabs_sandbox.api_key} {twelvelabs_sandbox.base_url}")
    assert program.ends() == ["[]", "[]"]


def test_a_block_brings_what_every_call_needs_by_a_thread(program: Program) -> None:
    program.start(
        START
        + """
async def main():
    async with AsyncTwelveLabs("key", base_url=sys.argv[1]) as client:
        print(all(name in where for name in HEAVY), on_the_loop(HEAVY))

asyncio.run(main())
"""
    )
    assert program.ends() == ["True []"]


def test_first_calls_bring_it_by_one_thread_and_one_that_is_cancelled_leaves_it_to_the_others(
    program: Program,
) -> None:
    program.start(
        START
        + """
async def main():
    client = AsyncTwelveLabs("key", base_url=sys.argv[1])
    indexes = client.indexes  # models, attrs and cattrs come with a group of methods
    threads = threading.active_count()
    calls = [asyncio.create_task(indexes.retrieve(str(number))) for number in range(40)]
    await asyncio.sleep(0)
    print(threading.active_count() - threads)
    calls[0].cancel()
    answers = await asyncio.gather(*calls, return_exceptions=True)
    print(type(answers[0]).__name__, [answer.id for answer in answers[1:3]], len(answers))
    print(on_the_loop(["aiohttp", "aiohttp.connector", "twelvelabs_async._runtime.transport"]))
    await client.close()

asyncio.run(main())
"""
    )
    assert program.ends() == ["1", "CancelledError ['1', '2'] 40", "[]"]


def test_an_import_that_fails_is_tried_again_by_the_next_call(program: Program) -> None:
    program.start(
        START
        + """
class Broken:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "aiohttp":
            raise ImportError("no aiohttp now")

async def main():
    client = AsyncTwelveLabs("key", base_url=sys.argv[1])
    sys.meta_path.insert(0, Broken)
    try:
        await client.indexes.retrieve("one")
    except ImportError as error:
        print(error)
    sys.meta_path.remove(Broken)
    print((await client.indexes.retrieve("one")).id)
    await client.close()

asyncio.run(main())
"""
    )
    assert program.ends() == ["no aiohttp now", "one"]


def test_the_blocking_client_is_warmed_up_too(program: Program) -> None:
    program.start(
        START
        + """
with TwelveLabs("key", base_url=sys.argv[1]) as client:
    client.warm_up()
    print("twelvelabs_async.analyze_async.models" in sys.modules)
    print(client.indexes.retrieve("one").id)
    before = set(sys.modules)
    client.analyze_async.batches, client.embed.v_2.tasks, client.entity_collections.entities
    client.assets.with_raw_response, client.knowledge_stores, client.tasks.transfers
    print(sorted(set(sys.modules) - before))
"""
    )
    assert program.ends() == ["True", "one", "[]"]


def test_a_sandbox_begins_without_what_checks_json_schemas(program: Program) -> None:
    program.start(
        """
import sys
import twelvelabs_async.sandbox.app
print("jsonschema" in sys.modules)
import twelvelabs_async.sandbox.media.json_schema.validation
print("jsonschema" in sys.modules)
"""
    )
    assert program.ends() == ["False", "True"]

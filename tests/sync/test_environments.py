"""Both clients where the interpreter, the system or another library is in an unusual state."""

from __future__ import annotations

import sys

import pytest

from tests.support.programs import Program

posix = pytest.mark.skipif(sys.platform == "win32", reason="forks are of POSIX")

CALLS = """
import asyncio, atexit, os, sys, tempfile, threading
from twelvelabs_async import AsyncTwelveLabs, TwelveLabs, TwelveLabsError

url = sys.argv[1]
film = tempfile.NamedTemporaryFile(suffix=".mp4")
film.write(bytes(3 << 20))
film.flush()

def look_up(client):
    return client.indexes.retrieve("one").id

def listing(client):
    return len(list(client.indexes.list()))

def direct(client):
    try:
        client.with_options(timeout=0.3).assets.create(method="direct", file=film.name)
    except TwelveLabsError as error:
        return str(error.phase)

def upload(client):
    try:
        client.multipart_upload.upload_file(film.name, timeout=0.3)
    except TwelveLabsError as error:
        return type(error).__name__

def ingest(client):
    try:
        return [type(each).__name__ for each in client.with_options(timeout=0.3).ingest(
            "i", film.name, checks=False
        )]
    except TwelveLabsError as error:
        return type(error).__name__

def every(client):
    print(look_up(client), listing(client), direct(client), upload(client), flush=True)
    print(ingest(client), flush=True)

async def every_async():
    async with AsyncTwelveLabs(base_url=url, max_retries=0, timeout=5) as client:
        found = (await client.indexes.retrieve("one")).id
        rows = len([row async for row in client.indexes.list()])
        try:
            await client.with_options(timeout=0.3).assets.create(method="direct", file=film.name)
        except TwelveLabsError as error:
            phase = error.phase
        try:
            await client.multipart_upload.upload_file(film.name, timeout=0.3)
        except TwelveLabsError as error:
            print(found, rows, phase, type(error).__name__, flush=True)
        try:
            async for each in client.with_options(timeout=0.3).ingest(
            "i", film.name, checks=False
        ):
                print(type(each).__name__, flush=True)
        except TwelveLabsError as error:
            print(type(error).__name__, flush=True)

def after_main(work):
    def wait():
        threading.main_thread().join()
        work()
    threading.Thread(target=wait).start()
"""

DONE = "one 6 total UploadError"


@pytest.mark.parametrize(
    "begin",
    [
        "client = TwelveLabs(base_url=url, max_retries=0); after_main(lambda: every(client))",
        "client = TwelveLabs(base_url=url); look_up(client); after_main(lambda: every(client))",
        "after_main(lambda: every(TwelveLabs(base_url=url, max_retries=0)))",
        "after_main(lambda: asyncio.run(every_async()))",
        "atexit.register(lambda: every(TwelveLabs(base_url=url, max_retries=0)))",
        "atexit.register(lambda: asyncio.run(every_async()))",
    ],
    ids=["first call", "later call", "client", "asyncio", "at exit", "asyncio at exit"],
)
def test_calls_after_the_main_thread_has_ended(program: Program, begin: str) -> None:
    lines = program.run(f"{CALLS}\n{begin}", "-W", "ignore::ResourceWarning")
    assert lines[0] == DONE
    assert len(lines) == 2


def test_calls_at_exit_after_the_clients_threads_have_been_stopped(program: Program) -> None:
    """A function that is registered before the package is imported runs after its own."""
    lines = program.run(
        """
import atexit, sys
atexit.register(lambda: print(client.indexes.retrieve("late").id))
from twelvelabs_async import TwelveLabs
client = TwelveLabs(base_url=sys.argv[1])
print(client.indexes.retrieve("one").id)
""",
        "-W",
        "ignore::ResourceWarning",
    )
    assert lines == ["one", "late"]


def test_threads_that_call_after_the_main_thread_share_a_client(program: Program) -> None:
    lines = program.run(
        CALLS
        + """
client = TwelveLabs(base_url=url)
for _ in range(4):
    after_main(
        lambda: [os.write(1, f"{look_up(client)} {listing(client)}\\n".encode()) for _ in range(5)]
    )
""",
        "-W",
        "ignore::ResourceWarning",
    )
    assert lines == ["one 6"] * 20


DAEMON = """
import asyncio, gc, os, sys, threading
from twelvelabs_async import AsyncTwelveLabs, TwelveLabs

def become_a_daemon():
    most = max(map(int, os.listdir("/proc/self/fd")))
    os.closerange(3, most + 1)
    taken = [os.open(__import__("tempfile").mktemp(), os.O_RDWR | os.O_CREAT) for _ in range(most)]
    return {fd: os.fstat(fd).st_ino for fd in taken}

def intact(files):
    gc.collect()
    return all(os.fstat(fd).st_ino == inode for fd, inode in files.items())
"""


@posix
@pytest.mark.skipif(sys.platform == "darwin", reason="it reads /proc")
@pytest.mark.parametrize("use", ["call", "drop", "close"])
def test_a_daemon_of_a_blocking_client(program: Program, use: str) -> None:
    lines = program.run(
        DAEMON
        + f"""
client = TwelveLabs(base_url=sys.argv[1])
client.indexes.retrieve("parent")
pager = client.indexes.list()
if not os.fork():
    files = become_a_daemon()
    if {use!r} == "call":
        print(client.indexes.retrieve("child").id, len(list(pager)))
        client.close()
    elif {use!r} == "close":
        client.close()
    del client, pager
    print(intact(files), flush=True)
    sys.stdout.flush()
    import atexit
    atexit._run_exitfuncs()
    os._exit(0 if intact(files) else 1)
assert os.wait()[1] == 0
print(client.indexes.retrieve("parent").id, len(list(pager)))
client.close()
""",
        "-W",
        "ignore:This process:DeprecationWarning",
    )
    assert lines == [*(["child 6"] if use == "call" else []), "True", "parent 6"]


@posix
@pytest.mark.skipif(sys.platform == "darwin", reason="it reads /proc")
def test_a_daemon_of_an_asyncio_client(program: Program) -> None:
    lines = program.run(
        DAEMON
        + """
client = AsyncTwelveLabs(base_url=sys.argv[1])
loop = asyncio.new_event_loop()
loop.run_until_complete(client.indexes.retrieve("parent"))
if not os.fork():
    files = become_a_daemon()
    async def main():
        print((await client.indexes.retrieve("child")).id)
        await client.close()
    asyncio.run(main())
    del client
    print(intact(files), flush=True)
    os._exit(0)
assert os.wait()[1] == 0
print(loop.run_until_complete(client.indexes.retrieve("parent")).id)
loop.run_until_complete(client.close())
loop.close()
""",
        "-W",
        "ignore:This process:DeprecationWarning",
    )
    assert lines == ["child", "True", "parent"]


def test_clients_in_a_process_that_gevent_has_patched(program: Program) -> None:
    pytest.importorskip("gevent")
    # Its own deprecations, and what it does to the interpreter's end, are none of ours.
    lines = program.run(
        """
from gevent import monkey
monkey.patch_all()
import gevent, sys, threading
from twelvelabs_async import TwelveLabs

clients = [TwelveLabs(base_url=sys.argv[1]) for _ in range(3)]
print(*[client.indexes.retrieve(str(at)).id for at, client in enumerate(clients)])
turns = []
def turn():
    while True:
        turns.append(1)
        gevent.sleep(0.001)
other = gevent.spawn(turn)
def count(client):
    return len(list(client.indexes.list()))
calls = [gevent.spawn(count, client) for client in clients * 3]
gevent.joinall(calls, raise_error=True)
print(*[call.value for call in calls], len(turns) > 9)
hooked = clients[0].with_options(on_exchange=lambda _: print(threading.get_ident() == here))
here = threading.get_ident()
hooked.indexes.retrieve("x")
print(len(list(clients[1].analyze_stream(prompt="5000"))))
def hang():
    try:
        clients[2].indexes.retrieve("hang")
    except RuntimeError as error:
        return type(error)
hanging = gevent.spawn(hang)
with gevent.Timeout(0.1, False):
    clients[2].indexes.retrieve("hang")
clients[2].close()
print(hanging.get(timeout=30).__name__)
other.kill()
for client in clients:
    client.close()
""",
        "-W",
        "ignore",
    )
    assert lines == ["0 1 2", "6 6 6 6 6 6 6 6 6 True", "True", "5001", "ClientClosedError"]

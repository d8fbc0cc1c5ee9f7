"""The blocking client in whole programs: interrupts, forks, exits, notebooks."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.support.programs import Program

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and forks are of POSIX")

START = """
import asyncio, gc, os, sys, threading
from twelvelabs_async import TwelveLabs
client = TwelveLabs(base_url=sys.argv[1], max_retries=0)
"""

INTERRUPTED = """
    print("not interrupted")
except KeyboardInterrupt:
    print("interrupted")
print(client.indexes.retrieve("one").id)
client.close()
for thread in threading.enumerate():
    if thread is not threading.main_thread():
        thread.join(10)  # an idle one ends by itself in a moment
print(threading.active_count())
"""


def interrupted(program: Program, source: str) -> None:
    program.start(START + source + INTERRUPTED)
    assert program.api.next_news() == "hangs"
    program.interrupt()
    # The call ends on the server's side too, though the program goes on.
    assert program.api.next_news() == "gone"
    assert program.ends() == ["interrupted", "one", "1"]


@posix
@pytest.mark.parametrize(
    "source",
    [
        'client.indexes.retrieve("hang")',
        'client.indexes.list(index_name="hang1")',
        'list(client.indexes.list(index_name="hang3"))',
        'client.indexes.list(index_name="hang2").next_page()',
        'list(client.analyze_stream(prompt="3 hang"))',
        'list(client.generate(video_id="v", prompt="3 hang"))',
        'client.assets.create(method="direct", file=b"\\0" * 5_000_000)',
        "client.multipart_upload.upload_file(bytes(32 << 20))",
        "list(client.multipart_upload.upload_files([bytes(8 << 20)] * 2))",
    ],
    ids=[
        "call",
        "first page",
        "later page",
        "next page",
        "stream",
        "overloaded",
        "form",
        "upload",
        "uploads",
    ],
)
def test_an_interrupt_ends_what_it_waits_for(program: Program, source: str) -> None:
    interrupted(program, f"try:\n    {source}")


@posix
def test_an_interrupt_delivered_to_another_thread_is_handled(program: Program) -> None:
    program.start(
        START
        + """
import signal
def take():
    sys.stdin.readline()
    signal.pthread_kill(threading.get_ident(), signal.SIGINT)
threading.Thread(target=take).start()
try:
    client.indexes.retrieve("hang")
"""
        + INTERRUPTED
    )
    assert program.api.next_news() == "hangs"
    program.say("now")
    assert program.api.next_news() == "gone"
    assert program.ends() == ["interrupted", "one", "1"]


@posix
def test_an_interrupt_inside_with_ends_the_stream(program: Program) -> None:
    interrupted(
        program,
        """
try:
    with client.analyze_stream(prompt="3 hang") as stream:
        for event in stream:
            pass
""",
    )


@posix
def test_an_interrupt_that_nobody_catches_ends_the_program(program: Program) -> None:
    program.start(START + 'client.indexes.retrieve("hang")\n')
    assert program.api.next_news() == "hangs"
    program.interrupt()
    assert program.api.next_news() == "gone"
    process = program.process
    assert process is not None
    _, complaints = process.communicate()
    assert complaints.rstrip().endswith("KeyboardInterrupt")
    assert "Warning" not in complaints


def test_a_stream_that_is_left_is_closed(program: Program) -> None:
    lines = program.run(
        START
        + """
for event in client.analyze_stream(prompt="3 hang"):
    break
print("left")
try:
    for event in client.analyze_stream(prompt="3 hang"):
        raise KeyError
except KeyError:
    print("raised")
with client.analyze_stream(prompt="3 hang") as stream:
    print(next(stream).text)
client.close()
"""
    )
    assert lines == ["left", "raised", "word"]
    assert sorted(program.api.next_news() for _ in range(6)) == ["gone"] * 3 + ["hangs"] * 3


@posix
def test_a_forked_child_begins_anew(program: Program) -> None:
    lines = program.run(
        START
        + """
print(client.indexes.retrieve("parent").id, flush=True)
pager = client.indexes.list()
child = os.fork()
if not child:
    # The lock of the thread that is not here, and its connections, are of no use to it.
    print(client.indexes.retrieve("child").id, [row.id for row in pager][2:])
    client.close()
    try:
        client.indexes.retrieve("x")
    except RuntimeError as error:
        print(error, flush=True)
    os._exit(0)
os.waitpid(child, 0)
print(client.indexes.retrieve("parent").id, len(list(pager)))
client.close()
""",
        # Python 3.12 and later warn of any fork while there are threads.
        "-W",
        "ignore:This process:DeprecationWarning",
    )
    assert lines == [
        "parent",
        "child ['2-0', '2-1', '3-0', '3-1']",
        "the client is closed",
        "parent 6",
    ]


@posix
def test_what_began_before_a_fork_ends_in_the_child(program: Program) -> None:
    lines = program.run(
        START
        + """
rows, events = iter(client.indexes.list()), client.analyze_stream(prompt="1 hang")
next(rows), next(events)
child = os.fork()
if not child:
    for left in (rows, events):
        try:
            print(sum(1 for _ in left))
        except RuntimeError as error:
            print(error, flush=True)
    os._exit(0)
os.waitpid(child, 0)
print(sum(1 for _ in rows))
client.close()
""",
        "-W",
        "ignore:This process:DeprecationWarning",
    )
    begun = "this was begun before a fork, in the parent: begin it anew in the child"
    assert lines == [begun, begun, "5"]


@posix
def test_a_fork_while_another_thread_calls(program: Program) -> None:
    program.start(
        START
        + """
def call():
    try:
        client.indexes.retrieve("hang")
    except RuntimeError as error:
        print(error)
thread = threading.Thread(target=call)
thread.start()
sys.stdin.readline()
child = os.fork()
if not child:
    print(client.indexes.retrieve("child").id, flush=True)
    sys.exit()
os.waitpid(child, 0)
client.close()
thread.join()
""",
        "-W",
        "ignore:This process:DeprecationWarning",
    )
    assert program.api.next_news() == "hangs"
    program.say("now")
    assert program.api.next_news() == "gone"
    assert program.ends() == ["child", "the client was closed during this call"]


@pytest.mark.parametrize(
    "ending",
    [
        "",
        "client.close()",
        "client.close(); client.close()",
        "with client: pass",
        "stream = client.analyze_stream(prompt='3 hang'); next(stream)",
        "stream = iter(client.analyze_stream(prompt='3 hang')); next(stream)",
        "pages = client.indexes.list().iter_pages(); next(pages)",
        "threading.Thread(target=client.indexes.retrieve, args=['hang'], daemon=True).start()",
        "import atexit; atexit.register(client.close)",
        "import atexit; atexit.register(lambda: print(client.indexes.retrieve('late').id))",
        "child = client.with_options(timeout=5); child.indexes.retrieve('two'); del client",
        "client.loop = [client]",
        "del client",
        "del client; gc.collect()",
        "sys.exit(0)",
    ],
)
def test_a_program_exits_without_warnings(program: Program, ending: str) -> None:
    lines = program.run(f"{START}\nprint(client.indexes.retrieve('one').id)\n{ending}\n")
    assert lines == ["one", *(["late"] if "late" in ending else [])]


def test_a_client_that_made_no_call_begins_no_thread(program: Program) -> None:
    source = "print(threading.active_count()); client.indexes; print(threading.active_count())"
    assert program.run(START + source) == ["1", "1"]


def test_a_dropped_client_ends_its_thread(program: Program) -> None:
    lines = program.run(
        START
        + """
client.indexes.retrieve("one")
threads = [each for each in threading.enumerate() if each is not threading.main_thread()]
del client
gc.collect()
for thread in threads:
    thread.join(30)
print(threading.active_count())
"""
    )
    assert lines == ["1"]


def test_a_call_inside_a_running_loop(program: Program) -> None:
    lines = program.run(
        START
        + """
async def cell():
    print(client.indexes.retrieve("one").id)
    print(sum(1 for _ in client.analyze_stream(prompt="10")))
    print(len(list(client.indexes.list())))
asyncio.run(cell())
"""
    )
    assert lines == ["one", "11", "6"]


def test_a_raw_response_of_every_kind_of_method(program: Program) -> None:
    lines = program.run(
        START
        + """
raw = client.with_raw_response(client.indexes.retrieve, "one")
print(raw.status_code, raw.headers["x-request-id"], raw.data.id)
raw = client.with_raw_response(client.indexes.list)
print(raw.status_code, len(list(raw.data)))
"""
    )
    assert lines == ["200 r1 one", "200 6"]


def test_an_error_of_a_list_comes_from_its_method(program: Program) -> None:
    lines = program.run(
        START
        + """
from twelvelabs_async import BadRequestError
try:
    client.indexes.list(index_name="refused")
except BadRequestError as error:
    print(error.code)
"""
    )
    assert lines == ["parameter_invalid"]


def test_a_hook_is_called_in_the_thread_that_waits(program: Program) -> None:
    lines = program.run(
        START
        + """
def hook(exchange):
    print(exchange.path, threading.current_thread() is threading.main_thread())
    if exchange.path == "/indexes/one":
        hooked.indexes.retrieve("two")
hooked = client.with_options(on_exchange=hook)
print(hooked.indexes.retrieve("one").id)
"""
    )
    assert lines == ["/indexes/one True", "/indexes/two True", "one"]


def test_an_exit_in_a_hook_is_an_exit(program: Program) -> None:
    lines = program.run(
        START
        + """
def hook(exchange):
    print("exits")
    sys.exit(0)
client.with_options(on_exchange=hook).indexes.retrieve("one")
print("goes on")
"""
    )
    assert lines == ["exits"]


def test_spawned_processes(program: Program, tmp_path: Path) -> None:
    script = tmp_path / "spawns.py"
    script.write_text(
        """
import multiprocessing, sys
from twelvelabs_async import TwelveLabs

def work(url):
    with TwelveLabs(base_url=url) as client:
        return client.indexes.retrieve("spawned").id

if __name__ == "__main__":
    with TwelveLabs(base_url=sys.argv[1]) as client:
        print(client.indexes.retrieve("parent").id)
        context = multiprocessing.get_context("spawn")
        with context.Pool(1) as pool:
            print(pool.apply(work, [sys.argv[1]]))
            pool.close()
            pool.join()
        try:
            multiprocessing.reduction.ForkingPickler.dumps(client)
        except TypeError as error:
            print(error)
""",
        "utf-8",
    )
    program.start(
        f"import runpy, sys; sys.argv[0] = {str(script)!r}\n"
        f"sys.exit(__import__('subprocess').call([sys.executable, *sys.argv]))"
    )
    assert program.ends() == [
        "parent",
        "spawned",
        "a client cannot be pickled: make one in the process that uses it",
    ]

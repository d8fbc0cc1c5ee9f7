"""A source that falls silent: the call ends at its deadline, and the program when it is done."""

from __future__ import annotations

import sys

import pytest

from tests.support.programs import Program

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot wait for pipes")

SOURCES = """
import asyncio, io, os, pty, socket, subprocess, sys, tempfile, threading
from twelvelabs_async import AsyncTwelveLabs, TwelveLabs, TwelveLabsError

kept = []

def pipe(buffering=0):
    reading, writing = os.pipe()
    os.write(writing, b"0" * 100)
    kept.append(writing)
    return os.fdopen(reading, "rb", buffering=buffering)

def buffered():
    return pipe(-1)

def looked_at():
    file = pipe(-1)
    file.peek()
    return file

def connection():
    one, other = socket.socketpair()
    other.send(b"0" * 100)
    kept.append(other)
    return one.makefile("rb")

def fifo():
    path = os.path.join(tempfile.mkdtemp(), "fifo")
    os.mkfifo(path)
    kept.append(os.open(path, os.O_RDWR))
    os.write(kept[-1], b"0" * 100)
    return open(path, "rb")

def terminal():
    reading, writing = pty.openpty()
    os.write(writing, b"0" * 100 + b"\\n")
    kept.append(writing)
    return os.fdopen(reading, "rb", buffering=0)

def program():
    command = [sys.executable, "-c", "import sys; print('0' * 100, flush=True); sys.stdin.read()"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    kept.append(process)
    return process.stdout

class Foreign:
    given = False
    def read(self, size=-1):
        if self.given:
            threading.Event().wait()
        self.given = True
        return b"0" * 100

class Seekable(Foreign):
    def seekable(self):
        return True
    def seek(self, at, whence=0):
        return 5 << 20
    def tell(self):
        return 0

CALLS = {
    "assets": lambda client, file: client.assets.create(method="direct", file=file),
    "tasks": lambda client, file: client.tasks.create(index_id="i", video_file=file),
    "search": lambda client, file: client.search.create(
        index_id="i", query_media_type="image", query_media_file=file, search_options=["visual"]
    ),
    "embed": lambda client, file: client.embed.create(model_name="m", image_file=file),
    "upload": lambda client, file: client.multipart_upload.upload_file(
        file, filename="x.mp4", size=5 << 20, timeout=0.1
    ),
}

def generator():
    yield b"0" * 100
    threading.Event().wait()
"""

RUN = """
calls = [(name, source) for name, source in {calls}]
def end():
    for thing in kept:
        if isinstance(thing, subprocess.Popen):
            thing.kill()
            thing.communicate()
if {kind!r} == "asyncio":
    async def main():
        async with AsyncTwelveLabs(base_url=sys.argv[1], max_retries=0, timeout=0.1) as client:
            for name, source in calls:
                try:
                    await CALLS[name](client, source())
                except TwelveLabsError as error:
                    print(name, source.__name__, "ends")
    asyncio.run(main())
else:
    with TwelveLabs(base_url=sys.argv[1], max_retries=0, timeout=0.1) as client:
        for name, source in calls:
            try:
                CALLS[name](client, source())
            except TwelveLabsError as error:
                print(name, source.__name__, "ends")
end()
"""

EVERY = [
    "pipe",
    "buffered",
    "looked_at",
    "connection",
    "fifo",
    "terminal",
    "program",
    "Foreign",
    "Seekable",
]


@pytest.mark.parametrize("kind", ["asyncio", "blocking"])
def test_the_call_and_the_program_end_though_a_source_falls_silent(
    program: Program, kind: str
) -> None:
    calls = [
        *(("assets", source) for source in EVERY),
        *(
            (call, source)
            for call in ("tasks", "search", "embed")
            for source in ("pipe", "Foreign")
        ),
        *(("upload", source) for source in [*EVERY, "generator"]),
    ]
    written = ", ".join(f"({name!r}, {source})" for name, source in calls)
    source = SOURCES + RUN.format(calls=f"[{written}]", kind=kind)
    # What the sources leave open is theirs.
    lines = program.run(source, "-W", "ignore::ResourceWarning")
    assert lines == [f"{name} {source} ends" for name, source in calls]

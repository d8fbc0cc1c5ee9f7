"""A line of a given rate and delay in front of a server, which sometimes resets connections.

Run as a program, ``_slow_line.py PORT RATE DELAY LOSS``, it prints the port that it listens on and
forwards to PORT until its input closes. RATE is in bytes a second, of all connections together and
in each direction; DELAY is in seconds, one way; LOSS is the chance that a MiB ends its connection.
"""

from __future__ import annotations

import asyncio
import random
import socket
import struct
import sys
from collections.abc import Callable
from contextlib import suppress

PIECE = 1 << 16
QUEUE = 64  # pieces of a connection on the line: more than a line of 1 Gbit/s and 30 ms holds
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close by a reset


class Direction:
    """One direction of the line: what is sent on it arrives one after another, and later."""

    def __init__(self, rate: float, delay: float) -> None:
        self._rate, self._delay = rate, delay
        self._free = 0.0

    def arrival(self, size: int) -> float:
        """When a piece that is sent now has arrived, on the loop's clock."""
        self._free = max(asyncio.get_running_loop().time(), self._free) + size / self._rate
        return self._free + self._delay


async def forward(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    direction: Direction,
    lost: Callable[[int], bool],
) -> None:
    """Carry what comes, until its end; ConnectionResetError where the line loses it."""
    queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(QUEUE)

    async def send() -> None:
        loop = asyncio.get_running_loop()
        while True:
            arrival, piece = await queue.get()
            await asyncio.sleep(arrival - loop.time())
            if not piece:
                writer.write_eof()
                return
            writer.write(piece)
            await writer.drain()

    async with asyncio.TaskGroup() as group:
        group.create_task(send())
        while True:
            piece = await reader.read(PIECE)
            if lost(len(piece)):
                raise ConnectionResetError
            await queue.put((direction.arrival(len(piece)), piece))
            if not piece:
                return


async def serve(port: int, rate: float, delay: float, loss: float) -> None:
    there, back = Direction(rate, delay), Direction(rate, delay)
    dice = random.Random(port)

    def lost(size: int) -> bool:
        return dice.random() < loss * size / (1 << 20)

    running: set[asyncio.Task[None] | None] = set()  # asyncio itself does not keep them

    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        running.add(asyncio.current_task())
        try:
            await carry(reader, writer)
        finally:
            running.discard(asyncio.current_task())

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection("127.0.0.1", port)
        with suppress(OSError, ExceptionGroup):  # either side may close, and the line resets
            async with asyncio.TaskGroup() as group:
                group.create_task(forward(reader, server_writer, there, lost))
                group.create_task(forward(server_reader, writer, back, lambda _: False))
            writer.close()
            server_writer.close()
            return
        for each in (writer, server_writer):
            sock: socket.socket = each.get_extra_info("socket")
            with suppress(OSError):  # closed already
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            each.transport.abort()

    server = await asyncio.start_server(connection, "127.0.0.1", 0, limit=4 * PIECE)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.buffer.read)
    server.close()


if __name__ == "__main__":
    to, *figures = sys.argv[1:]
    asyncio.run(serve(int(to), *map(float, figures)))

"""Bodies that threads send: whole, in their turn, stopped, refused, and over TLS."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from itertools import repeat
from typing import NamedTuple

import pytest

from tests.support.descriptors import descriptors
from tests.support.pieces import Pieces
from tests.support.scripted_server import Answer, Received, ScriptedServer, answer
from tests.support.tls import client_context, server_context
from twelvelabs_async import (
    ClientClosedError,
    ConnectError,
    RequestTimeoutError,
    Timeouts,
    TransportError,
)
from twelvelabs_async._runtime import sender_pool, threaded_transport
from twelvelabs_async._runtime.blocking_body import BlockingBody
from twelvelabs_async._runtime.sender_pool import SenderPool, SendPermit
from twelvelabs_async._runtime.threaded_transport import ThreadedTransport
from twelvelabs_async._runtime.transport import Reply, Transport

QUICK = Timeouts()
LARGE = 24 << 20  # more than the kernel keeps for a connection
TAKEN = answer(200, ETag='"e"')
Wire = tuple[ssl.SSLContext | None, ssl.SSLContext | None]


class Held(Pieces):
    """A body whose reader stands until it is let go."""

    def __init__(self) -> None:
        super().__init__(b"abc")
        self.begun, self.go_on, self.ended = (threading.Event() for _ in range(3))

    def __iter__(self) -> Iterator[bytes]:
        self.begun.set()
        self.go_on.wait(10)
        self.ended.set()
        yield b"abc"


@pytest.fixture(scope="module", params=["plain", "tls"])
def wire(request: pytest.FixtureRequest) -> Wire:
    return (None, None) if request.param == "plain" else (server_context(), client_context())


@pytest.fixture
async def transport(wire: Wire) -> AsyncIterator[Transport]:
    made = Transport(max_reply=1 << 20, ssl_context=wire[1])
    yield made
    await made.close()


def join_senders() -> None:
    """Fail unless the threads that send come to their end."""
    threads = [t for t in threading.enumerate() if t.name.startswith("twelvelabs-send")]
    for thread in threads:
        thread.join(10)
    assert not any(thread.is_alive() for thread in threads)


async def turns(count: int = 20) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def until(event: threading.Event) -> None:
    await asyncio.get_running_loop().run_in_executor(None, event.wait, 10)


async def put(
    transport: Transport, scripted: ScriptedServer, feed: BlockingBody, timeouts: Timeouts = QUICK
) -> Reply:
    return await transport.put(scripted.url, {"A": "b"}, feed, timeouts)


async def test_a_body_arrives_whole_with_its_head(transport: Transport, wire: Wire) -> None:
    for pieces in ([b"x"], [b"", b"ab", b"c"], [os.urandom(1 << 20)] * 5, [os.urandom(LARGE)]):
        async with ScriptedServer(TAKEN, tls=wire[0]) as scripted:
            feed = Pieces(*pieces)
            reply = await put(transport, scripted, feed)
        assert (reply.status, reply.headers["ETag"]) == (200, '"e"')
        (received,) = scripted.received
        assert received.body == b"".join(pieces)
        assert received.headers["content-length"] == str(feed.size)
        assert received.headers["a"] == "b"
        assert feed.sent == feed.size


async def test_bodies_in_turn_share_a_connection(transport: Transport, wire: Wire) -> None:
    # The answer is there before the sender has said that all is sent: that breaks no connection.
    async with ScriptedServer(TAKEN, tls=wire[0]) as scripted:
        for size in range(60):
            await put(transport, scripted, Pieces(bytes(size + 1)))
    assert len(scripted.received) == 60
    assert scripted.connections == 1


async def test_quick_replies_need_few_connections(
    transport: Transport, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender_pool, "_PATIENCE", 60.0)  # however busy the machine is
    async with ScriptedServer(TAKEN, tls=wire[0]) as scripted:
        for _ in range(3):
            await asyncio.gather(
                *(put(transport, scripted, Pieces(bytes(1000))) for _ in range(50))
            )
    assert len(scripted.received) == 150
    assert scripted.connections <= 10


async def test_a_peer_that_takes_nothing_delays_no_other(transport: Transport, wire: Wire) -> None:
    async with (
        ScriptedServer(["unread", "hang"], tls=wire[0]) as deaf,
        ScriptedServer(TAKEN, tls=wire[0]) as scripted,
    ):
        stuck = [asyncio.create_task(put(transport, deaf, Pieces(bytes(LARGE)))) for _ in range(5)]
        while len(deaf.received) < 5:  # noqa: ASYNC110  # as the sockets fill
            await asyncio.sleep(0)
        await put(transport, scripted, Pieces(b"abc"))
        assert not any(task.done() for task in stuck)
        for task in stuck:
            task.cancel()
        ends = await asyncio.gather(*stuck, return_exceptions=True)
    assert all(isinstance(end, asyncio.CancelledError) for end in ends)


async def test_a_peer_that_takes_nothing_for_long_is_given_up(
    transport: Transport, wire: Wire
) -> None:
    feed = Pieces(*[bytes(1 << 18)] * 96)
    async with ScriptedServer(["unread", "hang"], tls=wire[0]) as deaf:
        with pytest.raises(RequestTimeoutError) as caught:
            await put(transport, deaf, feed, Timeouts(write=0.1))
    assert caught.value.phase == "write"
    assert 0 < feed.sent < LARGE


@pytest.mark.parametrize("end", ["hang", "close", "reset"])
async def test_an_early_reply_is_read_while_the_socket_is_full(
    transport: Transport, wire: Wire, end: str
) -> None:
    refusal: Answer = ["unread", answer(503, b"SlowDown"), end]  # type: ignore[list-item]  # a step
    async with ScriptedServer(refusal, tls=wire[0]) as scripted:
        feed = Pieces(*[bytes(1 << 20)] * 24)
        reply = await put(transport, scripted, feed)
    assert (reply.status, bytes(reply.body)) == (503, b"SlowDown")
    assert feed.sent < LARGE


async def test_an_early_reply_ends_a_body_that_the_peer_still_accepts(
    transport: Transport, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threaded_transport, "_BATCH", 1 << 60)

    class Endless(Pieces):
        def __iter__(self) -> Iterator[bytes]:
            return repeat(bytes(1 << 16))

    over = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer(503))
        with suppress(ConnectionError):
            while not reader.at_eof():
                await reader.read(1 << 16)
        writer.transport.abort()
        over.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=wire[0])
    address = f"{'https' if wire[0] else 'http'}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    feed = Endless()
    feed.size = 1 << 60
    reply = await transport.put(address, {}, feed, QUICK)
    assert reply.status == 503
    await over.wait()
    await turns()
    server.close()
    await server.wait_closed()


async def test_a_reset_is_reported_and_counted(transport: Transport, wire: Wire) -> None:
    feed = Pieces(*[bytes(1 << 20)] * 24)
    async with ScriptedServer(["unread", "later", "reset"], tls=wire[0]) as scripted:
        with pytest.raises(TransportError):
            await put(transport, scripted, feed)
    assert feed.sent < LARGE


async def test_what_the_reader_raises_is_raised(transport: Transport, wire: Wire) -> None:
    class Broken(Pieces):
        def __iter__(self) -> Iterator[bytes]:
            yield b"ab"
            raise OSError(5, "a broken disk")

    async with ScriptedServer(TAKEN, tls=wire[0]) as scripted:
        for _ in range(2):
            with pytest.raises(OSError, match="a broken disk"):
                await put(transport, scripted, Broken(b"abc"))
        await put(transport, scripted, Pieces(b"abc"))
    assert [received.body for received in scripted.received] == [b"abc"]


async def test_nobody_reads_any_more_once_a_body_was_cancelled(
    transport: Transport, wire: Wire
) -> None:
    held = Held()
    async with ScriptedServer(TAKEN, tls=wire[0]) as scripted:
        task = asyncio.create_task(put(transport, scripted, held))
        await until(held.begun)
        for _ in range(3):
            task.cancel()
            await turns()
        assert not task.done()
        held.go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert held.ended.is_set()
        assert (await put(transport, scripted, Pieces(b"next"))).status == 200
    assert [received.body for received in scripted.received] == [b"next"]


async def test_closing_breaks_off_what_is_sent_and_refuses_what_waits(
    transport: Transport, wire: Wire
) -> None:
    held = [Held() for _ in range(2)]
    async with ScriptedServer(TAKEN, tls=wire[0]) as scripted:
        sending = [asyncio.create_task(put(transport, scripted, feed)) for feed in held]
        for feed in held:
            await until(feed.begun)
        waiting = asyncio.create_task(put(transport, scripted, Pieces(b"abc")))
        await turns()
        closing = asyncio.create_task(transport.close())
        await turns()
        for feed in held:
            feed.go_on.set()
        await closing
        for task in sending:
            with pytest.raises(TransportError):
                await task
        with pytest.raises(ClientClosedError):
            await waiting
    assert scripted.received == []
    await asyncio.to_thread(join_senders)


async def test_nothing_is_sent_once_the_senders_are_gone(transport: Transport, wire: Wire) -> None:
    async with ScriptedServer(TAKEN, tls=wire[0]) as scripted:
        transport._senders.close()  # as the interpreter does at its end
        with pytest.raises(TransportError):
            await put(transport, scripted, Pieces(b"abc"))
    assert scripted.received == []


@pytest.mark.parametrize(("seconds", "most"), [(0.0, 2), (1.0, 16)], ids=["quick", "slow"])
async def test_more_are_read_concurrently_where_reading_is_slow(
    transport: Transport,
    wire: Wire,
    monkeypatch: pytest.MonkeyPatch,
    seconds: float,
    most: int,
) -> None:
    times = iter(range(100_000))
    monkeypatch.setattr(threaded_transport, "perf_counter", lambda: next(times) * seconds)
    async with ScriptedServer(TAKEN, tls=wire[0]) as scripted:
        await asyncio.gather(*(put(transport, scripted, Pieces(b"abc")) for _ in range(40)))
        held = [Held() for _ in range(20)]
        tasks = [asyncio.create_task(put(transport, scripted, feed)) for feed in held]
        for feed in held[:most]:
            await until(feed.begun)
        await turns(200)
        assert sum(feed.begun.is_set() for feed in held) == most
        for feed in held:
            feed.go_on.set()
        await asyncio.gather(*tasks)


async def test_a_slow_connection_releases_its_permit(
    transport: Transport, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender_pool, "_PATIENCE", 0.0)
    reached, go_on = asyncio.Event(), asyncio.Event()
    connect = transport._session("storage").connector._resolve_host  # type: ignore[union-attr]  # there is one

    async def slow(host: str, port: int, traces: object = None) -> object:
        if host == "localhost":
            reached.set()
            await go_on.wait()
        return await connect("127.0.0.1", port, None)

    monkeypatch.setattr(transport._session("storage").connector, "_resolve_host", slow)
    async with ScriptedServer(TAKEN, tls=wire[0]) as scripted:
        far = scripted.url.replace("127.0.0.1", "localhost")
        slowly = [
            asyncio.create_task(transport.put(far, {}, Pieces(b"far"), QUICK)) for _ in range(4)
        ]
        await reached.wait()
        await put(transport, scripted, Pieces(b"near"))
        assert not any(task.done() for task in slowly)
        go_on.set()
        await asyncio.gather(*slowly)
    assert [received.body for received in scripted.received] == [
        b"near",
        b"far",
        b"far",
        b"far",
        b"far",
    ]


# The transport alone


class RecordingProtocol(asyncio.Protocol):
    """Records what a transport calls of its protocol."""

    def __init__(self) -> None:
        self.events: list[object] = []
        self.received = b""
        self.once = False

    def data_received(self, data: bytes) -> None:
        self.received += data
        if self.once:
            self.transport.pause_reading()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, ThreadedTransport)
        self.transport = transport

    def eof_received(self) -> None:
        self.events.append("eof")

    def pause_writing(self) -> None:
        self.events.append("pause")

    def resume_writing(self) -> None:
        self.events.append("resume")

    def connection_lost(self, exc: Exception | None) -> None:
        self.events.append(exc)


class Ends(NamedTuple):
    transport: ThreadedTransport
    protocol: RecordingProtocol
    sock: socket.socket
    peer: socket.socket
    senders: SenderPool

    async def taken(self, count: int) -> bytes:
        """So many bytes, on the peer's side."""
        whole = b""
        while len(whole) < count:
            whole += await asyncio.get_running_loop().sock_recv(self.peer, 1 << 20)
        return whole

    async def send(
        self, pieces: Iterator[bytes | memoryview], on_sent: Callable[[int], object] = int
    ) -> None:
        """Have threads send a body, with a permit of its own."""
        async with SendPermit(self.senders) as permit:
            await self.transport.send(pieces, on_sent, permit)


@pytest.fixture
async def ends() -> AsyncIterator[Ends]:
    sock, peer = socket.socketpair()
    sock.setblocking(False)
    peer.setblocking(False)
    senders, protocol = SenderPool(), RecordingProtocol()
    transport = ThreadedTransport(sock, protocol, senders)
    yield Ends(transport, protocol, sock, peer, senders)
    transport.abort()
    await turns()
    peer.close()
    await senders.aclose()


async def test_what_is_written_goes_out_immediately(ends: Ends) -> None:
    ends.transport.write(b"ab")
    ends.transport.write(bytearray(b"c"))
    assert ends.transport.get_write_buffer_size() == 0
    assert await ends.taken(3) == b"abc"


async def test_a_writer_is_held_back_while_the_peer_takes_nothing(ends: Ends) -> None:
    ends.transport.write(b"a" * LARGE)
    ends.transport.write(b"b")
    assert ends.protocol.events == ["pause"]
    assert 0 < ends.transport.get_write_buffer_size() < LARGE
    assert await ends.taken(LARGE + 1) == b"a" * LARGE + b"b"
    await turns()
    assert ends.protocol.events == ["pause", "resume"]
    assert ends.transport.get_write_buffer_size() == 0


async def test_a_close_waits_for_what_was_written(ends: Ends) -> None:
    ends.transport.write(b"a" * LARGE)
    ends.transport.close()
    assert ends.transport.is_closing()
    assert await ends.taken(LARGE) == b"a" * LARGE
    await turns()
    assert ends.peer.recv(1) == b""
    assert ends.protocol.events == ["pause", "resume", None]


@pytest.mark.parametrize("way", ["abort", "close"])
async def test_a_connection_is_lost_once_and_watched_no_more(ends: Ends, way: str) -> None:
    descriptor = ends.sock.fileno()
    if way == "abort":
        ends.transport.write(b"a" * LARGE)
    for _ in range(2):
        getattr(ends.transport, way)()
        await turns()
    ends.transport.write(b"more")
    loop = asyncio.get_running_loop()
    assert not loop.remove_writer(descriptor)
    assert not loop.remove_reader(descriptor)
    assert ends.sock.fileno() == -1
    assert ends.transport.is_closing()
    assert ends.protocol.events == (["pause", None] if way == "abort" else [None])
    assert ends.transport.get_write_buffer_size() == 0


async def test_a_peer_that_goes_is_reported(ends: Ends) -> None:
    ends.peer.send(b"bye")
    ends.peer.shutdown(socket.SHUT_WR)
    await turns()
    assert ends.protocol.received == b"bye"
    assert ends.protocol.events == ["eof", None]


async def test_nothing_is_handed_on_while_reading_pauses(ends: Ends) -> None:
    ends.protocol.once = True
    ends.peer.send(b"a" * 100)
    await turns()
    ends.peer.send(b"b")
    await turns()
    assert ends.protocol.received == b"a" * 100
    ends.transport.pause_reading()
    ends.transport.resume_reading()
    ends.transport.resume_reading()
    await turns()
    assert ends.protocol.received == b"a" * 100 + b"b"


async def test_a_body_goes_between_what_was_held_and_what_follows(ends: Ends) -> None:
    body = Pieces(b"bo", b"dy")
    ends.transport.hold()
    ends.transport.write(b"head ")
    assert ends.transport.get_write_buffer_size() == 5
    await ends.send(iter(body), body.on_sent)
    ends.transport.write(b" tail")
    assert await ends.taken(14) == b"head body tail"
    assert body.sent == 4
    assert ends.transport.taken == 9


@pytest.mark.parametrize("blocked", [False, True])
async def test_a_body_is_broken_off_with_its_connection(ends: Ends, blocked: bool) -> None:
    begun = threading.Event()

    def endless() -> Iterator[bytes]:
        begun.set()
        return repeat(bytes(1 << 20) if blocked else b"")

    task = asyncio.create_task(ends.send(endless()))
    await until(begun)
    while blocked and not ends.transport.blocked:  # noqa: ASYNC110  # a few turns
        await asyncio.sleep(0)
    ends.transport.abort()
    with pytest.raises(ConnectionAbortedError):
        await task
    await turns()
    assert ends.sock.fileno() == -1
    assert ends.protocol.events == [None]


@pytest.mark.usefixtures("nothing_collected")
@pytest.mark.parametrize("end", ["cancelled", "connection lost", "failed"])
async def test_a_body_that_was_broken_off_is_free_at_once(ends: Ends, end: str) -> None:
    """Without the garbage collector: a bytearray that something still views cannot be resized."""
    begun, go_on = threading.Event(), threading.Event()
    mine = bytearray(b"abc")

    def held() -> Iterator[memoryview]:
        view = memoryview(mine)
        begun.set()
        go_on.wait(10)
        if end == "failed":
            raise OSError("the disk is gone")
        yield view

    task = asyncio.create_task(ends.send(held()))
    await until(begun)
    if end == "connection lost":
        ends.transport.abort()
    else:
        task.cancel()
    await turns()
    go_on.set()
    with suppress(ConnectionAbortedError, asyncio.CancelledError):
        await task
    del task
    await turns()  # asyncio holds a task in the turn in which it has ended
    mine += b"more"


async def test_a_body_says_while_it_waits_for_its_peer_and_not_after(ends: Ends) -> None:
    body = Pieces(bytes(LARGE))

    task = asyncio.create_task(ends.send(iter(body), body.on_sent))
    while not ends.transport.blocked:  # noqa: ASYNC110  # a few turns
        await asyncio.sleep(0)
    assert await ends.taken(LARGE) == bytes(LARGE)
    await task
    assert not ends.transport.blocked
    assert body.sent == LARGE


async def test_what_a_lost_connection_received_is_ignored(ends: Ends) -> None:
    begun, go_on = threading.Event(), threading.Event()
    descriptor = ends.sock.fileno()

    def held() -> Iterator[bytes]:
        begun.set()
        go_on.wait(10)
        yield b"a"

    task = asyncio.create_task(ends.send(held()))
    await until(begun)
    ends.peer.send(b"said meanwhile")
    await turns()
    ends.transport.abort()
    go_on.set()
    with pytest.raises(ConnectionAbortedError):
        await task
    assert not asyncio.get_running_loop().remove_reader(descriptor)
    assert ends.protocol.received == b""


async def test_a_permit_that_is_used_is_kept(ends: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender_pool, "_PATIENCE", 0.0)
    async with SendPermit(ends.senders) as waiting, SendPermit(ends.senders) as sending:
        await sending.take()
        await turns()
        assert ends.senders.permits.held < ends.senders.permits.allowed  # one of two was given away
        await waiting.take()
        await turns()
        assert ends.senders.permits.held == ends.senders.permits.allowed
    assert ends.senders.permits.held < ends.senders.permits.allowed


async def test_a_connection_that_was_lost_is_not_waited_for(ends: Ends) -> None:
    """It may be lost just when a thread has found the socket full."""
    ends.transport.abort()
    with pytest.raises(ConnectionAbortedError):
        await ends.transport._until_writable()


# TLS alone


async def test_a_certificate_nobody_vouches_for_is_refused() -> None:
    transport = Transport(max_reply=1 << 20)
    async with ScriptedServer(TAKEN, tls=server_context()) as scripted:
        with pytest.raises(ConnectError, match="self-signed certificate"):
            await put(transport, scripted, Pieces(b"abc"))
    await transport.close()
    assert scripted.received == []


def plaintext(connected: asyncio.StreamWriter) -> None:
    connected.write(b"HTTP/1.1 400 what is this\r\n\r\n")


def silence(connected: asyncio.StreamWriter) -> None:
    """Say nothing."""


def gone(connected: asyncio.StreamWriter) -> None:
    connected.transport.abort()


@pytest.mark.parametrize(
    ("says", "error"),
    [(plaintext, ConnectError), (silence, RequestTimeoutError), (gone, ConnectError)],
)
async def test_a_handshake_that_fails_is_reported_and_leaves_nothing_open(
    says: Callable[[asyncio.StreamWriter], None], error: type[Exception]
) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        says(writer)
        with suppress(ConnectionError):
            while not reader.at_eof():
                await reader.read(1000)
        writer.close()

    transport = Transport(max_reply=1 << 20, ssl_context=client_context())
    before = descriptors().keys()
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(error):
        await transport.put(f"https://127.0.0.1:{port}/", {}, Pieces(b"abc"), Timeouts(connect=0.2))
    await transport.close()
    server.close()
    await server.wait_closed()
    await turns()
    assert descriptors().keys() <= before


def test_another_event_loop_serves_as_well(wire: Wire) -> None:
    async def both_sizes() -> None:
        transport = Transport(max_reply=1 << 20, ssl_context=wire[1])
        async with ScriptedServer(TAKEN, tls=wire[0]) as scripted:
            for pieces in ([b"x"], [os.urandom(1 << 18)] * 40):
                await put(transport, scripted, Pieces(*pieces))
                assert scripted.received[-1].body == b"".join(pieces)
        assert scripted.connections == 1
        await transport.close()

    uvloop = pytest.importorskip("uvloop", reason="uvloop is not installed")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(both_sizes())


async def test_through_a_proxy_the_loop_sends_and_reads_in_threads() -> None:
    seen: list[str] = []

    class Read(Pieces):
        def __iter__(self) -> Iterator[bytes]:
            seen.append(threading.current_thread().name)
            yield from self.given

    def take(received: Received) -> Answer:
        return TAKEN

    async with ScriptedServer(take) as proxy:
        address = proxy.url.removesuffix("/v1.3")
        transport = Transport(max_reply=1 << 20, proxy=address)
        feed = Read(b"ab", b"c")
        reply = await transport.put("http://bucket.example/part?sig=x", {}, feed, QUICK)
        await transport.close()
    assert reply.status == 200
    assert feed.sent == 3
    assert [(h.target, h.body) for h in proxy.received] == [
        ("http://bucket.example/part?sig=x", b"abc")
    ]
    assert seen
    assert threading.main_thread().name not in seen

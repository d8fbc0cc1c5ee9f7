"""An application on a port, which leaves nothing open when it ends."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
from typing import Final, Self

from aiohttp import web
from attrs import frozen

from .server_log import SERVER_LOG
from .settings import MIB

__all__ = ["ListenError", "Listener"]

# Of the loop, after which a connection that was accepted is one of the server's.
_TURNS: Final = 5


class ListenError(OSError):
    """An address on which a sandbox cannot listen."""


@frozen
class Listener:
    """An application that is served."""

    _runner: web.AppRunner
    _listening: asyncio.Server

    @classmethod
    async def start(cls, app: web.Application, host: str, port: int) -> Self:
        """Serve it; port 0 is any free one. Raises ``ListenError``, which names the address."""
        runner = web.AppRunner(
            app,
            access_log=None,
            logger=SERVER_LOG,
            shutdown_timeout=0.01,  # 0 would wait for clients that still send
            read_bufsize=MIB,
            # Storage keeps a body as it was sent, and no form or JSON comes compressed: a small one
            # could unpack to any size.
            auto_decompress=False,
        )
        await runner.setup()
        assert runner.server is not None
        try:
            loop = asyncio.get_running_loop()
            return cls(runner, await loop.create_server(runner.server, host, port, backlog=128))
        except (OSError, UnicodeError) as error:  # the latter of a host that is no name
            await runner.cleanup()
            raise _listen_error(host, port, error) from error
        except BaseException:  # whatever it is, nothing else would end what runs already
            await runner.cleanup()
            raise

    @property
    def port(self) -> int:
        """The port that it listens on."""
        port: int = self._listening.sockets[0].getsockname()[1]
        return port

    async def close(self) -> None:
        """Stop serving. Calls that are being answered have a moment to end in."""
        # A connection that is being accepted while the server closes would be nobody's.
        loop = asyncio.get_running_loop()
        for sock in self._listening.sockets:
            with contextlib.suppress(NotImplementedError):  # the loop of Windows has no readers
                loop.remove_reader(sock)
        for _ in range(_TURNS):
            await asyncio.sleep(0)
        assert self._runner.server is not None
        transports = [each.transport for each in self._runner.server.connections]
        self._listening.close()
        await self._runner.cleanup()
        # aiohttp closes a connection once all is sent, which one that is not read never is.
        for transport in filter(None, transports):
            transport.abort()


def _listen_error(host: str, port: int, error: OSError | UnicodeError) -> ListenError:
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    reason, number = str(error), None
    if isinstance(error, OSError):
        # asyncio has none where no address is one of this machine, and text around the others.
        number = errno.EADDRNOTAVAIL if error.errno is None else error.errno
        reason = os.strerror(number) if number > 0 else str(error.strerror)
    found = ListenError(f"The sandbox cannot listen on {address}: {reason}")
    found.errno = number
    return found

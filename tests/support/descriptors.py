"""What this process has open: files and connections, where the system lists them."""

from __future__ import annotations

import os
import socket
from functools import cache
from pathlib import Path

import pytest

LISTED = Path("/proc/self/fd").is_dir()
"""Whether the system lists what is open."""
where_listed = pytest.mark.skipif(not LISTED, reason="this system has no list of what is open")


def descriptors() -> dict[int, str]:
    """Each open descriptor, and what it is open on; none where the system does not list them."""
    found: dict[int, str] = {}
    if LISTED:
        for name in os.listdir("/proc/self/fd"):  # noqa: PTH208  # before and after each test
            try:
                found[int(name)] = os.readlink(f"/proc/self/fd/{name}")  # noqa: PTH115  # as above
            except OSError:
                continue  # closed meanwhile, as the one that listed them
    return found


def open_on(path: Path) -> list[str]:
    """The files that are open at this path or below it."""
    at = str(path)
    return [one for one in descriptors().values() if one == at or one.startswith(at + os.sep)]


def connections() -> dict[str, int]:
    """The open sockets of a network, by name. Those of a loop to itself are not counted."""
    return {
        name: descriptor
        for descriptor, name in descriptors().items()
        if name.startswith("socket:") and _is_of_a_network(name, descriptor)
    }


@cache  # no two sockets have the same name
def _is_of_a_network(name: str, descriptor: int) -> bool:
    try:
        with duplicate(descriptor) as sock:
            return sock.family in (socket.AF_INET, socket.AF_INET6)
    except OSError:
        return False  # closed meanwhile


def duplicate(descriptor: int) -> socket.socket:
    """A socket of its own for a descriptor of a socket."""
    own = os.dup(descriptor)
    try:
        return socket.socket(fileno=own)
    except OSError:
        os.close(own)
        raise

"""TLS for the servers of tests, and for clients that trust them."""

from __future__ import annotations

import ssl
from pathlib import Path

__all__ = ["client_context", "server_context"]

PEM = Path(__file__).with_name("localhost.pem")


def server_context() -> ssl.SSLContext:
    """What a server on 127.0.0.1 speaks with."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(PEM)
    return context


def client_context() -> ssl.SSLContext:
    """What trusts that server, and no other."""
    return ssl.create_default_context(cafile=str(PEM))

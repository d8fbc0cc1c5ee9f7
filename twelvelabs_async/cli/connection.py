"""The options of commands that call the API, the client they make, and advice on its errors."""

from __future__ import annotations

import functools
import inspect
import os
import ssl
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer
from attrs import fields, frozen

from ..client import API_URL, KEY_VARIABLES, URL_VARIABLE, AsyncTwelveLabs
from ..errors import (
    ApiError,
    ConfigurationError,
    NotFoundError,
    TransportError,
    UnauthorizedError,
)

__all__ = ["Connection", "advice", "connected"]

_OPTIONS = {
    "api_key": Annotated[
        str | None,
        typer.Option(
            "--api-key",
            help=f"The API key. {KEY_VARIABLES[0]} is safer: other users can see arguments.",
        ),
    ],
    "base_url": Annotated[
        str | None, typer.Option("--base-url", help="API base URL, for example a sandbox's.")
    ],
    "proxy": Annotated[
        str | None,
        typer.Option("--proxy", help="Proxy URL. Default: HTTP_PROXY, HTTPS_PROXY and NO_PROXY."),
    ],
    "ca_file": Annotated[
        Path | None,
        typer.Option(
            "--ca-file", exists=True, dir_okay=False, help="Certificates to trust, as a PEM file."
        ),
    ],
    "timeout": Annotated[
        float | None,
        typer.Option("--timeout", min=0.001, help="Seconds for one call, retries included."),
    ],
}


@frozen
class Connection:
    """How a command reaches the API: by its options, else the environment."""

    api_key: str | None = None
    base_url: str | None = None
    proxy: str | None = None
    ca_file: Path | None = None
    timeout: float | None = None

    def client(self) -> AsyncTwelveLabs:
        """A client with these settings.

        ConfigurationError for a setting that it cannot use.
        """
        return AsyncTwelveLabs(
            self.api_key,
            base_url=self.base_url,
            timeout=self.timeout,
            proxy=self.proxy,
            trust_env=self.proxy is None,
            ssl_context=None if self.ca_file is None else _trusting(self.ca_file),
        )


def connected(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of a `Connection`, which it takes as ``connection``."""
    signature = inspect.signature(command, eval_str=True)
    own = [value for name, value in signature.parameters.items() if name != "connection"]
    shared = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
        for name, annotation in _OPTIONS.items()
    ]

    @functools.wraps(command)
    def run(**values: Any) -> None:
        settings = {field.name: values.pop(field.name) for field in fields(Connection)}
        command(connection=Connection(**settings), **values)

    parameters = [value.replace(kind=inspect.Parameter.KEYWORD_ONLY) for value in own] + shared
    del run.__wrapped__  # typer would read the options of the command itself
    run.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]  # a function's own
    run.__annotations__ = {value.name: value.annotation for value in parameters}
    return run


def advice(error: Exception, connection: Connection) -> str:
    """What to do about an error: a sentence to print after it, or nothing."""
    if isinstance(error, ConfigurationError):
        return "" if _key(connection)[0] else "Or give --api-key."
    url = connection.base_url or os.environ.get(URL_VARIABLE, "").strip() or API_URL
    parts = urlsplit(url)
    if isinstance(error, UnauthorizedError):
        return _about_key(connection, parts.hostname or url)
    if isinstance(error, NotFoundError) and not parts.path.strip("/"):
        source = "--base-url" if connection.base_url else URL_VARIABLE
        return f"{source} is {url}, without a version: the service's is {API_URL}."
    proxy = _proxy(connection, parts.scheme, parts.netloc)
    if proxy is not None:
        if isinstance(error, ApiError) and error.status_code == 407:
            return f"The proxy {proxy} needs a user name and a password."
        if isinstance(error, TransportError) or _is_page(error):
            return f"The call went through the proxy {proxy}."
    if isinstance(error, TransportError) and connection.base_url is None:
        source = URL_VARIABLE if os.environ.get(URL_VARIABLE, "").strip() else ""
        return f"{source} is {url}." if source else ""
    return ""


def _key(connection: Connection) -> tuple[str | None, str]:
    """The key that is used, and where it came from."""
    if connection.api_key:
        return connection.api_key, "--api-key"
    for name in KEY_VARIABLES:
        if key := os.environ.get(name, "").strip():
            return key, name
    return None, ""


def _about_key(connection: Connection, host: str) -> str:
    key, source = _key(connection)
    words = f"{host} refuses the key of {source}."
    for name in KEY_VARIABLES:
        if os.environ.get(name, key or "").strip() not in ("", key):
            words += f" {name} has another key, which is not used."
    return words


def _proxy(connection: Connection, scheme: str, netloc: str) -> str | None:
    """The proxy's URL, without a password."""
    proxy = connection.proxy
    if proxy is None and not urllib.request.proxy_bypass(netloc):
        proxy = urllib.request.getproxies().get(scheme)
    return None if not proxy else proxy.rpartition("@")[2]


def _is_page(error: Exception) -> bool:
    """Whether the reply is a gateway's: the service's own errors have a code."""
    return isinstance(error, ApiError) and error.status_code in (502, 503, 504) and not error.code


def _trusting(file: Path) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=str(file))
    except (ssl.SSLError, OSError) as error:
        raise ConfigurationError(f"--ca-file {file} has no certificates: {error}") from error

"""Bodies of requests: JSON, and forms. No I/O.

https://www.rfc-editor.org/rfc/rfc7578 (forms)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..errors import ConfigurationError
from .json_values import NO_UNICODE, dump_json, unsendable
from .urls import format_scalar, iter_params

if TYPE_CHECKING:
    from .files import FilePart

__all__ = ["encode_form", "encode_json"]


def encode_json(values: Mapping[str, Any]) -> bytes:
    """A JSON object: None at the top level is left out, a null inside a dict goes out."""
    body = {name: value for name, value in values.items() if value is not None}
    return dump_json(body, "the request's body", _plain)


def _plain(value: Any) -> Any:
    from .dump import plain  # not with the client: models are slow to import

    return plain(value)


def encode_form(values: Mapping[str, Any], boundary: str) -> list[bytes | FilePart]:
    """A multipart/form-data body in pieces: bytes, and the file parts that stand between them.

    A form without files is one piece.
    """
    from .files import FilePart

    made: list[bytes | FilePart] = []
    run: list[str] = []  # joined and encoded in one step
    start = f'--{boundary}\r\nContent-Disposition: form-data; name="'
    for name, value in iter_params(values):
        if isinstance(value, FilePart):
            run.append(
                f'{start}{_quoted(name)}"; filename="{_quoted(value.name)}"\r\n'
                f"Content-Type: {value.content_type}\r\n\r\n"
            )
            made += [_utf8(run, values), value]
            run = ["\r\n"]
        else:
            run.append(f'{start}{_quoted(name)}"\r\n\r\n{format_scalar(value)}\r\n')
    run.append(f"--{boundary}--\r\n")
    made.append(_utf8(run, values))
    return made


def _utf8(run: Sequence[str], values: Mapping[str, Any]) -> bytes:
    try:
        return "".join(run).encode()
    except UnicodeEncodeError:
        pass
    raise ConfigurationError(f"the form's {unsendable(values) or 'text'!r} {NO_UNICODE}")


@lru_cache(256)
def _quoted(value: str) -> str:
    # As browsers do: https://html.spec.whatwg.org/#multipart-form-data
    return value.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")

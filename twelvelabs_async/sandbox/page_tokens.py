"""Page tokens that hold all that the next page needs, signed, so that nothing is kept for them."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any, Final

import orjson

__all__ = ["read_token", "write_token"]

_MARK: Final = 32


def write_token(secret: str, purpose: str, value: Any) -> str:
    """A token for a JSON value; one made for another ``purpose`` is not valid for this one."""
    body = urlsafe_b64encode(orjson.dumps(value)).rstrip(b"=")
    return _sign(secret, purpose, body) + body.decode()


def read_token(secret: str, purpose: str, token: str) -> Any:
    """The value that a token was made for; raises ValueError for any other text."""
    mark, body = token[:_MARK].encode("utf-8", "replace"), token[_MARK:].encode("utf-8", "replace")
    if not hmac.compare_digest(mark, _sign(secret, purpose, body).encode()):
        raise ValueError("not a token of this sandbox")
    return orjson.loads(urlsafe_b64decode(body + b"=" * (-len(body) % 4)))


def _sign(secret: str, purpose: str, body: bytes) -> str:
    signed = b"\n".join([b"page token", purpose.encode(), body])
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()[:_MARK]

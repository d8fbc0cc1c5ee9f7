"""Presigned URLs: an HMAC over what a request may be, in the shape of S3's."""

from __future__ import annotations

import hashlib
import hmac
import itertools
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

from .clock import Clock

__all__ = ["Signer"]


class Signer:
    """Signs URLs and checks them. Each URL is different, so that one can be used up alone."""

    def __init__(self, secret: str, clock: Clock) -> None:
        self._secret = secret.encode()
        self._clock = clock
        self._serial = itertools.count(1)

    def sign(
        self,
        method: str,
        base: str,
        path: str,
        life: float,
        *,
        parameters: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> str:
        """A URL that allows ``method`` with exactly these headers for ``life`` seconds."""
        now = self._clock.now()
        signed = {name.lower(): value for name, value in (headers or {}).items()}
        date = datetime.fromtimestamp(now, UTC)
        query = {
            **(parameters or {}),
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Credential": f"sandbox/{date:%Y%m%d}/local/s3/aws4_request",
            "X-Amz-Date": f"{date:%Y%m%dT%H%M%SZ}",
            "X-Amz-Expires": str(int(life)),
            "X-Amz-SignedHeaders": ";".join(sorted(signed)),
            "X-Serial": str(next(self._serial)),
        }
        query["X-Amz-Signature"] = self._signature(method, path, query, signed)
        return f"{base}{quote(path)}?{urlencode(query)}"

    def check(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str]
    ) -> tuple[str, str] | None:
        """What is wrong with a request by a signed URL, as S3's code and message; None if right."""
        given = query.get("X-Amz-Signature", "")
        if not given:
            return "AccessDenied", "Access Denied"
        names = query.get("X-Amz-SignedHeaders", "")
        signed = {name: headers.get(name, "") for name in names.split(";") if name}
        rest = {name: value for name, value in query.items() if name != "X-Amz-Signature"}
        right = self._signature(method, path, rest, signed)
        if not hmac.compare_digest(right.encode(), given.encode("utf-8", "replace")):
            return (
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided.",
            )
        begun = datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        if self._clock.now() >= begun.timestamp() + int(query["X-Amz-Expires"]):
            return "AccessDenied", "Request has expired"
        return None

    def _signature(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str]
    ) -> str:
        lines = [method, path, urlencode(sorted(query.items()), errors="replace")]
        lines += [f"{name}:{value.strip()}" for name, value in sorted(headers.items())]
        text = "\n".join(lines).encode("utf-8", "replace")
        return hmac.new(self._secret, text, hashlib.sha256).hexdigest()

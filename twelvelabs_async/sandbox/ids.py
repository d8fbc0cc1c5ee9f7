"""Ids, request ids and secrets."""

from __future__ import annotations

import hashlib
import itertools
import secrets

__all__ = ["Ids"]


class Ids:
    """24-digit hexadecimal ids, UUIDs and secrets.

    Without a seed they come from the system's source of randomness. With a seed they repeat: each
    kind is a stream of hashes of its own, so that the ids that callers see say nothing of a secret.
    Whoever knows the seed knows the secrets. ``run`` counts the runs on one data folder: each has
    ids of its own, so that none takes the place of a record of an earlier run.
    """

    def __init__(self, seed: int | None = None, run: int = 0) -> None:
        self._seed = seed
        self._run = run
        self._counts = {kind: itertools.count() for kind in ("id", "uuid", "uuid7", "secret")}

    def new(self) -> str:
        """A new id as the service's resources have them."""
        return self._digits("id", 24)

    def uuid(self) -> str:
        """A new UUID (version 4)."""
        digits = self._digits("uuid", 32)
        variant = "89ab"[int(digits[16], 16) % 4]
        return (
            f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"
        )

    def prefixed(self, prefix: str, now: float) -> str:
        """A new id as the newer resources have them: a prefix and a UUID (version 7).

        Its first digits say when it was made, ``now``; with a seed they repeat, as all others do.
        """
        digits = self._digits("uuid7", 32)
        made = digits[:12] if self._seed is not None else f"{int(now * 1000):012x}"[-12:]
        variant = "89ab"[int(digits[16], 16) % 4]
        return (
            f"{prefix}_{made[:8]}-{made[8:]}-7{digits[13:16]}-{variant}{digits[17:20]}"
            f"-{digits[20:]}"
        )

    def secret(self) -> str:
        """A new key of 40 characters."""
        return self._digits("secret", 40)

    def _digits(self, kind: str, count: int) -> str:
        if self._seed is None:
            return secrets.token_hex(count // 2)
        name = f"{kind} {self._seed} {self._run} {next(self._counts[kind])}"
        return hashlib.sha256(name.encode()).hexdigest()[:count]

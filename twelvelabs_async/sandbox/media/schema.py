"""Fills a JSON schema with values measured in a film."""

from __future__ import annotations

from collections.abc import Mapping

from .film import Film


class SchemaError(ValueError):
    """A schema that no value satisfies, or that is no JSON schema; says where."""


def fill(schema: Mapping[str, object], film: Film, prompt: str = "") -> object:
    raise NotImplementedError

"""Garbage that a test can collect soon: of this test alone, not of all before it."""

from __future__ import annotations

import gc

from aiohttp import web_app

_CACHES = [each for each in vars(web_app).values() if hasattr(each, "cache_clear")]


def forget_handlers() -> None:
    """Let go of the servers of earlier tests.

    aiohttp keeps the last thousand handlers that went through middlewares, and with each of them
    its application and all that this holds.
    """
    for cache in _CACHES:
        cache.cache_clear()


def collect() -> None:
    """Collect what is garbage now."""
    forget_handlers()
    gc.collect()

"""Big replies: their vectors are parsed one by one, so that other tasks can run.

Six hours of film have 39 MB of embeddings, and parsing them in one go would hold the event loop for
a tenth of a second and more; a thread would not help, since the parser holds the interpreter's
lock. But nearly all of such a reply is arrays of numbers. Those are found without parsing, from
bracket to bracket, and parsed one by one, with a turn for the loop after each `SLICE` bytes, some 4
ms. What is left, with a mark where each array was, is small and parsed in one step.

The result is that of parsing the whole. Where this is not certain, because a mark did not come back
or what is left is not JSON, the whole is parsed instead.
"""

from __future__ import annotations

import asyncio
import os
import re
from array import array
from typing import Any

import orjson

from .convert import loads

__all__ = ["BIG", "SLICE", "loads_in_turns"]

BIG = 1024 * 1024
"""Replies of at least this many bytes are parsed in steps."""

SLICE = 1024 * 1024
"""Bytes that are parsed between two steps of the loop."""

LEAST = 64
"""The least numbers of an array that is a vector: embeddings have hundreds."""

_HINT = re.compile(rb"\[[-+.,0-9eE\s]{%d}" % (2 * LEAST))
# Strings are looked for too, since they may hold brackets; `*+` never takes back what it has read.
# One that does not end is taken to the end: else each of its quotes would be tried.
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|\[(?=\s*[-0-9])', re.DOTALL)


async def loads_in_turns(
    body: bytes | bytearray, status_code: int | None = None, *, compact: bool = False
) -> Any:
    """The JSON value of a body; DecodeError when it is not JSON.

    With `compact`, arrays of `LEAST` numbers and more are ``array("f")``: 4 bytes a number instead
    of 32, as exact as the models that made them, and never all of them in memory as objects.
    """
    if _HINT.search(body) is None:
        return loads(body, status_code)
    mark = os.urandom(16).hex()
    vectors: list[Any] = []
    rest = bytearray()
    view = memoryview(body)
    taken = at = parsed = 0
    while (token := _TOKEN.search(body, at)) is not None:
        start, at = token.span()
        if at - start > 1:
            continue  # a string
        end = body.find(b"]", at) + 1
        if end - start <= 2 * LEAST:
            continue
        try:
            vector = orjson.loads(view[start:end])
        except ValueError:
            continue  # more than numbers: it stays where it is
        if len(vector) < LEAST:
            continue
        rest += view[taken:start]
        rest += b'"%s%d"' % (mark.encode(), len(vectors))
        vectors.append(_compact(vector) if compact else vector)
        taken = at = end
        parsed += end - start
        if parsed >= SLICE:
            parsed = 0
            await asyncio.sleep(0)
    rest += view[taken:]
    try:
        whole = [orjson.loads(rest)]
    except ValueError:
        return loads(body, status_code)
    if _put_back(whole, mark, vectors) != len(vectors):
        return loads(body, status_code)
    return whole[0]


def _compact(vector: list[Any]) -> array[float] | list[Any]:
    try:
        return array("f", vector)
    except TypeError:
        return vector  # not all are numbers


def _put_back(value: list[Any], mark: str, vectors: list[Any]) -> int:
    """Put the vectors where their marks are; how many there were."""
    count = 0
    todo: list[Any] = [value]
    while todo:
        holder = todo.pop()
        for key, item in holder.items() if holder.__class__ is dict else enumerate(holder):
            if item.__class__ is dict or item.__class__ is list:
                todo.append(item)
            elif item.__class__ is str and item.startswith(mark):
                holder[key] = vectors[int(item[len(mark) :])]
                count += 1
    return count

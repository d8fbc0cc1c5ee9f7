"""Ids and secrets: what repeats with a seed, and what nobody can compute."""

from __future__ import annotations

import random
import re

import pytest

from twelvelabs_async.sandbox import Sandbox
from twelvelabs_async.sandbox.ids import Ids


def test_ids_uuids_and_secrets_have_their_forms() -> None:
    for ids in (Ids(), Ids(7)):
        assert re.fullmatch(r"[0-9a-f]{24}", ids.new())
        uuid = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
        assert re.fullmatch(uuid, ids.uuid())
        assert re.fullmatch(r"[0-9a-f]{40}", ids.secret())
        assert len({ids.new() for _ in range(100)}) == 100


def test_with_a_seed_ids_repeat_and_other_kinds_do_not_move_them() -> None:
    one, other = Ids(3), Ids(3)
    for _ in range(5):
        other.uuid()
        other.secret()
    assert [one.new() for _ in range(3)] == [other.new() for _ in range(3)]
    assert Ids(3).new() != Ids(4).new()


@pytest.mark.parametrize("seed", [None, 3])
def test_ids_say_nothing_of_the_secrets(seed: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    # A generator whose state follows from what it gives out must have no part in them.
    monkeypatch.setattr(random.Random, "getrandbits", lambda self, bits: 0)
    monkeypatch.setattr(random.Random, "random", lambda self: 0.0)
    with Sandbox(seed=seed) as sandbox:
        key = sandbox.api_key
    assert len(set(key.removeprefix("tlk_sandbox_"))) > 1
    seen = Ids(seed)
    given = {seen.new() for _ in range(500)} | {seen.uuid().replace("-", "") for _ in range(500)}
    assert not any(key.removeprefix("tlk_sandbox_") in text for text in given)


def test_without_a_seed_no_two_sandboxes_share_a_key() -> None:
    keys = []
    for _ in range(2):
        sandbox = Sandbox()
        keys.append(sandbox.api_key)
        sandbox.close()
    assert keys[0] != keys[1]

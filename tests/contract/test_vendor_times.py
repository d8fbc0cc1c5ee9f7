"""A field is a datetime here where it is one in the vendor's SDK, and text where it is text."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
from contract_paths import REPOSITORY
from shapes import named_models

import twelvelabs_async
from twelvelabs_async._core.model import Model, wire_fields

VERSIONS = ("1.1.0", "1.3.6")
each_version = pytest.mark.parametrize("version", VERSIONS)


@cache
def vendor(version: str) -> dict[str, Any]:
    """What ``vendor_times`` says of a version of the SDK."""
    python = Path(
        os.environ.get(f"TWELVELABS_VENDOR_{version.replace('.', '')}")
        or REPOSITORY / ".cache" / "vendor" / version / "bin" / "python"
    )
    runner = Path(__file__).with_name("vendor_times.py")
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [python, "-W", "ignore", runner], check=True, capture_output=True, env=environment
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def counterpart(version: str, area: str, name: str) -> dict[str, bool] | None:
    """The fields of the vendor's model of that name: the area's own, else the one that there is."""
    fields = vendor(version)["fields"]
    holding = [models for models in fields.values() if name in models]
    if name not in fields.get(area, ()) and len(holding) != 1:
        return None
    chosen: dict[str, bool] = (fields[area] if name in fields.get(area, ()) else holding[0])[name]
    return chosen


def is_time(form: Any) -> bool:
    return form is datetime or any(is_time(member) for member in get_args(form))


def shared(version: str) -> Iterator[tuple[str, bool, bool]]:
    """Each field that both have: its name, and whether it is a time with us and with them."""
    for area, name, model in named_models():
        theirs = counterpart(version, area, name) or {}
        for field in wire_fields(model):
            if field.wire in theirs:
                yield f"{area}.{name}.{field.wire}", is_time(field.type), theirs[field.wire]


@each_version
def test_times_are_what_they_are_in_the_vendors_sdk(version: str) -> None:
    fields = list(shared(version))
    assert [name for name, ours, theirs in fields if ours != theirs] == []
    # So that the comparison cannot come to be of nothing.
    assert sum(ours for _, ours, _ in fields) >= 25
    assert len(fields) >= 250


@each_version
def test_what_has_a_time_is_compared(version: str) -> None:
    compared = {name for name, _, _ in shared(version)}
    names = {name for _, name, _ in named_models()}
    for area, models in vendor(version)["fields"].items():
        for name in names & set(models):
            for field in [field for field, time in models[name].items() if time]:
                assert any(
                    one.endswith(f".{name}.{field}") and one.startswith(area) for one in compared
                )


@each_version
def test_names_for_times_are_what_they_are_in_the_vendors_sdk(version: str) -> None:
    aliases: list[str] = vendor(version)["aliases"]
    assert {"CreatedAt", "UpdatedAt", "ExpiresAt"} <= set(aliases)
    assert [name for name in aliases if getattr(twelvelabs_async, name) is not datetime] == []


def test_models_of_one_name_are_told_apart() -> None:
    ours = {(area, name) for area, name, _ in named_models()}
    assert {("tasks", "TasksRetrieveResponse"), ("embed.tasks", "TasksRetrieveResponse")} <= ours
    assert all(issubclass(model, Model) for _, _, model in named_models())

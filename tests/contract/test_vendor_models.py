"""Models are as the vendor's: times where there are times, and the same in a dump."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import twelvelabs_async
from tests.contract.contract_paths import REPOSITORY
from tests.contract.shapes import named_models, values
from twelvelabs_async._runtime.convert import structure
from twelvelabs_async._runtime.model import Model, wire_fields

VERSIONS = ("1.1.0", "1.3.6")
each_version = pytest.mark.parametrize("version", VERSIONS)


def ask(version: str, replies: Sequence[tuple[str, str, Any]]) -> dict[str, Any]:
    """What ``vendor_models`` says of a version of the SDK, and makes of replies."""
    python = Path(
        os.environ.get(f"TWELVELABS_VENDOR_{version.replace('.', '')}")
        or REPOSITORY / ".cache" / "vendor" / version / "bin" / "python"
    )
    done = subprocess.run(
        [python, "-W", "ignore", Path(__file__).with_name("vendor_models.py")],
        check=True,
        input=json.dumps(replies).encode(),
        stdout=subprocess.PIPE,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@cache
def vendor(version: str) -> dict[str, Any]:
    return ask(version, ())


def home(version: str, area: str, name: str) -> str | None:
    """Where the vendor has a model of that name: in the same area, else in the only one it has."""
    fields = vendor(version)["fields"]
    holding = [its for its, models in fields.items() if name in models]
    if area in holding:
        return area
    return holding[0] if len(holding) == 1 else None


def is_time(form: Any) -> bool:
    return form is datetime or any(is_time(member) for member in get_args(form))


def shared(version: str) -> Iterator[tuple[str, bool, bool]]:
    """Each field that both have: its name, and whether it is a time with us and with them."""
    for area, name, model in named_models():
        where = home(version, area, name)
        theirs = {} if where is None else vendor(version)["fields"][where][name]
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


def test_models_of_one_name_are_distinguished() -> None:
    ours = {(area, name) for area, name, _ in named_models()}
    assert {("tasks", "TasksRetrieveResponse"), ("embed.tasks", "TasksRetrieveResponse")} <= ours
    assert all(issubclass(model, Model) for _, _, model in named_models())


# What need not be the same, and why.
APART = {
    "UploadProgress": "ours counts bytes too, and no reply has it",
    "TasksCreateResponse.status": "where the service leaves it out, the vendor makes one up",
}


def differences(ours: Any, theirs: Any, path: str) -> Iterator[str]:
    """Where two dumps differ; a field that one of both does not know is None or text there."""
    if path in APART:
        return
    if isinstance(ours, datetime) and isinstance(theirs, str):
        theirs = datetime.fromisoformat(theirs)
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in ours.keys() | theirs.keys():
            yield from differences(ours.get(key), theirs.get(key), f"{path}.{key}")
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for number, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            yield from differences(one, other, f"{path}[{number}]")
    elif ours != theirs:
        yield f"{path}: {ours!r}, and {theirs!r} with the vendor"


@each_version
def test_a_dump_is_what_it_is_in_the_vendors_sdk(version: str) -> None:
    cases: list[tuple[str, str, Any, Any]] = []

    @settings(
        max_examples=5,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.data_too_large, HealthCheck.too_slow],
    )
    @given(data=st.data())
    def draw(data: st.DataObject) -> None:
        cases.extend(
            (where, name, model, data.draw(values(model)))
            for area, name, model in named_models()
            if (where := home(version, area, name)) is not None
        )

    draw()
    # In one request, since the vendor's interpreter takes longer to start than to answer.
    theirs = ask(version, [(area, name, reply) for area, name, _, reply in cases])["dumps"]
    compared = 0
    found: list[str] = []
    for (_, name, model, reply), dumped in zip(cases, theirs, strict=True):
        if dumped is not None:
            compared += 1
            made = structure(model, reply)
            for ours, other in zip((made.model_dump(), made.dict()), dumped, strict=True):
                found += differences(ours, other, name)
    assert found == []
    assert compared > len(cases) / 2

"""The database of a data folder: what it refuses, what it takes over, and what outlives a kill."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
from attrs import evolve, frozen

from tests.sandbox.drives import connect
from tests.sandbox.store_support import new_item, new_store, question
from tests.sandbox.test_analyze_batches import batch_of
from tests.sandbox.test_analyze_batches import item as item_of
from tests.support.sandbox_api import MODELS, Api, serving
from twelvelabs_async.sandbox import Sandbox, Settings
from twelvelabs_async.sandbox.changes import Changes, Table
from twelvelabs_async.sandbox.checks import as_array, as_object
from twelvelabs_async.sandbox.data_folder import DataFolderError
from twelvelabs_async.sandbox.knowledge_records import Session, Turn
from twelvelabs_async.sandbox.records import Index, Upload

OLD = Path(__file__).parent / "data" / "state-old.json"
OCTETS = {"Content-Type": "application/octet-stream"}


def _database(folder: Path) -> Path:
    """The database of a folder that a sandbox has used."""
    Sandbox(data=folder).close()
    return folder / "state.db"


def _execute(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        for statement in statements:
            database.execute(statement)


# What is refused


def _is_refused(folder: Path, match: str) -> None:
    before = (folder / "state.db").read_bytes()
    for _ in range(2):  # the lock is given up as well
        with pytest.raises(DataFolderError, match=match) as caught:
            Sandbox(data=folder)
        assert str(folder / "state.db") in str(caught.value)
    assert (folder / "state.db").read_bytes() == before


@pytest.mark.parametrize("part", ["not a database, but as long as a header of one" * 9, "torn"])
def test_a_damaged_database_is_refused_and_left_alone(part: str, tmp_path: Path) -> None:
    path = _database(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] if part == "torn" else part.encode())
    _is_refused(tmp_path, "damaged.*(restore a copy|remove it)")


def test_another_program_s_database_is_refused(tmp_path: Path) -> None:
    _execute(tmp_path / "state.db", "CREATE TABLE records (number INTEGER)")
    _is_refused(tmp_path, "another program's database: move it away")


def test_the_state_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    _execute(_database(tmp_path), "PRAGMA user_version = 2")
    _is_refused(tmp_path, "newer version.*update twelvelabs-async")


ENTITY = (
    b'{"id": "a", "collection_id": "one that is not there", "name": "n", "asset_ids": [], '
    b'"created_at": %b, "updated_at": 1}'
)
SESSION = b'{"id": "a", "store_id": "s", "created_at": 1, "used_at": 1, "messages": %b}'
BATCH = (
    b'{"id": "a", "created_at": 1, "mode": "general", "model": "pegasus1.5", "task_ids": [], '
    b'"status": %b, "ended_at": 1}'
)


@pytest.mark.parametrize(
    "row",
    [
        ("index", "", "a", b'{"id": 1}'),
        ("index", "", "a", b"{"),
        ("index", "", "a", b"[]"),
        ("no kind", "", "a", b"{}"),
        ("video", "an index that is not there", "a", b"{}"),
        ("entity", "", "a", ENTITY % b"1"),
        ("session", "", "a", SESSION % b"10000000000000000000000000"),
        ("batch", "", "a", BATCH % b"[]"),
        ("batch", "", "a", BATCH % b'"done"'),
    ],
)
def test_records_that_are_none_are_refused(row: tuple[Any, ...], tmp_path: Path) -> None:
    with closing(sqlite3.connect(_database(tmp_path))) as database:
        database.execute("INSERT INTO records (kind, owner, key, body) VALUES (?, ?, ?, ?)", row)
        database.commit()
    _is_refused(tmp_path, "damaged")


async def test_a_record_that_cannot_be_written_keeps_no_other_from_the_disk(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(data=tmp_path) as api:
        await api.index("before")
        repository = api.sandbox._context.repository
        odd = evolve(next(iter(repository.indexes.values())), id="odd", name="\ud800")
        # Past `Table`, so that nothing but the write sees it.
        dict.__setitem__(repository.indexes, "odd", odd)
        repository.changes.note(repository.indexes, "odd", new=True)
        await api.index("after")
        dict.__delitem__(repository.indexes, "odd")
    assert "index odd cannot be kept" in caplog.text
    async with serving(data=tmp_path) as api:
        assert await _names(api) == {"before", "after"}


def test_a_database_that_was_only_created_is_begun_anew(tmp_path: Path) -> None:
    # As when the process was killed before it wrote the first transaction.
    (tmp_path / "state.db").touch()
    Sandbox(data=tmp_path, api_key="mine").close()
    with Sandbox(data=tmp_path, api_key="mine"):
        pass
    Sandbox(data=tmp_path).close()


# What is taken over


def _as_of_now(old: Any) -> Any:
    """The state as if written a minute ago, since what it holds expires."""
    first = min(index["created_at"] for index in old["indexes"].values())
    passed = time.time() - 60 - first

    def moved(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: moved(each) for key, each in value.items()}
        if isinstance(value, list):
            return [moved(each) for each in value]
        return value + passed if isinstance(value, float) and value >= first else value

    return moved(old)


async def test_the_state_of_an_earlier_version_is_taken_over_once(
    film: Path, tmp_path: Path
) -> None:
    old = _as_of_now(orjson.loads(OLD.read_bytes()))
    ((index, videos),) = old["videos"].items()
    (task,) = old["tasks"]
    video = next(identifier for identifier in videos if identifier != task)
    # One film still waited for its place.
    old["tasks"][task]["phases"][-1][1] = videos[task]["phases"][-1][1] = None
    old["waiting"] = [task]
    (tmp_path / "state.json").write_bytes(orjson.dumps(old))
    (tmp_path / "files").mkdir()
    for key in {asset["key"] for asset in old["assets"].values()}:
        (tmp_path / "files" / key).write_bytes(film.read_bytes())
    made: list[str] = []
    for run in range(2):
        async with serving(data=tmp_path) as api:
            assert api.sandbox.api_key == "kept-key"
            found = [each["_id"] for each in (await api("GET", "/indexes"))["data"]]
            assert found == [*reversed(made), index]
            made.append(await api.index(f"index {run}"))
            shown = await api("GET", f"/indexes/{index}/indexed-assets/{video}")
            assert (shown["status"], shown["user_metadata"]) == ("ready", {"n": 1})
            assert (await api("GET", f"/tasks/{task}"))["status"] == "ready"
            (upload,) = old["uploads"]
            chunk = {"chunk_index": 1, "proof_type": "etag", "chunk_size": 1000}
            chunk["proof"] = old["uploads"][upload]["chunks"]["1"]["etag"]
            path = f"/assets/multipart-uploads/{upload}"
            await api("POST", path, json={"completed_chunks": [chunk]})
            ((store, items),) = old["knowledge"]["items"].items()
            (item,) = items
            assert await api("GET", f"/knowledge-stores/{store}/items/{item}")
            (connection,) = old["connectors"]["connections"]
            runs = await api("GET", f"/connections/{connection}/imports")
            assert len(runs["data"]) == 1
            (webhook,) = api.sandbox.webhooks.list()
            assert webhook.secret == "s"
    assert not (tmp_path / "state.json").exists()
    assert (tmp_path / "state.json.old").exists()


# What is written


def test_a_change_writes_only_what_changed() -> None:
    changes = Changes()
    table = Table[str, Index](changes, "index")
    for name in "abc":
        table[name] = Index(
            id=name, name=name, models=[], addons=[], created_at=0.0, updated_at=0.0
        )
    assert [(change.key, change.new) for change in changes.take()] == [
        ("a", True),
        ("b", True),
        ("c", True),
    ]
    table["b"].name = "other"
    table["a"].addons.append("thumbnail")
    table["a"].changed()
    gone = table.pop("c")
    gone.name = "not noted any more"
    assert [(change.key, change.new) for change in changes.take()] == [
        ("b", False),
        ("a", False),
        ("c", False),
    ]
    assert not changes
    # What is made again under its old key comes last.
    changes.put_back([])
    again = table.pop("a")
    table["a"] = again
    assert [(change.key, change.new) for change in changes.take()] == [("a", True)]


def test_a_chunk_is_written_without_its_upload() -> None:
    changes = Changes()
    upload = Upload(
        id="u",
        asset_id="a",
        filename="f",
        kind="video",
        total_size=9,
        chunk_size=1,
        created_at=0.0,
        updated_at=0.0,
        expires_at=1.0,
    )
    upload.chunks = Table(changes, "chunk", "u")
    upload.chunk(3).etag = "e"
    assert [(change.table.owner, change.key) for change in changes.take()] == [("u", 3)]


def test_a_session_notes_each_of_its_changes() -> None:
    changes = Changes()
    sessions = Table[str, Session](changes, "session")
    sessions["s"] = Session(id="s", store_id="k", created_at=0.0, used_at=0.0)
    changes.take()
    sessions["s"].select("item", "i")
    assert [change.key for change in changes.take()] == ["s"]
    sessions["s"].select("item", "i")
    assert not changes
    sessions["s"].add(Turn(question="q", answer="a", item_ids=[]))
    assert [change.key for change in changes.take()] == ["s"]


async def test_an_asset_that_is_deleted_leaves_its_entities_for_good(
    picture: Path, tmp_path: Path
) -> None:
    async with serving(data=tmp_path) as api:
        people = await api("POST", "/entity-collections", 201, json={"name": "people"})
        assets = [await api.asset(picture) for _ in range(2)]
        path = f"/entity-collections/{people['_id']}/entities"
        made = await api("POST", path, 201, json={"name": "Ann", "asset_ids": assets})
        await api("DELETE", f"/assets/{assets[0]}?force=true", 204)
    async with serving(data=tmp_path) as api:
        assert (await api("GET", f"{path}/{made['_id']}"))["asset_ids"] == assets[1:]


async def test_what_a_killed_run_left_is_removed(film: Path, tmp_path: Path) -> None:
    async with serving(data=tmp_path, settings=Settings(chunk_size=1000)) as api:
        await api.video(await api.index(), film)
        body = {"filename": "a.mp4", "type": "video", "total_size": 2000}
        made = await api("POST", "/assets/multipart-uploads", 201, json=body)
        url = made["upload_urls"][0]["url"]
        async with api.session.put(url, data=bytes(1000), headers=OCTETS) as answer:
            assert answer.status == 200
    kept = {path for path in tmp_path.rglob("*") if path.is_file()}
    left = [
        tmp_path / "files" / "unanswered",
        tmp_path / "films" / "unanswered.json",
        tmp_path / "films" / "torn.draft",
        tmp_path / "streams" / "unanswered" / "playlist",
        tmp_path / "tmp" / "1-1",
        tmp_path / "tmp" / "gone.part",
    ]
    for path in left:
        path.parent.mkdir(exist_ok=True)
        path.touch()
    async with serving(data=tmp_path):
        pass
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == kept


# What outlives a kill


@frozen
class Address:
    """A sandbox in another process, as ``Api`` needs it."""

    base_url: str
    api_key: str


# The program, with a store of films as `Sandbox.connect_store` connects one.
_PROGRAM = """
import os, runpy
from pathlib import Path
from twelvelabs_async.sandbox.context import SandboxContext

begin = SandboxContext.open

async def open(self):
    self.integrations["store"] = [Path(os.environ["STORED_FILM"])]
    await begin(self)

SandboxContext.open = open
runpy.run_module("twelvelabs_async.sandbox", run_name="__main__")
"""


@asynccontextmanager
async def _killed(folder: Path, *options: str) -> AsyncGenerator[tuple[Api, Process, str]]:
    """Calls to the program on a folder, which is killed at the end."""
    command = [sys.executable, "-c", _PROGRAM, "--json", "--timings", "none"]
    process = await asyncio.create_subprocess_exec(
        *command, "--data", str(folder), *options, stdout=PIPE
    )
    try:
        assert process.stdout is not None
        facts = orjson.loads(await process.stdout.readline())
        sandbox: Any = Address(facts["base_url"], facts["api_key"])
        async with aiohttp.ClientSession() as session:
            yield Api(sandbox, session), process, facts.get("webhook_secret", "")
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


Seen = dict[str, Any]
Step = Callable[[Api, Seen], Awaitable[str]]
"""Makes a record, and notes its id; the path of what shows it."""


def _steps(film: Path, picture: Path) -> list[Step]:
    async def index(api: Api, seen: Seen) -> str:
        seen["index"] = await api.index()
        return f"/indexes/{seen['index']}"

    async def video(api: Api, seen: Seen) -> str:
        body = {"asset_id": await api.asset(film), "user_metadata": {"n": 1}}
        seen["asset"] = body["asset_id"]
        path = f"/indexes/{seen['index']}/indexed-assets"
        seen["video"] = (await api("POST", path, 202, json=body))["_id"]
        return f"{path}/{seen['video']}"

    async def change_video(api: Api, seen: Seen) -> str:
        path = f"/indexes/{seen['index']}/indexed-assets/{seen['video']}"
        await api("PATCH", path, 204, json={"user_metadata": {"m": "two"}})
        return path

    async def task(api: Api, seen: Seen) -> str:
        form = [("index_id", seen["index"]), ("video_file", film)]
        return f"/tasks/{(await api('POST', '/tasks', form=form))['_id']}"

    async def entity(api: Api, seen: Seen) -> str:
        made = await api("POST", "/entity-collections", 201, json={"name": "people"})
        seen["image"] = await api.asset(picture)
        path = f"/entity-collections/{made['_id']}/entities"
        body = {"name": "Ann", "asset_ids": [seen["image"]]}
        return f"{path}/{(await api('POST', path, 201, json=body))['_id']}"

    async def upload(api: Api, seen: Seen) -> str:
        body = {"filename": "a.mp4", "type": "video", "total_size": 2000}
        made = await api("POST", "/assets/multipart-uploads", 201, json=body)
        url = made["upload_urls"][0]["url"]
        async with api.session.put(url, data=bytes(1000), headers=OCTETS) as answer:
            assert answer.status == 200
            seen["etag"] = answer.headers["ETag"]
        seen["upload"] = f"/assets/multipart-uploads/{made['upload_id']}"
        return str(seen["upload"])

    async def report(api: Api, seen: Seen) -> str:
        chunk = {"chunk_index": 1, "proof": seen["etag"], "proof_type": "etag", "chunk_size": 1000}
        await api("POST", seen["upload"], json={"completed_chunks": [chunk]})
        return str(seen["upload"])

    async def store(api: Api, seen: Seen) -> str:
        seen["store"] = await new_store(api)
        return str(seen["store"])

    async def item(api: Api, seen: Seen) -> str:
        seen["item"] = await new_item(api, seen["store"], film)
        return f"{seen['store']}/items/{seen['item']}"

    async def collection(api: Api, seen: Seen) -> str:
        path = f"{seen['store']}/item-collections"
        made = await api("POST", path, 201, json={"name": "best"})
        await api("POST", f"{path}/{made['_id']}/items/add", json={"item_ids": [seen["item"]]})
        return f"{path}/{made['_id']}/items"

    async def session(api: Api, seen: Seen) -> str:
        asked = question(seen["store"], "What is red?")
        seen["session"] = (await api("POST", "/responses", json=asked))["session_id"]
        return str(seen["store"])

    async def go_on(api: Api, seen: Seen) -> str:
        # A session has no path: that it is known is that it can be continued.
        asked = question(seen["store"], "And blue?", session_id=seen["session"])
        assert (await api("POST", "/responses", json=asked))["session_id"] == seen["session"]
        return str(seen["store"])

    async def analysis(api: Api, seen: Seen) -> str:
        body = _analysis(seen)
        made = await api("POST", "/analyze/tasks", 202, json=body, headers={"Idempotency-Key": "k"})
        seen["analysis"] = made["task_id"]
        return f"/analyze/tasks/{made['task_id']}"

    async def repeat(api: Api, seen: Seen) -> str:
        body = _analysis(seen)
        made = await api("POST", "/analyze/tasks", 202, json=body, headers={"Idempotency-Key": "k"})
        assert made["task_id"] == seen["analysis"]
        return f"/analyze/tasks/{made['task_id']}"

    async def embedding(api: Api, seen: Seen) -> str:
        source = {"media_source": {"asset_id": seen["asset"]}}
        body = {"input_type": "video", "model_name": "marengo3.0", "video": source}
        return f"/embed-v2/tasks/{(await api('POST', '/embed-v2/tasks', 202, json=body))['_id']}"

    async def connection(api: Api, seen: Seen) -> str:
        seen["connection"] = await connect(api)
        return f"/connections/{seen['connection']}"

    async def drive_import(api: Api, seen: Seen) -> str:
        path = f"/connections/{seen['connection']}/imports"
        made = await api("POST", path, 202, json={"items": [{"source_id": "a.mp4"}]})
        return f"{path}/{made['_id']}"

    async def batch(api: Api, seen: Seen) -> str:
        made = await api("POST", "/analyze/batches", 201, json=batch_of(item_of(seen["asset"])))
        path = f"/analyze/batches/{made['batch_id']}"
        for _ in range(10_000):
            if (await api("GET", path))["status"] == "completed":
                return path
        raise AssertionError("the batch has not ended")

    async def transfer(api: Api, seen: Seen) -> str:
        path = "/tasks/transfers/import/store"
        made = await api("POST", path, 201, json={"index_id": seen["index"]})
        assert len(made["videos"]) == 1
        return f"{path}/logs"

    async def delete(api: Api, seen: Seen) -> str:
        await api("DELETE", f"/assets/{seen['image']}?force=true", 204)
        return "/assets"

    return [
        index,
        video,
        change_video,
        task,
        entity,
        upload,
        report,
        store,
        item,
        collection,
        session,
        go_on,
        analysis,
        repeat,
        embedding,
        connection,
        drive_import,
        batch,
        transfer,
        delete,
    ]


def _analysis(seen: Seen) -> dict[str, Any]:
    source = {"type": "asset_id", "asset_id": seen["asset"]}
    return {"video": source, "prompt": "What?", "model_name": "pegasus1.5"}


async def _flood(api: Api, name: str, answered: list[str]) -> None:
    """Make indexes one after another until a kill, which so comes in the middle of a write."""
    for number in itertools.count():
        called = f"{name} {number}"
        await api("POST", "/indexes", 201, json={"index_name": called, "models": MODELS[:1]})
        answered.append(called)


async def _names(api: Api) -> set[str]:
    found = set[str]()
    for page in range(1, 1_000):
        query = {"page": page, "page_limit": 50}
        answer = await api("GET", "/indexes", query=query)
        found |= {index["index_name"] for index in answer["data"]}
        if page >= answer["page_info"]["total_page"]:
            break
    return found


async def test_each_kind_of_record_outlives_a_kill_once_it_was_answered(
    film: Path, picture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORED_FILM", str(film))
    drive, folder = tmp_path / "drive", tmp_path / "data"
    drive.mkdir()
    (drive / "a.mp4").write_bytes(film.read_bytes())
    (tmp_path / "settings.json").write_bytes(orjson.dumps({"chunk_size": 1000}))
    options = ["--drive", str(drive), "--settings", str(tmp_path / "settings.json")]
    options += ["--webhook", "http://127.0.0.1:9/hook"]
    steps, seen = _steps(film, picture), Seen()
    shown: dict[str, Any] = {}
    answered: list[str] = []
    secrets = set[str]()
    while steps:
        async with _killed(folder, *options) as (api, process, secret):
            secrets.add(secret)
            for path, before in shown.items():
                assert _lasting(await api("GET", path)) == before, path
            assert await _names(api) >= set(answered)
            turn, steps = steps[:3], steps[3:]
            floods = [
                asyncio.create_task(_flood(api, f"{len(steps)} {number}", answered))
                for number in range(3)
            ]
            for step in turn:
                path = await step(api, seen)
                shown[path] = None
            # Paths show what several steps did.
            for path in shown:
                shown[path] = _lasting(await api("GET", path))
            process.kill()
            await asyncio.wait(floods)
            assert all(isinstance(flood.exception(), aiohttp.ClientError) for flood in floods)
    assert len(answered) > 10
    assert len(secrets) == 1


def _lasting(shown: Any) -> Any:
    """An answer without what differs from run to run: URLs, and what was sent to webhooks."""
    fields, rows = as_object(shown), as_array(shown)
    if fields is not None:
        return {
            key: _lasting(value)
            for key, value in fields.items()
            if "url" not in key and key != "webhooks"
        }
    return shown if rows is None else [_lasting(value) for value in rows]

"""The vendor's SDK 1.3.6, unchanged, connects a drive, imports from it and reads webhooks."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.sandbox.drives import connect
from tests.sandbox.receivers import receiving
from tests.sandbox.test_vendor import command
from tests.support.sandbox_api import Api, serving
from twelvelabs_async.sandbox import Settings

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(300)]
METHODS = {
    *("list_connections", "retrieve_connection", "create_connection_picker_token"),
    *("create_redirect_uri", "list_redirect_uris", "delete_redirect_uri", "delete_connection"),
    *("import_files", "list_imports", "retrieve_import", "retrieve_transcription"),
    *("replace_user_metadata", "update_user_metadata", "delete_user_metadata"),
    *("entities.list_by_asset", "indexed_assets.list_by_asset"),
}
READS = """
import json, sys
from twelvelabs import types
from twelvelabs.core.pydantic_utilities import parse_obj_as
for body in json.load(sys.stdin):
    name = "".join(part.title() for part in body["type"].split("."))
    event = parse_obj_as(getattr(types, f"{name}WebhookEvent"), body)
    print(event.id, event.type, event.data.id, event.data.status, event.created_at.tzinfo)
"""


async def entity_of(api: Api, picture: Path) -> str:
    """The id of a picture's asset that an entity has."""
    asset = await api.asset(picture)
    collection = await api("POST", "/entity-collections", 201, json={"name": "people"})
    path = f"/entity-collections/{collection['_id']}/entities"
    await api("POST", path, 201, json={"name": "Ann", "asset_ids": [asset]})
    return asset


async def test_the_newer_sdk_calls_its_methods(tmp_path: Path, film: Path, picture: Path) -> None:
    drive = tmp_path / "drive"
    drive.mkdir()
    shutil.copy(film, drive / "film.mp4")
    async with serving(drive=drive, settings=Settings(era="2026-10")) as api:
        models = [{"model_name": "marengo3.0", "model_options": ["visual"]}]
        index = (
            await api("POST", "/indexes", 201, json={"index_name": "films", "models": models})
        )["_id"]
        indexed = await api.asset(film)
        body = {"asset_id": indexed}
        await api("POST", f"/indexes/{index}/indexed-assets", 202, json=body)
        given = (
            await connect(api, custom_id="user-7"),
            indexed,
            await entity_of(api, picture),
        )
        scenario = command(
            "1.3.6",
            *(api.sandbox.base_url, api.sandbox.api_key, *given),
            script="vendor_connectors",
        )
        process = await _run(scenario)
        assert process.returncode == 0, process.stderr[-3000:]
        assert set(process.stdout.split()) == METHODS
        assert not [r for r in api.sandbox.requests if r.status is None or r.status >= 500]
        assert not [r for r in api.sandbox.requests if r.deprecated]


async def test_the_newer_models_read_what_webhooks_say(small_film: Path) -> None:
    async with receiving() as receiver, serving() as api:
        asset = await api.asset(small_film)
        receiver.secret = api.sandbox.webhooks.register(receiver.url).secret
        source = {"type": "asset_id", "asset_id": asset}
        given = {"video": source, "model_name": "pegasus1.6", "prompt": "What happens?"}
        await api("POST", "/analyze/tasks", 202, json=given)
        await receiver.wait(1)
        api.sandbox.faults.fail("analyze.task", message="It broke.")
        await api("POST", "/analyze/tasks", 202, json=given)
        await receiver.wait(2)
        api.sandbox.faults.hold("analyze.task", "queued")
        held = (await api("POST", "/analyze/tasks", 202, json=given))["task_id"]
        await api("POST", f"/analyze/tasks/{held}/cancel")
        await receiver.wait(3)
        python = command("1.3.6", script="vendor_connectors")[0]
        process = await _run([python, "-c", READS], json.dumps(receiver.bodies))
        assert process.returncode == 0, process.stderr[-3000:]
        assert [line.split()[:4] for line in process.stdout.splitlines()] == [
            [each["id"], each["type"], each["data"]["id"], each["data"]["status"]]
            for each in receiver.bodies
        ]
        assert [each["data"]["status"] for each in receiver.bodies] == [
            *("ready", "failed", "canceled"),
        ]


async def _run(program: list[str], given: str = "") -> subprocess.CompletedProcess[str]:
    from anyio import to_thread

    return await to_thread.run_sync(
        lambda: subprocess.run(program, capture_output=True, text=True, input=given, check=False)
    )

"""schemathesis makes up requests from the vendor's document: the sandbox withstands them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance

from tests.contract.contract_paths import DOCUMENT, LATER_DOCUMENT, PATCH, needs_shared
from tests.contract.stub import FACTS
from twelvelabs_async import TwelveLabs
from twelvelabs_async.sandbox import Sandbox

pytestmark = [needs_shared, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """The older document, and the one that has the later calls."""
    return [
        _read(source, tmp_path_factory.mktemp("document")) for source in (DOCUMENT, LATER_DOCUMENT)
    ]


def _read(source: Path, folder: Path) -> Any:
    patched = folder / "document.json"
    command = [sys.executable, str(PATCH), str(source), str(patched), "--anyof"]
    subprocess.run(command, check=True, capture_output=True)
    return schemathesis.openapi.from_dict(json.loads(patched.read_bytes()))


def _has(document: Any, verb: str, path: str) -> bool:
    return verb.lower() in document.raw_schema["paths"].get(path, {})


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as server:
        yield server


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    """One for all requests: schemathesis would open a connection for each."""
    with requests.Session() as session:
        session.trust_env = False  # nor look for proxies each time
        session.headers.clear()  # those are of schemathesis
        yield session


@pytest.fixture(scope="module")
def known(sandbox: Sandbox) -> dict[str, str]:
    """Identifiers that lead to something, by the name that the document gives them in paths."""
    with TwelveLabs(sandbox.api_key, base_url=sandbox.base_url) as client:
        index = client.indexes.create(
            index_name="films",
            models=[{"model_name": "marengo3.0", "model_options": ["visual", "audio"]}],
        )
        collection = client.entity_collections.create(name="people")
        upload = client.multipart_upload.create(filename="a.mp4", total_size=6_000_000)
        store = client.knowledge_stores.create(name="films")
        items = client.knowledge_store_item_collections.create(store.id or "", name="best")
        return {
            "knowledge_store_id": store.id or "",
            "collection_id": items.id or "",
            "index-id": index.id,
            "entity_collection_id": collection.id,
            "upload_id": upload.upload_id or "",
        }


@pytest.mark.parametrize("operation", FACTS)
def test_no_request_breaks_the_sandbox(
    operation: str,
    documents: list[Any],
    sandbox: Sandbox,
    session: requests.Session,
    known: dict[str, str],
) -> None:
    verb, path = operation.split(" ")
    document = next((one for one in documents if _has(one, verb, path)), None)
    if document is None:
        pytest.skip("neither document has it: the vendor's newest SDK does")

    @settings(
        max_examples=12,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=document[path][verb].as_strategy(), leading=st.booleans())
    def run(case: Any, leading: bool) -> None:
        # Made-up identifiers lead nowhere, and would show nothing but refusals.
        if leading and verb != "DELETE":
            case.path_parameters.update(
                {name: known[name] for name in case.path_parameters if name in known}
            )
        headers = {"x-api-key": sandbox.api_key}
        response = case.call(base_url=sandbox.base_url, session=session, headers=headers)
        case.validate_response(response, checks=[not_a_server_error, response_schema_conformance])

    run()

"""What we send is what the vendor's SDK 1.1.0 and 1.3.6 send, but for those SDKs' faults."""

from __future__ import annotations

import email.parser
import email.policy
import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, unquote

import pytest

from tests.contract.contract_paths import REPOSITORY
from tests.contract.operations import operations
from tests.contract.stub import Request, Stub
from tests.contract.wire_calls import CALLS, Call, arguments, bound
from tests.contract.wire_calls_later import LATER_CALLS, NEWEST_CALLS
from twelvelabs_async import ApiError, AsyncTwelveLabs

MADE = {"1.1.0": CALLS, "1.3.6": (*LATER_CALLS, *NEWEST_CALLS)}
each_call = pytest.mark.parametrize(
    ("version", "number"),
    [(version, number) for version, calls in MADE.items() for number in range(len(calls))],
    ids=[f"{number}-{made.method}" for calls in MADE.values() for number, made in enumerate(calls)],
)


def vendor(version: str) -> Path:
    """The interpreter that has a version of the vendor's SDK."""
    return Path(
        os.environ.get(f"TWELVELABS_VENDOR_{version.replace('.', '')}")
        or REPOSITORY / ".cache" / "vendor" / version / "bin" / "python"
    )


class Sent(NamedTuple):
    """A request without what is free: the order of fields, boundaries, headers of the clients."""

    verb: str
    path: str
    query: list[tuple[str, str]]
    content_type: str | None
    body: Any


def sent(request: Request) -> Sent:
    headers = {name.lower(): value for name, value in request.headers.items()}
    content_type = headers.get("content-type")
    kind = content_type.partition(";")[0] if content_type and request.body else None
    body: Any = request.body
    if kind == "application/json":
        body = json.loads(request.body)
    elif kind == "multipart/form-data":
        body = sorted(parts(content_type or "", request.body))
    query = sorted(parse_qsl(request.query, keep_blank_values=True))
    return Sent(request.verb, request.path, query, kind, body)


def parts(content_type: str, body: bytes) -> Iterator[tuple[str, str, str, bytes]]:
    """The parts of a form: name, file name, content type of a file, content."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        filename = part.get_filename() or ""
        kind = part.get_content_type() if filename else ""
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        yield str(name), filename, kind, content


@pytest.fixture(scope="module")
def theirs(server: Stub) -> dict[tuple[str, int], Sent]:
    """What the vendor's SDKs sent for each call: the first request, the following are pages."""
    found: dict[tuple[str, int], Sent] = {}
    for version in MADE:
        server.requests.clear()
        later = ["later"] if version == "1.3.6" else []
        subprocess.run(
            [vendor(version), "-m", "tests.contract.vendor_runner", server.base_url, *later],
            cwd=REPOSITORY,
            check=True,
            capture_output=True,
        )
        found.update(((version, number), sent) for number, sent in by_call(server).items())
    return found


def by_call(stub: Stub) -> dict[int, Sent]:
    found: dict[int, Sent] = {}
    for request in stub.requests:
        found.setdefault(int(request.headers["x-call"]), sent(request))
    return found


def without_faults(made: Call, request: Sent) -> Sent:
    """The vendor's request with that SDK's faults put right."""
    # Identifiers go into the path as they are.
    path = "/".join(quote(unquote(step), safe="-._~") for step in request.path.split("/"))
    if any(set(str(given)) & set("/?#% ü") for given in made.arguments):
        operation = next(o for o in operations() if o.method == made.method)
        path = operation.path
        for given in made.arguments:
            path = path.replace("{}", quote(given, safe="-._~"), 1)
        request = request._replace(query=[])
    # Filters by user metadata are wrapped in user_metadata[...]: the API takes the bare key.
    query = sorted(
        (re.sub(r"^user_metadata\[(.*)\]$", r"\1", name), value) for name, value in request.query
    )
    # Lists ask for page 1 where none was asked for.
    if "page" not in made.named:
        query = [pair for pair in query if pair != ("page", "1")]
    # An import is begun without the body that the API needs.
    if made.method == "tasks.transfers.create":
        request = request._replace(content_type="application/json", body={})
    return request._replace(path=path, query=query)


def test_every_method_is_called() -> None:
    called = {made.method for calls in MADE.values() for made in calls}
    assert called == {operation.method for operation in operations()}


# What 1.3.6 does not send: it lacks the method, or takes the path for a URL of another scheme.
UNSENT = {
    "data_connectors.authorize_connection": Sent(
        "POST",
        "/connections:authorize",
        [],
        "application/json",
        {
            "provider": "google_drive",
            "redirect_uri": "https://example.com/done?a=b",
            "custom_id": "ü",
        },
    )
}


@each_call
async def test_we_send_the_same(
    version: str, number: int, theirs: dict[tuple[str, int], Sent], stub: Stub
) -> None:
    made = MADE[version][number]
    async with AsyncTwelveLabs("key", base_url=stub.base_url, max_retries=0) as client:
        calling = bound(client, made.method)(
            *arguments("twelvelabs_async", made.arguments),
            **arguments("twelvelabs_async", made.named),
            request_options={"additional_headers": {"x-call": str(number)}},
        )
        try:
            await calling
        except ApiError:
            # The stub knows no such path; only what was sent counts here.
            assert "%" in stub.requests[0].path
    expected = UNSENT.get(made.method)
    if expected is None:
        expected = without_faults(made, theirs[version, number])
    assert by_call(stub)[number] == expected


def test_what_the_vendor_does_not_send_is_as_listed(theirs: dict[tuple[str, int], Sent]) -> None:
    unsent = {
        made.method
        for version, calls in MADE.items()
        for number, made in enumerate(calls)
        if (version, number) not in theirs
    }
    assert unsent == set(UNSENT)

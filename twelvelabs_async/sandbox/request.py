"""One request to the API, read and checked, and the replies to it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import orjson
from aiohttp import web
from attrs import define, field

from .blobs import key_of
from .bodies import FormBudget, parse_json
from .checks import Fields, as_object, check_body, check_texts, present
from .clock import timestamp
from .context import SandboxContext
from .era_changes import Change, absent_values, check_parameters, with_fields_of
from .eras import Retired
from .errors import ApiError, clean, invalid, not_there, unknown
from .fetch import Fetched, LiveStreamError, fetch, fetch_media, live_refusal
from .recorder import FormFile, Record
from .records import Asset, Index, Item
from .routing import Route
from .server_log import SERVER_LOG
from .settings import MIB
from .user_metadata import user_metadata

__all__ = [
    "DEPRECATION",
    "RequestContext",
    "UploadedFile",
    "json_response",
    "metadata_of",
    "times_of",
]

T = TypeVar("T")

DEPRECATION = web.RequestKey("deprecation", str)
"""The value of the reply's ``Deprecation`` header."""
# What aiohttp's reader raises on malformed forms.
_BROKEN_FORM = (
    ValueError,
    LookupError,
    RuntimeError,
    AssertionError,
    TypeError,
    aiohttp.http.HttpProcessingError,
)


@define
class UploadedFile:
    """A file of a form, in a temporary place until something keeps it."""

    filename: str
    content_type: str
    path: Path
    size: int
    key: str


@define
class RequestContext:
    """A request, the tables it was checked against, and the sandbox."""

    sandbox: SandboxContext
    route: Route
    request: web.Request
    record: Record
    query: dict[str, Any] = field(factory=dict[str, Any])
    body: dict[str, Any] = field(factory=dict[str, Any])
    files: dict[str, list[UploadedFile]] = field(factory=dict[str, list[UploadedFile]])
    headers: dict[str, str] = field(factory=dict[str, str])
    """What the reply says of the rate limits."""
    held: list[str] = field(factory=list[str])

    @property
    def now(self) -> float:
        """The sandbox's time."""
        return self.sandbox.clock.now()

    def part(self, name: str) -> str:
        """A part of the path."""
        return clean(self.request.match_info[name])

    async def read(self) -> None:
        """Read and check the query and the body."""
        pairs = [(clean(name), clean(value)) for name, value in self.request.query.items()]
        if self.route.json is None and self.route.form is None:
            self._check_era(present(pairs))
        self.query = check_texts(pairs, self.route.query, extra=self.route.any_query)
        if self.route.json is not None:
            given = await self._json()
            self._check_era(given)
            self.body = check_body(given, self.route.json)
        elif self.route.form is not None:
            self.body = await self._form(self.route.form)

    @property
    def _call(self) -> str:
        return f"{self.route.method} {self.route.path}"

    def _check_era(self, given: Mapping[str, Any]) -> None:
        """Refuse what the era does not have, and mark what today's service refuses."""
        for change in check_parameters(self._call, given, self.sandbox.settings.era):
            self._deprecate_change(change)

    def _deprecate_change(self, change: Change) -> None:
        assert change.retired is not None
        without = f"{self._call} without {change.name}"
        named = f"{change.name} of {self._call}"
        self.deprecate(without if change.optional else named, change.retired)

    def in_era(self, body: Any) -> Any:
        """A reply, or an event of a stream, with the fields that it has in the era."""
        return with_fields_of(self.sandbox.settings.era, self._call, body)

    async def _json(self) -> dict[str, Any]:
        raw = await self.request.read()
        if not raw:
            return {}
        if self.request.content_type != "application/json":
            raise self._content_type("application/json")
        try:
            value, size = parse_json(raw)
        except orjson.JSONDecodeError as error:
            raise ApiError("parameter_invalid", "The request body is not valid JSON.") from error
        body = as_object(value)
        if body is None:
            raise ApiError("parameter_invalid", "The request body must be a JSON object.")
        self.sandbox.requests.note_body(self.record, body, size)
        return body

    def _content_type(self, wanted: str) -> ApiError:
        status = self.sandbox.settings.content_type_status
        return ApiError(
            "content_type_invalid", f"The Content-Type header must be {wanted}.", status
        )

    async def _form(self, fields: Fields) -> dict[str, Any]:
        if self.request.content_type != "multipart/form-data":
            raise self._content_type("multipart/form-data")
        pairs: list[tuple[str, str]] = []
        budget = FormBudget(self.sandbox.settings.max_task_size)
        try:
            reader = await self.request.multipart()
            while (part := await reader.next()) is not None:
                if not isinstance(part, aiohttp.BodyPartReader) or not part.name:
                    raise ApiError("parameter_invalid", "A part of the form has no name.")
                name = clean(part.name)
                budget.part(is_file=name in self.route.files)
                if name in self.route.files:
                    await self._file(name, part, budget)
                elif part.filename is None:
                    value = clean(await self._text(part, budget))
                    pairs.append((name, value))
                    self.sandbox.requests.note_field(self.record, name, value)
                elif name in fields:
                    raise invalid(name, "It must not be a file.")
                else:
                    raise unknown(name)
        except (aiohttp.ClientPayloadError, ConnectionError):
            raise
        except _BROKEN_FORM as error:
            raise ApiError("parameter_invalid", "The request body is not a valid form.") from error
        self._check_era({**present(pairs), **self.files})
        return check_texts(pairs, fields, form=True)

    @staticmethod
    async def _text(part: aiohttp.BodyPartReader, budget: FormBudget) -> str:
        raw = bytearray()
        while chunk := await part.read_chunk(MIB):
            raw += chunk
            budget.text_piece(len(chunk), len(raw))
        return bytes(raw).decode("utf-8")

    async def _file(self, name: str, part: aiohttp.BodyPartReader, budget: FormBudget) -> None:
        path = self.sandbox.blobs.scratch()
        blobs = self.sandbox.blobs
        digest, size = hashlib.sha256(), 0
        content_type = part.headers.get("Content-Type", "application/octet-stream")
        file = UploadedFile(clean(part.filename or name), clean(content_type), path, 0, "")
        self.files.setdefault(name, []).append(file)
        most = self.sandbox.settings.max_task_size
        await blobs.disk(path.touch)
        while chunk := await part.read_chunk(MIB):
            size += len(chunk)
            budget.file_piece(len(chunk), most)
            await blobs.disk(_append, path, chunk, digest.update)
        file.size, file.key = size, key_of(digest.hexdigest())
        sent = FormFile(file.filename, file.content_type, size)
        self.sandbox.requests.note_field(self.record, name, sent)

    async def keep(self, path: Path, key: str) -> None:
        """Keep a file for as long as this request, or whatever it makes, needs it."""
        self.held.append(key)
        await self.sandbox.keep(path, key)

    async def fetch(self, url: str, limit: int) -> Fetched:
        """Fetch a file, and keep it for as long as this request, or what it makes, needs it."""
        fetched = await fetch(self.sandbox, url, limit)
        self.held.append(fetched.key)
        return fetched

    async def fetch_media(self, url: str, limit: int, name: str) -> Fetched:
        """As ``fetch``, of a file or an HLS playlist; a live one in ``name`` is refused."""
        try:
            fetched = await fetch_media(self.sandbox, url, limit)
        except LiveStreamError as error:
            raise live_refusal(name) from error
        self.held.append(fetched.key)
        return fetched

    async def discard(self) -> None:
        """Remove the files that nothing but this request needed."""
        for key in self.held:
            await self.sandbox.give_back(key)
        for files in self.files.values():
            for file in files:
                await self.sandbox.blobs.disk(file.path.unlink, True)

    def file(self, name: str) -> UploadedFile | None:
        """The one file of this name, if it was sent."""
        files = self.files.get(name, [])
        if len(files) > 1:
            raise invalid(name, "Only one file is allowed.")
        return files[0] if files else None

    def deprecate(self, what: str, retired: Retired) -> None:
        """Mark that the request uses something that the service of today refuses."""
        said = f"{what} is retired: use {retired.instead}"
        self.record.deprecated = said
        self.request[DEPRECATION] = retired.header
        SERVER_LOG.warning("%s %s: %s", self.record.method, self.record.path, said)

    def check_model(self, model_name: str, known: Iterable[str], name: str = "model_name") -> None:
        """Refuse a model that is not among those that the call has had, or has it no more.

        Mark one that today's service refuses.
        """
        settings = self.sandbox.settings
        rules = settings.rules
        retired = rules.retired_models.get(model_name)
        if model_name not in known or model_name in rules.absent_models:
            gone = {
                *(*rules.absent_models, *settings.retired_models),
                *(rules.retired_models if rules.strict else ()),
                *absent_values(self._call, settings.era),
            }
            offered = [each for each in known if each not in gone]
            raise invalid(name, f"It must be one of: {', '.join(offered)}.")
        if model_name in settings.retired_models or (retired is not None and rules.strict):
            raise ApiError(
                "parameter_invalid",
                f"The {name} parameter is invalid. {model_name} is no longer available.",
                settings.retired_status,
                field=name,
            )
        if retired is not None:
            self.deprecate(model_name, retired)

    def unknown_id(self, what: str, identifier: str) -> ApiError:
        """The refusal of an id that is not there."""
        status = self.sandbox.settings.unknown_id_status or self.route.unknown_id
        return not_there(what, clean(identifier), status)

    def find(self, what: str, table: Mapping[str, T], identifier: str) -> T:
        """The record of this id."""
        found = table.get(identifier)
        if found is None:
            raise self.unknown_id(what, identifier)
        return found

    def index(self, identifier: str | None = None) -> Index:
        """The index of this id, or the one that the path names."""
        return self.find(
            "indexes", self.sandbox.repository.indexes, identifier or self.part("index_id")
        )

    async def asset(self, identifier: str) -> Asset:
        """The asset of this id, after the work it should have done by now."""
        asset = self.find("assets", self.sandbox.repository.assets, identifier)
        await self.sandbox.lifecycle.settle(asset)
        return asset

    def reply(
        self, body: Any, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> web.Response:
        """A JSON answer."""
        return json_response(self.in_era(body), status, headers)

    def empty(self) -> web.Response:
        """A reply that only says that it was done."""
        return web.Response(status=204)


def json_response(
    body: Any, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """``body`` as JSON."""
    return web.Response(
        body=orjson.dumps(body), status=status, headers=headers, content_type="application/json"
    )


def _append(path: Path, chunk: bytes, count: Callable[[bytes], object]) -> None:
    with path.open("ab") as file:
        file.write(chunk)
    count(chunk)


def times_of(ctx: RequestContext, item: Item) -> dict[str, str]:
    """The two times that every resource shows."""
    _, since = ctx.sandbox.lifecycle.status(item)
    return {"created_at": timestamp(item.created_at), "updated_at": timestamp(since)}


def metadata_of(text: str | None, name: str = "user_metadata") -> dict[str, Any]:
    """User metadata sent in a form, where it is JSON in text."""
    if text is None:
        return {}
    try:
        value, _ = parse_json(text, name)
    except orjson.JSONDecodeError as error:
        raise invalid(name, "It must be a JSON object in text.") from error
    return user_metadata(value, name, False)

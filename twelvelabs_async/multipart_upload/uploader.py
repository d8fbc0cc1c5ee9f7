"""The upload of one file: into a new session, or into one that was begun before."""

from __future__ import annotations

import asyncio
import logging

from .._core.request import Core
from .._core.wire import segment
from ..assets import Asset
from ..errors import NotFoundError, TwelveLabsError, UploadError
from ..options import RequestOptions
from . import MultipartUpload, PresignedUrlChunk
from .checkpoint import Checkpoint, Session
from .models import Uploadable, UploadResult
from .plan import max_size
from .progress import Meter
from .settings import Settings
from .slots import Slots
from .source import Source, open_source
from .transfer import SessionOver, Transfer

__all__ = ["upload"]

log = logging.getLogger("twelvelabs_async")

_PAGE = 50  # rows of a list, the most that the service gives
_SESSIONS = 3  # that one call may begin, where a checkpoint lets it begin anew
_DEFAULT_HEADERS = {"Content-Type": "application/octet-stream"}


async def upload(
    api: MultipartUpload,
    core: Core,
    given: Uploadable,
    settings: Settings,
    slots: Slots | None = None,
    rank: int = 0,
) -> UploadResult:
    """Upload what was given, whole. `slots` and `rank` are of the call that it is one part of."""
    source = await open_source(given, settings.size)
    try:
        name = settings.filename or source.name or "file"
        _check_size(source, name, settings)
        one = _Upload(api, core, source, name, settings, slots or Slots(settings.max_workers), rank)
        limit = asyncio.timeout(settings.timeout)
        try:
            async with limit:
                return await one.run()
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise one.error(f"not done within {settings.timeout} s", resumable=True) from error
    finally:
        await source.aclose()


def _check_size(source: Source, name: str, settings: Settings) -> None:
    if not source.size:
        raise UploadError(f"{name} is empty: there is nothing to upload")
    most = settings.max_size if settings.max_size is not None else max_size(settings.file_type)
    if most is not None and source.size > most:
        raise UploadError(
            f"{name} has {source.size} bytes, and a file of type {settings.file_type!r} may have "
            f"{most} (max_size= sets another limit)"
        )


class _Upload:
    """One call's work on one file, in one session after another where it must be."""

    def __init__(
        self,
        api: MultipartUpload,
        core: Core,
        source: Source,
        name: str,
        settings: Settings,
        slots: Slots,
        rank: int,
    ) -> None:
        self._api = api
        self._core = core
        self._source = source
        self._name = name
        self._settings = settings
        self._slots = slots
        self._rank = rank
        self._meter = Meter(name, settings.progress_callback, core.clock)
        self._checkpoint = Checkpoint(settings.checkpoint, core.base_url)
        self._session: Session | None = None
        self._failed: dict[int, Exception] = {}

    async def run(self) -> UploadResult:
        """The asset, when the service has all of the file."""
        session = await self._earlier()
        for left in reversed(range(_SESSIONS)):
            try:
                return await self._run_session(session)
            except SessionOver as over:
                if not (left and self._checkpoint.kept and self._source.ranged):
                    raise self.error(f"the session is over: {over}") from over.__cause__
                log.warning(
                    "upload of %s: the session is over: %s; beginning anew", self._name, over
                )
                await self._checkpoint.remove()
                session = None
            except (TwelveLabsError, OSError) as error:
                if self._session is None:
                    raise
                resumable = not isinstance(error, UploadError) or error.resumable
                raise self.error(str(error), resumable=resumable) from error.__cause__ or error
            except asyncio.CancelledError as error:
                if self._session is not None:
                    error.add_note(str(self.error("cancelled", resumable=True)))
                    log.warning("%s", self.error("cancelled", resumable=True))
                raise
        raise AssertionError("the last session ends in a result or an error")

    def error(self, what: str, *, resumable: bool = False) -> UploadError:
        """The error for an upload that stopped, with all that is needed to go on."""
        session = self._session
        text = f"the upload of {self._name} stopped: {what}"
        if session is None:
            return UploadError(text)
        held = len(session.reported | session.etags.keys())
        if resumable:
            how = "the same call" if self._checkpoint.kept else f"upload_id={session.upload_id!r}"
            text += f"; {how} goes on from {held} of {session.plan.total} chunks"
        return UploadError(
            text,
            upload_id=session.upload_id,
            asset_id=session.asset_id,
            failed_chunks=dict(sorted(self._failed.items())),
            resumable=resumable,
        )

    async def _run_session(self, session: Session | None) -> UploadResult:
        addresses = None
        earlier = session is not None
        if session is None:
            session, addresses = await self._begin()
        self._session = session
        self._checkpoint.begin(session)
        transfer = Transfer(
            self._api,
            self._core,
            self._source,
            session,
            self._settings,
            slots=self._slots,
            rank=self._rank,
            meter=self._meter,
            checkpoint=self._checkpoint,
        )
        self._failed = transfer.failed
        try:
            if earlier:
                await transfer.ask()
            # Before the first chunk: else a process that dies now leaves a session behind.
            await self._checkpoint.save()
            await transfer.run(addresses)
        except UploadError as error:
            await self._checkpoint.save()
            if error.resumable and self._failed:
                await transfer.flush()
            raise
        except SessionOver:
            raise
        except BaseException:
            await self._checkpoint.save()
            raise
        result = await self._result(session, transfer.asset_url)
        await self._meter.complete()
        await self._checkpoint.remove()
        return result

    async def _result(self, session: Session, url: str) -> UploadResult:
        if session.asset_id is None:
            raise UploadError("the upload is complete, but the service does not name its asset")
        if not url:
            # The final report told it, and its answer was lost.
            try:
                options: RequestOptions = {**self._settings.options, "max_retries": 0}
                path = f"/assets/{segment(session.asset_id)}"
                asset = await self._core.request(Asset, "GET", path, options=options)
                url = asset.url or ""
            except TwelveLabsError:
                url = ""
        return UploadResult(asset_id=session.asset_id, asset_url=url)

    # Sessions

    async def _begin(self) -> tuple[Session, list[PresignedUrlChunk] | None]:
        """A new session, and the addresses that came with it."""
        settings = self._settings
        made = await self._api.create(
            filename=self._name,
            total_size=self._source.size,
            type=settings.file_type,
            enable_hls=settings.enable_hls,
            enable_thumbnail=settings.enable_thumbnail,
            user_metadata=settings.user_metadata,
            request_options=settings.options,
        )
        size = made.chunk_size or 0
        if size < 1 or made.total_chunks not in (None, -(-self._source.size // size)):
            raise UploadError(
                f"the service does not say how to cut {self._source.size} bytes: "
                f"{made.total_chunks} chunks of {made.chunk_size}",
                upload_id=made.upload_id,
                asset_id=made.asset_id,
            )
        session = Session(
            upload_id=made.upload_id,
            asset_id=made.asset_id,
            chunk_size=size,
            total_size=self._source.size,
            upload_headers=_with_type(made.upload_headers or {}),
        )
        return session, made.upload_urls

    async def _earlier(self) -> Session | None:
        """The session to go on with: the checkpoint's, else the one that was named."""
        session = None
        named = self._settings.upload_id
        if self._checkpoint.kept:
            session = await self._checkpoint.load(await self._source.fingerprint())
        if session is None:
            return None if named is None else await self._adopt(named)
        if named is not None and session.upload_id != named:
            raise UploadError(
                f"the checkpoint is of another upload than {named!r}", upload_id=session.upload_id
            )
        return session

    async def _adopt(self, upload_id: str) -> Session:
        """A session of which only the name is known here: the service tells how it was cut."""
        options = self._settings.options
        try:
            status = await self._api.get_status(upload_id, request_options=options)
        except NotFoundError as error:
            raise UploadError(
                f"the service knows no upload {upload_id!r}", upload_id=upload_id
            ) from error
        size = self._source.size
        if status.total_size is not None and status.total_size != size:
            raise UploadError(
                f"upload {upload_id} is of {status.total_size} bytes; {self._name} has {size}",
                upload_id=upload_id,
            )
        rows = self._api.list_incomplete_uploads(page_limit=_PAGE, request_options=options)
        async for row in rows:
            if row.upload_id == upload_id and row.chunk_size:
                return Session(
                    upload_id=upload_id,
                    asset_id=None,
                    chunk_size=row.chunk_size,
                    total_size=size,
                    upload_headers=_DEFAULT_HEADERS,
                )
        raise UploadError(
            f"upload {upload_id} cannot be gone on with: its status is {status.status!r}, "
            "and the service does not list it among the incomplete ones",
            upload_id=upload_id,
        )


def _with_type(headers: dict[str, str]) -> dict[str, str]:
    typed = any(name.lower() == "content-type" for name in headers)
    return dict(headers) if typed else {**_DEFAULT_HEADERS, **headers}

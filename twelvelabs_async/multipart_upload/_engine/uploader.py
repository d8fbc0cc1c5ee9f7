"""The upload of one file: in a new session, or in one that another call started."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import aclosing

from ..._runtime.callbacks import CallbackError
from ..._runtime.frames import dropping_locals
from ..._runtime.names import sendable
from ..._runtime.progress import shown_progress
from ..._runtime.semaphores import PrioritySemaphore
from ..._runtime.threads import run_blocking
from ...errors import ClientClosedError, NotFoundError, TwelveLabsError, UploadError
from ..limits import max_size
from ..models import PresignedUrlChunk, Uploadable, UploadResult
from .api import UploadApi
from .checkpoint import Checkpoint
from .open_source import open_source
from .progress import ProgressTracker
from .reporter import SessionEnded
from .session import Session
from .settings import UploadSettings
from .source import Source
from .transfer import Transfer

__all__ = ["upload", "upload_one"]

log = logging.getLogger("twelvelabs_async")

_SESSIONS = 3  # that one call may begin, where a checkpoint lets it start over


async def upload_one(api: UploadApi, given: Uploadable, settings: UploadSettings) -> UploadResult:
    """Upload what was given, whole. What its callback raises is raised as it is."""
    failure: BaseException | None = None
    try:
        return await upload(api, given, settings, PrioritySemaphore(settings.max_workers), 0)
    except CallbackError as error:
        failure = error.error
    try:
        # Not within `except`: its context would be the error that it was marked with.
        raise failure
    finally:
        failure = None  # it holds this frame


async def upload(
    api: UploadApi,
    given: Uploadable,
    settings: UploadSettings,
    permits: PrioritySemaphore,
    rank: int,
) -> UploadResult:
    """Upload one of the files that share `permits`. What its callback raises is a CallbackError."""
    seconds = settings.timeout
    deadline = None if seconds is None else asyncio.get_running_loop().time() + seconds
    limit = asyncio.timeout_at(deadline)
    name = settings.filename or "a file"
    with dropping_locals:
        try:
            async with api.until_closed(limit, f"the upload of {name}"):
                source = await open_source(given, settings.size)
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise UploadError(
                f"the upload of {name} stopped: not done within {seconds} s", original_error=error
            ) from error
        finally:
            del limit  # it holds the task, and the task what it ends in
        async with aclosing(source):
            return await _upload_source(api, source, settings, permits, rank, deadline)


async def _upload_source(
    api: UploadApi,
    source: Source,
    settings: UploadSettings,
    permits: PrioritySemaphore,
    rank: int,
    deadline: float | None,
) -> UploadResult:
    name = sendable(settings.filename or source.name or "file")
    _check_size(source, name, settings)
    checkpoint = Checkpoint(settings.checkpoint, api.base_url)
    with (
        api.operation(source.size),
        shown_progress(settings.progress, name, api.clock.monotonic) as show,
    ):
        tracker = ProgressTracker(name, settings.callback(show), api.clock)
        one = _Upload(api, source, name, settings, checkpoint, permits, rank, tracker)
        limit = asyncio.timeout_at(deadline)
        try:
            async with api.until_closed(limit, f"the upload of {name}"), checkpoint.locked():
                return await one.run()
        except ClientClosedError as error:
            error.maybe_done = error.maybe_done or one.begun
            if one.session is None:
                raise
            raise one.error("the client was closed", error, resumable=True) from error
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise one.error(
                f"not done within {settings.timeout} s", error, resumable=True
            ) from error


def _check_size(source: Source, name: str, settings: UploadSettings) -> None:
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
        api: UploadApi,
        source: Source,
        name: str,
        settings: UploadSettings,
        checkpoint: Checkpoint,
        permits: PrioritySemaphore,
        rank: int,
        tracker: ProgressTracker,
    ) -> None:
        self._api = api
        self._source = source
        self._name = name
        self._settings = settings
        self._checkpoint = checkpoint
        self._permits = permits
        self._rank = rank
        self._tracker = tracker
        self.session: Session | None = None
        self.begun = False
        """Whether the service may have made one."""
        self._transfer: Transfer | None = None

    async def run(self) -> UploadResult:
        """The asset, when the service has all of the file."""
        await self._source.prepare()
        session = await self._earlier()
        for left in reversed(range(_SESSIONS)):
            try:
                return await self._run_session(session)
            except SessionEnded as ended:
                if not (left and self._checkpoint.kept and self._source.ranged):
                    raise self.error(f"the session has ended: {ended}") from ended.__cause__
                log.warning(
                    "upload of %s: the session has ended: %s; starting over", self._name, ended
                )
                await self._checkpoint.remove()
                session = None
            except (TwelveLabsError, OSError) as error:
                if self.session is None:
                    raise
                resumable = not isinstance(error, UploadError) or error.resumable
                cause = error.__cause__ or error
                what = str(error) or type(error).__name__
                raise self.error(what, cause, resumable=resumable) from cause
            except asyncio.CancelledError as error:
                if self.session is not None:
                    text = str(self.error("cancelled", resumable=True))
                    error.add_note(text)
                    log.warning("%s", text)
                raise
        raise AssertionError("the last session ends in a result or an error")

    def error(
        self, what: str, cause: BaseException | None = None, *, resumable: bool = False
    ) -> UploadError:
        """The error for an upload that stopped, with all that is needed to resume it."""
        session, transfer = self.session, self._transfer
        text = f"the upload of {self._name} stopped: {what}"
        original = cause if isinstance(cause, Exception) else None
        if session is None:
            return UploadError(text, original_error=original)
        if session.asset_id is not None and transfer is not None and transfer.complete:
            # By itself the service does not resume what is whole.
            resumable = resumable and self._checkpoint.kept
            text += f"; the service has all of it, as asset {session.asset_id!r}"
        elif resumable:
            how = "the same call" if self._checkpoint.kept else f"upload_id={session.upload_id!r}"
            text += f"; {how} resumes it from {len(session.held)} of {session.plan.total} chunks"
        return UploadError(
            text,
            original_error=original,
            upload_id=session.upload_id,
            asset_id=session.asset_id,
            failed_chunks={} if transfer is None else dict(sorted(transfer.failed.items())),
            resumable=resumable,
        )

    async def _run_session(self, session: Session | None) -> UploadResult:
        urls = None
        earlier = session is not None
        if session is None:
            session, urls = await self._begin()
        self.session = session
        self._checkpoint.begin(session)
        transfer = Transfer(
            self._api,
            self._source,
            session,
            self._settings,
            permits=self._permits,
            rank=self._rank,
            tracker=self._tracker,
            checkpoint=self._checkpoint,
        )
        self._transfer = transfer
        try:
            if earlier:
                await transfer.reporter.ask()
            # Before the first chunk: else a process that dies now leaves a session behind.
            await self._checkpoint.save()
            await transfer.run(urls)
        except UploadError as error:
            await self._checkpoint.save_last(error)
            if error.resumable and transfer.failed:
                await transfer.reporter.flush()
            raise
        except SessionEnded:
            raise
        except BaseException as error:  # a cancellation, too: what was sent is not to be lost
            await self._checkpoint.save_last(error)
            raise
        result = await self._result(session, transfer.reporter.asset_url)
        await self._tracker.complete()
        await self._checkpoint.remove()
        return result

    async def _result(self, session: Session, url: str) -> UploadResult:
        if session.asset_id is None:
            raise UploadError("the upload is complete, but the service does not name its asset")
        if not url:  # the reply to the last report was lost
            url = await self._api.asset_url(session.asset_id, self._settings.options)
        return UploadResult(asset_id=session.asset_id, asset_url=url)

    # Sessions

    async def _begin(self) -> tuple[Session, Sequence[PresignedUrlChunk] | None]:
        """A new session, and the URLs that came with it."""
        size = self._source.size
        self.begun = True
        made = await self._api.create(self._name, size, self._settings)
        try:
            session = Session(
                upload_id=made.upload_id,
                asset_id=made.asset_id or None,
                chunk_size=made.chunk_size or 0,
                total_size=size,
                upload_headers=made.upload_headers or {},
            )
            if made.total_chunks not in (None, session.plan.total):
                raise ValueError(f"{made.total_chunks} chunks of {made.chunk_size} bytes")
        except ValueError as error:
            raise UploadError(
                f"the service does not say how to send {size} bytes: {error}",
                upload_id=made.upload_id,
                asset_id=made.asset_id,
            ) from None
        return session, made.upload_urls

    async def _earlier(self) -> Session | None:
        """The session to resume: the checkpoint's, else the one that the caller named."""
        session = None
        named = self._settings.upload_id
        if self._checkpoint.kept:
            session, certain = await self._checkpoint.load(await self._source.fingerprint())
            if session is not None and not certain:
                await self._compare(session)
        if session is None:
            return None if named is None else await self._adopt(named)
        if named is not None and session.upload_id != named:
            raise UploadError(
                f"the checkpoint is of another upload than {named!r}", upload_id=session.upload_id
            )
        return session

    async def _compare(self, session: Session) -> None:
        """UploadError when the chunks that were sent may not be those of the file as it is.

        Its ctime has changed, which a rename does, and a write that sets the time back does too.
        """
        for index, etag in session.etags.items():
            offset, length = session.plan.offset(index), session.plan.length(index)
            digest = await run_blocking(self._source.md5, offset, length)
            if digest.hex() != etag.lower():
                raise self._checkpoint.refused(
                    session, "the file was changed since, and its time set back"
                )

    async def _adopt(self, upload_id: str) -> Session:
        """A session of which only the name is known: the service says how it was cut."""
        try:
            state = await self._api.status(
                upload_id, self._settings.options, with_chunks=False, with_chunk_size=True
            )
        except NotFoundError as error:
            raise UploadError(
                f"the service knows no upload {upload_id!r}", upload_id=upload_id
            ) from error
        size = self._source.size
        if state.total_size is not None and state.total_size != size:
            raise UploadError(
                f"upload {upload_id} is of {state.total_size} bytes; {self._name} has {size}",
                upload_id=upload_id,
            )
        if state.chunk_size is None:
            raise UploadError(
                f"upload {upload_id} cannot be resumed: its status is {state.status!r}, "
                "and the service does not list it among the incomplete ones",
                upload_id=upload_id,
            )
        try:
            return Session(
                upload_id=upload_id,
                asset_id=None,
                chunk_size=state.chunk_size,
                total_size=size,
                upload_headers={},
            )
        except ValueError as error:
            raise UploadError(
                f"upload {upload_id} cannot be resumed: {error}", upload_id=upload_id
            ) from None

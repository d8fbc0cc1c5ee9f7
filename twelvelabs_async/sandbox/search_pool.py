"""The films of an index that a search looks at, and their clips, kept from search to search."""

from __future__ import annotations

from collections.abc import Mapping

from .jobs import JobRunner
from .lifecycle import Lifecycle
from .media.language.clip_table import Clips
from .media.measure.likeness import Likeness, Paths
from .records import Video
from .settings import Settings

__all__ = ["SearchPool"]


class SearchPool:
    """The ready films of one index.

    A film that is ready stays so until it is deleted, so that each search looks only at those that
    were not. Other ``settings`` may make it fail: they need another pool.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._ready: dict[str, Video] = {}
        self._clips: Clips | None = Clips({})
        self._paths: tuple[Clips, Paths] | None = None

    async def update(
        self, videos: Mapping[str, Video], lifecycle: Lifecycle, jobs: JobRunner
    ) -> tuple[dict[str, Video], Clips]:
        """The films that are ready by now, and their clips, by the films' ids."""
        known = self._ready
        await lifecycle.settle(*(video for key, video in videos.items() if key not in known))
        fresh = {
            key: video
            for key, video in videos.items()
            if key not in known and video.key is not None and lifecycle.status(video)[0] == "ready"
        }
        if fresh or not known.keys() <= videos.keys():
            kept = {key: video for key, video in known.items() if key in videos}
            known = self._ready = {**kept, **fresh}
            self._clips = None
        if self._clips is not None:
            return known, self._clips
        contents = self._contents()
        tables = await jobs.tables(set(contents.values()))
        # A film may have been deleted while its table was read.
        clips = Clips({key: tables[each] for key, each in contents.items() if each in tables})
        if self._ready is known and len(clips.keys) == len(known):
            self._clips = clips
        return known, clips

    async def paths(self, clips: Clips, jobs: JobRunner) -> Paths:
        """The paths of these clips, which images are compared with."""
        if self._paths is None or self._paths[0] is not clips:
            contents = self._contents()
            read = await jobs.likenesses(set(contents.values()))
            none = Likeness.of((), b"", (), (), 0.0)
            found = [read.get(contents.get(key, ""), none) for key in clips.keys]
            self._paths = clips, await jobs.media(Paths, found, clips.first)
        return self._paths[1]

    def _contents(self) -> dict[str, str]:
        return {key: video.key for key, video in self._ready.items() if video.key is not None}

"""What a recording holds: requests and the reply to each, found again by what they are."""

from __future__ import annotations

import base64
import itertools
import os
import tempfile
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from pathlib import Path
from threading import Lock
from typing import Any, Final

import orjson

from ..errors import ConfigurationError, RecordingError
from . import recording
from .clock import SystemClock
from .recorded_uploads import reply_to_upload
from .recording import Digest, Scrubber

__all__ = ["Tape", "TapeLine"]

_VERSION: Final = 1
_NEAREST: Final = 3


class TapeLine:
    """A request of a recording, and its reply."""

    def __init__(self, request: dict[str, Any], reply: dict[str, Any] | None = None) -> None:
        self.request = request
        self.reply = reply
        self.used = False

    def shown(self) -> dict[str, Any]:
        """This as the file has it."""
        return {"request": self.request, "reply": self.reply}

    @property
    def name(self) -> str:
        """The request's verb and path."""
        return f"{self.request['method']} {self.request['path']}"


class Tape:
    """The lines of a recording: those that are read from its file, or recorded now."""

    def __init__(self, path: Path, *, replays: bool) -> None:
        self.path = path
        self.replays = replays
        self.scrubber = Scrubber()
        self.lines: list[TapeLine] = []
        self.began: float = SystemClock().time()
        """When it was recorded."""
        self.saved = replays
        """Whether the file has all lines."""
        self._reported: dict[str, set[int]] = {}  # chunks, by the path of their upload
        self._lock = Lock()  # clients in several threads
        if replays:
            self.began, self.lines = _read(path)

    def save(self) -> None:
        """Write what was recorded. ConfigurationError where the file cannot be written."""
        if self.saved:
            return
        try:
            self._write()
        except (OSError, ValueError) as error:  # ValueError: a null byte in the path
            raise ConfigurationError(
                f"cannot write the recording {self.path}: {getattr(error, 'strerror', error)}"
            ) from error
        self.saved = True

    def _write(self) -> None:
        head = {"recording": _VERSION, "recorded_at": self.began}
        lines = [head, *(each.shown() for each in self.lines if each.reply)]
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.writelines(orjson.dumps(line) + b"\n" for line in lines)
            Path(name).replace(self.path)
        except BaseException:  # also Ctrl-C: half a file is of no use
            Path(name).unlink(missing_ok=True)
            raise

    def waiting(self) -> Iterator[TapeLine]:
        """The lines that were not replayed yet."""
        return (line for line in self.lines if self.replays and not line.used)

    def begin(self, request: dict[str, Any], key: str | None) -> TapeLine:
        """A line for a request that is sent now."""
        self.scrubber.add(key)
        line = TapeLine(request)
        self.lines.append(line)
        return line

    def find(self, request: dict[str, Any], key: str | None = None) -> TapeLine:
        """The first line of this request that was not used.

        It is looked for as it is, since a test's key may be a word of its texts, and then without
        the key, which no recording has.
        """
        scrubber = Scrubber()
        scrubber.add(key)
        without = scrubber.value(request)
        with self._lock:
            pairs = ((line.request, line.reply or {}) for line in self.lines)
            reply = reply_to_upload(request, pairs, self._reported)
            if reply is not None:
                for line in self.waiting():
                    line.used = line.used or line.name == TapeLine(request).name
                return TapeLine(request, reply)
            alike = (
                line
                for each in (request, without)
                for line in self.waiting()
                if line.request == each
            )
            found = next(alike, None)
            if found is not None:
                found.used = True
                return found
        raise RecordingError(self._missing(request, without))

    def _missing(self, sent: dict[str, Any], request: dict[str, Any]) -> str:
        what = TapeLine(request).name
        often = sum(line.request in (sent, request) for line in self.lines)
        if often:
            return f"{what} is in the recording {self.path} {often} times, and all were replayed"
        text = orjson.dumps(request).decode()

        def likeness(line: TapeLine) -> tuple[bool, float]:
            other = line.request
            same = (other["method"], other["path"]) == (request["method"], request["path"])
            matcher = SequenceMatcher(None, text, orjson.dumps(other).decode(), autojunk=False)
            return same, matcher.quick_ratio()

        said = [f"{what} is not in the recording {self.path}"]
        unique = {orjson.dumps(line.request): line for line in self.lines}.values()
        for line in sorted(unique, key=likeness, reverse=True)[:_NEAREST]:
            found = list(recording.differences(request, line.request))
            more = f"; and {len(found) - 3} more" if len(found) > 3 else ""
            said.append(f"  near: {line.name}: {'; '.join(found[:3])}{more}")
        return "\n".join(said)

    # What both transports keep of a request

    def request(self, method: str, url: str, base_url: str) -> dict[str, Any]:
        """What is kept of a request, but for its body."""
        scrubbed = self.scrubber.url(str(url))
        path = scrubbed.removeprefix(base_url).partition("?")[0]
        request: dict[str, Any] = {"method": method, "path": path}
        if query := recording.query_of(scrubbed):
            request["query"] = query
        return request

    def with_body(
        self, request: dict[str, Any], headers: Mapping[str, str], parts: list[bytes | Digest]
    ) -> dict[str, Any]:
        """The request with its body."""
        content = headers.get("content-type", "")
        _, is_form, boundary = content.partition("boundary=")
        if is_form:
            fields = recording.parse_form(parts, boundary.encode())
            request["form"] = self.scrubber.value(fields)
            return request
        for part in parts:
            if isinstance(part, Digest):
                request["file"] = part.shown()
            elif part:
                value = recording.shortened(orjson.loads(part))
                request["json"] = self.scrubber.value(value)
        return request


def _read(path: Path) -> tuple[float, list[TapeLine]]:
    try:
        head, *lines = map(orjson.loads, path.read_bytes().splitlines())
        if head["recording"] != _VERSION:
            raise ConfigurationError(f"{path} is a recording of another version of this package")
        return float(head["recorded_at"]), list(map(_read_line, lines))
    except OSError as error:
        raise ConfigurationError(f"cannot read the recording {path}: {error.strerror}") from error
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        if isinstance(error, ConfigurationError):
            raise
    raise ConfigurationError(f"{path} is not a recording: delete it to record it anew")


def _read_line(shown: dict[str, Any]) -> TapeLine:
    """A line of the file; raises one of several errors where it is damaged."""
    request, reply = shown["request"], shown["reply"]
    texts = [
        *(request["method"], request["path"], reply.get("text", ""), reply.get("base64", "")),
        *itertools.chain(*reply.get("headers", {}).items()),
        *reply.get("pieces", ()),
    ]
    if type(reply["status"]) is not int or not all(type(each) is str for each in texts):
        raise TypeError
    base64.b64decode(reply.get("base64", ""), validate=True)
    return TapeLine(request, reply)

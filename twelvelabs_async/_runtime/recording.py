"""What a recording keeps of requests and replies: readable, and without secrets. No I/O."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import orjson

from .json_values import is_array, is_object
from .redaction import API_KEY, TELLING_NAMES, TELLING_WORDS

__all__ = [
    "Digest",
    "Scrubber",
    "differences",
    "kept_headers",
    "parse_form",
    "query_of",
    "read_body",
    "read_piece",
    "shortened",
    "show_body",
    "show_lines",
]

Json = Any
HIDDEN: Final = "REDACTED"
_URL: Final = re.compile(r"https?://(?:[^\s\"'<>\\]|\\u0026)++")  # as some write "&" in JSON
_TELLING: Final = re.compile(
    rf"{TELLING_WORDS}|token|cookie|^x-(?:amz|goog|ms)-|^(?:{TELLING_NAMES}|code|state)$",
    re.IGNORECASE,
)
_SECRET_FIELDS: Final = re.compile(
    r"^(?:authorization|cookie|set-cookie|x-(?:amz|goog|ms)-.*"
    r"|(?:.*[_-])?(?:api[_-]?key|password|secret|signature|credential|(?<!page_)token))$",
    re.IGNORECASE,
)
_SHORTEST: Final = 8  # characters of a key: a shorter one is a test's, and a word of other texts
_OPAQUE: Final = 16  # so long a value of a URL's query may be a secret
_LONGEST: Final = 4096  # characters of a text in a request; a longer one is kept as its hash
_HEADERS: Final = re.compile(
    r"^(?:content-type|etag|retry-after|location|x-api-version|(?:x-)?request-id|x-ratelimit-.*)$",
    re.IGNORECASE,
)
_LINE: Final = re.compile(r"[^\n]*\n|[^\n]+")
_LINE_START: Final = re.compile(r"data:\s*")  # of a server-sent event
_FIELD: Final = re.compile(rb'; name="([^"]*)"(?:; filename="([^"]*)")?')


class Scrubber:
    """Takes secrets out of what is kept: keys that it knows, queries of presigned URLs, tokens."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def add(self, secret: str | None) -> None:
        """Make a secret known by its value."""
        if secret and len(secret.strip()) >= _SHORTEST:
            self._known |= {secret, quote(secret, safe="")}

    def text(self, text: str) -> str:
        """A text without secrets. What was scrubbed stays as it is when it is scrubbed again."""
        for secret in self._known:
            text = text.replace(secret, HIDDEN)
        text = _URL.sub(lambda found: self.url(found[0]), text)
        return API_KEY.sub(HIDDEN, text)

    def url(self, url: str) -> str:
        """A URL without a user, and without the values of its query that may be secrets."""
        try:
            parts = urlsplit(url.replace("\\u0026", "&"))
            pairs = parse_qsl(parts.query, keep_blank_values=True)
        except ValueError:
            return HIDDEN
        query = urlencode(
            [
                (name, HIDDEN if _TELLING.search(name) or len(value) >= _OPAQUE else value)
                for name, value in pairs
            ]
        )
        host = parts.netloc.rpartition("@")[2]
        return f"{parts.scheme}://{host}{parts.path}{'?' if query else ''}{query}"

    def value(self, value: Json) -> Json:
        """A JSON value without secrets."""
        if isinstance(value, str):
            return self.text(value)
        if is_object(value):
            return {
                name: HIDDEN
                if isinstance(item, str) and _SECRET_FIELDS.search(name)
                else self.value(item)
                for name, item in value.items()
            }
        if is_array(value):
            if value and value[0].__class__ is float:
                return value  # a vector
            return [self.value(item) for item in value]
        return value


class Digest:
    """The hash and the size of a file, which stand for it."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._size = 0

    def add(self, piece: bytes | memoryview) -> None:
        """Take a further piece."""
        self._hash.update(piece)
        self._size += len(piece)

    def shown(self) -> dict[str, Any]:
        """The file as it is kept."""
        return {"sha256": self._hash.hexdigest(), "bytes": self._size}


def parse_form(pieces: Iterable[bytes | Digest], boundary: bytes) -> list[dict[str, Any]]:
    """The fields of a form that this package encoded; for the content of a file its hash."""
    fields: list[dict[str, Any]] = []
    for piece in pieces:
        if isinstance(piece, Digest):
            fields[-1] |= piece.shown()
            continue
        for part in piece.split(b"--" + boundary)[1:]:
            head, _, content = part.partition(b"\r\n\r\n")
            if (found := _FIELD.search(head)) is None:
                continue  # what follows the last field
            field: dict[str, Any] = {"name": found[1].decode()}
            if found[2] is None:
                field["value"] = content.removesuffix(b"\r\n").decode("utf-8", "replace")
            else:
                field["filename"] = found[2].decode()
            fields.append(field)
    return fields


def show_body(body: bytes | bytearray, scrubber: Scrubber) -> dict[str, Any]:
    """A body as it is kept: JSON where it is JSON, else text, else base64."""
    if not body:
        return {}
    try:
        return {"json": scrubber.value(orjson.loads(body))}
    except ValueError:
        pass
    try:
        return {"text": scrubber.text(body.decode())}
    except ValueError:
        return {"base64": base64.b64encode(body).decode()}


def read_body(kept: Mapping[str, Any]) -> bytes:
    """The body that was kept."""
    if "json" in kept:
        return orjson.dumps(kept["json"])
    return base64.b64decode(kept["base64"]) if "base64" in kept else read_piece(kept.get("text"))


def show_lines(lines: bytes, scrubber: Scrubber) -> str:
    """Whole lines of a stream as they are kept."""
    return "".join(
        _show_line(line, scrubber)
        for line in re.findall(r"[^\n]*\n|[^\n]+", lines.decode(errors="replace"))
    )


def _show_line(line: str, scrubber: Scrubber) -> str:
    start = _LINE_START.match(line)
    at = 0 if start is None else start.end()
    content = line[at:].rstrip("\r\n")
    try:
        value = scrubber.value(orjson.loads(content))
    except ValueError:
        return scrubber.text(line)
    return f"{line[:at]}{orjson.dumps(value).decode()}{line[at + len(content) :]}"


def read_piece(kept: str | None) -> bytes:
    """The text that was kept."""
    return (kept or "").encode()


def kept_headers(headers: Mapping[str, str], scrubber: Scrubber) -> dict[str, str]:
    """The headers of a reply that mean something to a client."""
    return {
        name.lower(): scrubber.text(value)
        for name, value in headers.items()
        if _HEADERS.match(name)
    }


def shortened(value: Json) -> Json:
    """A request's JSON value with long texts, such as films in base64, as their hashes."""
    if isinstance(value, str) and len(value) > _LONGEST:
        digest = Digest()
        digest.add(value.encode("utf-8", "surrogatepass"))
        return digest.shown()
    if is_object(value):
        return {name: shortened(item) for name, item in value.items()}
    return [shortened(item) for item in value] if is_array(value) else value


def query_of(url: str) -> list[list[str]]:
    """The query of a URL, sorted: its order means nothing."""
    return sorted([name, value] for name, value in parse_qsl(urlsplit(url).query, True))


def differences(one: Json, other: Json, path: str = "") -> Iterator[str]:
    """Where two requests differ, and in what."""
    if is_object(one) and is_object(other):
        for name in dict.fromkeys((*one, *other)):
            here = f"{path}.{name}" if path else name
            yield from differences(one.get(name), other.get(name), here)
    elif is_array(one) and is_array(other) and len(one) == len(other):
        rows: Sequence[tuple[Any, Any]] = list(zip(one, other, strict=True))
        for at, (left, right) in enumerate(rows):
            yield from differences(left, right, f"{path}[{at}]")
    elif one != other:
        yield f"{path} is {_short(one)}, recorded {_short(other)}"


def _short(value: Json) -> str:
    text = orjson.dumps(value).decode()
    return text if len(text) <= 60 else f"{text[:57]}..."

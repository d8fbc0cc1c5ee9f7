"""Texts without the secrets in them.

The values that are known to be secret go first, however they are escaped. Then what has the shape
of a secret goes: queries and user names of URLs, parameters with a secret's name, API keys. Redact
a text before you cut it: a piece of a secret is not recognised. Every step is linear in the text.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from .secrets import HIDDEN

if TYPE_CHECKING:
    from multidict import CIMultiDict

__all__ = ["API_KEY", "TELLING_NAMES", "TELLING_WORDS", "Redactor", "redact"]

# Shapes. Possessive quantifiers, and starts that no two matches share, keep each of them linear.

_RUN: Final = r"(?:[^\s\"'<>]|(?<=\w)'(?=\w))"  # the rest of a URL, up to a closing quote
_QUERY: Final = re.compile(rf"(\?|%(?:25)*+3[Ff])({_RUN}++)")
_USER: Final = re.compile(
    r"((?::|%(?:25)*+3[Aa])(?:\\?/|%(?:25)*+2[Ff]|\\u002[Ff]){2})[^\s/\"<>?#]{0,256}@"
)
_ASSIGNED: Final = re.compile(r"=|%(?:25)*+3[Dd]|\\u003[Dd]")
_NAME: Final = re.compile(rf"(?<![\w.-])([\w.-]++)(?:{_ASSIGNED.pattern})")
_VALUE: Final = re.compile(r"(?:[^&\s\"'<>]|(?<=\w)'(?=\w))*+")
TELLING_WORDS: Final = (
    "signature|secret|passw|credential|api[-_]?key|access[-_]?key|policy|key-pair-id|authorization"
)
"""What a secret's name contains, as a pattern."""
TELLING_NAMES: Final = "sig|key|auth|hmac|jwt|pwd|sas"
"""The whole names of secrets, as a pattern."""
_TELLING: Final = re.compile(
    rf"{TELLING_WORDS}|token(?!s)|x-(?:amz|goog|ms)-|(?:^|3f|26)(?:{TELLING_NAMES})$", re.IGNORECASE
)
_HEADER: Final = re.compile(
    r"((?:authorization|x-api-key|api[-_ ]?key|cookie)[\"']?[ \t]{0,4}[:=][ \t]{0,4}[\"']?"
    r"(?:(?:bearer|basic|token)[ \t]{1,4})?)([\w.~+/=-]{8,}+)",
    re.IGNORECASE,
)
_URL: Final = re.compile(rb"://[^\"\r\n]*+")
_NO_VALUE: Final = frozenset((*"&,.;:)]}<> \t\r\n\"'", ""))  # what follows a name alone
API_KEY: Final = re.compile(r"\btlk_[A-Za-z0-9]{8,}+")
_SECRET_NAMES: Final = frozenset(
    {"api_key", "apikey", "x-api-key", "authorization", "password", "secret", "signature", "cookie"}
) | {"set-cookie"}

# Their values are not secrets, though they are long: they name every service.
_PUBLIC_NAMES: Final = frozenset({"accept", "content-type", "user-agent"})
_WHOLE: Final = 8  # a shorter value is looked for as a word of its own
_OPAQUE: Final = 16  # a value of this length without a space is not a word
_MOST: Final = 256  # values that are known at a time
_TRACED: Final = 16  # of them, how many are looked for in what is large
_LEAST_TAIL: Final = 4  # characters of a secret at the end of a text that was cut
_DEEPEST: Final = 64  # levels of a JSON value: a parser goes deeper than Python's own stack
_LOWER: Final = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def redact(text: str) -> str:
    """The text without what looks like a secret."""
    if "?" in text or "=" in text or "%3" in text or "%2" in text or "\\u00" in text:
        text = _QUERY.sub(_without_query, text)
        text = _without_values(text)
    if "@" in text:
        text = _USER.sub(r"\1", text)
    text = _HEADER.sub(_without_header, text)
    return API_KEY.sub(HIDDEN, text) if "tlk_" in text else text


def _without_query(match: re.Match[str]) -> str:
    mark, run = match.groups()
    in_url = mark == "?" and run[0].isascii() and (run[0].isalnum() or run[0] in "%&_-.~+/$")
    before = match.string[match.start() - 1 : match.start()]
    if _ASSIGNED.search(run) or (in_url and before and not before.isspace()):
        return mark + HIDDEN
    return match[0]


def _without_values(text: str) -> str:
    """The text without the values of parameters whose names mark them as secret."""
    pieces: list[str] = []
    start = 0
    while (name := _NAME.search(text, start)) is not None:
        pieces.append(text[start : name.end()])
        start = name.end()
        # First its first character: a match goes to the value's end, and is made once for each.
        ended = text[start : start + 1] in _NO_VALUE or text.startswith(HIDDEN, start)
        if _TELLING.search(name[1]) and not ended:
            value = _VALUE.match(text, start)
            assert value is not None  # it may be empty
            pieces.append(HIDDEN)
            start = value.end()
    return "".join((*pieces, text[start:])) if pieces else text


def _without_header(match: re.Match[str]) -> str:
    # A word such as "missing" after "API key:" is a message.
    return match[1] + HIDDEN if any(c.isdigit() for c in match[2]) else match[0]


class Redactor:
    """Knows the secrets of a client, and takes them out of texts, then what looks like a secret.

    `add` makes one known, by its value. The newest are kept, and the first ones, given here, always
    are. Not only a whole value is recognised, but also its start, which a service may show alone.
    """

    def __init__(self, *values: str) -> None:
        self._lasting = {value for value in values if value.strip()}
        self._known: OrderedDict[str, None] = OrderedDict()
        self._forms: dict[str, tuple[str, ...]] = {}
        self._sorted: list[str] | None = None

    def add(self, value: str) -> None:
        """Make a value known."""
        if not value.strip() or value in self._lasting:
            return
        if value in self._known:
            self._known.move_to_end(value)
            return
        self._known[value] = None
        if len(self._known) > _MOST:
            self._forms.pop(self._known.popitem(last=False)[0], None)
        self._sorted = None

    def add_headers(self, headers: Mapping[str, str], *, opaque: bool = False) -> None:
        """Make the values of headers known that are named as secrets are.

        With `opaque` also those that look like a secret: long, and without a space.
        """
        for name, value in headers.items():
            public = name.lower() in _PUBLIC_NAMES or len(value) < _OPAQUE
            looks = opaque and not public and not any(c.isspace() for c in value)
            if looks or name.lower() in _SECRET_NAMES or _TELLING.search(name):
                self.add(value)
                scheme, _, credentials = value.partition(" ")
                if scheme.isalpha():
                    self.add(credentials)

    def add_url(self, url: str) -> None:
        """Make the secrets of a presigned URL known: password, and values of its query."""
        from urllib.parse import parse_qsl, unquote, urlsplit

        try:
            parts = urlsplit(url)
            query = parse_qsl(parts.query, max_num_fields=_MOST)
        except ValueError:
            return
        if parts.password:
            self.add(unquote(parts.password))
        for name, value in query:
            if len(value) >= _OPAQUE or _TELLING.search(name):
                self.add(value)

    def add_urls(self, body: bytes) -> None:
        """Make the secrets of the URLs known that a request's body has."""
        if b"://" in body and b"?" in body:
            for match in islice(_URL.finditer(body), _MOST):
                self.add_url("x" + match[0].decode("utf-8", "replace"))

    def text(self, text: str, *, most: int | None = None) -> str:
        """A text without secrets; with `most`, only its start, cut after it was redacted."""
        text = redact(self._without_known(text, self._sought()))
        return text if most is None else text[:most]

    def cut_text(self, text: str, *, most: int | None = None) -> str:
        """`text` for a text that somebody cut: its end may be the start of a secret."""
        lowered = _lower(text)
        for form in self._sought():
            for size in range(min(len(form) - 1, len(text)), _LEAST_TAIL - 1, -1):
                if lowered.endswith(form[:size]):
                    text = text[:-size] + HIDDEN
                    lowered = _lower(text)
                    break
        return self.text(text, most=most)

    def value(self, value: Any) -> Any:
        """A JSON value with all its texts redacted, names of objects among them."""
        # First all of it as one text: a search of each text for each secret would take long.
        return self._value(value, self._sought_in("\n".join(_texts(value))))

    def headers(self, headers: Mapping[str, str]) -> CIMultiDict[str]:
        """Headers with their names and values redacted; names are found in any case."""
        from multidict import CIMultiDict  # not with the client: it comes with its connections

        pairs = [*headers.items()]
        sought = self._sought_in("\n".join(text for pair in pairs for text in pair))
        return CIMultiDict(
            (
                redact(self._without_known(name, sought)),
                HIDDEN
                if name.lower() in _SECRET_NAMES
                else redact(self._without_known(value, sought)),
            )
            for name, value in pairs
        )

    def _sought(self) -> list[str]:
        """Every form of every known value, the longest first: one may be a part of another."""
        found = self._sorted
        if found is None:
            forms = self._forms_of((*self._lasting, *self._known))
            found = self._sorted = sorted(forms, key=len, reverse=True)
        return found

    def _forms_of(self, values: Iterable[str]) -> set[str]:
        found: set[str] = set()
        for value in values:
            if value not in self._forms:  # to write a value in all its forms takes long
                self._forms[value] = _forms(value)
            found.update(self._forms[value])
        return found

    def traces_in(self, body: bytes) -> list[bytes]:
        """The starts, in lower case, of secrets that a body of any size has.

        They are the first and the newest ones: to look for all in megabytes takes a second.
        """
        lowered = body.lower()
        forms = self._forms_of((*self._lasting, *islice(reversed(self._known), _TRACED)))
        heads = {_head(form).encode("utf-8", "replace") for form in forms}
        return [head for head in heads if head in lowered]

    def _sought_in(self, whole: str) -> list[str]:
        """Those of the forms that a text may have, so that its parts are searched for few."""
        shown = _lower("\n".join((whole, *_unescaped(whole))))
        return [form for form in self._sought() if _head(form) in shown]

    def _without_known(self, text: str, sought: list[str]) -> str:
        for form in sought:
            text = _without(text, form)
        if not sought:
            return text
        # However it is escaped: what still shows after undoing it goes as a whole.
        for plain in _unescaped(text):
            if any(_without(plain, form) != plain for form in sought):
                return HIDDEN
        return text

    def _value(self, value: Any, sought: list[str], depth: int = _DEEPEST) -> Any:
        if isinstance(value, str):
            return redact(self._without_known(value, sought))
        whole: Any = value  # not narrowed to a mapping of unknown values
        if isinstance(value, Mapping):
            if not depth:
                return "..."
            return {
                self._value(str(name), sought): HIDDEN
                if isinstance(item, str) and str(name).lower() in _SECRET_NAMES
                else self._value(item, sought, depth - 1)
                for name, item in whole.items()
            }
        if isinstance(value, (list, tuple)):
            return [self._value(item, sought, depth - 1) for item in whole] if depth else "..."
        if isinstance(value, (int, float)) and sought and abs(value) >= 10 ** (_WHOLE - 1):
            written = repr(value)
            return value if self._without_known(written, sought) == written else HIDDEN
        return value


def _forms(value: str) -> tuple[str, ...]:
    """A value as texts hold it, in lower case: plain, and escaped for JSON, URLs, Python, HTML."""
    # Here, since importing the package must cost next to nothing.
    import base64
    import html
    import json
    from urllib.parse import quote, quote_plus

    in_json = {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    forms = {
        value,
        *in_json,
        *(form.replace("/", "\\/") for form in in_json),
        quote(value, safe="", errors="surrogatepass"),
        quote(value, errors="surrogatepass"),
        quote_plus(value, errors="surrogatepass"),
        repr(value)[1:-1],
        html.escape(value),
    }
    if len(value) >= _WHOLE:
        forms.add(base64.b64encode(value.encode("utf-8", "surrogatepass")).decode().rstrip("="))
    return tuple(_lower(form) for form in forms)


def _lower(text: str) -> str:
    # str.lower() of other letters may change the length.
    return text.lower() if text.isascii() else text.translate(_LOWER)


def _head(form: str) -> str:
    """What a form is recognised by: its start, or the whole of a short one."""
    return form if len(form) < _WHOLE else form[: max(_WHOLE, min(24, len(form) // 3))]


def _without(text: str, form: str) -> str:
    """The text without a form of a value, and without what is the start of it."""
    lowered, head = _lower(text), _head(form)
    pieces: list[str] = []
    start = 0
    at = lowered.find(head)
    while at >= 0:
        end = at + _common(lowered[at : at + len(form)], form)
        if len(form) >= _WHOLE or not (_is_word(text, at - 1) or _is_word(text, end)):
            pieces += (text[start:at], HIDDEN)
            start = end
        at = lowered.find(head, end)
    return "".join((*pieces, text[start:])) if pieces else text


def _common(one: str, other: str) -> int:
    """How many characters two texts have in common at their starts."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _is_word(text: str, at: int) -> bool:
    return 0 <= at < len(text) and text[at].isalnum()


_ESCAPE: Final = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|(.))", re.DOTALL)


def _unescaped(text: str) -> list[str]:
    """The text with its escapes undone, once and up to three times."""
    made: list[str] = []
    for _ in range(3):
        plain = text
        if "\\" in plain:
            plain = _ESCAPE.sub(_character, plain)
        if "%" in plain:
            from urllib.parse import unquote

            plain = unquote(plain)
        if "&" in plain:
            from html import unescape

            plain = unescape(plain)
        plain = plain.replace("\0", "")
        if plain == text:
            break
        made.append(plain)
        text = plain
    return made


def _character(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    return chr(int(code, 16)) if code else str(match[3])


def _texts(value: Any) -> Iterator[str]:
    """The texts and numbers of a JSON value."""
    left = [value]
    while left:
        item = left.pop()
        if isinstance(item, Mapping):
            left += item.keys()
            left += item.values()
        elif isinstance(item, (list, tuple)):
            left += item
        elif isinstance(item, (str, int, float)):
            yield str(item)

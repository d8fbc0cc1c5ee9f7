"""Models as HTML, for notebooks: pictures, players and tables, without a script.

All text is escaped, and only http and https URLs are used. Pictures and films stay where
the service has them: the URLs may be presigned ones, which whoever has the notebook's output can
open until they expire.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from html import escape
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import attrs

from .json_values import is_array
from .model import Model, shown_value

__all__ = ["model_html", "rows_html"]

_MOST = 50  # rows that are shown: the most that a page has
_WITHIN = 3  # rows that are shown of a list inside a model
_LONGEST = 200  # characters of a value
_ENDLESS = 1e9  # seconds, of which no film has as many
_TITLES = ("title", "filename", "system_metadata.filename", "video_id", "item_id", "asset_id", "id")
_PICTURES = ("thumbnail_url", "thumbnail.representative_url", "hls.thumbnail_urls")
_FILMS = ("hls_url", "hls.video_url", "hls.manifest_url")
_TIMES = (("start", "end"), ("start_sec", "end_sec"))


def model_html(model: Model) -> str:
    """A model: its picture or player, and a table of its fields that are not None."""
    scene = _scene(model)
    figure = _figure(scene) if scene.is_seen else ""
    return figure + _fields_html(model, deep=True)


def rows_html(rows: Iterable[Any], note: str = "") -> str:
    """Rows: a gallery where any has a picture or a film, else a table; `note` says what follows."""
    rows = list(rows)
    shown = rows[:_MOST]
    scenes = [scene for row in shown if isinstance(row, Model) for scene in _scenes(row)]
    if any(scene.is_seen for scene in scenes):
        figures = "".join(map(_figure, scenes))
        body = f'<div style="display:flex;flex-wrap:wrap;gap:12px">{figures}</div>'
    else:
        body = _table(shown)
    more = [f"{len(rows) - len(shown)} more"] if len(rows) > len(shown) else []
    notes = " · ".join([*more, *filter(None, [note])])
    return f"{body}<p>{escape(notes)}</p>" if notes else body


# Pictures and films


class _Scene(NamedTuple):
    """A film, or a stretch of one, as it is shown."""

    title: str
    lines: Sequence[str]
    picture: str | None
    film: str | None

    @property
    def is_seen(self) -> bool:
        """Whether there is anything to look at."""
        return self.picture is not None or self.film is not None


def _scenes(row: Model) -> Iterator[_Scene]:
    """The clips of a film that was found, or the row itself."""
    clips = getattr(row, "clips", None)
    title = _scene(row).title
    found = [clip for clip in clips if isinstance(clip, Model)] if is_array(clips) else []
    for clip in found or [row]:
        scene = _scene(clip)
        yield scene if scene.title else scene._replace(title=title)


def _scene(row: Model) -> _Scene:
    title = next((str(found) for name in _TITLES if (found := _value_at(row, name))), "")
    lines: list[str] = []
    film = _first_url(row, _FILMS)
    for names in _TIMES:
        start, end = (getattr(row, name, None) for name in names)
        if start is not None and end is not None:
            lines.append(f"{_clock(start)}-{_clock(end)}")
            if film is not None and "#" not in film:
                film = f"{film}#t={start},{end}"
    named = ((name, getattr(row, name, None)) for name in ("rank", "score", "confidence", "status"))
    if facts := [f"{name} {_text(value)}" for name, value in named if value is not None]:
        lines.append(", ".join(facts))
    if isinstance(spoken := getattr(row, "transcription", None), str) and spoken:
        lines.append(_text(spoken))
    return _Scene(title, lines, _first_url(row, _PICTURES), film)


def _value_at(row: Any, names: str) -> Any:
    """The value at the end of attributes joined by dots; of a list, its first entry."""
    for name in names.split("."):
        row = getattr(row, name, None)
    return row[0] if row and is_array(row) else row


def _first_url(row: Model, names: Sequence[str]) -> str | None:
    for name in names:
        value = _value_at(row, name)
        if not isinstance(value, str) or not value.isprintable():
            continue
        try:
            parts = urlsplit(value)
        except ValueError:  # not a URL
            continue
        if parts.scheme in ("http", "https") and parts.hostname:
            return value
    return None


def _figure(scene: _Scene) -> str:
    if scene.film is not None:
        poster = "" if scene.picture is None else f' poster="{escape(scene.picture)}"'
        film = f'{poster} src="{escape(scene.film)}"'
        seen = f'<video controls preload="none" width="240"{film}></video>'
    elif scene.picture is not None:
        seen = f'<img loading="lazy" alt="" width="240" src="{escape(scene.picture)}">'
    else:
        seen = ""
    lines = "".join(f"<br>{escape(line)}" for line in scene.lines)
    return (
        '<figure style="margin:0;width:240px;overflow-wrap:anywhere">'
        f"{seen}<figcaption><b>{escape(_text(scene.title))}</b>{lines}</figcaption></figure>"
    )


def _clock(seconds: Any) -> str:
    """A time in a film, as players show it: 1:02:03.5."""
    if not isinstance(seconds, (int, float)) or not abs(seconds) < _ENDLESS:
        return _text(seconds)
    whole = int(seconds)
    tenths = int(seconds * 10) % 10
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    text = f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
    return f"{text}.{tenths}" if tenths else text


# Tables


def _fields_html(model: Model, *, deep: bool) -> str:
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td>{_cell(value, repr_, deep=deep)}</td></tr>"
        for name, value, repr_ in _fields(model)
    )
    return f"<table>{rows}</table>"


def _fields(model: Model) -> Iterator[tuple[str, Any, Any]]:
    """The fields that are not None: name, value, and what writes it (True: nothing special)."""
    for each in attrs.fields(type(model)):
        value: Any = getattr(model, each.name)
        if value is not None and each.repr is not False:
            yield each.name, value, each.repr


def _cell(value: Any, repr_: Any, *, deep: bool) -> str:
    """A value inside of a table: what is nested opens on a click."""
    if deep and isinstance(value, Model):
        return _details(type(value).__name__, _fields_html(value, deep=False))
    if deep and is_array(value) and value and isinstance(value[0], Model):
        shown = _table(value[:_WITHIN])
        return _details(f"{len(value)} {type(value[0]).__name__}", shown, " open")
    return escape(_text(value) if repr_ is True else repr_(value).strip("'"))


def _details(summary: str, inner: str, state: str = "") -> str:
    return f"<details{state}><summary>{escape(summary)}</summary>{inner}</details>"


def _table(rows: Sequence[Any]) -> str:
    columns: dict[str, None] = {}
    cells: list[dict[str, str]] = []
    for row in rows:
        fields = _fields(row) if isinstance(row, Model) else [("value", row, True)]
        written = {name: _cell(value, repr_, deep=False) for name, value, repr_ in fields}
        cells.append(written)
        columns.update(dict.fromkeys(written))
    lines = ["".join(f"<th>{escape(name)}</th>" for name in columns)]
    lines += ["".join(f"<td>{cell.get(name, '')}</td>" for name in columns) for cell in cells]
    return f"<table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"


def _text(value: Any) -> str:
    """A value in words, short enough for a table."""
    if isinstance(value, datetime):
        text = value.isoformat()
    else:
        text = value if isinstance(value, str) else shown_value(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"

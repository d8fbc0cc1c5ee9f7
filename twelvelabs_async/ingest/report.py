"""One HTML page of a journal: counts, times by stage, failures by reason, throughput over time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from html import escape
from math import floor, log10
from os import PathLike
from pathlib import Path
from statistics import median, quantiles

from attrs import Factory, define

from .items import STATES, Item
from .journal import read_items
from .journal_file import require_other
from .locations import shown_location

__all__ = ["write_report"]

_BINS = 60
_WIDTHS = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 21600, 43200, 86400)
_SHOWN_FAILURES = 200
_LONG = 40  # characters; columns with longer texts are broken anywhere, and others nowhere
_SPANS: dict[str, Callable[[Item], tuple[float | None, float | None]]] = {
    "upload": lambda item: (item.upload_began, item.uploaded),
    "asset ready": lambda item: (item.uploaded, item.processed),
    "waiting to be indexed": lambda item: (item.processed, item.index_began),
    "indexing": lambda item: (item.index_began, item.indexed),
    "metadata": lambda item: (
        item.indexed if item.metadata else None,
        item.ended if item.state == "ready" else None,
    ),
    "total": lambda item: (
        item.upload_began,
        item.ended if item.state == "ready" else None,
    ),
}


@define
class _Figures:
    """What the page shows, gathered in one pass; of an item only some times are kept."""

    states: Counter[str] = Factory(Counter[str])
    reasons: Counter[str] = Factory(Counter[str])
    failed: list[Item] = Factory(list[Item])
    spans: dict[str, list[float]] = Factory(lambda: {name: [] for name in _SPANS})
    uploaded: list[float] = Factory(list[float])
    ready: list[float] = Factory(list[float])
    size: int = 0
    attempts: int = 0

    def add(self, item: Item) -> None:
        self.states[item.state] += 1
        self.attempts += item.attempts
        if item.state in ("failed", "refused"):
            self.reasons[item.reason or "unknown"] += 1
            if len(self.failed) < _SHOWN_FAILURES:
                self.failed.append(item)
        for name, read in _SPANS.items():
            began, ended = read(item)
            if began is not None and ended is not None:
                self.spans[name].append(ended - began)
        if item.uploaded is not None:
            self.uploaded.append(item.uploaded)
            self.size += item.size or 0
        if item.state == "ready" and item.ended is not None:
            self.ready.append(item.ended)


def write_report(journal: str | PathLike[str], target: str | PathLike[str]) -> None:
    """Nothing; one HTML page about a journal is written, which needs no other file.

    It counts items by state, has the times by stage and the failures by reason, and plots uploads
    and films that became ready over time. The run may still be active. Raises JournalUnusableError
    for a file that is not a journal, and ConfigurationError for the journal itself as the target.

    Example: ``write_report("films.db", "films.html")``
    """
    target = Path(target)
    require_other(target, journal)
    figures = _Figures()
    for item in read_items(journal):
        figures.add(item)
    target.write_text(_page(shown_location(Path(journal).name), figures), "utf-8")


def _page(name: str, figures: _Figures) -> str:
    total = figures.states.total() - figures.states["replaced"]
    ready = figures.states["ready"]
    counts = [(state, f"{figures.states[state]:,}") for state in STATES if figures.states[state]]
    times = [
        (stage, f"{len(spans):,}", *map(_seconds, _spread(spans)))
        for stage, spans in figures.spans.items()
        if spans
    ]
    reasons = [(reason, f"{count:,}") for reason, count in figures.reasons.most_common()]
    failed = [
        (
            shown_location(item.location),
            item.state,
            item.stage or "",
            item.reason or "",
            item.message or "",
        )
        for item in figures.failed
    ]
    more = figures.reasons.total() - len(failed)
    moments = figures.uploaded + figures.ready
    about = f"{figures.size / 1e6:,.1f} MB sent, {figures.attempts:,} creating calls"
    if moments:
        about += f"; {_moment(min(moments))} to {_moment(max(moments))}"
    sections = [
        f"<p class=sum><b>{ready:,}</b> of {total:,} films are ready</p><p>{escape(about)}</p>",
        _section("Throughput", _plot(figures.uploaded, figures.ready)),
    ]
    if counts:
        sections.append(_section("Items by state", _table(("state", "items"), counts)))
    if times:
        head = ("stage", "items", "median", "95 of 100 within", "longest")
        sections.append(_section("Times by stage", _table(head, times)))
    if reasons:
        sections += [
            _section("Failures by reason", _table(("reason", "items"), reasons)),
            _section(
                "What failed",
                _table(("source", "state", "stage", "reason", "message"), failed)
                + (f"<p>and {more:,} more: export the journal for all</p>" if more else ""),
            ),
        ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(name)}</title><style>{_STYLE}</style></head><body><main>"
        f"<h1>{escape(name)}</h1>{''.join(sections)}"
        "<footer>twelvelabs-async</footer></main></body></html>\n"
    )


_STYLE = """
:root{color-scheme:light dark;--ink:#1d2733;--soft:#667385;--line:#d9dfe6;--paper:#fff;
--a:#7a9bc6;--b:#0d5444}
@media(prefers-color-scheme:dark){:root{--ink:#e6ebf0;--soft:#97a3b1;--line:#38424d;
--paper:#161b21;--a:#4a6a92;--b:#4fc3a1}}
body{background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif;margin:0}
main{max-width:62rem;margin:0 auto;padding:2rem 1.25rem}
h1{font-size:1.3rem;font-weight:600}h2{font-size:1rem;margin:2rem 0 .5rem}
.sum{font-size:1.6rem;margin:.5rem 0 0}.sum+p,footer,figcaption{color:var(--soft)}
h1,p{overflow-wrap:anywhere}
.wide{overflow-x:auto}table{border-collapse:collapse;min-width:min(22rem,100%)}
th,td{text-align:left;padding:.3rem 1.2rem .3rem 0;border-bottom:1px solid var(--line);
vertical-align:top;white-space:nowrap}th{color:var(--soft);font-weight:500}
td.t,th.t{white-space:normal;overflow-wrap:anywhere;min-width:14rem}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
figure{margin:0}svg{width:100%;height:auto;overflow:visible}
svg text{fill:var(--soft);font-size:12px}@media(max-width:40rem){svg text{font-size:26px}}
.a{fill:var(--a)}.b{fill:none;stroke:var(--b);stroke-width:2}.g{stroke:var(--line)}
.key{display:inline-block;width:.8em;height:.8em;margin:0 .35em 0 .9em;background:var(--a)}
.key.k{background:var(--b);height:.2em;vertical-align:middle}
footer{margin-top:3rem;font-size:.85rem}
""".replace("\n", "")


def _section(title: str, body: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{body}</section>"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    rows = list(rows)

    def mark(values: Sequence[str]) -> str:
        if all(value[:1].isdigit() for value in values):
            return " class=n"
        return " class=t" if max(map(len, values)) > _LONG else ""

    marks = [mark([row[at] for row in rows]) for at in range(len(head))]

    def cells(tag: str, values: Sequence[str]) -> str:
        pairs = zip(marks, values, strict=True)
        return "".join(f"<{tag}{mark}>{escape(value)}</{tag}>" for mark, value in pairs)

    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    # To be scrolled without a mouse, too.
    return f"<div class=wide tabindex=0><table><tr>{cells('th', head)}</tr>{body}</table></div>"


def _plot(uploaded: Sequence[float], ready: Sequence[float]) -> str:
    moments = [*uploaded, *ready]
    if not moments:
        return "<p>Nothing has been sent yet.</p>"
    first, last = min(moments), max(moments)
    width = next((w for w in _WIDTHS if (last - first) / w < _BINS), _WIDTHS[-1])
    count = int((last - first) / width) + 1

    def per_minute(times: Sequence[float]) -> list[float]:
        bins = Counter(int((moment - first) / width) for moment in times)
        return [60.0 * bins[at] / width for at in range(count)]

    bars, line = per_minute(uploaded), per_minute(ready)
    top = _round_up(max(*bars, *line))
    left, right, high, low = 56.0, 940.0, 16.0, 250.0
    step = (right - left) / count

    def y(value: float) -> float:
        return low - (low - high) * value / top

    grid = "".join(
        f'<line class="g" x1="{left}" x2="{right}" y1="{y(v):.1f}" y2="{y(v):.1f}"/>'
        f'<text x="{left - 8}" y="{y(v) + 4:.1f}" text-anchor="end">{_rate(v)}</text>'
        for v in (0.0, top / 2, top)
    )
    rects = "".join(
        f'<rect class="a" x="{left + at * step:.1f}" y="{y(value):.1f}" '
        f'width="{max(0.5, step - 1):.1f}" height="{low - y(value):.1f}"/>'
        for at, value in enumerate(bars)
        if value
    )
    points = " ".join(f"{left + (at + 0.5) * step:.1f},{y(v):.1f}" for at, v in enumerate(line))
    ends = (
        f'<text x="{left}" y="{low + 24}">{_moment(first)}</text>'
        f'<text x="{right}" y="{low + 24}" text-anchor="end">{_seconds(last - first)} later</text>'
    )
    caption = (
        f"Films a minute, in steps of {f'{width} s' if width < 60 else _seconds(width)}:"
        "<span class=key></span>uploaded<span class='key k'></span>ready"
    )
    return (
        f'<figure><svg viewBox="0 0 960 280" role="img" aria-label="Films a minute over time">'
        f'{grid}{rects}<polyline class="b" points="{points}"/>{ends}</svg>'
        f"<figcaption>{caption}</figcaption></figure>"
    )


def _round_up(value: float) -> float:
    """The next number of the form 1, 2 or 5 times a power of ten."""
    power = 10.0 ** floor(log10(value))
    return next(power * step for step in (1, 2, 5, 10) if power * step >= value)


def _rate(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.3g}"


def _spread(spans: Sequence[float]) -> tuple[float, float, float]:
    most = quantiles(spans, n=20, method="inclusive")[-1] if len(spans) > 1 else spans[0]
    return median(spans), most, max(spans)


def _seconds(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if not hours and not rest:
        return f"{minutes} min"
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")

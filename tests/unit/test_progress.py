"""Progress on the screen: which bar, how often, and that it does no harm."""

from __future__ import annotations

import asyncio
import io
import json
import re
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.both import both_clients
from tests.support.clock import VirtualClock
from tests.support.scripted_server import ScriptedServer, answer, error, ok
from twelvelabs_async import AsyncTwelveLabs
from twelvelabs_async._runtime import progress
from twelvelabs_async._runtime.async_body import STEP
from twelvelabs_async._runtime.files import FilePart
from twelvelabs_async._runtime.form_body import FormBody
from twelvelabs_async._runtime.progress import Step, is_shown, shown_progress
from twelvelabs_async.sandbox import Sandbox, Timings


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def cells(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a notebook shows, in which this test then runs; a bar is one entry."""
    shown: list[str] = []

    def display(html: str, *, display_id: bool) -> Any:
        assert display_id
        shown.append(html)
        at = len(shown) - 1
        return SimpleNamespace(update=lambda html: shown.__setitem__(at, html))

    formatter = SimpleNamespace(type_printers={}, for_type=lambda *_: None)
    shell = SimpleNamespace(
        kernel=object(), display_formatter=SimpleNamespace(formatters={"text/html": formatter})
    )
    monkeypatch.setitem(
        sys.modules,
        "IPython",
        SimpleNamespace(
            get_ipython=lambda: shell,
            display=SimpleNamespace(HTML=str, display=display),
        ),
    )
    return shown


def test_a_call_decides_then_its_client_then_the_notebook(cells: list[str]) -> None:
    assert [is_shown(None, None), is_shown(None, False), is_shown(False, True)] == [True, 0, 0]
    # A module of one function.
    sys.modules["IPython"] = SimpleNamespace(get_ipython=lambda: SimpleNamespace())  # type: ignore[assignment]
    assert [is_shown(None, None), is_shown(None, True), is_shown(True, False)] == [False, 1, 1]
    sys.modules["IPython"] = SimpleNamespace(get_ipython=lambda: None)  # type: ignore[assignment]  # as above
    assert not is_shown(None, None)


def test_steps_in_words() -> None:
    sizes = [Step(done, 2.5e9, in_bytes=True) for done in (999, 1000, 1.2e6, 2.5e9)]
    assert [str(step) for step in sizes] == [
        "999 bytes of 2.50 GB",
        "1 kB of 2.50 GB",
        "1 MB of 2.50 GB",
        "2.50 GB of 2.50 GB",
    ]
    assert str(Step(3, 10, "1 failed")) == "3 of 10, 1 failed"
    assert str(Step(note="indexing")) == "indexing"


def test_lines_come_now_and_then_and_at_the_end(
    capsys: pytest.CaptureFixture[str], clock: VirtualClock
) -> None:
    with shown_progress(True, "video v1", clock.monotonic) as show:
        for seconds in range(12):
            clock.now = 100.0 + seconds
            show(Step(seconds, 11))
    assert capsys.readouterr().err.splitlines() == [
        f"video v1: {at} of 11" for at in (0, 5, 10, 11)
    ]


def test_nothing_is_shown_where_it_is_not_wanted(
    capsys: pytest.CaptureFixture[str], clock: VirtualClock
) -> None:
    with shown_progress(False, "video v1", clock.monotonic) as show:
        show(Step(1, 2))
    with shown_progress(True, "video v1", clock.monotonic):
        pass  # it was done before its first step
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("without", [(), ("rich",), ("rich", "tqdm")])
def test_a_terminal_has_a_bar_by_what_is_installed(
    without: tuple[str, ...],
    clock: VirtualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kinds = {(): "_RichBar", ("rich",): "_TqdmBar", ("rich", "tqdm"): "_Lines"}
    for name in without:
        for module in [m for m in sys.modules if m.partition(".")[0] == name]:
            monkeypatch.delitem(sys.modules, module)
        monkeypatch.setitem(sys.modules, name, None)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    used: list[str] = []
    for name in kinds.values():
        kind = getattr(progress, name)
        update = kind.update

        def noted(self: Any, step: Step, update: Any = update) -> None:
            used.append(type(self).__name__)
            update(self, step)

        monkeypatch.setattr(kind, "update", noted)
    with (
        shown_progress(True, "[one] film", clock.monotonic) as one,
        shown_progress(True, "two", clock.monotonic) as two,
    ):
        one(Step(1e6, 2e6, in_bytes=True))
        two(Step(note="indexing"))
        one(Step(2e6, 2e6, "9 MB/s", in_bytes=True))
    assert {*used} == {kinds[without]}
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.getvalue())
    assert "[one] film" in text
    assert "2 MB of 2 MB, 9 MB/s" in text
    assert "indexing" in text


def test_a_notebook_has_one_bar_that_changes(cells: list[str], clock: VirtualClock) -> None:
    with shown_progress(True, "<b>", clock.monotonic) as show:
        show(Step(1, 4))
        show(Step(2, 4))  # too soon after the first
        assert cells == ['<div><progress value="1" max="4"></progress> &lt;b&gt;: 1 of 4</div>']
    assert cells == ['<div><progress value="2" max="4"></progress> &lt;b&gt;: 2 of 4</div>']
    with shown_progress(True, "task t1", clock.monotonic) as show:
        show(Step(note="indexing"))
        assert cells[1] == "<div><progress></progress> task t1: indexing</div>"
    assert cells[1] == "<div>task t1: indexing</div>"


def test_a_bar_that_fails_does_no_harm(
    monkeypatch: pytest.MonkeyPatch, clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise OSError("no screen")

    monkeypatch.setattr(progress, "_Lines", broken)
    with shown_progress(True, "task t1", clock.monotonic) as show:
        show(Step(1, 2))
        show(Step(2, 2))
    monkeypatch.setattr(progress, "_Lines", lambda *_: SimpleNamespace(update=print, close=broken))
    with shown_progress(True, "task t1", clock.monotonic) as show:
        show(Step(1, 2))
    assert caplog.text.count("progress cannot be shown") == 2


STATES = [
    answer(200, json.dumps({"_id": "t1", "status": status}).encode())
    for status in ("pending", "indexing", "ready")
]
ROWS = [
    answer(200, json.dumps({"data": [{"_id": "t1", "status": status}], "page_info": {}}).encode())
    for status in ("pending", "ready")
]


@both_clients
@pytest.mark.parametrize("wanted", [None, True, False])
async def test_waits_show_their_progress(
    make: Any, wanted: bool | None, capsys: pytest.CaptureFixture[str]
) -> None:
    async with ScriptedServer(*STATES, *ROWS) as scripted:
        async with make(
            "k", base_url=scripted.url, clock=VirtualClock(), progress=wanted
        ) as client:
            task = await client.tasks.wait_until_ready("t1")
            ends = await client.tasks.wait_until_all_ready(["t1"])
    assert task.status == ends["t1"].status == "ready"
    lines = capsys.readouterr().err.splitlines()
    assert lines == (
        ["task t1: pending", "task t1: ready", "1 x task: 0 of 1", "1 x task: 1 of 1"]
        if wanted
        else []
    )


async def test_two_waits_have_a_bar_each(cells: list[str]) -> None:
    async with (
        ScriptedServer(*STATES[:1] * 2, *STATES[2:] * 2) as scripted,
        AsyncTwelveLabs("k", base_url=scripted.url, clock=VirtualClock()) as client,
    ):
        await asyncio.gather(*(client.tasks.wait_until_ready(id_) for id_ in ("t1", "t2")))
    assert sorted(cells) == ["<div>task t1: ready</div>", "<div>task t2: ready</div>"]


@both_clients
async def test_uploads_show_their_progress(make: Any, capsys: pytest.CaptureFixture[str]) -> None:
    seen: list[float] = []
    with Sandbox(timings=Timings.none()) as sandbox:
        async with make(sandbox.api_key, base_url=sandbox.base_url) as client:
            upload = client.multipart_upload
            await upload.upload_file(b"x" * 4096, filename="no.mp4")
            await upload.upload_file(
                b"x" * 4096,
                filename="one.mp4",
                progress=True,
                progress_callback=lambda event: seen.append(event.percentage),
            )
            given = [{"source": b"x" * 4096, "filename": name} for name in ("a.mp4", "b.mp4")]
            assert len([one async for one in upload.upload_files(given, progress=True)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert seen[-1] == 100.0  # the caller's callback is called as well
    assert {line.partition(":")[0] for line in lines} == {"one.mp4", "a.mp4", "b.mp4"}
    assert sum(": 4 kB of 4 kB, " in line for line in lines) == 3


UPLOADS: dict[str, tuple[str, dict[str, Any]]] = {
    "assets.create": ("file", {"method": "direct"}),
    "tasks.create": ("video_file", {"index_id": "i1"}),
    "embed.create": ("image_file", {"model_name": "marengo3.0"}),
    "embed.tasks.create": ("video_file", {"model_name": "marengo3.0"}),
}


@both_clients
@pytest.mark.parametrize("path", UPLOADS)
async def test_direct_uploads_show_their_progress(
    path: str, make: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    field, given = UPLOADS[path]
    async with ScriptedServer(ok({"_id": "1", "model_name": "marengo3.0"})) as scripted:
        async with make("k", base_url=scripted.url) as client:
            method: Any = client
            for name in path.split("."):
                method = getattr(method, name)
            for name, wanted in (("no.mp4", None), ("never.mp4", False), ("film.mp4", True)):
                await method(**given, **{field: (name, b"x" * 4000)}, progress=wanted)
            await method(**given, progress=True)  # without a file there is nothing to show
        sizes = [request.body.count(b"x" * 4000) for request in scripted.received]
    assert sizes == [1, 1, 1, 0]
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["film.mp4: 0 bytes of 4 kB", "film.mp4: 4 kB of 4 kB"]


async def test_an_upload_that_is_retried_starts_over(monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[tuple[float, float | None, str]] = []

    def update(step: Step) -> None:
        steps.append(step[:3])

    def new_bar(*_: object) -> Any:
        return SimpleNamespace(update=update, close=lambda: None)

    monkeypatch.setattr(progress, "_new_bar", new_bar)
    size = STEP + 1000
    async with (
        ScriptedServer(error(503), ok({"model_name": "m"})) as scripted,
        AsyncTwelveLabs("k", base_url=scripted.url, clock=VirtualClock(), progress=True) as client,
    ):
        await client.embed.create(
            model_name="m", image_file=b"x" * size, audio_file=io.BytesIO(b"y" * 500)
        )
    once = [0, STEP, size, size + 500]
    assert steps == [(sent, size + 500, "") for sent in once * 2]


async def test_a_direct_upload_in_a_notebook_has_a_bar_but_a_search_has_none(
    cells: list[str],
) -> None:
    async with (
        ScriptedServer(ok({"_id": "1"}), ok({"data": []})) as scripted,
        AsyncTwelveLabs("k", base_url=scripted.url, clock=VirtualClock()) as client,
    ):
        await client.assets.create(method="direct", file=("film.mp4", b"x" * 4000))
        await client.search.query(
            index_id="i1",
            search_options=["visual"],
            query_media_type="image",
            query_media_file=("car.png", b"x" * 4000),
        )
    assert cells == [
        '<div><progress value="4000" max="4000"></progress> film.mp4: 4 kB of 4 kB</div>'
    ]


async def test_a_piece_counts_once_the_connection_has_taken_it() -> None:
    seen: list[tuple[int, int | None]] = []
    parts: list[bytes | FilePart] = [b"head", FilePart(b"x" * (STEP + 1)), b"tail"]
    body = await FormBody.open(parts, lambda sent, total: seen.append((sent, total)))
    pieces = aiter(body)
    counts = [seen[-1][0] async for _ in pieces]
    assert counts == [0, 0, STEP, STEP + 1]
    assert {total for _, total in seen} == {STEP + 1}
    assert body.size == STEP + 9


async def test_a_file_of_unknown_length_shows_what_was_sent(
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    async with (
        ScriptedServer(ok({"_id": "1"})) as scripted,
        AsyncTwelveLabs("k", base_url=scripted.url, clock=VirtualClock()) as client,
    ):
        await client.assets.create(
            method="direct", file=("film.mp4", Pipe(b"x" * 4000)), progress=True
        )
    assert capsys.readouterr().err.splitlines()[-1] == "film.mp4: 4 kB sent"

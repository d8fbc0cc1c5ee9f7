"""The page in headless Chromium: what a user sees, presses and hears of.

With TWELVELABS_SCREENSHOT=FILE the picture of the page is written there, for the documentation.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from twelvelabs_async import ServiceUnavailableError, TwelveLabs
from twelvelabs_async.sandbox import Sandbox

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
    pytest.mark.timeout(300),
]
ODD = "<img src=x onerror=alert(1)>.mp4"
PATIENCE = 60_000  # milliseconds
# What has less contrast than WCAG 2.2 asks of texts (4.5) and of the edges of controls (3).
FAINT = """() => {
    const context = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    const painted = (colours) => {
        context.fillStyle = "white";
        for (const colour of ["white", ...colours]) {
            context.fillStyle = colour;
            context.fillRect(0, 0, 1, 1);
        }
        return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
    };
    const light = (rgb) => rgb
        .map((v) => v / 255)
        .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const behind = (element) => {
        const found = [];
        for (let each = element; each; each = each.parentElement) {
            found.unshift(getComputedStyle(each).backgroundColor);
        }
        return found;
    };
    const ratio = (colour, ground) => {
        const [a, b] = [light(painted([...ground, colour])), light(painted(ground))];
        return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    };
    const found = [];
    const check = (element, what, colour, ground, least) => {
        const shown = ratio(colour, ground);
        if (shown < least) found.push(`${element.tagName} #${element.id} ${what} ${shown}`);
    };
    for (const each of document.querySelectorAll("body *:not(script, noscript, option)")) {
        const control = each.matches("input, select, textarea");
        const texts = [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
        if (!control && !texts) continue;
        const style = getComputedStyle(each);
        check(each, "text", style.color, behind(each), 4.5);
        if (each.placeholder) {
            check(each, "hint", getComputedStyle(each, "::placeholder").color, behind(each), 4.5);
        }
        if (control && each.type !== "checkbox") {
            check(each, "edge", style.borderTopColor, behind(each.parentElement), 3);
        }
    }
    return found;
}"""


class Page:
    """The page of one sandbox, and what its console said."""

    def __init__(self, page: Any, sandbox: Sandbox, film: Path, picture: Path) -> None:
        self.page = page
        self.sandbox = sandbox
        self.film = film
        self.picture = picture
        self.heard: list[str] = []
        page.on("console", lambda message: self.heard.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.heard.append(f"error: {error}"))
        page.on("dialog", self._accept)
        page.set_default_timeout(PATIENCE)
        page.goto(f"{sandbox.base_url.removesuffix('/v1.3')}/_sandbox/")

    def _accept(self, dialog: Any) -> None:
        self.heard.append(dialog.message)
        dialog.accept()

    def until(self, expression: str) -> None:
        """Wait for an expression to be true; its own waiting would need what the page forbids."""
        for _ in range(PATIENCE // 50):
            if self.page.evaluate(expression):
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"never: {expression}; the page says {self.said()!r}, {self.heard}")

    def playing(self, selector: str) -> None:
        """Press a picture, and have its player play for as long as the test looks at it."""
        self.page.click(f"{selector} >> nth=0 >> button")
        self.page.evaluate(f"document.querySelector('{selector} video').loop = true")
        self.until(f"document.querySelector('{selector} video').currentTime > 0.1")

    def said(self) -> str:
        return str(self.page.inner_text("#message"))

    def drop(self, selector: str, file: Path, name: str, kind: str) -> None:
        """Drop a file on an element."""
        make = """([content, name, type]) => {
            const bytes = Uint8Array.from(atob(content), (c) => c.charCodeAt(0));
            const data = new DataTransfer();
            data.items.add(new File([bytes], name, { type }));
            return data;
        }"""
        content = base64.b64encode(file.read_bytes()).decode()
        data = self.page.evaluate_handle(make, [content, name, kind])
        self.page.dispatch_event(selector, "dragover", {"dataTransfer": data})
        self.page.dispatch_event(selector, "drop", {"dataTransfer": data})


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # CI runs as root, and for root Chromium refuses to start with its own sandbox.
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Any, film: Path, picture: Path) -> Iterator[Page]:
    with Sandbox() as sandbox:
        tab = chromium.new_page(viewport={"width": 1280, "height": 900})
        shown = Page(tab, sandbox, film, picture)
        yield shown
        tab.close()


@pytest.fixture
def filled(page: Page) -> Page:
    """The page with one film, which a user has dropped there."""
    page.drop("#drop", page.film, ODD, "video/mp4")
    page.until("document.querySelector('#film-list .card')?.textContent.includes('ready')")
    return page


def test_the_main_job_on_the_page(filled: Page) -> None:
    tab = filled.page
    assert ODD in tab.inner_text("#film-list")
    tab.fill("#words", "red")
    tab.press("#words", "Enter")
    filled.until("document.querySelectorAll('#hits .card').length > 1")
    assert "0:00 to 0:03, rank 1" in tab.inner_text("#hits .card >> nth=0")
    # The best clip plays from its start, and stops at its end; pressed again it begins anew.
    tab.click("#hits .card >> nth=0 >> button")
    filled.until("document.querySelector('#hits video').currentTime > 0.5")
    filled.until("document.querySelector('#hits video').paused")
    ended = tab.evaluate("document.querySelector('#hits video').currentTime")
    assert 2.9 <= ended < 4
    tab.evaluate("document.querySelector('#hits video').play()")
    filled.until("document.querySelector('#hits video').currentTime < 2.5")
    # A picture of the green scene finds it.
    tab.fill("#words", "")
    filled.drop("#search-form", filled.picture, "green.jpg", "image/jpeg")
    filled.until("document.querySelector('#hits .card')?.textContent.includes('0:03 to')")
    # An analysis streams.
    tab.click("#analysis-form button")
    filled.until("document.querySelector('#answer').textContent.includes('9.0 s')")
    filled.until("document.querySelector('#request-list').textContent.includes('/analyze')")
    listed = tab.inner_text("#request-list")
    for path in ("/assets", "/indexes", "/indexed-assets", "/search"):
        assert path in listed
    assert "/overview" not in listed
    assert filled.heard == []
    if target := os.environ.get("TWELVELABS_SCREENSHOT"):
        tab.evaluate("document.querySelector('#hits video')?.pause()")
        tab.screenshot(path=target, full_page=True)


def test_a_clip_begins_in_the_midst_of_the_film(filled: Page) -> None:
    tab = filled.page
    tab.fill("#words", "a whale sings")
    tab.click("#search-form button")
    filled.until("document.querySelector('#hits .card')?.textContent.includes('0:06 to 0:09')")
    tab.click("#hits .card >> nth=0 >> button")
    filled.until("document.querySelector('#hits video').currentTime > 6.2")
    assert tab.evaluate("document.querySelector('#hits video').played.start(0)") >= 5.9
    assert filled.heard == []


def test_a_fault_set_on_the_page_spoils_the_next_call_of_a_client(page: Page) -> None:
    tab, sandbox = page.page, page.sandbox
    tab.fill("#fault-path", "/indexes")
    tab.select_option("#fault-kind", "503")
    tab.click("#fault-form button:not([type])")
    page.until("document.querySelector('#faults').textContent.includes('0 of 1')")
    with TwelveLabs(sandbox.api_key, base_url=sandbox.base_url, max_retries=0) as client:
        with pytest.raises(ServiceUnavailableError):
            client.indexes.list()
        assert client.indexes.list().items == []
    page.until("document.querySelector('#faults').textContent.includes('1 of 1')")
    page.until("document.querySelector('#request-list').textContent.includes('503')")
    tab.click("#fault-clear")
    page.until("document.querySelector('#faults').textContent === ''")
    # The filter shows the one that failed alone.
    tab.check("#errors-only")
    assert tab.locator("#request-list li").count() == 1
    tab.click("#request-list summary")
    assert "fault" in tab.inner_text("#request-list")
    assert page.heard == []


def test_limits_the_clock_and_a_reset(filled: Page) -> None:
    tab, sandbox = filled.page, filled.sandbox
    tab.select_option("#limit-name", "search")
    tab.fill("#limit-requests", "3")
    tab.click("#limit-form button:not([type])")
    filled.until("document.querySelector('#limits').textContent.includes('search: 0 of 3 in 60 s')")
    assert sandbox.limits.all()["search"].requests == 3
    tab.click("#limit-clear")
    filled.until("document.querySelector('#limits').textContent === ''")
    tab.click("text=Stop")
    filled.until("document.querySelector('#speed').textContent === '(stopped)'")
    before = sandbox.clock.now()
    tab.click("text=+1 h")
    later = int(before + 3600) * 1000  # the page shows seconds
    filled.until(f"Date.parse(document.querySelector('#time').dateTime) >= {later}")
    assert sandbox.clock.now() == before + 3600
    tab.click("#reset")
    filled.until("document.querySelector('#film-list').children.length === 0")
    filled.until("document.querySelector('#message').textContent === 'The sandbox is as new.'")
    assert filled.heard == ["Delete all films, indexes and settings of the sandbox?"]


def test_what_the_service_refuses_is_said(page: Page) -> None:
    page.page.fill("#words", "red")
    page.page.click("#search-form button")
    page.until("document.querySelector('#message').className === 'bad'")
    assert page.said() == "There is no index: create one, and add a film."
    page.drop("#drop", page.picture, "no film.mp4", "video/mp4")
    page.until(
        "document.querySelector('#uploads .bad') || document.querySelector('#film-list .bad')"
    )


def test_it_fits_narrow_windows_is_dark_where_wanted_and_can_be_used_by_keys(filled: Page) -> None:
    tab = filled.page
    light = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    assert tab.evaluate(FAINT) == []
    tab.emulate_media(color_scheme="dark")
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") != light
    assert tab.evaluate(FAINT) == []
    # As wide as 1280 pixels are at 400 %.
    tab.set_viewport_size({"width": 320, "height": 800})
    assert tab.evaluate("document.documentElement.scrollWidth") <= 320
    unnamed = """[...document.querySelectorAll('input, select, textarea, button')]
        .filter((e) => !e.labels?.length && !e.ariaLabel && !e.textContent.trim())
        .map((e) => e.outerHTML)"""
    assert tab.evaluate(unnamed) == []
    # All that can be used is reached by Tab, from the link that skips on.
    tab.evaluate("document.activeElement.blur()")
    reached = set()
    for _ in range(60):
        tab.keyboard.press("Tab")
        reached.add(tab.evaluate("document.activeElement.id || document.activeElement.className"))
    assert {"skip", "index", "file", "picture", "words", "prompt", "reset", "filter"} <= reached
    assert filled.heard == []


def test_what_plays_and_what_has_the_focus_stay_while_others_come(page: Page) -> None:
    tab, sandbox = page.page, page.sandbox
    sandbox.clock.change(speed=0)
    page.drop("#drop", page.film, "first.mp4", "video/mp4")
    page.until("document.querySelector('#film-list button')")
    assert "ready" not in tab.inner_text("#film-list")
    page.playing("#film-list .card")
    plays = "!document.querySelector('#film-list video').paused && !!document.activeElement.played"
    tab.evaluate("window.player = document.querySelector('#film-list video')")
    sandbox.advance(3600)
    page.until("document.querySelector('#film-list .card').textContent.includes('ready')")
    assert tab.evaluate(plays)
    # Once there is a second film, the first one is another player no more than it was.
    page.drop("#drop", page.film, "second.mp4", "video/mp4")
    page.until("document.querySelectorAll('#film-list .card').length === 2")
    assert tab.evaluate(plays)
    assert tab.evaluate("window.player === document.querySelector('#film-list video')")
    # The same of a request that is read while others come.
    page.until("document.querySelectorAll('#request-list li').length >= 5")
    tab.click("#request-list summary >> nth=0")
    tab.evaluate("window.summary = document.activeElement")
    with TwelveLabs(sandbox.api_key, base_url=sandbox.base_url) as client:
        client.entity_collections.list()
    page.until("document.querySelector('#request-list').textContent.includes('/entity-coll')")
    assert tab.evaluate("document.activeElement === window.summary")
    assert tab.evaluate("window.summary.parentElement.open")
    assert page.heard == []


def test_a_request_that_ends_before_the_page_follows_is_shown(page: Page) -> None:
    tab, sandbox = page.page, page.sandbox
    shown = tab.url
    tab.goto("about:blank")  # what the page was about to request is not asked for any more
    to = urlsplit(sandbox.base_url)
    assert to.hostname is not None
    body = b'{"index_name": "late", "models": []}'
    with closing(HTTPConnection(to.hostname, to.port, timeout=60)) as open_one:
        open_one.putrequest("POST", f"{to.path}/indexes")
        headers = {"x-api-key": sandbox.api_key, "Content-Type": "application/json"}
        for name, value in (headers | {"Content-Length": str(len(body))}).items():
            open_one.putheader(name, value)
        open_one.endheaders()
        while not len(sandbox.requests):
            tab.wait_for_timeout(20)

        def end_it(route: Any) -> None:
            open_one.send(body)
            open_one.getresponse().read()
            with TwelveLabs(sandbox.api_key, base_url=sandbox.base_url) as client:
                client.entity_collections.list()
            route.continue_()

        # The page has the first one as unended then, and does not know of the second.
        tab.route("**/requests?follow=1*", end_it, times=1)
        tab.goto(shown)
        page.until("document.querySelectorAll('#request-list li').length === 2")
    assert "/entity-collections" in tab.inner_text("#request-list li >> nth=0")
    assert page.heard == []


def test_many_requests_at_one_time_are_drawn_together(page: Page) -> None:
    path = "/v1.3/indexes"
    drawn = page.page.evaluate(
        """([path, key]) => {
            // While these are sent, the page can do nothing else: their events come all together.
            for (let sent = 0; sent < 200; sent += 1) {
                const request = new XMLHttpRequest();
                request.open("GET", path, false);
                request.setRequestHeader("x-api-key", key);
                request.send();
            }
            const list = document.querySelector("#request-list");
            return new Promise((resolve) => {
                let times = 0;
                new MutationObserver(() => {
                    times += 1;
                    if (list.children.length === 200) resolve(times);
                }).observe(list, { childList: true });
            });
        }""",
        [path, page.sandbox.api_key],
    )
    assert drawn < 100
    assert page.heard == []


def test_a_film_that_is_not_listed_is_found_by_its_name(page: Page, other_film: Path) -> None:
    tab, sandbox = page.page, page.sandbox
    sandbox.seed(paths=[other_film])
    sandbox.seed(paths=[page.film] * 100)
    page.until("document.querySelectorAll('#film-list .card').length === 100")
    assert tab.inner_text("#more") == "1 more"
    tab.fill("#words", "yellow")
    tab.press("#words", "Enter")
    page.until("document.querySelector('#hits .card')")
    assert other_film.name in tab.inner_text("#hits .card >> nth=0")
    tab.click("#more")
    page.until("document.querySelectorAll('#film-list .card').length === 101")
    assert not tab.is_visible("#more")
    assert page.heard == []


def test_the_newer_of_two_analyses_counts(filled: Page) -> None:
    tab, sandbox = filled.page, filled.sandbox
    sandbox.answers.set({"first": "one " * 500, "second": "Two."})
    sandbox.configure(timings={"piece": 0.05})
    tab.fill("#prompt", "first")
    tab.click("#analysis-form button")
    filled.until("document.querySelector('#answer').textContent.startsWith('one one')")
    tab.fill("#prompt", "second")
    tab.click("#analysis-form button")
    filled.until("document.querySelector('#answer').textContent.includes('Two.')")
    tab.wait_for_timeout(300)  # for what the first might still write
    assert tab.inner_text("#answer") == "Two."
    assert filled.heard == []


def test_faults_and_limits_that_others_set_are_shown(page: Page) -> None:
    page.sandbox.faults.add("POST", "/search", status=503)
    page.sandbox.limits.allow("search", 5)
    page.until("document.querySelector('#faults').textContent === 'POST /search: 503, 0 of 1'")
    page.until("document.querySelector('#limits').textContent === 'search: 0 of 5 in 60 s'")
    page.sandbox.faults.clear()
    page.sandbox.faults.add("PUT", origin="storage", delay=2, times=None)
    page.sandbox.faults.add("GET", ODD, end="reset")
    page.sandbox.faults.fail("analyze.task", code="video_too_dark")
    page.sandbox.faults.spoil_webhooks("wrong_signature")
    shown = [
        "storage PUT .*: after 2 s, 0 of all",
        f"GET {ODD}: reset, 0 of 1",
        "job analyze.task video_too_dark, 0 of 1",
        "webhook wrong_signature, 0 of 1",
    ]
    listed = "[...document.querySelectorAll('#faults li')].map((each) => each.textContent)"
    page.until(
        f"JSON.stringify({listed}) === {json.dumps(json.dumps(shown, separators=(',', ':')))}"
    )
    assert page.heard == []


def test_a_file_that_misses_the_boxes_does_not_replace_the_page(page: Page) -> None:
    prevented = page.page.evaluate(
        """() => ["dragover", "drop"].map((kind) => {
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File(["x"], "film.mp4"));
            const event = new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer });
            return !document.querySelector("h1").dispatchEvent(event);
        })"""
    )
    assert prevented == [True, True]
    assert page.heard == []


def test_the_page_goes_on_with_a_sandbox_that_was_started_anew(filled: Page) -> None:
    tab, sandbox = filled.page, filled.sandbox
    port = urlsplit(sandbox.base_url).port or 0
    sandbox.close()
    filled.until("document.querySelector('#message').className === 'bad'")
    assert filled.said().startswith("The sandbox does not answer")
    with Sandbox(port=port) as other:
        assert other.api_key != sandbox.api_key
        other.seed(1)
        filled.until("document.querySelector('#message').className === ''")
        assert filled.said() == "The sandbox answers again."
        filled.until("document.querySelectorAll('#film-list .card').length === 1")
        tab.fill("#words", "red")
        tab.press("#words", "Enter")
        filled.until("document.querySelector('#hits .card')")
        filled.until("document.querySelector('#request-list').textContent.includes('/search')")

"""Settings by their names: from mappings, files and the environment, with errors that name them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, get_type_hints

import attrs
import pytest
from typer.testing import CliRunner

from tests.support.sandbox_api import Api, serving
from twelvelabs_async.cli.app import app
from twelvelabs_async.sandbox import Settings, SettingsError, Timings
from twelvelabs_async.sandbox.__main__ import configure
from twelvelabs_async.sandbox.__main__ import main as sandbox_program
from twelvelabs_async.sandbox.eras import ERAS

SOME: dict[str, Any] = {
    "era": "2026-03",
    "tier": "free",
    "chunk_size": 1000,
    "url_life": 60,
    "reuse_urls": True,
    "bad_chunk": [409, "conflict"],
    "unknown_id_status": 404,
    "min_side": [100, 200],
    "fetch_hosts": ["media.test", "other.test"],
    "retired_models": [],
    "max_ratio": 3,
    "json_fences": "always",
}
MEANT = Settings(
    era="2026-03",
    tier="free",
    chunk_size=1000,
    url_life=60.0,
    reuse_urls=True,
    bad_chunk=(409, "conflict"),
    unknown_id_status=404,
    min_side=(100, 200),
    fetch_hosts=("media.test", "other.test"),
    max_ratio=3.0,
    json_fences="always",
)
TOML = """
era = "2026-03"
tier = "free"
chunk_size = 1_000
url_life = 60
reuse_urls = true
bad_chunk = [409, "conflict"]
unknown_id_status = 404
min_side = [100, 200]
fetch_hosts = ["media.test", "other.test"]
retired_models = []
max_ratio = 3
json_fences = "always"

[timings]
indexing = 7
asset = 0.5
"""


def variable(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def test_settings_are_read_from_a_mapping_a_file_and_the_environment(tmp_path: Path) -> None:
    toml, plain = tmp_path / "settings.toml", tmp_path / "settings.json"
    toml.write_text(f"\ufeff{TOML}", "utf-8")
    plain.write_text(json.dumps({**SOME, "timings": {"indexing": 7, "asset": 0.5}}))
    variables = {f"TWELVELABS_SANDBOX_{k.upper()}": variable(v) for k, v in SOME.items()}
    others = {"TWELVELABS_SANDBOX_PORT": "8765", "HOME": "/root"}
    assert Settings.from_mapping(SOME) == MEANT
    assert Settings.from_file(toml) == Settings.from_file(str(plain)) == MEANT
    assert Settings.from_environment({**variables, **others}) == MEANT
    assert Settings.from_environment({}) == Settings()
    for file in (toml, plain):
        assert Timings.from_file(file) == Timings(indexing=7.0, asset=0.5)
    assert Timings.from_mapping({"stream": 1}) == Timings(stream=1.0)


def test_every_default_can_be_given_by_its_name() -> None:
    for kind in (Settings, Timings):
        given = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in attrs.asdict(kind(), recurse=False).items()
        }
        assert kind.from_mapping(given) == kind()
        assert set(given) == set(get_type_hints(kind))
    variables = {
        f"TWELVELABS_SANDBOX_{name.upper()}": variable(
            list(value) if isinstance(value, tuple) else value
        )
        for name, value in attrs.asdict(Settings(), recurse=False).items()
    }
    assert Settings.from_environment(variables) == Settings()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"erra": "any"}, "there is no setting erra; did you mean era?"),
        ({"era": "1999"}, "era is '1999'; it must be one of: 2025-12, "),
        ({"tier": 5}, "tier is 5; it must be one of: "),
        ({"chunk_size": "big"}, "chunk_size is 'big'; it must be a whole number"),
        ({"chunk_size": 1.5}, "chunk_size is 1.5; it must be a whole number"),
        ({"chunk_size": True}, "chunk_size is True; it must be a whole number"),
        ({"chunk_size": 0}, "chunk_size is 0; it must be from 1 to "),
        ({"url_life": -1}, "url_life is -1.0; it must be from 0 to "),
        ({"url_life": float("nan")}, "url_life is nan; it must be from 0 to "),
        ({"url_life": float("inf")}, "url_life is inf; it must be from 0 to "),
        ({"url_life": None}, "url_life is None; it must be a number"),
        ({"reuse_urls": "yes"}, "reuse_urls is 'yes'; it must be true or false"),
        ({"reuse_urls": 1}, "reuse_urls is 1; it must be true or false"),
        ({"bad_chunk": [200, "fine"]}, "bad_chunk is 200; it must be from 400 to 599"),
        ({"bad_chunk": [409]}, "bad_chunk is [409]; it must have 2 values"),
        ({"bad_chunk": ["409", "x"]}, "bad_chunk is '409'; it must be a whole number"),
        ({"fetch_hosts": "media.test"}, "fetch_hosts is 'media.test'; it must be a list"),
        ({"fetch_hosts": [5]}, "fetch_hosts is 5; it must be text"),
        ({"concurrent_indexing": 0}, "concurrent_indexing is 0; it must be from 1 to "),
        ({"index_name_status": 200}, "index_name_status is 200; it must be from 400 to 599"),
        ({"api_version": "1\x003"}, "api_version is '1\\x003'; it must be text in one line"),
        ({"stream_content_type": "\x1b"}, "stream_content_type is '\\x1b'; it must be text in one"),
        ({"unfit_films": "maybe"}, "unfit_films is 'maybe'; it must be one of: refused, failed"),
    ],
)
def test_errors_name_the_setting(values: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"^") as caught:
        Settings.from_mapping(values)
    assert str(caught.value).startswith(said)
    file = tmp_path / "settings.json"
    if not any(isinstance(value, float) for value in values.values()):
        file.write_text(json.dumps(values))
        with pytest.raises(SettingsError, match=r"settings\.json: ") as caught:
            Settings.from_file(file)
        assert said.split(";")[0] in str(caught.value)


@pytest.mark.parametrize("empty", ["", " "])
def test_an_empty_variable_is_not_set(empty: str) -> None:
    names = [name for name, value in attrs.asdict(Settings()).items() if value is not None]
    variables = {f"TWELVELABS_SANDBOX_{name.upper()}": empty for name in names}
    assert Settings.from_environment(variables) == Settings()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("era", "1999", "era is '1999'"),
        ("chunk_size", "5 MB", "chunk_size is '5 MB'; it must be a whole number"),
        ("reuse_urls", "perhaps", "reuse_urls is 'perhaps'; it must be true or false"),
        ("min_side", "5", "it must have 2 values"),
        ("url_life", "-", "url_life is '-'; it must be a number"),
    ],
)
def test_errors_name_the_variable(name: str, value: str, said: str) -> None:
    variable = f"TWELVELABS_SANDBOX_{name.upper()}"
    with pytest.raises(SettingsError, match=rf"^{variable}: ") as caught:
        Settings.from_environment({variable: value})
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.toml", b"era = ", "cannot read settings from "),
        ("a.json", b"{", "cannot read settings from "),
        ("a.json", b"[]", "it holds no table of settings"),
        ("a.toml", b"\xff", "cannot read settings from "),
        ("a.toml", b"[indexes]\nx = 1", "there is no table indexes"),
        ("a.toml", b"[timings]\nx = 1", "there is no setting x"),
    ],
)
def test_errors_name_the_file(name: str, content: bytes, said: str, tmp_path: Path) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(SettingsError, match=name) as caught:
        configure(file=str(file))
    assert said in str(caught.value)
    with pytest.raises(SettingsError, match="No such file"):
        Settings.from_file(tmp_path / "missing.toml")


def test_options_win_over_the_environment_and_that_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('era = "2025-12"\ntier = "free"\nurl_life = 5\n[timings]\nasset = 9\n')
    monkeypatch.setenv("TWELVELABS_SANDBOX_TIER", "developer-1")
    monkeypatch.setenv("TWELVELABS_SANDBOX_ERA", "2026-03")
    made = configure(file=str(file), era="2026-07", tier=None)
    settings, timings = made["settings"], made["timings"]
    assert (settings.era, settings.tier, settings.url_life) == ("2026-07", "developer-1", 5.0)
    assert timings == Timings(asset=9.0)
    assert configure(file=str(file), timings="real")["timings"] == Timings.real()
    with pytest.raises(SettingsError, match="timings is 'slow'"):
        configure(timings="slow")


@pytest.mark.anyio
@pytest.mark.parametrize("era", ERAS)
async def test_eras_differ_in_what_uploads_take(era: Any) -> None:
    async with serving(settings=Settings(era=era)) as api:
        early = era in ("2025-12", "2026-03")
        body: dict[str, Any] = {"filename": "a.mp3", "type": "audio", "total_size": 1}
        await api("POST", "/assets/multipart-uploads", 400 if early else 201, json=body)
        body = {"filename": "a.mp4", "type": "video", "total_size": 5 * 1024**3}
        await api("POST", "/assets/multipart-uploads", 400 if early else 201, json=body)


@pytest.mark.anyio
async def test_a_tier_limits_requests_and_indexing() -> None:
    settings = Settings(tier="free")
    async with serving(settings=settings, speed=0) as api:
        index = await api.index()
        assert (await api("GET", f"/indexes/{index}"))["expires_at"]
        assert api.sandbox.indexing.limit == 5
        await spend(api, 60, "/assets")
        api.sandbox.advance(61)
        await spend(api, 60, "/assets")
    async with serving(settings=Settings(tier="developer-2", concurrent_indexing=3)) as api:
        assert api.sandbox.indexing.limit == 3
        assert "expires_at" not in await api("GET", f"/indexes/{await api.index()}")
        await spend(api, 120, "/assets")
    async with serving() as api:
        assert api.sandbox.indexing.limit is None
        for _ in range(61):
            await api("POST", "/assets", 400, form=[("method", "none")])


async def spend(api: Api, most: int, path: str) -> None:
    """Make as many requests as there may be, and one more."""
    for _ in range(most):
        await api("POST", path, 400, form=[("method", "none")])
    await api.refused("too_many_requests", 429, "POST", path, form=[("method", "none")])
    assert int(api.headers["Retry-After"]) <= 60


@pytest.mark.anyio
async def test_a_tier_limits_requests_of_a_day_too() -> None:
    async with serving(settings=Settings(tier="free"), speed=0) as api:
        form = [("method", "none")]
        await api("POST", "/assets", 400, form=form)
        # Most of the day's are counted as requests are, but not sent: that would take seconds.
        for minute in range(49):
            for _ in range(60 if minute else 59):
                refusing, _ = api.sandbox.limits.take("upload")
                assert refusing is None
            api.sandbox.advance(60)
        for _ in range(60):
            await api("POST", "/assets", 400, form=form)
        api.sandbox.advance(60)
        await api.refused("too_many_requests", 429, "POST", "/assets", form=form)
        assert int(api.headers["Retry-After"]) > 80_000
        api.sandbox.advance(86_400)
        await api("POST", "/assets", 400, form=form)


NUMBERS = [
    (kind, each.name)
    for kind in (Settings, Timings)
    for each in attrs.fields(kind)
    if re.search(r"int|float", str(each.type))
]


@pytest.mark.parametrize(("kind", "name"), NUMBERS)
def test_a_number_out_of_bounds_is_refused_by_name(kind: Any, name: str) -> None:
    nothing_fits = [float("nan"), float("inf"), -1, -float("inf"), 10**400, True, "3", [], object()]
    is_pair = re.search("tuple|Sequence", str(attrs.fields_dict(kind)[name].type))
    for value in nothing_fits:
        with pytest.raises(SettingsError, match=name):
            kind(**{name: (value, value) if is_pair else value})


@pytest.mark.parametrize(
    "values",
    [
        {"fetch_hosts": "media.test"},
        {"fetch_hosts": 3},
        {"retired_models": "marengo2.7"},
        {"webhook_retries": 3.0},
        {"webhook_retries": "3"},
        {"webhook_retries": None},
        {"bad_chunk": 409},
        {"bad_chunk": ()},
        {"json_fences": "now and then"},
        {"era": []},
        {"reuse_urls": "no"},
        {"stream_content_type": None},
    ],
)
def test_a_value_of_another_type_is_refused_by_name(values: Any) -> None:
    (name,) = values
    with pytest.raises(SettingsError, match=name):
        Settings(**values)


PROGRAMS = [["twelvelabs_async.sandbox"], ["twelvelabs_async", "sandbox"]]
each_program = pytest.mark.parametrize("program", PROGRAMS)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--allowed-host", "http://media.test"], "'http://media.test' is not a host"),
        (["--era", "1999"], "1999"),
        (["--tier", "gold"], "gold"),
        (["--timings", "slow"], "slow"),
        (["--settings", "missing.toml"], "missing.toml: No such file"),
        (["--seed-films", "101"], "100"),
    ],
)
def test_the_programs_name_a_wrong_setting(
    options: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        sys.exit(sandbox_program(["--port", "0", *options]))
    assert ended.value.code not in (None, 0)
    assert said in capsys.readouterr().err
    done = CliRunner().invoke(app, ["sandbox", "--port", "0", *options])
    assert isinstance(done.exception, SystemExit)
    assert done.exit_code != 0
    assert said in done.stderr


@each_program
def test_a_wrong_setting_ends_the_process_without_a_traceback(program: list[str]) -> None:
    command = [sys.executable, "-m", *program, "--port", "0", "--settings", "missing.toml"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert "missing.toml: No such file" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_programs_go_by_their_options(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("chunk_size = 1234\n\n[timings]\nasset = 0\n")
    options = ["--era", "2025-12", "--tier", "free", "--settings", str(file), "--seed-films", "2"]
    one, other = PROGRAMS
    # What is there already, from the other program, is not seeded again.
    for program, data in ((one, "new"), (other, "another"), (one, "another")):
        command = [sys.executable, "-m", *program, "--json", "--port", "0", *options]
        with subprocess.Popen(
            [*command, "--data", str(tmp_path / data)], stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            try:
                facts = json.loads(process.stdout.readline())

                def call(path: str, body: Any = None, facts: Any = facts) -> Any:
                    data = None if body is None else json.dumps(body).encode()
                    headers = {"x-api-key": facts["api_key"], "Content-Type": "application/json"}
                    request = urllib.request.Request(facts["base_url"] + path, data, headers)
                    with urllib.request.urlopen(request) as answer:
                        return json.load(answer)

                (index,) = call("/indexes")["data"]
                assert index["index_name"] == "films"
                # The free tier's indexes end after 90 days.
                assert index["expires_at"]
                videos = call(f"/indexes/{index['_id']}/indexed-assets")["data"]
                assert [video["status"] for video in videos] == ["ready", "ready"]
                upload = {"filename": "a.mp4", "type": "video", "total_size": 2000}
                assert call("/assets/multipart-uploads", upload)["chunk_size"] == 1234
                with pytest.raises(urllib.error.HTTPError, match="404") as refused:
                    call("/knowledge-stores")  # which came later than 2025
                refused.value.close()
            finally:
                process.terminate()

"""Films by path, folder, glob, URL and manifest, and what a file is recognised by."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twelvelabs_async import ArgumentTypeError, ConfigurationError
from twelvelabs_async.ingest.discovery import expand
from twelvelabs_async.ingest.file_identity import identify
from twelvelabs_async.ingest.items import Concurrency, Item, Source
from twelvelabs_async.ingest.media_check import UPLOAD_MOST
from twelvelabs_async.ingest.media_check import check_media as check


def locations(sources: Any) -> list[str]:
    return [source.location for source in expand(sources)]


def test_paths_folders_and_globs(tmp_path: Path) -> None:
    for name in ("b.mp4", "a.mkv", "notes.txt", "deep/c.mov", "d.MP4"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    names = [str(tmp_path / name) for name in ("a.mkv", "b.mp4", "d.MP4", "deep/c.mov")]
    assert locations(tmp_path) == names
    assert locations(str(tmp_path / "*.mp4")) == [names[1]]
    assert locations(tmp_path / "**" / "*.mov") == [names[3]]
    assert locations([tmp_path / "notes.txt", Source(tmp_path / "b.mp4")]) == [
        str(tmp_path / "notes.txt"), names[1],
    ]  # fmt: skip
    assert locations("nowhere.mp4") == ["nowhere.mp4"]
    assert locations("https://h/a[1]*.mp4?x=y") == ["https://h/a[1]*.mp4?x=y"]


def test_a_name_with_magic_that_exists_is_a_name(tmp_path: Path) -> None:
    path = tmp_path / "film [1].mp4"
    path.touch()
    assert locations(path) == [str(path)]


NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20
).filter(lambda name: name.strip() == name)
CELLS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1)


@settings(deadline=None)
@given(
    rows=st.lists(
        st.fixed_dictionaries(
            {"path": NAMES.filter(lambda n: "://" not in n and "/" not in n)},
            optional={"title": CELLS, "shelf, row": CELLS},
        ),
        min_size=1,
    )
)
def test_csv_manifests_round_trip(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, str]]
) -> None:
    path = tmp_path_factory.mktemp("m") / "films.csv"
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, ["path", "title", "shelf, row"])
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(text.getvalue(), "utf-8", newline="")

    found = list(expand(path))

    assert [source.location for source in found] == [
        f"{path.parent}{os.sep}{row['path']}" for row in rows
    ]
    assert [source.user_metadata or {} for source in found] == [
        {key: value for key, value in row.items() if key != "path"} for row in rows
    ]


METADATA = st.dictionaries(
    NAMES, st.one_of(st.text(), st.integers(-(2**53), 2**53), st.booleans()), max_size=4
)


@pytest.mark.parametrize("suffix", ["jsonl", "parquet"])
@settings(deadline=None)
@given(metadata=st.lists(METADATA, min_size=1, max_size=5))
def test_typed_manifests_round_trip(
    tmp_path_factory: pytest.TempPathFactory, suffix: str, metadata: list[dict[str, Any]]
) -> None:
    path = tmp_path_factory.mktemp("m") / f"films.{suffix}"
    rows = [
        {"source": f"s3://films/{at}.mp4", "filename": f"{at}.mp4", "metadata": each}
        for at, each in enumerate(metadata)
    ]
    if suffix == "jsonl":
        path.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    else:
        pa = pytest.importorskip("pyarrow", reason="Parquet needs it")
        parquet = pytest.importorskip("pyarrow.parquet", reason="Parquet needs it")
        table = [{**row, "metadata": json.dumps(row["metadata"])} for row in rows]
        parquet.write_table(pa.Table.from_pylist(table), path)

    assert list(expand(path)) == [
        Source(row["source"], row["filename"], row["metadata"] or None) for row in rows
    ]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.csv", "title,year\nx,1\n", "line 2: nothing says where the film is"),
        ("a.csv", "path\n\na.mp4,b,c\n", "line 3: more cells than the head has columns"),
        ("a.csv", 'path\na.mp4\n"b\nc.mp4"x\n', "line 4: .* expected after"),
        ("a.csv", 'path\n"a.mp4', "line 2: unexpected end"),
        ("a.jsonl", '{"path": "a.mp4"}\n\n[1]\n', "line 3: not a JSON object"),
        ("a.jsonl", '{"path": "a.mp4"}\n{"pa', "line 2: "),
        (
            "a.jsonl",
            '{"path": "a.mp4", "metadata": 3}',
            "line 1: the metadata is not a JSON object",
        ),
        ("a.parquet", "no parquet", "row 1: "),
    ],
)
def test_a_manifest_that_cannot_be_read(tmp_path: Path, name: str, text: str, said: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(ConfigurationError, match=said):
        list(expand(tmp_path / name))


def test_a_manifest_may_name_a_film_by_a_number(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"path": "a.mp4", "filename": 7}')
    (source,) = expand(tmp_path / "a.jsonl")
    assert (source.filename, identify(source, 1.0).filename) == ("7", "7")


@pytest.mark.parametrize("name", ["a\0b.mp4", "a\ud800.mp4"])
def test_a_name_that_no_file_can_have_refuses_its_film(name: str) -> None:
    (source,) = expand(name)
    item = identify(source, 1.0)
    assert (item.state, item.reason) == ("refused", "source_unreadable")
    item.location.encode()


def test_a_missing_manifest_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="No such file"):
        list(expand(tmp_path / "none.csv"))


def key(path: Path) -> str:
    return identify(Source(path), 1.0).key


def test_a_file_is_recognised_by_size_time_and_samples(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    content = bytearray(os.urandom(1_000_000))
    path.write_bytes(content)
    os.utime(path, ns=(1, 1))
    first = key(path)
    assert key(path) == first
    seen = {first}
    for place in (0, 500_000, 999_999):
        content[place] ^= 1
        path.write_bytes(content)
        os.utime(path, ns=(1, 1))
        seen.add(key(path))
    os.utime(path, ns=(2, 2))
    seen.add(key(path))
    path.write_bytes(content + b"1")
    os.utime(path, ns=(2, 2))
    seen.add(key(path))
    copy = tmp_path / "copy.mp4"
    os.link(path, copy)
    seen.add(key(copy))
    assert len(seen) == 7


@pytest.mark.parametrize(
    ("size", "content"),
    [
        (0, "0-7-cae66941d9efbd404e4d88758ea67670"),
        (1, "1-7-7025e075d5e2f6cde3cc051a31f07660"),
        (65_537, "65537-7-c569d7618fc19ff1cfb0a8383d1aa907"),
        (1_000_000, "1000000-7-dc69aa52c04ec6361deab877573c0452"),
    ],
)
def test_a_journal_of_an_earlier_version_knows_a_file(
    tmp_path: Path, size: int, content: str
) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(bytes(at * at % 251 for at in range(size)))
    os.utime(path, ns=(7, 7))
    assert identify(Source(path), 1.0).content == content


@pytest.mark.parametrize(
    ("location", "given_name", "name"),
    [
        ("/a/b/film.mp4", None, "film.mp4"),
        ("/a/film.mp4", "other.mp4", "other.mp4"),
        ("https://h/p/a%20b.mp4?token=x", None, "a b.mp4"),
        ("https://h/", None, "film"),
        ("/a/" + "x" * 200 + "y" * 100 + ".mp4", None, "x" * 200 + "y" * 51 + ".mp4"),
    ],
)
def test_names_on_the_service(location: str, given_name: str | None, name: str) -> None:
    assert identify(Source(location, given_name), 1.0).filename == name


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    item = identify(Source(tmp_path / "pipe.mp4"), 1.0)
    assert (item.state, item.reason) == ("refused", "source_unreadable")


def test_metadata_that_cannot_be_sent_refuses_its_film(film: Path) -> None:
    for bad in (
        2**70, object(), {1: 2}, math.nan, -math.inf, {"x": [math.inf]}, "\ud800",
        {"row": 1}, {}, [1], ["x", None], [[]], 2**53, -(2**53), b"x",
    ):  # fmt: skip
        item = identify(Source(film, None, {"bad": bad}), 1.0)
        assert (item.state, item.reason, item.metadata) == ("refused", "metadata_invalid", None)


def test_metadata_that_the_service_takes_is_sent(film: Path) -> None:
    good = {"a": "x", "b": 2**53 - 1, "c": 1.5, "d": True, "e": None, "f": ["x", "y"], "g": []}
    item = identify(Source(film, None, good), 1.0)
    assert (item.state, item.metadata) == ("waiting", good)


def test_a_number_that_json_does_not_have_refuses_its_film(tmp_path: Path) -> None:
    (tmp_path / "films.jsonl").write_text('{"path": "a.mp4", "n": 1e999}\n{"path": "b.mp4"}\n')
    for name in ("a.mp4", "b.mp4"):
        (tmp_path / name).write_bytes(b"film")
    first, second = (identify(one, 1.0) for one in expand(tmp_path / "films.jsonl"))
    assert (first.state, first.reason) == ("refused", "metadata_invalid")
    assert "'n' in metadata is not a finite number" in str(first.message)
    assert second.state == "waiting"


def test_decimal_numbers_of_a_table_are_numbers(film: Path) -> None:
    item = identify(Source(film, None, {"price": Decimal("1.50"), "count": Decimal(3)}), 1.0)
    assert (item.state, item.metadata) == ("waiting", {"price": 1.5, "count": 3})


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names are Unicode")
def test_a_file_name_that_is_not_utf8_names_its_film(tmp_path: Path) -> None:
    path = os.fsdecode(os.fsencode(tmp_path) + b"/\xff.mp4")
    Path(path).touch()
    for name in (path, os.fsencode(path), Path(path)):
        (source,) = expand(name)
        item = identify(source, 1.0)
        assert (item.state, item.location) == ("waiting", path)
        assert item.filename == "?.mp4"
        assert f"{tmp_path}/\\xff.mp4" in repr(item)
        repr(item.result()).encode()


def test_a_folder_that_cannot_be_listed_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: str) -> Any:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(ConfigurationError, match="cannot be listed: Permission denied"):
        list(expand(tmp_path))


def test_a_store_that_cannot_be_listed_is_an_error() -> None:
    pytest.importorskip("fsspec", reason="needs the fsspec extra")
    with pytest.raises(ConfigurationError, match=r"nosuch://h/\*.mp4 cannot be listed: .*nosuch"):
        list(expand("nosuch://h/*.mp4"))


_SOME: dict[str, Any] = {"filename": "a.mp4", "content": "x"}


def test_secrets_in_urls_are_not_shown() -> None:
    url = "https://h/a.mp4?X-Signature=secret"
    item = identify(Source(url), 1.0)
    for shown in (Source(url), item, item.result()):
        assert "secret" not in repr(shown)
    for url in ("s3://b/a.mp4?auth=secret", "zip://a.mp4::https://h/z.zip?auth=secret"):
        assert "secret" not in repr(Source(url)) + repr(Item(key="", location=url, **_SOME))


@pytest.mark.parametrize("name", ["clip?1.mp4", "clip?v=1.mp4", "key=1.mp4", "auth=1 \u00e9.mp4"])
def test_the_name_of_a_file_is_no_secret(tmp_path: Path, name: str) -> None:
    item = Item(key="", location=str(tmp_path / name), **_SOME)
    for shown in (Source(tmp_path / name), Source(name), item, item.result()):
        assert name in repr(shown)


def test_a_file_that_is_too_large_is_refused_unopened() -> None:
    item = Item(key="k", location="/none.mp4", filename="n", content="", size=UPLOAD_MOST + 1)
    refusal = check(item)
    assert refusal is not None
    assert refusal.reason == "video_filesize_too_large"


@pytest.mark.parametrize("values", [{"uploads": 0}, {"indexing": -1}, {"checks": 1.5}])
def test_concurrency_is_checked(values: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="must be 1 or more"):
        Concurrency(**values)


@pytest.mark.parametrize(
    "given",
    [(5,), (None,), ("a.mp4", 5), ("a.mp4", b"x"), ("a.mp4", None, ["x"]), ("a.mp4", None, "x")],
)
def test_the_types_of_a_source_are_checked(given: tuple[Any, ...]) -> None:
    with pytest.raises(ArgumentTypeError):
        Source(*given)


@pytest.mark.parametrize("sources", [None, 5, [None], ["a.mp4", {"source": "b.mp4"}]])
def test_what_is_no_source_is_an_error_of_ours(sources: Any) -> None:
    with pytest.raises(ArgumentTypeError, match="a source is a path or a URL, not "):
        list(expand(sources))


def test_files_that_fsspec_opens(film: Path) -> None:
    fsspec = pytest.importorskip("fsspec", reason="needs the fsspec extra")
    system = fsspec.filesystem("memory")
    system.pipe("/bucket/a.mp4", film.read_bytes())
    system.pipe("/bucket/deep/b.mp4", b"no film")
    assert locations("memory://bucket/") == [
        "memory:///bucket/a.mp4",
        "memory:///bucket/deep/b.mp4",
    ]
    assert locations("memory://bucket/*.mp4") == ["memory:///bucket/a.mp4"]
    good, bad = (identify(source, 1.0) for source in expand("memory://bucket/"))
    assert (good.size, good.filename) == (film.stat().st_size, "a.mp4")
    assert check(good) is None
    refusal = check(bad)
    assert refusal is not None
    assert refusal.reason == "unsupported_file_type"
    system.pipe("/bucket/a.mp4", b"other")
    assert identify(Source(good.location), 1.0).key != good.key
    missing = identify(Source("memory://bucket/none.mp4"), 1.0)
    assert (missing.state, missing.reason) == ("refused", "source_missing")

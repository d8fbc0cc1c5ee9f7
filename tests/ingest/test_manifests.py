"""Manifests as spreadsheets, shells and pandas write them: read, or refused with the reason."""

from __future__ import annotations

import codecs
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from twelvelabs_async import ConfigurationError
from twelvelabs_async.ingest.discovery import EmptySource, expand
from twelvelabs_async.ingest.items import Source

posix = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names are Unicode")


def read(folder: Path, name: str, content: bytes) -> list[tuple[str, Any]]:
    """Each film's location below the folder, and its metadata."""
    (folder / name).write_bytes(content)
    return [
        (os.path.relpath(source.location, folder), source.user_metadata)
        for source in expand(folder / name)
    ]


ONE = [("a.mp4", {"title": "x"})]
TABLES = {
    "plain": b"source,title\na.mp4,x\n",
    "no line end": b"source,title\na.mp4,x",
    "line ends of Windows": b"source,title\r\na.mp4,x\r\n",
    "line ends of old": b"source,title\ra.mp4,x\r",
    "empty rows at the end": b"source,title\na.mp4,x\n,\n,\n\n",
    "empty rows before": b"\n\nsource,title\n,\na.mp4,x\n",
    "blank rows": b"source,title\n  ,\t\na.mp4,x\n",
    "empty columns": b"source,title,,\na.mp4,x,,\n",
    "empty cells beyond the head": b"source,title\na.mp4,x,,,\n",
    "semicolons": b"source;title\na.mp4;x\n",
    "tabs": b"source\ttitle\na.mp4\tx\n",
    "bars": b"source|title\na.mp4|x\n",
    "a line for spreadsheets": b"sep=;\nsource;title\na.mp4;x\n",
    "quotes": b'"source";"title"\n"a.mp4";"x"\n',
    "index of pandas": b",source,title\n0,a.mp4,x\n",
    "index of pandas, read again": b"Unnamed: 0,source,title\n0,a.mp4,x\n",
    "capitals and blanks": b" Source , title\na.mp4,x\n",
    "all capitals": b"PATH;title\na.mp4;x\n",
    "blanks around the film": b"source,title\n a.mp4 ,x\n",
}
MARKS: dict[str, Callable[[bytes], bytes]] = {
    "UTF-8": lambda text: text,
    "UTF-8 with a mark": lambda text: codecs.BOM_UTF8 + text,
    "UTF-16": lambda text: text.decode().encode("utf-16"),
    "UTF-16, big end first": lambda text: codecs.BOM_UTF16_BE + text.decode().encode("utf-16-be"),
    "UTF-16 without a mark": lambda text: text.decode().encode("utf-16-le"),
    "UTF-32": lambda text: text.decode().encode("utf-32"),
}


@pytest.mark.parametrize("ending", ["csv", "tsv", "CSV"])
@pytest.mark.parametrize("kind", TABLES)
def test_tables_of_all_kinds_are_read(tmp_path: Path, kind: str, ending: str) -> None:
    assert read(tmp_path, f"films.{ending}", TABLES[kind]) == ONE


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize("kind", ["plain", "semicolons", "tabs", "index of pandas"])
def test_tables_in_unicode_of_all_kinds_are_read(tmp_path: Path, kind: str, mark: str) -> None:
    text = TABLES[kind].replace(b",x", ",\u00e9\u4e2d".encode())
    wanted = [("a.mp4", {"title": "\u00e9\u4e2d"})] if text != TABLES[kind] else ONE
    assert read(tmp_path, "films.csv", MARKS[mark](text)) == wanted


@pytest.mark.parametrize("mark", MARKS)
def test_json_lines_in_unicode_of_all_kinds_are_read(tmp_path: Path, mark: str) -> None:
    text = '\n{"Source": "a.mp4", "title": "\u00e9", "none": null}\n\n'.encode()
    assert read(tmp_path, "films.jsonl", MARKS[mark](text)) == [("a.mp4", {"title": "\u00e9"})]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"title,year\nx,1\n", r"line 2: nothing says .* found: 'title', 'year'"),
        ("a.csv", b"a.mp4,x\nb.mp4,y\n", r"nothing says .* found: 'a.mp4', 'x'"),
        ("a.csv", b"source,title\n,x\n", r"line 2: nothing says .* found: 'title'"),
        ("a.csv", b"source,title\na.mp4,x\na.mp4,x,y\n", r"line 3: more cells .*'source', 'title'"),
        ("a.csv", b"source,title,title\na.mp4,x,y\n", "line 1: two columns have the name title"),
        ("a.csv", b"source,Source\na.mp4,b.mp4\n", "line 1: two columns have the name source"),
        ("a.csv", "source,title\na.mp4,caf\u00e9\n".encode("cp1252"), r"line 2: .*'title'.*UTF-8"),
        ("a.csv", "source,caf\u00e9\na.mp4,x\n".encode("cp1252"), "line 1: .* is not UTF-8"),
        ("a.csv", "source\na.mp4\ncaf\u00e9.mp4\n".encode("cp1252"), "line 3: the path .*UTF-8"),
        ("a.csv", b"source\nhttps://h/\xe9.mp4\n", "line 2: the URL .*UTF-8"),
        ("a.jsonl", b'{"source": "a.mp4", "n": NaN}\n', "line 1: NaN is not JSON"),
        ("a.jsonl", b'{"source": "a.mp4"}\n{"source": "a\n', "line 2: "),
        ("a.jsonl", b'{"source": "a.mp4", "Source": "b"}\n', "line 1: two values have the name"),
        ("a.jsonl", b'[{"source": "a.mp4"}]\n', "line 1: not a JSON object"),
        ("a.tsv", b"title\tyear\nx\t1\n", "found: 'title', 'year'"),
        ("a.jsonl", b'\n{"source": ["a.mp4"]}\n', r"line 2: source is not a text: \['a.mp4'\]"),
        ("a.jsonl", b'{"url": {"a": 1}}\n', "line 1: url is not a text: "),
        ("a.jsonl", b'{"source": true}\n', "line 1: source is not a text: True"),
        ("a.jsonl", b'{"source": 1.5}\n', "line 1: source is not a text: 1.5"),
        ("a.jsonl", b'{"source": "a", "filename": ["x"]}\n', "line 1: filename is not a text: "),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line_and_columns(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ConfigurationError, match=said) as caught:
        list(expand(tmp_path / name))
    str(caught.value).encode()


@posix
def test_a_table_may_name_a_file_whose_name_is_not_utf8(tmp_path: Path) -> None:
    odd = os.fsdecode(b"\xff.mp4")
    (tmp_path / odd).write_bytes(b"film")
    assert read(tmp_path, "a.csv", b"source,title\n\xff.mp4,x\n") == [(odd, {"title": "x"})]
    line = json.dumps({"source": odd, "title": "x"}).encode()
    assert read(tmp_path, "a.jsonl", line) == [(odd, {"title": "x"})]


def test_a_pattern_may_name_manifests(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("source\na.mp4\n")
    (tmp_path / "b.csv").write_text("source\nb.mp4\n")
    (tmp_path / "x [1].csv").write_text("source\nc.mp4\n")
    (tmp_path / "b.mp4").touch()
    sources = list(expand([tmp_path / "*.csv"]))
    assert [Path(one.location).name for one in sources] == ["a.mp4", "b.mp4", "c.mp4"]
    (only,) = expand(tmp_path / "x [1].csv")
    assert only == Source(tmp_path / "c.mp4")
    (none,) = expand(tmp_path / "none*.csv")
    assert isinstance(none, EmptySource)


@pytest.mark.parametrize("name", ["films.csv", "film*.csv"])
def test_the_films_of_a_manifest_get_what_its_source_says(tmp_path: Path, name: str) -> None:
    (tmp_path / "films.csv").write_text("source,filename,shelf\na.mp4,,\nb.mp4,own.mp4,2\n")
    sources = expand(Source(tmp_path / name, "all.mp4", {"shelf": "1", "row": "1"}))
    assert [(one.filename, one.user_metadata) for one in sources] == [
        ("all.mp4", {"shelf": "1", "row": "1"}),
        ("own.mp4", {"shelf": "2", "row": "1"}),
    ]


def test_bytes_of_parquet_are_names(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow", reason="Parquet needs it")
    parquet = pytest.importorskip("pyarrow.parquet", reason="Parquet needs it")
    names = {"source": ["\u00e9.mp4".encode()], "filename": [b"b.mp4"]}
    parquet.write_table(pa.table(names), tmp_path / "a.parquet")
    assert list(expand(tmp_path / "a.parquet")) == [Source(tmp_path / "\u00e9.mp4", "b.mp4")]
    parquet.write_table(pa.table({"source": [b"\xff.mp4"]}), tmp_path / "a.parquet")
    with pytest.raises(ConfigurationError, match=r"row 1: the path .*UTF-8"):
        list(expand(tmp_path / "a.parquet"))


def test_parquet_of_pandas_is_read(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow", reason="Parquet needs it")
    parquet = pytest.importorskip("pyarrow.parquet", reason="Parquet needs it")
    rows = [
        {"Path": "a.mp4", "n": 1.5, "title": None, "__index_level_0__": 0},
        {"Path": None, "n": float("nan"), "title": None, "__index_level_0__": None},
        {"Path": "b.mp4", "n": float("nan"), "title": "x", "__index_level_0__": 2},
    ]
    parquet.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    found = list(expand(tmp_path / "a.parquet"))
    assert [Path(one.location).name for one in found] == ["a.mp4", "b.mp4"]
    assert [one.user_metadata for one in found] == [{"n": 1.5}, {"title": "x"}]

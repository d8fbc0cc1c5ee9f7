"""Each film that sources name is found once; a source that names none is an error of its own."""

from __future__ import annotations

import os
import sys
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

import pytest

from twelvelabs_async import ConfigurationError
from twelvelabs_async.ingest.discovery import EmptySource, Resolved, expand, scan
from twelvelabs_async.ingest.file_identity import identify
from twelvelabs_async.ingest.items import Source

posix = pytest.mark.skipif(sys.platform == "win32", reason="links and bytes of POSIX")


def lay(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"film")


def found(sources: Any, base: Path) -> list[str]:
    """What the sources name below the base; what names nothing begins with a "!"."""
    return [
        ("!" if isinstance(source, EmptySource) else "") + os.path.relpath(source.location, base)
        for source in expand(sources)
    ]


@posix
@pytest.mark.parametrize("way", ["", "**/*.mp4", "**", "**/**/*.mp4", "**/*", "*/../**/*.mp4"])
def test_links_to_folders_are_not_followed_in_circles(tmp_path: Path, way: str) -> None:
    lay(tmp_path, "films/2024/a.mp4", "films/b.mp4")
    (tmp_path / "films/2024/latest").symlink_to("..")
    (tmp_path / "films/2024/again").symlink_to(tmp_path)
    (tmp_path / "films/self").symlink_to("self")
    names = found(tmp_path / "films" / way, tmp_path / "films")
    # A link that leads nowhere is no film either, but a pattern may name it.
    assert sorted(name for name in names if name != "self") == ["2024/a.mp4", "b.mp4"]


@posix
def test_two_links_to_the_folder_above_do_not_hold_up_the_search(tmp_path: Path) -> None:
    lay(tmp_path, "films/2024/a.mp4")
    for name in ("one", "two"):
        (tmp_path / "films/2024" / name).symlink_to("..")
    for source in ("films", "films/**/*.mp4", "films/**"):
        assert len(found(tmp_path / source, tmp_path)) == 1


@posix
@pytest.mark.parametrize("way", ["", "*", "*.mp4", "**/*.mp4", "**"])
def test_a_link_to_a_file_that_was_found_is_no_second_film(tmp_path: Path, way: str) -> None:
    lay(tmp_path, "films/a.mp4", "films/deep/b.mp4", "elsewhere/c.mp4")
    (tmp_path / "films/link.mp4").symlink_to("a.mp4")
    (tmp_path / "films/other.mp4").symlink_to("../elsewhere/c.mp4")
    (tmp_path / "films/twice.mp4").symlink_to("other.mp4")
    names = found(tmp_path / "films" / way, tmp_path / "films")
    deep = [] if way in ("*", "*.mp4") else ["deep/b.mp4"]
    assert sorted(names) == sorted(["a.mp4", "other.mp4", *deep])


@posix
def test_a_pattern_may_name_a_linked_folder(tmp_path: Path) -> None:
    lay(tmp_path, "films/2023/a.mp4", "films/2024/b.mp4")
    (tmp_path / "films/latest").symlink_to("2024")
    assert found(tmp_path / "films/latest/*.mp4", tmp_path) == ["films/latest/b.mp4"]
    assert found(tmp_path / "films/*/*.mp4", tmp_path) == ["films/2023/a.mp4", "films/2024/b.mp4"]
    assert found(tmp_path / "films/latest", tmp_path) == ["films/latest/b.mp4"]


def test_a_folder_that_is_mounted_below_itself_is_searched_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(tmp_path, "films/a.mp4", "films/mount/a.mp4")
    stat = os.stat

    def same(path: Any, **options: Any) -> os.stat_result:
        return stat(str(path).replace("/mount", ""), **options)

    monkeypatch.setattr(os, "stat", same)
    assert found(tmp_path / "films", tmp_path) == ["films/a.mp4"]


def test_deep_folders_are_searched(tmp_path: Path) -> None:
    deep = tmp_path
    for _ in range(1100):
        deep /= "d"
        deep.mkdir()
    (deep / "a.mp4").write_bytes(b"film")
    for source in (tmp_path, tmp_path / "**" / "*.mp4"):
        assert len(list(expand(source))) == 1
    # What removes old folders of tests goes down by recursion, and would fail at this one.
    (deep / "a.mp4").unlink()
    while deep != tmp_path:
        deep.rmdir()
        deep = deep.parent


def test_a_search_can_be_left_at_each_folder(tmp_path: Path) -> None:
    for number in range(50):
        (tmp_path / f"{number:02}").mkdir()
    lay(tmp_path, "zz/a.mp4")
    for source in (tmp_path, tmp_path / "**" / "*.mp4"):
        assert list(islice(scan(source), 20)) == [None] * 20


SIDE = [
    "._a.mp4", ".hidden.mp4", "@eaDir/a.mp4", "@eaDir/a.mp4/x.mp4", "__MACOSX/a.mp4",
    ".Trash-0/a.mp4", "#recycle/a.mp4", "$RECYCLE.BIN/a.mp4", "lost+found/a.mp4",
    "System Volume Information/a.mp4",
    ".AppleDouble/a.mp4", ".DS_Store", "Thumbs.db", "desktop.ini", "deep/._b.mp4",
    "deep/@eaDir/b.mp4",
]  # fmt: skip
PLAYLISTS = ["a.m3u8", "a.m3u", "a.pls", "a.xspf", "a.mpd", "a.asx", "A.M3U8"]


@pytest.mark.parametrize("way", ["", "*", "**", "**/*", "**/*.mp4"])
def test_what_lies_beside_films_is_no_film(tmp_path: Path, way: str) -> None:
    for name in SIDE:
        if not (tmp_path / name).parent.is_file():
            lay(tmp_path, name)
    lay(tmp_path, "a.mp4", "deep/b.mp4", *PLAYLISTS)
    wanted = ["a.mp4"] if way == "*" else ["a.mp4", "deep/b.mp4"]
    assert found(tmp_path / way, tmp_path) == wanted


def test_what_is_named_is_taken_whatever_it_is(tmp_path: Path) -> None:
    lay(tmp_path, ".hidden/._a.mp4", "b.m3u8", ".c.mp4")
    assert found(tmp_path / ".hidden/._a.mp4", tmp_path) == [".hidden/._a.mp4"]
    assert found(tmp_path / ".hidden/._*.mp4", tmp_path) == [".hidden/._a.mp4"]
    assert found(tmp_path / "b.m3u8", tmp_path) == ["b.m3u8"]
    assert found(tmp_path / ".*.mp4", tmp_path) == [".c.mp4"]


@pytest.mark.parametrize(
    "name",
    [
        "missing.mp4", "missing [id].mp4", "what?.mp4", "none/*.mp4", "*.mkv", "**/*.mkv", "no[1",
        "films [2024]", "films [2024]/*.mp4", "none/**", "[!a]*/x.mp4",
    ],
)  # fmt: skip
def test_a_source_that_names_nothing_is_an_error_of_that_source(tmp_path: Path, name: str) -> None:
    lay(tmp_path, "films/a.mp4")
    given = str(tmp_path / name)
    first, second = expand([given, tmp_path / "films/a.mp4"])
    item = identify(first, 1.0)
    assert (item.state, item.reason, item.location) == ("refused", "source_missing", given)
    assert item.message
    assert identify(second, 1.0).state == "waiting"


def test_a_folder_or_a_manifest_without_films_is_an_error_of_that_source(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    lay(tmp_path, "notes/a.txt")
    (tmp_path / "a.csv").write_text("path,title\n")
    (tmp_path / "a.jsonl").write_text("\n\n")
    for name in ("empty", "notes", "a.csv", "a.jsonl"):
        (source,) = expand(tmp_path / name)
        assert isinstance(source, EmptySource)
        item = identify(source, 1.0)
        assert (item.state, item.reason) == ("refused", "source_missing")
        assert item.message == source.why


def test_a_manifest_without_films_among_several_is_an_error_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "e1.csv").write_text("source\n")
    (tmp_path / "e2.csv").write_text("source\na.mp4\n")
    found = [one for one in scan(tmp_path / "e*.csv") if one is not None]
    assert found == [
        Resolved(str(tmp_path / "e*.csv")),
        EmptySource(tmp_path / "e1.csv", why="the manifest names no film"),
        Resolved(str(tmp_path / "e2.csv")),
        Source(tmp_path / "a.mp4"),
    ]


def test_an_empty_text_is_not_the_working_folder() -> None:
    (source,) = expand("")
    item = identify(source, 1.0)
    assert (item.state, item.reason, item.location) == ("refused", "source_missing", "")
    assert item.message == "an empty text names no film"


def test_names_with_magic_that_exist_are_names(tmp_path: Path) -> None:
    lay(
        tmp_path, "films [2024]/a [1].mp4", "films [2024]/a1.mp4", "films 2/b.mp4", "what?.mp4",
        "whatx.mp4", "films [2024]/b*.mp4", "films [2024]/bc.mp4",
    )  # fmt: skip
    folder = "films [2024]"
    assert len(found(tmp_path / folder, tmp_path)) == 4
    assert found(tmp_path / folder / "a [1].mp4", tmp_path) == [f"{folder}/a [1].mp4"]
    assert found(tmp_path / folder / "a*.mp4", tmp_path) == [
        f"{folder}/a [1].mp4", f"{folder}/a1.mp4",
    ]  # fmt: skip
    assert len(found(tmp_path / folder / "**" / "*.mp4", tmp_path)) == 4
    assert found(tmp_path / folder / "b*.mp4", tmp_path) == [f"{folder}/b*.mp4"]
    assert found(tmp_path / "what?.mp4", tmp_path) == ["what?.mp4"]


def test_patterns_in_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay(tmp_path, "a.mp4", "deep/b.mp4", "deep/er/c.mp4")
    monkeypatch.chdir(tmp_path)
    names = ["a.mp4", "deep/b.mp4", "deep/er/c.mp4"]
    assert [source.location for source in expand("**/*.mp4")] == names
    assert [source.location for source in expand("*.mp4")] == names[:1]
    assert [source.location for source in expand("./*/*.mp4")] == ["./deep/b.mp4"]
    assert [source.location for source in expand("deep/../*.mp4")] == ["deep/../a.mp4"]
    assert sorted(source.location for source in expand("**")) == names


@posix
def test_names_that_are_not_utf8_are_found(tmp_path: Path) -> None:
    odd = os.fsdecode(b"\xff\xe9.mp4")
    lay(tmp_path, f"films/{odd}", os.fsdecode(b"\xfe/a.mp4"))
    for source in (tmp_path / "films", tmp_path / "films/*.mp4", os.fsencode(tmp_path / "films")):
        (one,) = expand(source)
        assert one.location == str(tmp_path / "films" / odd)
    assert len(list(expand(tmp_path / "**" / "*.mp4"))) == 2


def test_a_source_is_resolved_before_its_first_film(tmp_path: Path) -> None:
    lay(tmp_path, "films/a.mp4", "films/b.mp4")
    pattern = str(tmp_path / "films/*.mp4")
    marks = [one for one in scan([pattern, tmp_path / "none/*"]) if one is not None]
    assert marks[0] == Resolved(pattern)
    assert [type(one) for one in marks] == [Resolved, Source, Source, EmptySource]


def test_a_folder_below_that_cannot_be_listed_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(tmp_path, "films/a.mp4", "films/closed/b.mp4")
    scandir = os.scandir

    def refuse(path: str) -> Any:
        if "closed" in path:
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    for source in ("films", "films/**/*.mp4", "films/*/*.mp4"):
        with pytest.raises(ConfigurationError, match="closed cannot be listed: Permission denied"):
            list(expand(tmp_path / source))


# Stores


@pytest.fixture
def store() -> Iterator[str]:
    fsspec = pytest.importorskip("fsspec", reason="needs the fsspec extra")
    system = fsspec.filesystem("memory")
    for name in (
        "a.mp4", "deep/b.wmv", "deep/c.mts", "film [1].mp4", "film1.mp4", "what?.mp4", "d.txt",
        "films [2024]/e.mp4", "._a.mp4", "@eaDir/a.mp4", "list.m3u8", "v.mp4?versionId=3",
        "50%#.mp4",
    ):  # fmt: skip
        system.pipe(f"/shop/{name}", b"film")
    yield "memory://shop"
    system.rm("/shop", recursive=True)


def keys(source: str) -> list[str]:
    return [
        ("!" if isinstance(one, EmptySource) else "") + one.location.partition("shop/")[2]
        for one in expand(source)
    ]


def test_folders_and_patterns_of_a_store(store: str) -> None:
    films = [
        "50%#.mp4", "a.mp4", "deep/b.wmv", "deep/c.mts", "film [1].mp4", "film1.mp4",
        "films [2024]/e.mp4", "what?.mp4",
    ]  # fmt: skip
    assert keys(f"{store}/") == films
    assert keys(store) == films
    assert keys(f"{store}/deep") == keys(f"{store}/deep/") == ["deep/b.wmv", "deep/c.mts"]
    assert keys(f"{store}/**/*.mts") == ["deep/c.mts"]
    assert keys(f"{store}/films [2024]/") == ["films [2024]/e.mp4"]
    assert keys(f"{store}/films [2024]") == ["films [2024]/e.mp4"]
    assert keys(f"{store}/films [2024]/*.mp4") == ["films [2024]/e.mp4"]
    assert keys(f"{store}/a*") == ["a.mp4"]


@pytest.mark.parametrize(
    "name", ["film [1].mp4", "what?.mp4", "v.mp4?versionId=3", "a.mp4?versionId=9", "50%#.mp4"]
)
def test_names_of_a_store_with_special_characters_are_names(store: str, name: str) -> None:
    assert keys(f"{store}/{name}") == [name]


@pytest.mark.parametrize("name", ["*.mkv", "none/", "none/*.mp4", "film [2].mp4", "n?.mp4"])
def test_a_source_of_a_store_that_names_nothing_is_an_error_of_that_source(
    store: str, name: str
) -> None:
    (source,) = expand(f"{store}/{name}")
    item = identify(source, 1.0)
    assert (item.state, item.reason) == ("refused", "source_missing")
    assert item.location == f"{store}/{name}"


def test_the_name_of_an_object_that_was_found_is_all_of_it(store: str) -> None:
    (listed,) = expand(f"{store}/v*")
    given = Source(f"{store}/v.mp4?versionId=3")
    assert identify(listed, 1.0).filename == "v.mp4?versionId=3"
    assert identify(given, 1.0).filename == "v.mp4"
    (renamed,) = expand(Source(f"{store}/v*", "x.mp4", {"shelf": 1}))
    assert (renamed.filename, renamed.user_metadata) == ("x.mp4", {"shelf": 1})


def test_side_files_and_playlists_of_a_store_are_no_films(store: str) -> None:
    names = ["50%#.mp4", "a.mp4", "d.txt", "film [1].mp4", "film1.mp4", "v.mp4?versionId=3"]
    assert keys(f"{store}/*") == [*names, "what?.mp4"]
    assert keys(f"{store}/*.m3u8") == ["!*.m3u8"]
    assert keys(f"{store}/._*.mp4") == ["._a.mp4"]  # as on this machine: the pattern asks for it


def test_files_in_an_archive_are_found_by_urls_that_name_it(tmp_path: Path) -> None:
    pytest.importorskip("fsspec", reason="needs the fsspec extra")
    with zipfile.ZipFile(tmp_path / "films.zip", "w") as archive:
        for name in ("a.mp4", "deep/b.mp4", "deep/c.txt"):
            archive.writestr(name, name)
    behind = f"::{(tmp_path / 'films.zip').as_uri()}"
    films = [f"zip://a.mp4{behind}", f"zip://deep/b.mp4{behind}"]
    for given, wanted in {
        "**/*.mp4": films, "": films, "*.mp4": films[:1], "deep": films[1:], "deep/": films[1:],
        "deep/b.mp4": films[1:], "none/*.mp4": [],
    }.items():  # fmt: skip
        sources = [one for one in expand(f"zip://{given}{behind}") if type(one) is Source]
        assert [one.location for one in sources] == wanted
        items = [identify(one, 1.0) for one in sources]
        assert [item.filename for item in items] == [Path(w[: -len(behind)]).name for w in wanted]
        assert {item.state for item in items} <= {"waiting"}
    (missing,) = expand(f"zip://*.mp4::{(tmp_path / 'none.zip').as_uri()}")
    assert isinstance(missing, EmptySource)


def test_files_on_a_server_are_found_by_urls_that_name_it() -> None:
    fsspec = pytest.importorskip("fsspec", reason="needs the fsspec extra")
    memory: Any = fsspec.get_filesystem_class("memory")

    class OnServer(memory):  # type: ignore[misc]  # fsspec has no types
        """A store whose paths lack its server, as those of FTP and SMB do."""

        protocol = "served"
        store: ClassVar[dict[str, Any]] = {}
        pseudo_dirs: ClassVar[list[str]] = [""]

        def __init__(self, host: str, **more: Any) -> None:
            super().__init__(host=host, **more)

        @classmethod
        def _strip_protocol(cls, path: str) -> str:
            return ("/" + path.removeprefix("served://host").strip("/")).rstrip("/")

        @staticmethod
        def _get_kwargs_from_urls(path: str) -> dict[str, str]:
            return {"host": "host"} if path.startswith("served://host") else {}

    fsspec.register_implementation("served", OnServer, clobber=True)
    OnServer("host").pipe("/films/a.mp4", b"film")
    for given in ("films/*.mp4", "films", "films/", "*/*.mp4", ""):
        (one,) = expand(f"served://host/{given}")
        assert one.location == "served://host/films/a.mp4"
        assert identify(one, 1.0).state == "waiting"


@posix
def test_local_folders_by_url_are_searched_as_folders(tmp_path: Path) -> None:
    lay(tmp_path, "films/a b.mp4")
    (tmp_path / "films/loop").symlink_to("..")
    for source in ("films/", "films", "films/**/*.mp4"):
        assert found(f"file://{tmp_path}/{source}", tmp_path) == ["films/a b.mp4"]
    assert found((tmp_path / "films").as_uri(), tmp_path) == ["films/a b.mp4"]


@pytest.mark.parametrize(
    ("location", "name"),
    [
        ("memory://b/a%20b #1.mp4", "a%20b #1.mp4"),
        ("memory://b/a.mp4?versionId=3", "a.mp4"),
        ("memory://b/what?.mp4", "what?.mp4"),
    ],
)
def test_the_name_of_an_object_on_the_service(location: str, name: str) -> None:
    pytest.importorskip("fsspec", reason="needs the fsspec extra")
    assert identify(Source(location), 1.0).filename == name

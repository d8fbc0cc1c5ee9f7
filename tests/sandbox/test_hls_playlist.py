"""HLS playlists are read as they were written, and any text is a playlist or a ``MediaError``."""

from __future__ import annotations

import contextlib
from urllib.parse import urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twelvelabs_async.sandbox.hls_playlist import Part, Stream, Variant, is_playlist, parse
from twelvelabs_async.sandbox.media.measure.probe import MediaError

URL = "http://127.0.0.1:8000/films/one/index.m3u8?token=x"
NAMES = st.sampled_from(["a.ts", "../b.ts", "/c.ts?x=1", "http://localhost/d.ts", "//localhost/e"])
TAGS = (
    *("#EXTM3U", "#EXTINF:4.0,title", "#EXT-X-ENDLIST", "#EXT-X-BYTERANGE:10@0", "a.ts", ""),
    *('#EXT-X-MAP:URI="i.mp4",BYTERANGE="5@1"', "#EXT-X-MAP:", "#EXT-X-KEY:METHOD=NONE"),
    *("#EXT-X-KEY:METHOD=AES-128", "#EXT-X-STREAM-INF:BANDWIDTH=1", "#EXT-X-STREAM-INF:"),
    *("#EXT-X-STREAM-INF:BANDWIDTH=x", '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",URI="b"'),
    *("http://[::1", "#EXT-X-DISCONTINUITY", "#EXT-X-BYTERANGE:10", "#EXTINF:inf"),
)


@given(
    st.lists(
        st.tuples(
            NAMES,
            st.none() | st.tuples(st.integers(1, 99), st.integers(0, 99)),
            st.booleans(),
            st.none() | NAMES,
        )
    ),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
def test_a_stream_has_the_pieces_that_were_written(
    segments: list[tuple[str, tuple[int, int] | None, bool, str | None]], end: str, live: bool
) -> None:
    lines, pieces = ["#EXTM3U", "#EXT-X-VERSION:7", "", "# a remark"], list[list[Part]]()
    header: str | None = None
    for name, span, discontinuous, changed in segments:
        begins = not pieces or discontinuous
        if discontinuous:
            lines.append("#EXT-X-DISCONTINUITY")
        if changed is not None:
            lines.append(f'#EXT-X-MAP:URI="{changed}"')
            begins = begins or changed != header
            header = changed
        if begins:
            pieces.append([] if header is None else [Part(urljoin(URL, header))])
        lines.append("#EXTINF:4.004,A title, with a comma")
        if span is not None:
            lines.append(f"#EXT-X-BYTERANGE:{span[0]}@{span[1]}")
        lines.append(name)
        length, start = span or (None, 0)
        pieces[-1].append(Part(urljoin(URL, name), start, length))
    if not live:
        lines.append("#EXT-X-ENDLIST")
    text = end.join([*lines, ""])
    if live:
        found = parse(text, URL)
        assert isinstance(found, Stream)
        assert found.live
    elif segments:
        assert parse(text, URL) == Stream(tuple(map(tuple, pieces)), False, header is not None)
    else:
        with pytest.raises(MediaError, match="no segments"):
            parse(text, URL)


@given(st.lists(st.integers(1, 10**6), min_size=1), st.integers(0, 10**6))
def test_ranges_follow_each_other_in_a_file(lengths: list[int], start: int) -> None:
    lines = [f"#EXT-X-BYTERANGE:{lengths[0]}@{start}\na.ts"]
    lines += [f"#EXT-X-BYTERANGE:{length}\na.ts" for length in lengths[1:]]
    found = parse("\n".join(["#EXTM3U", *lines, "#EXT-X-ENDLIST"]), URL)
    assert isinstance(found, Stream)
    (parts,) = found.pieces
    for part, length in zip(parts, lengths, strict=True):
        assert (part.start, part.length) == (start, length)
        start += length


@given(st.lists(st.integers(0, 10**9), min_size=1, unique=True))
def test_the_variant_with_the_most_bits_is_the_best(bandwidths: list[int]) -> None:
    lines = [f'#EXT-X-STREAM-INF:CODECS="a,b",BANDWIDTH={each}\n{each}.m3u8' for each in bandwidths]
    best = Variant(urljoin(URL, f"{max(bandwidths)}.m3u8"))
    assert parse("\n".join(["#EXTM3U", *lines]), URL) == best


@pytest.mark.parametrize(
    ("media", "sound"),
    [
        ([], None),
        (['GROUP-ID="g",URI="a.m3u8"'], "a.m3u8"),
        (['GROUP-ID="g",URI="a.m3u8"', 'GROUP-ID="g",URI="b.m3u8"'], "a.m3u8"),
        (['GROUP-ID="g",URI="a.m3u8"', 'GROUP-ID="g",DEFAULT=YES,URI="b.m3u8"'], "b.m3u8"),
        (['GROUP-ID="g",URI="a.m3u8"', 'GROUP-ID="g",AUTOSELECT=YES,URI="b.m3u8"'], "b.m3u8"),
        (['GROUP-ID="g",URI="a.m3u8"', 'GROUP-ID="g",DEFAULT=YES'], None),
        (['GROUP-ID="other",URI="a.m3u8"'], None),
        (['GROUP-ID="g",URI="film.m3u8"'], None),
    ],
)
def test_a_variant_has_the_sound_that_players_choose(media: list[str], sound: str | None) -> None:
    lines = [f"#EXT-X-MEDIA:TYPE=AUDIO,{each}" for each in media]
    lines.append('#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="g",URI="texts.m3u8"')
    lines.append('#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO="g"\nfilm.m3u8')
    wanted = None if sound is None else urljoin(URL, sound)
    found = parse("\n".join(["#EXTM3U", *lines]), URL)
    assert found == Variant(urljoin(URL, "film.m3u8"), wanted)


@given(st.lists(st.sampled_from(TAGS)).map("\n".join) | st.text())
def test_any_text_is_a_playlist_or_an_error(text: str) -> None:
    for candidate in (text, f"#EXTM3U\n{text}", f"#EXTM3U\n{text}\n#EXT-X-ENDLIST"):
        with contextlib.suppress(MediaError):
            assert isinstance(parse(candidate, URL), Stream | Variant)


def test_playlists_are_known_by_their_name_or_type() -> None:
    assert is_playlist("/a/B.M3U8")
    assert is_playlist("/a", "Application/Vnd.Apple.MpegURL")
    assert not is_playlist("/a.mp4", "video/mp4")

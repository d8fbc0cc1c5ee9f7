import json
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.area_core import FakeCore
from twelvelabs_async._runtime.dump import json_text
from twelvelabs_async._runtime.model import shown_url
from twelvelabs_async._runtime.urls import encode_query
from twelvelabs_async.errors import ConfigurationError
from twelvelabs_async.indexes.indexed_assets import IndexedAssets
from twelvelabs_async.indexes.videos import Videos
from twelvelabs_async.list_filters import Range, metadata_filters, ranges

numbers = st.integers(0, 10**9) | st.floats(0, 1e9, allow_nan=False)


@given(name=st.sampled_from(["duration", "fps", "size"]), low=numbers, high=numbers)
def test_a_range_is_the_same_as_a_model_and_as_a_dict(name, low, high):
    expected = {f"{name}[gte]": low, f"{name}[lte]": high}
    assert ranges(**{name: Range(gte=low, lte=high)}) == expected
    assert ranges(**{name: {"gte": low, "lte": high}}) == expected


def test_an_open_end_is_left_out_of_the_query():
    assert encode_query(ranges(width={"gte": 640}, height=Range(lte=360))) == (
        "width[gte]=640&height[lte]=360"
    )


def test_a_number_is_sent_as_it_is():
    assert encode_query(ranges(duration=1.5, fps=None)) == "duration=1.5"


def test_a_misspelt_bound_is_refused():
    with pytest.raises(ConfigurationError, match="gte and lte"):
        ranges(duration={"gt": 5})


@pytest.mark.parametrize("name", ["page", "status", "duration", "duration[gte]", "created_at"])
def test_a_key_that_the_list_has_itself_cannot_be_filtered_by(name):
    with pytest.raises(ConfigurationError, match="parameter of its own"):
        metadata_filters({name: "x"})


def test_every_parameter_of_the_lists_is_guarded():
    for method in (IndexedAssets.list, Videos.list):
        own = set(method.__annotations__) - {
            "index_id",
            "user_metadata",
            "request_options",
            "return",
        }
        for name in own:
            with pytest.raises(ConfigurationError, match="parameter of its own"):
                metadata_filters({name: 1})


async def test_filters_by_metadata_are_keys_of_the_query():
    core = FakeCore(lambda _: {"data": [], "page_info": {"page": 1, "total_page": 1}})
    await IndexedAssets(core).list(
        "i/1",
        status=["ready", "failed"],
        duration={"gte": 30, "lte": 120},
        user_metadata={"category": "a b&c", "needsReview": True, "rating": 9.5, "none": None},
    )
    (sent,) = core.sent
    assert sent.path == "/indexes/i%2F1/indexed-assets"
    assert parse_qsl(sent.query) == [
        ("status", "ready"),
        ("status", "failed"),
        ("duration[gte]", "30"),
        ("duration[lte]", "120"),
        ("category", "a b&c"),
        ("needsReview", "true"),
        ("rating", "9.5"),
    ]


def test_json_text_leaves_text_alone_and_keeps_nulls():
    assert json_text(None) is None
    assert json_text('{"a":1}') == '{"a":1}'
    assert json.loads(json_text({"a": None, "ü": 1.5}) or "") == {"a": None, "ü": 1.5}


def test_the_query_of_a_url_is_not_shown():
    assert shown_url("https://s.example/a?sig=secret") == "'https://s.example/a?[redacted]'"
    assert "secret" not in shown_url(["https://s.example/a?sig=secret"])

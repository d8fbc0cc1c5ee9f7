"""Regular expressions of users: what they match, and that none takes long."""

from __future__ import annotations

import random
import re
import time
import warnings
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.sandbox.control_api import Control
from tests.support.sandbox_api import Api
from twelvelabs_async.sandbox.patterns import Pattern, PatternError

_ATOMS = (
    r"a b A / . \. \d \w \S [ab] [^a] []b] [^]a] [a-c\]] ^ $ \b \B \A \Z \n \x61 \u0062 \0 { {} é"
)
_TIMES = st.sampled_from(["", "", "", "*", "+", "?", "{2}", "{1,}", "{,2}", "{1,3}", "*?", "{2}?"])


def _groups(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    sequence = st.lists(parts, max_size=3).map("".join)
    options = st.lists(sequence, min_size=1, max_size=3).map("|".join)
    heads = st.sampled_from(["(", "(?:"])
    return st.tuples(heads, options, st.just(")"), _TIMES).map("".join)


_ATOM = st.tuples(st.sampled_from([*_ATOMS.split(), "\n"]), _TIMES).map("".join)
_PARTS = st.lists(st.recursive(_ATOM, _groups, max_leaves=6), max_size=4).map("".join)
_FLAGS = st.sampled_from(["", "", "(?i)", "(?ms)", "(?a)"])
_PATTERNS = st.tuples(_FLAGS, _PARTS).map("".join)


@given(_PATTERNS, st.text("abAB/.\n 1é{]\0", max_size=8), st.booleans(), st.booleans())
@example("$", "\n", False, False)
@example("a$\n", "a\n", True, False)
@example("(?m)^b", "a\nb", False, False)
def test_it_matches_what_re_matches(text: str, said: str, whole: bool, ignore_case: bool) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            known = re.compile(text, re.IGNORECASE if ignore_case else 0)
        except re.error:
            with pytest.raises(PatternError):
                Pattern(text, whole=whole)
            return
        pattern = Pattern(text, whole=whole, ignore_case=ignore_case)
    expected = known.fullmatch(said) if whole else known.search(said)
    # Twice, since what was worked out is kept.
    assert [pattern.matches(said), pattern.matches(said)] == [expected is not None] * 2


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(a|b|a)*c", False),
        ("((a|b)*)*c", False),
        ("(.*)*(.*)*c", False),
        ("[ab]*" * 100 + "c", False),
        ("[ab]?" * 300 + "[ab]" * 300, None),
        ("(a|b)*a(a|b){300}", True),
    ],
)
def test_none_takes_long(text: str, expected: bool | None, whole: bool) -> None:
    pattern, dice = Pattern(text, whole=whole), random.Random(1)
    said = "".join(dice.choices("ab", k=8_000)) + "a" * 301
    began = time.process_time()
    assert pattern.matches(said) is (not whole if expected is None else expected)
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("(", "missing"),
        ("(?=a)b", "look-around"),
        ("(?<!a)b", "look-around"),
        (r"(a)\1", "back-references"),
        ("(?P<n>a)(?P=n)", "back-references"),
        ("a++", "possessive"),
        ("(?>a)", "refused"),
        ("(?i:a)", "flags"),
        ("(?x) a", "flags"),
        ("a{1001}", "more than 1,000 places"),
        ("((?:){9999}){9999}", "more than 1,000 places"),
    ],
)
def test_what_is_refused(text: str, why: str) -> None:
    with pytest.raises(PatternError, match=why):
        Pattern(text, whole=True)


@pytest.mark.parametrize("control", [False, True])
async def test_a_user_s_pattern_holds_nothing_up(api: Api, film: Path, control: bool) -> None:
    slow, sandbox, call = "(/|.|a)*b", api.sandbox, Control(api)
    video = await api.video(await api.index(), film)
    if control:
        await call("POST", "faults", json={"path": slow, "status": 503})
        await call("PUT", "answers", json={slow: "Found."})
    else:
        sandbox.faults.add(path=slow, status=503)
        sandbox.answers.set({slow: "Found."})
    # Python's own matcher would not end.
    await api("GET", "/assets/" + "a" * 500, 400)
    body = {"video_id": video, "prompt": "a" * 1_000, "stream": False}
    assert (await api("POST", "/analyze", json=body))["data"] != "Found."
    if control:
        found = await call("GET", "requests", query={"path": slow})
        assert found["requests"] == []
    else:
        assert sandbox.requests.matching(path=slow) == []
    await api("GET", "/assets/ab", 503)


async def test_what_is_refused_is_so_in_python_and_over_http(api: Api) -> None:
    refused, sandbox, call = r"(a)\1", api.sandbox, Control(api)
    with pytest.raises(ValueError, match="back-references"):
        sandbox.faults.add(path=refused)
    with pytest.raises(ValueError, match="back-references"):
        sandbox.answers.set({refused: "a"})
    with pytest.raises(ValueError, match="back-references"):
        sandbox.requests.matching(path=refused)
    for method, path, how in (
        ("POST", "faults", {"json": {"path": refused}}),
        ("PUT", "answers", {"json": {refused: "a"}}),
        ("GET", "requests", {"query": {"path": refused}}),
    ):
        assert "back-references" in await call.refused(400, method, path, **how)

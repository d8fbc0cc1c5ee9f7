"""The hooks of the converter are made once for each type."""

from __future__ import annotations

from twelvelabs_async._runtime import convert
from twelvelabs_async.analyze.models import StreamAnalyzeResponse


def test_a_form_made_for_each_call_leaves_nothing_behind() -> None:
    def use() -> None:
        convert.hook(convert.TypeForm[StreamAnalyzeResponse](StreamAnalyzeResponse))

    use()
    before = len(convert._hooks)
    for _ in range(100):
        use()
    assert len(convert._hooks) == before

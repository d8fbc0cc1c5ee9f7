import anyio
import pytest

from tests.support.area_core import FakeCore, Sent
from twelvelabs_async._runtime.bulk import BulkFailure, create_all
from twelvelabs_async.errors import BadRequestError, ConfigurationError
from twelvelabs_async.tasks import Tasks


async def test_jobs_are_bounded_and_their_results_in_order():
    under_way = most = 0

    def job(number: int):
        async def call() -> int:
            nonlocal under_way, most
            under_way += 1
            most = max(most, under_way)
            for _ in range(20 - number):  # the first ends last
                await anyio.lowlevel.checkpoint()
            under_way -= 1
            return number

        return call

    result = await create_all([(n, job(n)) for n in range(20)], max_workers=4)
    assert (list(result), most) == (list(range(20)), 4)
    assert (len(result), result[3], result[-2:]) == (20, 3, [18, 19])
    assert result.failures == []


async def test_a_failure_keeps_its_source_and_loses_no_other():
    def answer(sent: Sent):
        assert sent.form is not None
        if sent.form["video_url"] == "https://e.example/bad?sig=secret":
            raise BadRequestError("too short", status_code=400)
        return {"_id": sent.form["video_url"], "video_id": "v"}

    urls = ["https://e.example/1", "https://e.example/bad?sig=secret", "https://e.example/2"]
    result = await Tasks(FakeCore(answer)).create_bulk(index_id="i", video_urls=urls)
    assert [task.id for task in result.tasks] == [urls[0], urls[2]]
    (failure,) = result.failures
    assert failure.source == urls[1]
    assert isinstance(failure.error, BadRequestError)
    assert "secret" not in repr(result)


async def test_a_file_that_is_not_there_is_a_failure_too(tmp_path):
    result = await Tasks(FakeCore(lambda _: {"_id": "t"})).create_bulk(
        index_id="i",
        video_files=[3],  # type: ignore[list-item]  # no file at all
    )
    assert isinstance(result.failures[0], BulkFailure)
    assert isinstance(result.failures[0].error, TypeError)


async def test_nothing_to_make_and_nobody_to_make_it_are_refused():
    tasks = Tasks(FakeCore(lambda _: {}))
    with pytest.raises(ConfigurationError):
        await tasks.create_bulk(index_id="i")
    with pytest.raises(ConfigurationError):
        await tasks.create_bulk(index_id="i", video_urls=["u"], max_workers=0)

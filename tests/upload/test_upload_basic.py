"""What goes up when nothing goes wrong."""

from __future__ import annotations

from pathlib import Path

from upload_stub import Stub

from twelvelabs_async import AsyncTwelveLabs


async def test_a_path_goes_up_whole(
    stub: Stub, client: AsyncTwelveLabs, film: Path, content: bytes
) -> None:
    result = await client.multipart_upload.upload_file(film)
    assert stub.assets[result.asset_id] == content
    assert result.asset_url.startswith("https://cdn.example/")
    assert "sign-ed" not in repr(result)

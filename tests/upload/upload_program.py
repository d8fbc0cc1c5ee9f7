"""A program that is killed: ``upload_program.py BASE_URL FILE CHECKPOINT [UPLOAD_ID]``."""

from __future__ import annotations

import asyncio
import sys

from upload_stub import KEY

from twelvelabs_async import AsyncTwelveLabs


async def main(base_url: str, file: str, checkpoint: str) -> None:
    async with AsyncTwelveLabs(api_key=KEY, base_url=base_url) as client:
        result = await client.multipart_upload.upload_file(
            file, checkpoint=checkpoint, max_workers=4, batch_size=5
        )
    sys.stdout.write(result.asset_id)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))

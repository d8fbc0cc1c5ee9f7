"""A program that is killed: ``program.py async|sync KEY BASE_URL FILE CHECKPOINT``."""

from __future__ import annotations

import asyncio
import logging
import sys

from twelvelabs_async import AsyncTwelveLabs, TwelveLabs


async def run(key: str, base_url: str, file: str, checkpoint: str) -> str:
    async with AsyncTwelveLabs(api_key=key, base_url=base_url) as client:
        result = await client.multipart_upload.upload_file(
            file, checkpoint=checkpoint, max_workers=4, batch_size=5
        )
    return result.asset_id


def run_blocking(key: str, base_url: str, file: str, checkpoint: str) -> str:
    with TwelveLabs(api_key=key, base_url=base_url) as client:
        result = client.multipart_upload.upload_file(
            file, checkpoint=checkpoint, max_workers=4, batch_size=5
        )
    return result.asset_id


if __name__ == "__main__":
    logging.basicConfig()
    kind, *rest = sys.argv[1:]
    sys.stdout.write(run_blocking(*rest) if kind == "sync" else asyncio.run(run(*rest)))

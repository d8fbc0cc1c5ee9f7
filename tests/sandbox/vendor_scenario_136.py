"""The main job by the vendor's SDK 1.3.6; run by test_vendor.py.

Run it with an interpreter that has ``twelvelabs==1.3.6`` and nothing of ours: the arguments are the
sandbox's address, its key, and a film. It prints each state that it sees, and goes on at a line on
its standard input, before which the sandbox's clock is to be moved.
"""

from __future__ import annotations

import sys
from pathlib import Path

from twelvelabs import TwelveLabs
from twelvelabs.indexes import IndexesCreateRequestModelsItem
from twelvelabs.types.video_context import VideoContext_AssetId


def announce(state: str) -> None:
    sys.stdout.write(state + "\n")
    sys.stdout.flush()
    sys.stdin.readline()


def main(base_url: str, key: str, film: str) -> None:
    client = TwelveLabs(api_key=key, base_url=base_url)
    options = ["visual", "audio"]
    models = [
        IndexesCreateRequestModelsItem(model_name=name, model_options=options)
        for name in ("marengo3.0", "pegasus1.2")
    ]
    index = client.indexes.create(index_name="films", models=models)
    uploaded = client.multipart_upload.upload_file(film, filename=Path(film).name)
    while (asset := client.assets.retrieve(uploaded.asset_id)).status == "processing":
        announce(asset.status)
    assert asset.status == "ready", asset
    made = client.indexes.indexed_assets.create(index.id, asset_id=asset.id)
    while True:
        item = client.indexes.indexed_assets.retrieve(index.id, made.id)
        announce(item.status)
        if item.status in ("ready", "failed"):
            break
    assert item.status == "ready", item
    found = list(
        client.search.query(index_id=index.id, search_options=["visual"], query_text="green")
    )
    assert found[0].video_id == made.id
    video = VideoContext_AssetId(asset_id=asset.id)
    events = list(client.analyze_stream(video=video, prompt="What happens?"))
    assert events[0].event_type == "stream_start"
    assert events[-1].event_type == "stream_end"
    assert len(events) > 3


if __name__ == "__main__":
    main(*sys.argv[1:])

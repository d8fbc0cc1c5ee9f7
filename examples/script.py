"""Find moments in a folder of films, from a script without a line of async.

    TWELVE_LABS_API_KEY=... python examples/script.py INDEX_ID FOLDER "a red car"

The first call ingests the folder, the later ones only what is new in it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from twelvelabs_async import TwelveLabs


def main(index_id: str, folder: str, words: str) -> int:
    """Print the five best moments; the exit code says whether every film could be searched."""
    names: dict[str, str] = {}
    missed = 0
    with TwelveLabs() as client:
        for film in client.ingest(index_id, folder, journal=Path(folder) / "ingest.db"):
            if film.status == "ready" and film.indexed_asset_id is not None:
                names[film.indexed_asset_id] = film.filename
            else:
                missed += 1
                sys.stderr.write(f"{film.source}: {film.message}\n")
        found = client.search.create(
            index_id=index_id, query_text=words, search_options=["visual"], page_limit=5
        )
        for clip in found.items:
            name = names.get(clip.video_id or "", clip.video_id)
            sys.stdout.write(f"{name} from {clip.start} to {clip.end} s\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

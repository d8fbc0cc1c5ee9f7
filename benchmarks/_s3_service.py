"""A service whose uploads go to an S3: it presigns the parts, and completes the upload.

Run as a program, ``_s3_service.py S3 CHUNK_SIZE``, it prints its address and serves until its input
closes. Only what an upload asks for is there.
"""

from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from threading import Thread
from typing import Any

BUCKET, KEY = "bucket", "film"
LIFE = "2999-01-01T00:00:00Z"


def s3_client(endpoint: str) -> Any:
    config = import_module("botocore.config").Config(
        signature_version="s3v4", s3={"addressing_style": "path"}
    )
    return (
        import_module("botocore.session")
        .get_session()
        .create_client(
            "s3",
            endpoint_url=endpoint,
            aws_access_key_id="test",
            aws_secret_access_key="testtest",
            region_name="us-east-1",
            config=config,
        )
    )


class Uploads:
    """The uploads under way: what the S3 calls them, and the parts that were reported."""

    def __init__(self, s3: Any, chunk_size: int) -> None:
        self._s3, self._chunk_size = s3, chunk_size
        self._totals: dict[str, int] = {}
        self._parts: dict[str, dict[int, str]] = {}

    def answer(self, method: str, path: str, asked: dict[str, Any]) -> dict[str, Any]:
        if method == "GET":
            return {"_id": "film", "status": "ready", "url": "https://x.example/film"}
        if "total_size" in asked:
            made = self._s3.create_multipart_upload(Bucket=BUCKET, Key=KEY)["UploadId"]
            total = self._totals[made] = -(-int(asked["total_size"]) // self._chunk_size)
            self._parts[made] = {}
            return {
                "upload_id": made,
                "asset_id": "film",
                "chunk_size": self._chunk_size,
                "total_chunks": total,
                "expires_at": LIFE,
                "upload_headers": {"Content-Type": "application/octet-stream"},
                "upload_urls": self._urls(made, 1, 10),
            }
        upload_id = path.split("/multipart-uploads/")[1].partition("/")[0]
        if "start" in asked:
            urls = self._urls(upload_id, asked["start"], asked["count"])
            return {"upload_id": upload_id, "upload_urls": urls}
        return self._report(upload_id, asked["completed_chunks"])

    def _urls(self, upload_id: str, start: int, count: int) -> list[dict[str, Any]]:
        about = {"Bucket": BUCKET, "Key": KEY, "UploadId": upload_id}
        return [
            {
                "chunk_index": number,
                "url": self._s3.generate_presigned_url(
                    "upload_part", Params={**about, "PartNumber": number}, ExpiresIn=3600
                ),
                "expires_at": LIFE,
            }
            for number in range(start, min(start + count, self._totals[upload_id] + 1))
        ]

    def _report(self, upload_id: str, chunks: list[dict[str, Any]]) -> dict[str, Any]:
        parts = self._parts[upload_id]
        parts |= {chunk["chunk_index"]: chunk["proof"] for chunk in chunks}
        answer = {"asset_id": "film", "processed_chunks": len(chunks), "duplicate_chunks": 0}
        answer["total_completed"] = len(parts)
        if len(parts) == self._totals[upload_id]:
            listed = [{"PartNumber": at, "ETag": parts[at]} for at in sorted(parts)]
            self._s3.complete_multipart_upload(
                Bucket=BUCKET, Key=KEY, UploadId=upload_id, MultipartUpload={"Parts": listed}
            )
            answer["url"] = "https://x.example/film"
        return answer


def main() -> None:
    endpoint, chunk_size = sys.argv[1:]
    uploads = Uploads(s3_client(endpoint), int(chunk_size))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            reply = json.dumps(uploads.answer(self.command, self.path, json.loads(body or b"{}")))
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply.encode())

        do_GET = do_POST = _answer  # noqa: N815  # the names of http.server

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()

"""The pages and ninjs files of the evaluation data as NDJSON that `copydesk replay` reads.

    python -m benchmarks.shared_data OUT.ndjson [--shared FOLDER]

Pages become envelopes with their URL, and a fetch time made from the publication time of the gold file, so that the
ordering of events has something to go by; ninjs files become lines of their own.
"""

import argparse
import gzip
import sys
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

SHARED = Path(__file__).resolve().parents[2] / "shared"
FETCHED = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def page_envelopes(shared: Path) -> Iterator[dict[str, Any]]:
    """Every evaluation page as a page envelope, in the order of the gold files."""
    for name in ("fundus", "aeb"):
        folder = shared / "data" / "pages" / name
        gold = orjson.loads(gzip.decompress((folder / "gold.json.gz").read_bytes()))
        for page in gold:
            body = gzip.decompress((folder / page["file"]).read_bytes())
            yield {
                "url": page.get("url") or f"https://{name}.example/{page['id']}",
                "fetched_at": FETCHED.isoformat(),
                "content_type": "text/html",
                "body_base64": b64encode(body).decode(),
            }


def ninjs_lines(shared: Path) -> Iterator[bytes]:
    """Every ninjs example on one line; what is no JSON stays as it is."""
    for path in sorted((shared / "data" / "wire" / "ninjs" / "examples").rglob("*.json")):
        raw = path.read_bytes()
        try:
            yield orjson.dumps(orjson.loads(raw))
        except orjson.JSONDecodeError:
            yield raw.replace(b"\n", b" ")


def write_ndjson(shared: Path, out: Path) -> int:
    """Write all of it; returns how many records there are."""
    lines = [*map(orjson.dumps, page_envelopes(shared)), *ninjs_lines(shared)]
    out.write_bytes(b"\n".join(lines) + b"\n")
    return len(lines)


def main() -> None:
    """Write the NDJSON file that the arguments name."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--shared", type=Path, default=SHARED)
    arguments = parser.parse_args()
    if not (arguments.shared / "data").is_dir():
        sys.exit(f"--shared {arguments.shared}: holds no data/ folder")
    print(f"{write_ndjson(arguments.shared, arguments.out)} records in {arguments.out}")


if __name__ == "__main__":
    main()

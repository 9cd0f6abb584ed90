"""How long a process takes to remember a history, and how much memory: all three stages, in a process of its own.

    python -m benchmarks.warm_start [--rows 1000000] [--days 14] [--shared FOLDER]

The history is made of decided articles of the evaluation data, repeated with other ids, times, sketches and rare terms,
so that events and copy families keep their sizes and no repetition is like another.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.shared_data import SHARED
from benchmarks.wire_stream import decided, wire_articles
from connectors.parquet.arrivals import arrival_day
from connectors.parquet.remembered import HistoryRows
from connectors.parquet.sorted_file import place_file
from pipelines.core.repeats.sketches import family_of
from pipelines.transforms.metrics import tally
from pipelines.transforms.recalling import recall_all
from pipelines.transforms.stages import ASSIGN_EVENT_IDS, FOLLOW_STORY, LINK_REPEATS
from schemas.article import Article
from schemas.codec import to_table
from schemas.record import Origin

BASE_ROWS = 4_000
START = datetime(2026, 3, 1, tzinfo=UTC)
BAR_SECONDS, BAR_GB = 60, 3.0
# Hash, rarity, flags; and what stands before the first: the layout of `events.terms`.
_TERM, _HEAD = 5, 5


def history_files(rows: int, days: int, shared: Path) -> Iterator[pa.Table]:
    """Tables of `BASE_ROWS` rows of history, together as many as asked for, spread evenly over the days."""
    base = decided(islice(wire_articles(shared), BASE_ROWS))
    table = to_table(Article, [replace(row, **_WITHOUT_TEXT) for row in base])
    step = timedelta(days=days) / rows
    for copy in range(-(-rows // len(base))):
        yield _another(table, base, copy, step)


_WITHOUT_TEXT: dict[str, Any] = {"headline": None, "abstract": None, "body_text": None, "byline": None}


def _another(table: pa.Table, base: list[Article], copy: int, step: timedelta) -> pa.Table:
    """The rows as if they were of other texts: told at another time, with other rare terms."""
    places = range(copy * len(base), (copy + 1) * len(base))
    ids = [_other_id(row.article_id, copy) for row in base]
    times = [START + step * place for place in places]
    columns: dict[str, list[Any]] = {
        "article_id": ids,
        "origin": [_origin(row.origin, place) for row, place in zip(base, places, strict=True)],
        "payload_sha256": [_other_id(row.payload_sha256, copy) for row in base],
        "story_seq": list(places),
        "language_seq": [place + 1 for place in places],
        "copy_family": [_other_family(row, one, copy) for row, one in zip(base, ids, strict=True)],
        "dup_of": [_other_id(row.dup_of or "", copy) or None for row in base],
        "content_hash": [_other_id(row.content_hash or "", copy) or None for row in base],
        "repeat_sketch": [_other_bytes(row.repeat_sketch, copy, 4) for row in base],
        "event_id": [None if row.event_id is None else _other_event(row.event_id, copy) for row in base],
        "event_terms": [_other_terms(row.event_terms, copy) for row in base],
    }
    columns |= dict.fromkeys(("received", "first_received", "published", "version_created"), times)
    for name, values in columns.items():
        place = table.schema.get_field_index(name)
        table = table.set_column(
            place, table.schema.field(name), pa.array(values, table.schema.field(name).type)
        )
    return table


def _origin(origin: Origin, place: int) -> dict[str, Any]:
    """The origin of the row in its place of the whole stream."""
    return {"source": origin.source, "partition": 0, "offset": place, "follows": None, "item": origin.item}


def _other_family(row: Article, article_id: str, copy: int) -> str | None:
    if row.copy_family == family_of(row.article_id):
        return family_of(article_id)
    return _other_id(row.copy_family or "", copy) or None


def _other_id(name: str, copy: int) -> str:
    return blake2b(f"{copy} {name}".encode(), digest_size=len(name) // 2).hexdigest() if name else name


def _other_event(event_id: str, copy: int) -> str:
    tail = blake2b(f"{copy} {event_id}".encode(), digest_size=13).digest()
    return event_id[:13] + "".join("abcdefghijklmnopqrstuvwxyz234567"[byte & 31] for byte in tail)


def _other_bytes(packed: bytes | None, copy: int, kept: int) -> bytes | None:
    if packed is None:
        return None
    noise = np.random.default_rng(copy).integers(0, 256, len(packed) - kept, np.uint8)
    return packed[:kept] + (np.frombuffer(packed, np.uint8)[kept:] ^ noise).tobytes()


def _other_terms(packed: bytes | None, copy: int) -> bytes | None:
    """Every other term hashes elsewhere; the rest stays, as words of a language do."""
    if packed is None:
        return None
    count = packed[1] + packed[2]
    terms = np.frombuffer(packed, np.uint8, count * _TERM, _HEAD).reshape(-1, _TERM).copy()
    terms[::2, :3] ^= np.random.default_rng(copy).integers(0, 256, 3, np.uint8)
    return packed[:_HEAD] + terms.tobytes() + packed[_HEAD + count * _TERM :]


def write(folder: Path, rows: int, days: int, shared: Path) -> int:
    """Write the history; returns how many rows it has."""
    written = 0
    for number, table in enumerate(history_files(rows, days, shared)):
        received = table["received"].to_pylist()
        names = np.array([arrival_day(one.replace(tzinfo=UTC)) for one in received])
        for day in np.unique(names):
            part = table.filter(pa.array(names == day))
            place_file(part, folder / "history" / f"arrived={day}" / f"part-{number:05d}.parquet")
        written += table.num_rows
    return written


def remember(folder: Path) -> None:
    """Remember it, and print what that took."""
    before = _peak_mb()
    started = time.monotonic()
    for stage in (FOLLOW_STORY, LINK_REPEATS, ASSIGN_EVENT_IDS):
        begun = time.monotonic()
        recall_all("benchmark", stage, HistoryRows(str(folder)))
        print(f"{stage.label:16} {time.monotonic() - begun:6.1f} s   peak {_peak_mb():6,.0f} MB", flush=True)
    seconds, counts = time.monotonic() - started, tally()
    rows = max(count for name, count in counts.items() if name.startswith("recalled.rows."))
    print(
        f"{rows:,} rows in {seconds:.1f} s (bar {BAR_SECONDS} s a million), peak {_peak_mb() / 1000:.2f} GB (bar"
        f" {BAR_GB:.0f} GB), memories {counts['recalled.bytes'] / rows:,.0f} bytes a row by their own count,"
        f" {(_peak_mb() - before) * 1e6 / rows:,.0f} by the process; {os.cpu_count()} cores, load"
        f" {os.getloadavg()[0]:.1f}"
    )


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Make a history, then remember it in another process."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--days", type=int, default=14)
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--folder", type=Path, help="remember the history of this folder of output instead")
    arguments = parser.parse_args()
    if arguments.folder is not None:
        remember(arguments.folder)
        return
    if not (arguments.shared / "data").is_dir():
        sys.exit(f"--shared {arguments.shared}: holds no data/ folder")
    with tempfile.TemporaryDirectory() as name:
        rows = write(Path(name), arguments.rows, arguments.days, arguments.shared)
        print(f"{rows:,} rows over {arguments.days} days", flush=True)
        command = [sys.executable, "-m", "benchmarks.warm_start", "--folder", name]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main()

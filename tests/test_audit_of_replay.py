"""What a replay has read is accounted for by its outputs, and what is taken away from them is missed."""

import base64
import json
import shutil

import pyarrow.parquet as pq
import pytest

from connectors.parquet.audit import audit_folder
from tests.builders_warc import (
    HTML,
    PARAGRAPH,
    URL,
    a_request,
    a_warc_record,
    a_warcinfo,
    an_answer,
    by_member,
)
from tests.test_ingest import ask, replay_paths

DAYS = 3


def a_page(number: int) -> bytes:
    """Three days, so that history has as many files; each text is another."""
    text = f"Crossing {number}: {PARAGRAPH}".encode()
    return a_warc_record(
        an_answer(HTML.replace(PARAGRAPH.encode(), text)),
        WARC_Target_URI=f"{URL}/{number}",
        WARC_Date=f"2026-03-0{1 + number % DAYS}T07:00:{number:02}Z",
    )


def a_capture(number: int) -> str:
    value = base64.b64encode(HTML).decode()
    headers = [["ce_subject", f"{URL}/captured/{number}"], ["ce_time", "2026-03-02T07:00:00Z"]]
    return json.dumps(
        {
            "topic": "news.pages.raw",
            # Topics have empty stretches, too.
            "offset": 4_000 + 3 * number,
            "timestamp": 1_772_431_330_000 + 86_400_000 * (number % DAYS),
            "headers": headers,
            "value_base64": value,
        }
    )


@pytest.fixture(scope="module")
def replayed(tmp_path_factory):
    root = tmp_path_factory.mktemp("audit")
    source = root / "in"
    source.mkdir()
    broken = by_member([a_page(50)])
    crawl = [a_warcinfo(), *(part for number in range(30) for part in (a_request(), a_page(number)))]
    (source / "crawl.warc.gz").write_bytes(by_member(crawl) + broken[:-100] + by_member([a_page(51)]))
    (source / "plain.warc").write_bytes(b"".join(crawl) + a_warc_record(an_answer(b"", "404 Not Found")))
    (source / "text.txt").write_text("Bridge shut\n\nThe harbour bridge in Port Lowry was shut on Monday.")
    lines = [*map(a_capture, range(10)), "{ no record", *map(a_capture, range(10, 20))]
    (source / "captured.ndjson").write_text("\n".join(lines))
    return replay_paths([source], root / "out")


@pytest.fixture
def folder(replayed, tmp_path):
    return shutil.copytree(replayed, tmp_path / "out")


def places_of(path) -> set[tuple[str, int]]:
    origins = pq.read_table(path, columns=["origin"], partitioning=None)["origin"].to_pylist()
    return {(origin["source"], origin["offset"]) for origin in origins}


def listed(folder) -> set[tuple[str, int]]:
    return {
        (gap.source, offset) for gap in audit_folder(folder).gaps for offset in range(gap.first, gap.last + 1)
    }


def is_between(place, kept) -> bool:
    """Whether other records tell of this one: some behind it, and before it the start of its file or some of its topic."""
    source, offset = place
    others = [other for name, other in kept if name == source]
    first = 0 if source.startswith("file:") else min(others, default=0)
    return first <= offset <= max(others, default=-1)


def test_a_replay_of_archives_captures_and_bare_files_is_accounted_for(folder):
    found = audit_folder(folder)

    assert found.gaps == ()
    # 30 pages, a damaged member and a page behind it; 30 pages and a gone one; 20 captures, a bad line, a text.
    assert found.records == 32 + 31 + 21 + 1
    assert ask(folder, f"select count(*) > 0 from articles where url = '{URL}/51'") == [(True,)]


@pytest.mark.parametrize("kind", ["history", "dead_letters"])
def test_what_a_file_of_the_output_held_is_missed_when_it_is_gone(folder, kind):
    whole = {path: places_of(path) for path in sorted(folder.glob("*/arrived=*/*.parquet"))}
    gone = max((path for path in whole if path.parts[-3] == kind), key=lambda path: len(whole[path]))
    kept = {place for path, places in whole.items() if path != gone for place in places}
    gone.unlink()
    missed = listed(folder)

    expected = {place for place in whole[gone] - kept if is_between(place, kept)}
    assert expected
    assert missed & (whole[gone] | kept) == expected

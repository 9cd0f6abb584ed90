"""Where to read topics on: the lowest offset of each partition that has neither a row nor a dead letter."""

import itertools
import os
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.parquet import arrivals
from connectors.parquet.arrivals import append_rows
from connectors.parquet.audit import audit_folder
from connectors.parquet.unread import UnreadPlace, unread_places
from connectors.parquet.write_dead_letters import dead_letter_ledger
from connectors.parquet.write_history import HISTORY
from pipelines.core.dead_letters import dead_letter
from schemas.article import Article
from schemas.dead_letter import DeadLetter, DeadLetterKind
from schemas.record import Origin
from schemas.rejection import ReasonCode, Rejected
from tests.builders import MORNING, a_record, an_article
from tests.builders_history import arrive

TOPIC = "news.pages.raw"
FULL = os.environ.get("COPYDESK_FULL") == "1"


class Killed(Exception):
    """The process ends here."""


def a_row(offset: int, follows: int | None = None, *, item: int = 0, **where) -> Article:
    origin = Origin(**({"source": TOPIC} | where), offset=offset, follows=follows, item=item)
    return replace(an_article(f"a{offset}"), origin=origin)


def a_letter(
    offset: int, follows: int | None = None, *, reason=ReasonCode.TEXT_EMPTY, **fields
) -> DeadLetter:
    origin = Origin(source=TOPIC, offset=offset, follows=follows)
    rejected = Rejected(reason, "told")
    return replace(dead_letter(a_record(origin=origin), "DecodeRecord", rejected, is_wire=False), **fields)


def reject(folder: Path, *letters: DeadLetter) -> None:
    append_rows(folder, dead_letter_ledger("DecodeRecord"), letters)


def unread(folder: Path) -> tuple[int, int | None]:
    [place] = unread_places(folder).values()
    return place.next_offset, place.last_offset


def test_after_all_that_is_told_comes_the_next(tmp_path):
    arrive(tmp_path, a_row(5), a_row(7, 6))
    reject(tmp_path, a_letter(6, 5))

    assert unread(tmp_path) == (8, 7)


def test_what_is_missing_is_read_before_what_comes_next(tmp_path):
    arrive(tmp_path, a_row(5), a_row(6, 5), a_row(8, 7), a_row(10, 9))

    assert unread(tmp_path) == (7, 6)


def test_what_was_empty_when_it_was_read_is_not_read_again(tmp_path):
    arrive(tmp_path, a_row(2), a_row(5, 2), a_row(100, 5))

    assert unread(tmp_path) == (101, 100)


def test_what_retention_took_is_not_read_again(tmp_path):
    arrive(tmp_path, a_row(2), a_row(10, 9))
    reject(tmp_path, a_letter(9, 2, reason=ReasonCode.SOURCE_LOST))

    assert unread(tmp_path) == (11, 10)


@pytest.mark.parametrize("follows", [None, 3])
def test_a_read_that_begins_with_a_loss_goes_on_after_it(tmp_path, follows):
    reject(tmp_path, a_letter(9, follows, reason=ReasonCode.SOURCE_LOST))

    assert unread(tmp_path) == (10, 9)


def test_a_record_of_which_items_are_missing_is_read_again(tmp_path):
    arrive(tmp_path, a_row(4), a_row(5, 4), a_row(5, 4, item=2), a_row(6, 5))

    assert unread(tmp_path) == (5, 4)


def test_what_the_first_told_record_follows_is_read_where_nothing_tells_of_it(tmp_path):
    arrive(tmp_path, a_row(6, 5), a_row(7, 6))

    assert unread(tmp_path) == (5, None)


def test_a_delivery_that_failed_tells_nothing_of_reading(tmp_path):
    arrive(tmp_path, a_row(0), a_row(2, 1))
    reject(tmp_path, a_letter(1, 0, kind=DeadLetterKind.DELIVERY, reason=ReasonCode.SINK_REJECTED))

    assert unread(tmp_path) == (1, 0)


def test_partitions_and_topics_are_apart_and_files_are_left_out(tmp_path):
    arrive(
        tmp_path,
        a_row(3),
        a_row(8, partition=1),
        a_row(1, source="news.wire.raw"),
        a_row(0, source="file:morning.ndjson"),
    )

    assert unread_places(tmp_path) == {
        (TOPIC, 0): UnreadPlace(next_offset=4, last_offset=3, first_offset=3),
        (TOPIC, 1): UnreadPlace(next_offset=9, last_offset=8, first_offset=8),
        ("news.wire.raw", 0): UnreadPlace(next_offset=2, last_offset=1, first_offset=1),
    }


def test_an_output_that_tells_of_nothing_has_no_places(tmp_path):
    assert unread_places(tmp_path) == {}


def test_what_a_bundle_has_written_that_was_cut_short_does_not_count(tmp_path, monkeypatch):
    arrive(tmp_path, a_row(0))
    rows = [replace(a_row(day, day - 1), received=MORNING.replace(day=day)) for day in (1, 2, 3)]
    die_after(monkeypatch, files=1)
    with pytest.raises(Killed):
        arrive(tmp_path, *rows)

    assert unread(tmp_path) == (1, 0)


def die_after(monkeypatch, files: int) -> None:
    """End the process once so many more files are in place."""
    place_file, left = arrivals.place_file, [files]

    def place(table, path, **terms):
        if not left[0]:
            raise Killed
        left[0] -= 1
        return place_file(table, path, **terms)

    monkeypatch.setattr(arrivals, "place_file", place)


@dataclass(frozen=True)
class Topic:
    """One partition: offsets that hold a record, which of these are rejected, on how many days they came."""

    offsets: tuple[int, ...]
    rejected: frozenset[int]
    days: int

    def bundle(self, begin: int, follows: int | None, size: int) -> tuple[list[Article], list[DeadLetter]]:
        """What becomes of the first records from an offset on."""
        read = [offset for offset in self.offsets if offset >= begin][:size]
        rows, letters = [], []
        for before, offset in zip([follows, *read], read, strict=False):
            received = MORNING.replace(day=1 + offset % self.days)
            if offset in self.rejected:
                letters.append(replace(a_letter(offset, before), received=received))
            else:
                rows.append(replace(a_row(offset, before), received=received))
        return rows, letters


topics = st.builds(
    lambda steps, rejected, days: Topic(tuple(itertools.accumulate(steps)), frozenset(rejected), days),
    st.lists(st.integers(1, 3), min_size=1, max_size=14),
    st.sets(st.integers(1, 42)),
    st.integers(1, 3),
)


def files_of(folder: Path, name: str) -> list[Path]:
    return sorted((folder / name).rglob("*.parquet"))


@settings(max_examples=300 if FULL else 12, deadline=None)
@given(topic=topics, size=st.integers(1, 5), kills=st.lists(st.integers(0, 7), max_size=4), data=st.data())
def test_whatever_kills_a_run_the_next_reads_on_where_records_have_come_to_nothing(
    tmp_path_factory, topic, size, kills, data
):
    folder = tmp_path_factory.mktemp("unread")
    told: set[int] = set()
    for files in [*kills, None]:
        place = unread_places(folder).get((TOPIC, 0), UnreadPlace(next_offset=0))
        missing = [offset for offset in topic.offsets if offset not in told]
        due = [offset for offset in topic.offsets if offset >= place.next_offset]

        assert due[:1] == missing[:1]
        assert place.last_offset == max(
            (one for one in told if not missing or one < missing[0]), default=None
        )

        letters_first = data.draw(st.booleans())
        with pytest.MonkeyPatch.context() as patch:
            if files is not None:
                die_after(patch, files)
            told |= run(folder, topic, place, size, letters_first=letters_first)

    assert told == set(topic.offsets)
    assert audit_folder(folder).gaps == ()
    assert audit_folder(folder).records == len(topic.offsets)


def run(folder: Path, topic: Topic, place: UnreadPlace, size: int, *, letters_first: bool) -> set[int]:
    """Read the topic from a place on, to its end or till the process dies; the offsets whose outcome is complete."""
    told: set[int] = set()
    begin, follows = place.next_offset, place.last_offset
    try:
        while True:
            rows, letters = topic.bundle(begin, follows, size)
            if not rows and not letters:
                return told
            ledgers = [(HISTORY, rows), (dead_letter_ledger("DecodeRecord"), letters)]
            for ledger, outcomes in reversed(ledgers) if letters_first else ledgers:
                append_rows(folder, ledger, outcomes)
                told |= {outcome.origin.offset for outcome in outcomes}
            follows = max(outcome.origin.offset for outcome in (*rows, *letters))
            begin = follows + 1
    except Killed:
        return told

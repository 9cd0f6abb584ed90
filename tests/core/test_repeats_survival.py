from collections.abc import Callable, Iterable
from dataclasses import replace

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.core.repeats.changes import RepeatChange, change_of
from pipelines.core.repeats.journal import UnknownJournalVersion, pack_change, unpack_change
from pipelines.core.repeats.linking import link_repeats
from pipelines.core.repeats.memory import RepeatMemory
from pipelines.core.repeats.recalled import RECALLED
from pipelines.core.repeats.snapshots import UnknownSnapshotVersion
from pipelines.core.step import SNAPSHOT_BLOCK_BYTES
from schemas.article import Article
from schemas.article_parts import PubStatus
from schemas.codec import decode, encode, to_table
from tests.builders import MORNING
from tests.builders_repeats import (
    DAY,
    DOCK,
    LIVES,
    Life,
    a_notice,
    a_report,
    a_text,
    answers,
    edited,
    linked,
    lived,
    passed,
)

CUTS = st.integers(0, 14)


def by_journal(rows: list[Article], changes: list[RepeatChange], _: RepeatMemory) -> RepeatMemory:
    memory = RepeatMemory()
    for change in changes:
        memory.apply(unpack_change(pack_change(change)))
    return memory


def by_rows_one_by_one(rows: list[Article], changes: list[RepeatChange], _: RepeatMemory) -> RepeatMemory:
    memory = RepeatMemory()
    for row in rows:
        memory.apply(change_of(decode(Article, encode(row))))
    return memory


def by_snapshot(rows: list[Article], changes: list[RepeatChange], before: RepeatMemory) -> RepeatMemory:
    memory = RepeatMemory()
    memory.restore(before.snapshot())
    return memory


def by_history(rows: list[Article], changes: list[RepeatChange], _: RepeatMemory) -> RepeatMemory:
    memory = RepeatMemory()
    memory.recall(to_table(Article, rows).select(RECALLED))
    return memory


def by_history_in_parts(rows: list[Article], changes: list[RepeatChange], _: RepeatMemory) -> RepeatMemory:
    memory = RepeatMemory()
    table = to_table(Article, rows)
    for begin in range(0, len(rows), 3):
        memory.recall(table.slice(begin, 3))
    return memory


Way = Callable[[list[Article], list[RepeatChange], RepeatMemory], RepeatMemory]
WAYS = (by_journal, by_rows_one_by_one, by_snapshot, by_history, by_history_in_parts)


@pytest.mark.parametrize("way", WAYS)
@settings(max_examples=120)
@given(life=LIVES, cut=CUTS)
def test_a_memory_that_comes_back_decides_the_rest_of_the_stream_alike(
    way: Way, life: Life, cut: int
) -> None:
    articles = lived(life)
    memory, rows, changes = passed(articles[:cut])

    again = way(emitted(rows, changes), changes, memory)

    assert b"".join(again.snapshot()) == b"".join(memory.snapshot())
    assert linked(again, *articles[cut:]) == linked(memory, *articles[cut:])
    assert answers(again) == answers(memory)
    assert b"".join(again.snapshot()) == b"".join(memory.snapshot())


def emitted(rows: list[Article], changes: list[RepeatChange]) -> list[Article]:
    """Each row once."""
    known = {change.row_key for change in changes}
    return [row for row in rows if change_of(row).row_key in known]


@given(LIVES)
def test_every_change_comes_back_from_the_journal_as_it_was(life: Life) -> None:
    _, _, changes = passed(lived(life))

    assert [unpack_change(pack_change(change)) for change in changes] == changes


def test_a_journal_record_takes_less_than_330_bytes() -> None:
    first, copy = (a_report(f"{n:032x}", DOCK, offset=n, visible_from=MORNING) for n in (1, 2))
    _, [_, row], changes = passed([first, copy])

    assert row.dup_of is not None
    assert max(len(pack_change(change)) for change in changes) < 330


@pytest.mark.parametrize("blob", [b"", b"\x00", b"\x02" + bytes(300)])
def test_a_journal_of_another_release_is_refused(blob: bytes) -> None:
    with pytest.raises(UnknownJournalVersion):
        unpack_change(blob)


@pytest.mark.parametrize("block", [b"", b"\x00", b"\x02" + bytes(300)])
def test_a_snapshot_of_another_release_is_refused(block: bytes) -> None:
    with pytest.raises(UnknownSnapshotVersion):
        RepeatMemory().restore([block])


def test_a_snapshot_of_nothing_is_an_empty_memory() -> None:
    memory = RepeatMemory()
    memory.restore(RepeatMemory().snapshot())

    assert linked(memory, a_report("a1", DOCK))[0].language_seq == 1


def test_a_row_that_history_has_twice_is_taken_once() -> None:
    memory, rows, _ = passed([a_report("a1", DOCK), a_report("a2", edited(DOCK, 12), offset=1)])
    again = RepeatMemory()
    again.recall(to_table(Article, [rows[0], *rows, *rows]))
    again.recall(to_table(Article, rows))

    assert b"".join(again.snapshot()) == b"".join(memory.snapshot())


def test_columns_that_were_never_written_stand_for_their_defaults() -> None:
    memory, rows, _ = passed([a_report("a1", DOCK), a_report("a2", edited(DOCK, 12), offset=1)])
    table = to_table(Article, rows)
    for name in ("superseded", "restricted", "item_kind", "change_type", "part"):
        at = table.schema.get_field_index(name)
        table = table.set_column(at, name, pa.nulls(len(rows), table.schema.field(at).type))
    again = RepeatMemory()
    again.recall(table)

    assert list(again.snapshot()) == list(memory.snapshot())


def test_many_rows_are_recalled_as_one_by_one() -> None:
    memory, rows, _ = passed(a_month())
    again, restored = RepeatMemory(), RepeatMemory()
    again.recall(to_table(Article, rows))
    restored.restore(memory.snapshot())

    blocks = list(memory.snapshot())
    assert list(again.snapshot()) == blocks
    assert list(restored.snapshot()) == blocks
    assert answers(again) == answers(restored) == answers(memory)


def a_month() -> list[Article]:
    """Forty days of articles, some of which come again, and one clock that is a year ahead."""
    articles = []
    for number in range(1_200):
        day = 300 if number == 500 else number // 30
        body = a_text(f"s{number % 400}x", 60)
        article = a_report(f"{number % 700:032x}", body, offset=number, received=MORNING + day * DAY)
        articles.append(replace(article, superseded=number % 11 == 0))
    return articles


def test_a_snapshot_holds_no_sketch_that_is_past_its_days_and_no_row_that_is_forgotten() -> None:
    memory = RepeatMemory()
    linked(memory, *(a_report(f"a{n}", a_text(f"s{n}x"), offset=n) for n in range(20)))
    full = size_of(memory.snapshot())
    linked(memory, *(notice_on(day) for day in range(1, 9)))
    without_sketches = size_of(memory.snapshot())
    linked(memory, *(notice_on(day) for day in range(9, 50)))

    assert without_sketches < full - 20 * 200 + 8 * 160
    assert size_of(memory.snapshot()) < 31 * 130
    assert memory.article("a1") is None


def notice_on(day: int) -> Article:
    return a_notice(f"n{day}", PubStatus.CANCELED, offset=100 + day, received=MORNING + day * DAY)


def size_of(blocks: Iterable[bytes]) -> int:
    return sum(map(len, blocks))


def test_no_block_of_a_snapshot_is_larger_than_a_block_may_be() -> None:
    memory = RepeatMemory()
    body = "Five words make a shingle"
    for number in range(4_000):
        article = a_report("é" * 900 + str(number), body, offset=number, source="one.example")
        memory.apply(link_repeats(memory, replace(article, content_hash=None)).changes[0])
    blocks = list(memory.snapshot())
    again = RepeatMemory()
    again.restore(blocks)

    assert len(blocks) > 2
    assert max(map(len, blocks)) <= SNAPSHOT_BLOCK_BYTES
    assert again.article("é" * 900 + "3999") == memory.article("é" * 900 + "3999")
    assert list(again.snapshot()) == blocks

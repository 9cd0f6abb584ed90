"""How a dead letter stands: what settles it, what stands for it, and what a forged header cannot do."""

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.parquet.arrivals import append_rows
from connectors.parquet.audit import audit_folder
from connectors.parquet.handled import append_handlings
from connectors.parquet.views import connect
from connectors.parquet.write_dead_letters import dead_letter_ledger
from pipelines.core.dead_letters import dead_letter
from schemas.dead_letter import ATTEMPT_HEADER, REPLAY_OF_HEADER, DeadLetter, DeadLetterKind
from schemas.handling import Deed, Handling
from schemas.rejection import ReasonCode, Rejected
from tests.builders import MORNING, a_record, an_article, an_origin
from tests.builders_history import NOON, arrive, publish_at

TOPIC = "news.pages.raw"
FULL = os.environ.get("COPYDESK_FULL") == "1"


def a_letter(offset: int, *, replays: DeadLetter | None = None, **fields) -> DeadLetter:
    headers = ()
    if replays is not None:
        headers = (
            (REPLAY_OF_HEADER, replays.dead_letter_id.encode()),
            (ATTEMPT_HEADER, str(replays.attempt).encode()),
        )
    record = a_record(b"{", origin=an_origin(offset, TOPIC), headers=headers)
    rejected = Rejected(ReasonCode.JSON_MALFORMED, "told")
    return replace(dead_letter(record, "DecodeRecord", rejected, is_wire=False), **fields)


def a_row(offset: int, letter: DeadLetter, **fields):
    """A row of the letter's bytes, of a replay unless said otherwise."""
    base = {"payload_sha256": letter.payload_sha256, "replay_of": letter.dead_letter_id}
    return an_article(f"a{offset}", **({"origin": an_origin(offset, TOPIC)} | base | fields))


def reject(folder: Path, *letters: DeadLetter) -> None:
    append_rows(folder, dead_letter_ledger("DecodeRecord"), letters)


def handle(folder: Path, letter: DeadLetter, deed: Deed) -> None:
    append_handlings(folder, [Handling(dead_letter_id=letter.dead_letter_id, deed=deed, by="ada", at=NOON)])


def states(folder: Path) -> dict[int, str]:
    query = "select origin.offset, state from dead_letters"
    return dict(connect(str(folder), NOON).execute(query).fetchall())


def test_a_dead_letter_is_open_until_something_comes_of_it(tmp_path):
    reject(tmp_path, a_letter(1))

    assert states(tmp_path) == {1: "open"}


def test_a_row_of_a_replay_settles_it_wherever_that_stood(tmp_path):
    reject(tmp_path, a_letter(1))
    arrive(tmp_path, a_row(9, a_letter(1)))

    assert states(tmp_path) == {1: "settled"}


def test_a_row_in_its_own_place_settles_it(tmp_path):
    reject(tmp_path, a_letter(1))
    arrive(tmp_path, a_row(1, a_letter(1), replay_of=None))

    assert states(tmp_path) == {1: "settled"}


def test_a_row_of_other_bytes_in_its_place_on_a_topic_that_was_made_anew_settles_nothing(tmp_path):
    reject(tmp_path, a_letter(1))
    arrive(tmp_path, a_row(1, a_letter(1), replay_of=None, payload_sha256="f" * 64))

    assert states(tmp_path) == {1: "open"}


def test_a_row_of_other_bytes_in_its_place_in_a_file_that_was_mended_settles_it(tmp_path):
    origin = an_origin(1, "file:a.ndjson")
    reject(tmp_path, a_letter(1, origin=origin))
    arrive(tmp_path, a_row(1, a_letter(1), origin=origin, replay_of=None, payload_sha256="f" * 64))

    assert states(tmp_path) == {1: "settled"}


def test_a_replay_that_fails_again_stands_for_it_and_counts(tmp_path):
    first = a_letter(1)
    second = a_letter(5, replays=first)
    third = a_letter(8, replays=second)
    reject(tmp_path, first, second, third)

    assert states(tmp_path) == {1: "again", 5: "again", 8: "open"}
    assert [letter.attempt for letter in (first, second, third)] == [1, 2, 3]


@pytest.mark.parametrize(
    "forged",
    [
        {"payload_sha256": "0" * 64},
        {"replay_of": "0" * 32},
        {"origin": an_origin(9, "news.wire.raw")},
    ],
)
def test_a_row_of_other_bytes_or_of_another_topic_settles_nothing(tmp_path, forged):
    letter = a_letter(1)
    reject(tmp_path, letter)
    arrive(tmp_path, a_row(9, letter, **forged))

    assert states(tmp_path) == {1: "open"}


def test_a_dead_letter_of_other_bytes_does_not_stand_for_it(tmp_path):
    first = a_letter(1)
    reject(tmp_path, first, a_letter(5, replays=first, payload_sha256="0" * 64))

    assert states(tmp_path) == {1: "open", 5: "open"}


def test_two_that_claim_to_be_replays_of_each_other_do_not_both_vanish(tmp_path):
    one, other = a_letter(1), a_letter(5)
    reject(
        tmp_path,
        replace(one, replay_of=other.dead_letter_id, attempt=2),
        replace(other, replay_of=one.dead_letter_id, attempt=2),
    )

    assert states(tmp_path) == {1: "open", 5: "open"}


def test_an_unknown_dead_letter_that_a_record_names_harms_nothing(tmp_path):
    arrive(tmp_path, an_article("a", offset=3, replay_of="f" * 32))
    reject(tmp_path, a_letter(4, replay_of="e" * 32, attempt=7))

    assert states(tmp_path) == {4: "open"}
    assert audit_folder(tmp_path).gaps == ()


@pytest.mark.parametrize(
    ("deed", "state"),
    [(Deed.DISCARDED, "discarded"), (Deed.SENT, "waiting"), (Deed.DELIVERED, "settled")],
)
def test_what_somebody_did_about_it_is_how_it_stands(tmp_path, deed, state):
    reject(tmp_path, a_letter(1), a_letter(2))
    handle(tmp_path, a_letter(1), deed)

    assert states(tmp_path) == {1: state, 2: "open"}


def test_what_came_of_it_counts_more_than_what_somebody_did(tmp_path):
    reject(tmp_path, a_letter(1))
    handle(tmp_path, a_letter(1), Deed.SENT)
    handle(tmp_path, a_letter(1), Deed.DISCARDED)
    arrive(tmp_path, a_row(9, a_letter(1)))

    assert states(tmp_path) == {1: "settled"}


def test_a_discarded_one_is_accounted_for_still(tmp_path):
    arrive(tmp_path, a_row(0, a_letter(1), replay_of=None))
    reject(tmp_path, replace(a_letter(1), origin=an_origin(1, TOPIC, follows=0)))
    arrive(tmp_path, an_article("b", origin=an_origin(2, TOPIC, follows=1)))
    handle(tmp_path, a_letter(1), Deed.DISCARDED)

    assert audit_folder(tmp_path).unaccounted == 0


def test_a_delivery_is_not_settled_by_the_row_that_was_to_be_delivered(tmp_path):
    letter = a_letter(1, kind=DeadLetterKind.DELIVERY)
    reject(tmp_path, letter)
    arrive(tmp_path, a_row(1, letter))

    assert states(tmp_path) == {1: "open"}


def test_the_same_deed_twice_is_one_file(tmp_path):
    handle(tmp_path, a_letter(1), Deed.DISCARDED)
    handle(tmp_path, a_letter(1), Deed.DISCARDED)

    assert len(list((tmp_path / "handled").iterdir())) == 1
    assert append_handlings(tmp_path, []) is None


def test_of_a_later_time_it_is_another(tmp_path):
    done = Handling(dead_letter_id="0" * 32, deed=Deed.SENT, by="ada", at=NOON)

    paths = {
        append_handlings(tmp_path, [done]),
        append_handlings(tmp_path, [replace(done, at=MORNING + timedelta(days=1))]),
    }

    assert len(paths) == 2


@settings(max_examples=100 if FULL else 10)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=5), st.sets(st.integers(0, 4)))
def test_of_each_record_one_dead_letter_is_open_or_settled_however_often_it_was_replayed(
    tmp_path_factory, failures, mended
):
    folder = tmp_path_factory.mktemp("states")
    (folder / "history").mkdir()
    expected = {}
    for number, again in enumerate(failures):
        letters = [a_letter(100 * number)]
        for offset in range(1, again + 1):
            letters.append(a_letter(100 * number + offset, replays=letters[-1]))
        reject(folder, *letters)
        expected |= {letter.origin.offset: "again" for letter in letters[:-1]}
        last = letters[-1]
        if number in mended:
            arrive(folder, a_row(100 * number + 50, last))
        expected[last.origin.offset] = "settled" if number in mended else "open"

    assert states(folder) == expected


def test_files_of_a_release_without_replays_stand_beside_those_of_this_one(tmp_path):
    old = a_letter(1)
    reject(tmp_path, old, a_letter(2))
    arrive(tmp_path, an_article("a", origin=an_origin(7, TOPIC)))
    for name, gone in (("history", ["replay_of"]), ("dead_letters", ["replay_of", "feed"])):
        [path] = (tmp_path / name).rglob("*.parquet")
        pq.write_table(pq.ParquetFile(path).read().drop(gone), path)
    arrive(tmp_path, a_row(9, old))
    before = states(tmp_path)
    for offset in range(20, 30):
        arrive(tmp_path, an_article(f"a{offset}", origin=an_origin(offset, TOPIC)))
    publish_at(tmp_path)

    assert before == {1: "settled", 2: "open"}
    assert list((tmp_path / "history").rglob("merged-*"))
    assert states(tmp_path) == before

"""When a publish beside a stream is worth its start."""

from datetime import timedelta

import pytest

from connectors.parquet.publish_due import is_publish_due
from schemas.article_parts import ChangeType
from tests.builders_history import NOON, a_version, arrive, publish_at


@pytest.fixture
def output(tmp_path):
    arrive(tmp_path, a_version(1, ChangeType.NEW))
    publish_at(tmp_path)
    return tmp_path


def test_a_publish_is_due_while_there_was_none(tmp_path):
    arrive(tmp_path, a_version(1, ChangeType.NEW))

    assert is_publish_due(str(tmp_path), NOON)


def test_nothing_new_is_no_reason_to_publish(output):
    assert not is_publish_due(str(output), NOON)
    assert not is_publish_due(str(output), NOON + timedelta(days=3))


def test_a_row_of_history_is_a_reason_to_publish_and_once(output):
    arrive(output, a_version(2, ChangeType.UPDATE))

    assert is_publish_due(str(output), NOON)

    publish_at(output)

    assert not is_publish_due(str(output), NOON)


def test_an_embargo_whose_time_has_come_is_a_reason_to_publish_though_nothing_is_new(tmp_path):
    lifted = NOON + timedelta(hours=1)
    arrive(tmp_path, a_version(1, ChangeType.NEW, embargoed_until=lifted, visible_from=lifted))
    publish_at(tmp_path)

    assert not is_publish_due(str(tmp_path), lifted - timedelta(seconds=1))
    assert is_publish_due(str(tmp_path), lifted)

    publish_at(tmp_path, lifted)

    assert not is_publish_due(str(tmp_path), lifted)


def test_readers_files_that_were_taken_away_are_a_reason_to_publish(output):
    [file] = (output / "articles").rglob("*.parquet")
    file.unlink()

    assert is_publish_due(str(output), NOON)


def test_many_small_files_of_dead_letters_are_a_reason_to_publish_and_few_are_none(output):
    day = output / "dead_letters" / "arrived=2026-03-02"
    day.mkdir(parents=True)
    for number in range(50):
        (day / f"{number}.parquet").write_bytes(b"")

    assert not is_publish_due(str(output), NOON)

    (day / "50.parquet").write_bytes(b"")

    assert is_publish_due(str(output), NOON)

"""LinkRepeats along the life of a story: versions, holds, kills, embargoes."""

from datetime import timedelta
from typing import Any

import pytest

from pipelines.core.repeats.memory import RepeatMemory
from pipelines.core.repeats.sketches import family_of
from schemas.article_parts import ChangeType, ItemKind, PubStatus
from tests.builders import MORNING
from tests.builders_repeats import a_notice, a_report, a_text, edited, linked

DOCK, FERRY = a_text("dock"), a_text("ferry")


def test_an_article_is_no_duplicate_of_its_own_versions_and_keeps_its_family() -> None:
    memory = RepeatMemory()
    _, second, third = linked(
        memory,
        a_report("a1", DOCK),
        a_report("a2", edited(DOCK, 12), offset=1),
        a_report("a2", FERRY, offset=2, change_type=ChangeType.UPDATE),
    )

    assert third.copy_family == second.copy_family == family_of("a1")
    assert (third.dup_of, third.dup_similarity) == ("a1", second.dup_similarity)
    assert third.repeat_sketch != second.repeat_sketch


def test_a_copy_of_a_later_version_finds_it() -> None:
    *_, copy = linked(
        RepeatMemory(), a_report("a1", DOCK), a_report("a1", FERRY, offset=1), a_report("a2", FERRY, offset=2)
    )

    assert copy.dup_of == "a1"


def test_an_old_version_of_a_known_article_says_nothing_new() -> None:
    memory = RepeatMemory()
    _, old, other = linked(
        memory,
        a_report("a1", DOCK),
        a_report("a1", FERRY, offset=1, superseded=True),
        a_report("a2", FERRY, offset=2),
    )

    assert (old.copy_family, old.repeat_sketch) == (family_of("a1"), None)
    assert other.dup_of is None


def test_a_first_text_that_comes_after_its_hold_is_linked_like_a_first_one() -> None:
    hold, late, copy = linked(
        RepeatMemory(),
        a_notice("a1", PubStatus.WITHHELD, offset=0),
        a_report("a1", DOCK, offset=1, superseded=True),
        a_report("a2", DOCK, offset=2),
    )

    assert hold.copy_family is None
    assert late.copy_family == copy.copy_family == family_of("a1")
    assert copy.dup_of is None, "held back from readers"


def test_a_row_without_text_has_the_family_of_its_article() -> None:
    *_, kill = linked(
        RepeatMemory(),
        a_report("a1", DOCK),
        a_report("a2", DOCK, offset=1),
        a_notice("a2", PubStatus.CANCELED, offset=2),
    )

    assert (kill.copy_family, kill.repeat_sketch) == (family_of("a1"), None)


def test_a_killed_article_is_neither_named_nor_found() -> None:
    *_, again, other = linked(
        RepeatMemory(),
        a_report("a1", DOCK),
        a_report("a2", DOCK, offset=1),
        a_notice("a1", PubStatus.CANCELED, offset=2),
        a_report("a3", DOCK, offset=3),
        a_report("a1", DOCK, offset=4, superseded=True, pub_status=PubStatus.CANCELED),
    )

    assert (again.copy_family, again.dup_of) == (family_of("a1"), "a2")
    assert other.dup_of is None


def test_a_killed_loner_leaves_no_family_to_join() -> None:
    *_, row = linked(
        RepeatMemory(),
        a_report("a1", DOCK),
        a_notice("a1", PubStatus.CANCELED, offset=1),
        a_report("a2", DOCK, offset=2),
    )

    assert (row.copy_family, row.dup_of) == (family_of("a2"), None)


def test_a_new_version_names_its_original_no_more_once_that_is_killed() -> None:
    *_, row = linked(
        RepeatMemory(),
        a_report("a1", DOCK),
        a_report("a2", DOCK, offset=1),
        a_notice("a1", PubStatus.CANCELED, offset=2),
        a_report("a2", FERRY, offset=3),
    )

    assert row.copy_family == family_of("a1")
    assert (row.dup_of, row.dup_kind, row.dup_similarity, row.dup_containment) == (None, None, None, None)


LATER = MORNING + timedelta(hours=6)


@pytest.mark.parametrize(
    "hidden",
    [
        {"pub_status": PubStatus.WITHHELD},
        {"restricted": True},
        {"item_kind": ItemKind.ADVISORY},
        {"visible_from": LATER},
        {"visible_until": MORNING},
    ],
)
def test_an_original_that_readers_may_not_see_gives_its_family_and_not_its_name(
    hidden: dict[str, Any],
) -> None:
    _, alone, third = linked(
        RepeatMemory(),
        a_report("a1", DOCK, **hidden),
        a_report("a2", DOCK, offset=1),
        a_report("a3", DOCK, offset=2),
    )

    assert (alone.copy_family, alone.dup_of) == (family_of("a1"), None)
    assert (third.copy_family, third.dup_of) == (family_of("a1"), "a2")


@pytest.mark.parametrize(
    ("received", "named"), [(LATER, "a1"), (LATER - timedelta(seconds=1), None), (None, None)]
)
def test_an_embargoed_original_is_named_from_its_hour_on(received: object, named: str | None) -> None:
    _, row = linked(
        RepeatMemory(),
        a_report("a1", DOCK, visible_from=LATER),
        a_report("a2", DOCK, offset=1, received=received),
    )

    assert row.dup_of == named


def test_a_held_original_is_named_again_when_it_is_released() -> None:
    copies = [a_report(f"b{n}", DOCK, offset=10 + n) for n in (1, 2)]
    memory = RepeatMemory()

    linked(memory, a_report("a1", DOCK), a_notice("a1", PubStatus.WITHHELD, offset=1))
    held = linked(memory, copies[0])
    linked(memory, a_notice("a1", PubStatus.USABLE, offset=2))
    released = linked(memory, copies[1])

    assert [row.dup_of for row in (*held, *released)] == [None, "a1"]

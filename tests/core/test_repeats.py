from itertools import permutations
from typing import Any

import pytest

from pipelines.core.repeats.linking import link_repeats
from pipelines.core.repeats.memory import RepeatMemory
from pipelines.core.repeats.shingles import unpack
from pipelines.core.repeats.sketches import family_of
from schemas.article import Article
from schemas.article_parts import ChangeType, DupKind, PubStatus, SourceKind
from tests.builders_repeats import a_notice, a_report, a_text, edited, linked, part_of

DOCK, FERRY = a_text("dock"), a_text("ferry")
CHROME = "Sign in to read more Newsletter Most read today Weather and traffic"


def test_an_article_like_no_other_founds_a_family_and_repeats_nothing() -> None:
    first, second = linked(RepeatMemory(), a_report("a1", DOCK), a_report("a2", FERRY, offset=1))

    assert (first.copy_family, second.copy_family) == (family_of("a1"), family_of("a2"))
    assert first.dup_of is None
    assert second.dup_of is None


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        pytest.param(DOCK, DupKind.COPY, id="the same text under another headline"),
        pytest.param(f"SPRINGFIELD (Agency) - {DOCK}", DupKind.COPY, id="another credit"),
        pytest.param(f"{CHROME}\n{DOCK}\n{CHROME}", DupKind.COPY, id="site furniture around it"),
        pytest.param(DOCK.upper(), DupKind.COPY, id="in capitals"),
        pytest.param(part_of(DOCK, 0, 0.75), DupKind.COPY, id="cut by a quarter"),
        pytest.param(edited(DOCK, 12), DupKind.REWRITE, id="every twelfth word changed"),
        pytest.param(f"{part_of(DOCK, 0, 0.7)} {part_of(FERRY, 0, 0.3)}", DupKind.REWRITE, id="a new ending"),
        pytest.param(FERRY, None, id="another text"),
        pytest.param(edited(DOCK, 3), None, id="every third word changed"),
    ],
)
def test_a_copy_and_a_rewrite_join_the_family_of_what_they_repeat(body: str, kind: DupKind | None) -> None:
    _, row = linked(RepeatMemory(), a_report("a1", DOCK), a_report("a2", body, offset=1))

    assert row.dup_kind == kind
    assert row.dup_of == ("a1" if kind else None)
    assert row.copy_family == family_of("a1" if kind else "a2")


LONG = a_text("port", 1_000)


@pytest.mark.parametrize(
    ("first", "second"),
    [(LONG, part_of(LONG, 0.2, 0.45)), (part_of(LONG, 0.2, 0.45), LONG)],
    ids=["cut from a longer text", "a text with the whole of another in it"],
)
def test_an_excerpt_names_its_other_text_and_stays_a_family_of_its_own(first: str, second: str) -> None:
    _, row = linked(RepeatMemory(), a_report("a1", first), a_report("a2", second, offset=1))

    assert (row.dup_of, row.dup_kind, row.copy_family) == ("a1", DupKind.EXCERPT, family_of("a2"))
    assert row.dup_containment is not None
    assert 0.6 <= row.dup_containment <= 1


@pytest.mark.parametrize(
    ("headline", "is_copy"),
    [
        ("Springfield mayor resigns over dock contract", True),
        ("Mayor of Springfield resigns today", True),
        ("Photos of the day", False),
        ("Sport", False),
        ("", False),
    ],
)
def test_short_texts_are_copies_when_they_are_equal_and_more_than_a_standing_heading(
    headline: str, is_copy: bool
) -> None:
    flashes = [a_report(f"a{n}", None, offset=n, headline=headline) for n in (1, 2)]

    first, second = linked(RepeatMemory(), *flashes)

    assert (second.dup_of == "a1") is is_copy
    assert second.copy_family == (None if not headline else family_of("a1" if is_copy else "a2"))
    assert first.dup_of is None


def test_short_texts_that_are_only_alike_are_not_compared() -> None:
    flash = "Springfield mayor resigns over dock contract after a vote of the council"

    _, row = linked(
        RepeatMemory(),
        a_report("a1", None, headline=flash),
        a_report("a2", None, headline=f"{flash} on Sunday", offset=1),
    )

    assert row.dup_of is None


def test_a_text_without_spaces_between_words_is_compared_too() -> None:
    story = "港口工人周日结束了为期九天的罢工。工会与港务局达成协议，工资上涨百分之六。首批货轮将于周一上午重新靠岸。"

    _, row = linked(RepeatMemory(), a_report("a1", story), a_report("a2", f"（社讯）{story}", offset=1))

    assert (row.dup_of, row.dup_kind) == ("a1", DupKind.COPY)


def test_every_order_of_clear_copies_makes_one_family() -> None:
    bodies = [DOCK, f"(Agency) {DOCK}", f"{CHROME} {DOCK}", part_of(DOCK, 0, 0.9), FERRY, f"{FERRY} {CHROME}"]
    reports = [a_report(f"a{n}", body, offset=n) for n, body in enumerate(bodies)]

    for order in permutations(reports):
        rows = linked(RepeatMemory(), *order)
        families: dict[str | None, set[str]] = {}
        for row in rows:
            families.setdefault(row.copy_family, set()).add(row.article_id)

        assert sorted(map(sorted, families.values())) == [["a0", "a1", "a2", "a3"], ["a4", "a5"]]


def test_a_family_does_not_drift_away_from_its_founder() -> None:
    """B is a rewrite of A, C a rewrite of B, and C has little of A."""
    parts = [part_of(LONG, start, start + 0.2) for start in (0, 0.2, 0.4, 0.6)]
    reports = [a_report(f"a{n}", " ".join(parts[n : n + 2]), offset=n) for n in range(3)]

    rows = linked(RepeatMemory(), *reports)

    assert [row.copy_family for row in rows] == [family_of("a0"), family_of("a0"), family_of("a2")]
    assert (rows[2].dup_of, rows[2].dup_kind) == ("a1", DupKind.REWRITE)


def test_a_copy_of_a_member_joins_even_where_it_is_little_like_the_founder() -> None:
    rewrite = f"{part_of(LONG, 0, 0.5)} {part_of(FERRY, 0, 1)}"
    reports = [part_of(LONG, 0, 0.8), rewrite, part_of(rewrite, 0.25, 1)]

    rows = linked(RepeatMemory(), *(a_report(f"a{n}", body, offset=n) for n, body in enumerate(reports)))

    assert {row.copy_family for row in rows} == {family_of("a0")}


@pytest.mark.parametrize(
    ("source", "kind", "expected"),
    [
        ("one.example", SourceKind.WEB, None),
        ("file", SourceKind.WEB, DupKind.REWRITE),
        ("agency", SourceKind.WIRE, DupKind.REWRITE),
    ],
)
def test_pages_of_one_site_are_copies_or_nothing_for_they_share_their_furniture(
    source: str, kind: SourceKind, expected: DupKind | None
) -> None:
    of_one_source: dict[str, Any] = {"source": source, "source_kind": kind}

    rows = linked(
        RepeatMemory(),
        a_report("a1", DOCK, **of_one_source),
        a_report("a2", edited(DOCK, 12), offset=1, **of_one_source),
        a_report("a3", f"{DOCK} {CHROME}", offset=2, **of_one_source),
    )

    assert rows[1].dup_kind == expected
    assert (rows[2].dup_of, rows[2].dup_kind) == ("a1", DupKind.COPY)


def test_every_row_has_its_place_in_the_order_of_its_language() -> None:
    rows = linked(
        RepeatMemory(),
        a_report("a1", DOCK),
        a_notice("a2", PubStatus.CANCELED, offset=1),
        a_report("a1", DOCK, offset=2, superseded=True, change_type=ChangeType.REPEAT),
    )

    assert [row.language_seq for row in rows] == [1, 2, 3]


def test_a_row_that_comes_again_goes_on_as_it_was_and_changes_nothing() -> None:
    memory = RepeatMemory()
    reports = [a_report("a1", DOCK), a_report("a2", edited(DOCK, 12), offset=1)]
    rows = linked(memory, *reports, a_notice("a1", PubStatus.CANCELED, offset=2))

    steps = [link_repeats(memory, report) for report in reports]

    assert [step.changes for step in steps] == [(), ()]
    assert [step.articles[0] for step in steps] == rows[:2]


def test_the_sketch_is_of_the_body_and_of_the_headline_where_the_body_is_short() -> None:
    one, other, short = linked(
        RepeatMemory(),
        a_report("a1", DOCK, headline="One"),
        a_report("a2", DOCK, headline="Another", offset=1),
        a_report("a3", "Four words of body", headline="Three words more", offset=2),
    )

    assert one.repeat_sketch == other.repeat_sketch
    assert short.repeat_sketch is not None
    sketch = unpack(short.repeat_sketch)
    assert sketch is not None
    assert sketch.shingles == 3


def test_a_step_changes_no_memory() -> None:
    memory = RepeatMemory()
    linked(memory, a_report("a1", DOCK))
    report: Article = a_report("a2", DOCK, offset=1)

    first, size = link_repeats(memory, report), memory.nbytes

    assert link_repeats(memory, report) == first
    assert memory.nbytes == size

"""When an index on a cluster is known to lack nothing, and which months were taken away on purpose."""

from connectors.search.opensearch.identities import Filling, Identity

JANUARY, FEBRUARY = Identity(1, "jan"), Identity(1, "feb")
FILLED = Filling(months={"2026.01": JANUARY, "2026.02": FEBRUARY})


def test_an_index_that_is_as_it_was_lacks_nothing():
    now = {"2026.01": JANUARY, "2026.02": FEBRUARY, "2026.03": Identity(1, "begun since")}

    assert FILLED.holds_of(now)
    assert FILLED.removed_by(now) == frozenset()


def test_a_month_that_was_made_anew_lacks_what_it_had():
    assert not FILLED.holds_of({"2026.01": JANUARY, "2026.02": Identity(1, "another")})
    assert not Filling(months={"2026.01": Identity(2, "jan")}).holds_of({"2026.01": Identity(1, "another")})


def test_a_month_that_was_reindexed_lacks_nothing():
    assert FILLED.holds_of({"2026.01": Identity(2, "another"), "2026.02": FEBRUARY})


def test_an_index_without_a_month_lacks_all_and_none_was_taken_away():
    assert not FILLED.holds_of({})
    assert FILLED.removed_by({}) == frozenset()


def test_a_month_that_went_alone_was_taken_away_and_is_not_missed():
    now = {"2026.02": FEBRUARY}
    later = Filling(months=now, removed=FILLED.removed_by(now))
    lost = {"2026.02": Identity(1, "another")}

    assert FILLED.holds_of(now)
    assert later.removed == {"2026.01"}
    assert not later.holds_of(lost)
    assert later.removed_by(lost) == {"2026.01"}


def test_a_month_that_is_back_is_one_like_all():
    later = Filling(months={"2026.02": FEBRUARY}, removed=frozenset({"2026.01"}))
    now = {"2026.01": Identity(1, "an old article came"), "2026.02": FEBRUARY}

    assert later.holds_of(now)
    assert later.removed_by(now) == frozenset()

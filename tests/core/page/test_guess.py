"""A guessed day of publication: printed by itself, with a day, and near the fetch, or none."""

from datetime import UTC, datetime

import pytest

from pipelines.core.page.guess import guess_day
from pipelines.core.page.markup import parse_markup

FETCHED = datetime(2026, 3, 24, tzinfo=UTC)
PROSE = "<p>Crossings to the island stopped at dawn after the crews left the pier, a spokeswoman told reporters.</p>"


def guess(extra: str, latest: datetime | None = FETCHED) -> str | None:
    tree = parse_markup(f"<html><body><h1>Ferrymen walk off</h1>{extra}{PROSE}</body></html>")
    day = guess_day(tree, url="https://lantern.example/ferry", latest=latest)
    return day and day.instant.date().isoformat()


@pytest.mark.parametrize(
    "extra", ['<div class="meta">2 March 2026</div>', '<span class="date">March 2, 2026</span>']
)
def test_a_day_that_stands_by_itself_is_a_guess(extra: str):
    assert guess(extra) == "2026-03-02"


@pytest.mark.parametrize(
    "extra",
    [
        "<p>The line has crossed the sound since 1998, and no crew ever left a boat before this spring.</p>",
        "<footer>Copyright 2019-2026 Marnow Lantern</footer>",
        "<footer>© 2026 Marnow Lantern. All rights reserved.</footer>",
        "<p>The owner said on 2 March 2026 that the shifts would be paid in the week after Easter.</p>",
        '<div class="meta">2 March 2019</div>',
    ],
)
def test_a_year_a_day_in_prose_and_a_day_long_past_are_no_guess(extra: str):
    assert guess(extra) is None

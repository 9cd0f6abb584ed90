"""A publication day by htmldate's search through the whole page: a guess, and flagged as one.

Only for pages that state no time: 2 to 3 % of news pages, of which it gets about half right.
"""

from datetime import UTC, datetime

from htmldate import find_date
from lxml.etree import _Element, tostring

from pipelines.core.instants import StatedTime, parse_iso
from pipelines.core.page.border import parser_border

# Its patterns run over the whole markup: 3.5 s on a line of 10 MB (`research/text.md` §1.4). Real pages that state no
# time are far below, scripts apart.
_MAX_BYTES = 500_000
# Where nobody says when the page was fetched; htmldate would ask the clock.
_NO_LATEST = datetime(2100, 1, 1, tzinfo=UTC)
_EARLIEST = "1995-01-01"


def guess_day(tree: _Element, *, url: str | None, latest: datetime | None) -> StatedTime | None:
    """The likeliest publication day of a page, not after `latest`; `None` where none is likely. The tree stays.

    Raises:
        Rejected: `html.unparsable`.
    """
    with parser_border("lxml"):
        size = len(tostring(tree))
    if size > _MAX_BYTES:
        return None
    bound = (latest or _NO_LATEST).strftime("%Y-%m-%d")
    with parser_border("htmldate"):
        found = find_date(
            tree, url=url, original_date=True, extensive_search=True, min_date=_EARLIEST, max_date=bound
        )
    return parse_iso(found) if found else None

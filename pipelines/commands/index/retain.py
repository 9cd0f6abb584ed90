"""`copydesk index retain`: old months deleted."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from connectors.search.opensearch.cluster import IndexTarget
from connectors.search.opensearch.names import MONTH, UNDATED
from pipelines.commands.cluster.index_options import with_index
from pipelines.commands.index.opened import Json, opened
from pipelines.commands.output import print_json, print_table, result
from pipelines.options import Misuse

# Months are written with four digits of a year.
_MOST_MONTHS = 1_200


@with_index
def retain(
    index: IndexTarget | None,
    months: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=_MOST_MONTHS,
            metavar="N",
            help="Keep this month (UTC) and the N - 1 before it.",
            show_default=False,
        ),
    ] = None,
    before: Annotated[
        str | None,
        typer.Option(metavar="YYYY.MM", help="Delete the months before this one.", show_default=False),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say which.")] = False,
    json: Json = False,
) -> None:
    """Delete months that are old, with all their articles. A month is that of an article's first arrival.

    What arrived at no known time stays. Files and topics are not touched. An old article of which a new version comes
    stands alone in its month again, until the next time.
    """
    from connectors.search.opensearch.checking import month_states
    from connectors.search.opensearch.months import delete_month

    first = _first_kept(months, before, datetime.now(UTC))
    with opened(index) as (client, names):
        states = month_states(client, names)
        old = [one for one in states if one.month != UNDATED and one.month < first]
        if not dry_run:
            for one in old:
                delete_month(client, names, one.month)
    if json:
        kept = [one for one in states if one not in old]
        print_json({"first_kept": first, "dry_run": dry_run, "deleted": old, "kept": kept})
        return
    if not old:
        result.print(f"Nothing is older than {first}.")
        return
    print_table(
        ("month", "documents", "bytes", "would be deleted" if dry_run else "deleted"),
        ((one.month, f"{one.documents:,}", f"{one.size_bytes:,}", one.index) for one in old),
    )


def _first_kept(months: int | None, before: str | None, now: datetime) -> str:
    """The first month that stays.

    >>> _first_kept(3, None, datetime(2026, 1, 31, tzinfo=UTC)), _first_kept(None, "2025.07", datetime.now(UTC))
    ('2025.11', '2025.07')
    """
    if (months is None) == (before is None):
        raise Misuse(
            "--months", "or --before", "give one of the two: how many months stay, or the first that stays"
        )
    if months is not None:
        year, month = divmod(now.year * 12 + now.month - months, 12)
        return f"{year:04}.{month + 1:02}"
    if before is None or MONTH.fullmatch(before) is None:
        raise Misuse("--before", before, "is no month; write YYYY.MM, like 2026.03")
    return before

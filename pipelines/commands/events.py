"""`copydesk events [ID]`: what happened, and which articles tell it."""

from pathlib import Path
from typing import Annotated, Any

import duckdb
import typer

from pipelines.commands.arguments import DataFolder, readable
from pipelines.commands.opened import opened
from pipelines.commands.output import cell_text, print_json, result
from pipelines.core.explain import why_joined
from pipelines.options import Misuse, parse_as_of
from schemas.article import Article
from schemas.codec import from_row

# In time order: what was published first; the undated last, by id.
_ARTICLES = "select * from articles where event_id = ? order by coalesce(published, first_received) nulls last, article_id"
_LARGEST = "select * from events order by articles desc, last_seen desc nulls last, event_id limit ?"


def events(
    event_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="An event to explain.")] = None,
    data: DataFolder = Path("copydesk-data"),
    as_of: Annotated[str | None, typer.Option(help="Time that counts as now (ISO 8601).")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many events to list, largest first.")] = 30,
    json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
) -> None:
    """List the events, largest first, or one event's articles in time order with why each joined."""
    with opened(data, parse_as_of(as_of)) as database:
        if event_id is None:
            _list(database, limit, json)
        else:
            _explain(database, readable(event_id), json)


def rows_of(database: duckdb.DuckDBPyConnection, query: str, *values: Any) -> list[dict[str, Any]]:
    """The rows of a query as mappings."""
    answer = database.execute(query, list(values))
    columns = [column[0] for column in answer.description or ()]
    return [dict(zip(columns, row, strict=True)) for row in answer.fetchall()]


def _list(database: duckdb.DuckDBPyConnection, limit: int, json: bool) -> None:
    rows = rows_of(database, _LARGEST, limit)
    if json:
        print_json(rows)
        return
    for row in rows:
        result.print(row["title"] or "(no headline)", style="bold", markup=False)
        result.print(
            f"  {row['event_id']} · {_counts(row)} · {cell_text(row['first_seen'])}",
            style="dim",
            markup=False,
        )


def _counts(event: dict[str, Any]) -> str:
    counts = [
        (event["articles"], "article"),
        (event["sources"], "source"),
        (event["independent_reports"], "independent report"),
    ]
    told = [f"{count} {noun}{'' if count == 1 else 's'}" for count, noun in counts]
    return " · ".join([*told, ", ".join(event["languages"])])


def _explain(database: duckdb.DuckDBPyConnection, event_id: str, json: bool) -> None:
    found = rows_of(database, "select * from events where event_id = ?", event_id)
    if not found:
        raise Misuse("ID", event_id, "no event that readers may see; list them with `copydesk events`")
    articles = [from_row(Article, row) for row in rows_of(database, _ARTICLES, event_id)]
    headlines = {article.article_id: article.headline or "(no headline)" for article in articles}
    told = [_told(article, headlines) for article in articles]
    if json:
        print_json({**found[0], "members": told})
        return
    event = found[0]
    result.print(event["title"] or "(no headline)", style="bold", markup=False)
    result.print(f"{event_id} · {_counts(event)}", style="dim", markup=False)
    for one in told:
        when = cell_text(one["published"]) if one["published"] else "undated"
        result.print(f"\n{when}  {one['source']}  {one['headline'] or '(no headline)'}", markup=False)
        result.print(f"    {one['why']}", style="dim", markup=False)


def _told(article: Article, headlines: dict[str, str]) -> dict[str, Any]:
    return {
        "article_id": article.article_id,
        "published": article.published,
        "source": article.source,
        "headline": article.headline,
        "url": article.url,
        "language": article.language,
        "copy_family": article.copy_family,
        "dup_kind": article.dup_kind,
        "event_confidence": article.event_confidence,
        "why": why_joined(article, headlines),
    }

"""`copydesk events [ID]`: what happened, and which articles tell it."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from math import inf
from pathlib import Path
from typing import Annotated, Any

import duckdb
import typer

from connectors.search.opensearch.cluster import IndexTarget
from pipelines.commands.arguments import DataFolder, readable
from pipelines.commands.asked_index import Editors, asked_index, check_editors, index_or_folder
from pipelines.commands.cluster.index_options import with_index
from pipelines.commands.opened import read_output
from pipelines.commands.output import cell_text, print_json, result
from pipelines.core.events.summary import summarise_event
from pipelines.core.explain import why_joined
from pipelines.options import Misuse, parse_as_of
from schemas.article import Article
from schemas.codec import from_row, to_row
from schemas.event import Event

# In time order: what was published first; the undated last, by id.
_ARTICLES = "select * from articles where event_id = ? order by coalesce(published, first_received) nulls last, article_id"
_LARGEST = "select * from events order by articles desc, last_seen desc nulls last, event_id limit ?"
# Every article of an event is read to count it.
_MOST_OF_INDEX = 1_000


@with_index
def events(
    context: typer.Context,
    index: IndexTarget | None,
    event_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="An event to explain.")] = None,
    data: DataFolder = Path("copydesk-data"),
    as_of: Annotated[str | None, typer.Option(help="Time that counts as now (ISO 8601).")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many events to list, largest first.")] = 30,
    editors: Editors = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
) -> None:
    """List the events, largest first, or one event's articles in time order with why each joined.

    With --index as the index of a cluster knows them, which does not hold the reasons: only what can be told is told.
    """
    index = index_or_folder(context, index)
    check_editors(index, editors=editors)
    moment = parse_as_of(as_of)
    asked = None if index is None else _AskedIndex(index=index, as_of=as_of, moment=moment, editors=editors)
    if event_id is None:
        _list(
            asked.largest(limit) if asked else read_output(data, moment, partial(_largest, limit=limit)), json
        )
        return
    name = readable(event_id)
    found = asked.find(name) if asked else read_output(data, moment, partial(_find, event_id=name))
    if found is None:
        raise Misuse("ID", name, "no event that readers may see; list them with `copydesk events`")
    _explain(*found, json)


def rows_of(database: duckdb.DuckDBPyConnection, query: str, *values: Any) -> list[dict[str, Any]]:
    """The rows of a query as mappings."""
    answer = database.execute(query, list(values))
    columns = [column[0] for column in answer.description or ()]
    return [dict(zip(columns, row, strict=True)) for row in answer.fetchall()]


def _largest(database: duckdb.DuckDBPyConnection, limit: int) -> list[dict[str, Any]]:
    return rows_of(database, _LARGEST, limit)


def _find(database: duckdb.DuckDBPyConnection, event_id: str) -> tuple[dict[str, Any], list[Article]] | None:
    """The event with this id and the articles that tell it, in time order, if there is one."""
    found = rows_of(database, "select * from events where event_id = ?", event_id)
    if not found:
        return None
    return found[0], [from_row(Article, row) for row in rows_of(database, _ARTICLES, event_id)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _AskedIndex:
    """The same of the index on a cluster, where an event is what its articles say."""

    index: IndexTarget
    as_of: str | None
    moment: datetime
    editors: bool

    def largest(self, limit: int) -> list[dict[str, Any]]:
        """The events that most articles tell."""
        if limit > _MOST_OF_INDEX:
            raise Misuse("--limit", limit, f"must be 1 to {_MOST_OF_INDEX} with --index")
        with asked_index(self.index, as_of=self.as_of, editors=self.editors) as asked:
            told: dict[str, list[Article]] = {
                event_id: [] for event_id in asked.largest_events(limit, self.moment)
            }
            for article in asked.telling(list(told), self.moment) if told else ():
                told[str(article.event_id)].append(article)
        # An article may have been killed between the two requests.
        events = [summarise_event(event_id, articles) for event_id, articles in told.items() if articles]
        return [to_row(event) for event in sorted(events, key=_by_size)]

    def find(self, event_id: str) -> tuple[dict[str, Any], list[Article]] | None:
        """The event with this id and the articles that tell it, in time order, if there is one."""
        with asked_index(self.index, as_of=self.as_of, editors=self.editors) as asked:
            articles = asked.telling([event_id], self.moment)
        if not articles:
            return None
        return to_row(summarise_event(event_id, articles)), sorted(articles, key=_by_time)


def _by_size(event: Event) -> tuple[int, float, str]:
    return -event.articles, -event.last_seen.timestamp() if event.last_seen else inf, event.event_id


def _by_time(article: Article) -> tuple[float, str]:
    told = article.published or article.first_received
    return told.timestamp() if told else inf, article.article_id


def _list(rows: list[dict[str, Any]], json: bool) -> None:
    if json:
        print_json(rows)
        return
    if not rows:
        result.print(
            "No events yet; `copydesk run` and `copydesk replay` fill an index with articles that tell some."
        )
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


def _explain(event: dict[str, Any], articles: list[Article], json: bool) -> None:
    headlines = {article.article_id: article.headline or "(no headline)" for article in articles}
    told = [_told(article, headlines) for article in articles]
    if json:
        print_json({**event, "members": told})
        return
    result.print(event["title"] or "(no headline)", style="bold", markup=False)
    result.print(f"{event['event_id']} · {_counts(event)}", style="dim", markup=False)
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

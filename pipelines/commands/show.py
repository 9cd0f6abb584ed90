"""`copydesk show ID|URL`: one article as readers see it, and what became of it."""

from functools import partial
from pathlib import Path
from typing import Annotated, Any

import duckdb
import typer

from pipelines.commands.arguments import DataFolder, readable
from pipelines.commands.events import rows_of
from pipelines.commands.opened import read_output
from pipelines.commands.output import cell_text, print_json, print_table, result
from pipelines.options import Misuse, parse_as_of

# What history tells of each version, never its text: a withdrawn text must not come back by this door.
_VERSIONS = """
select article_id, received, change_type, pub_status, version, superseded, visible_from, origin.source as source,
    origin.offset as "offset"
from history where article_id = ? order by received nulls first, story_seq
"""
_ID_OF = """
select article_id from history where article_id = $1 or url = $1 or canonical_url = $1 or guid = $1
order by article_id = $1 desc, received desc nulls last limit 1
"""
_LINES = (
    "article_id",
    "source",
    "url",
    "published",
    "published_source",
    "language",
    "byline",
    "origin_agency",
    "event_id",
    "copy_family",
    "dup_kind",
    "quality_flags",
)


def show(
    name: Annotated[str, typer.Argument(metavar="ID|URL", help="article_id, URL or guid.")],
    data: DataFolder = Path("copydesk-data"),
    as_of: Annotated[str | None, typer.Option(help="Time that counts as now (ISO 8601).")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Show one article with all its versions."""
    found = read_output(data, parse_as_of(as_of), partial(_find, name=readable(name)))
    if found is None:
        raise Misuse("ID|URL", name, "no such article; find it with `copydesk search` or `copydesk sql`")
    article_id, shown, versions = found
    article = shown[0] if shown else None
    if json:
        print_json({"article_id": article_id, "article": article, "versions": versions})
        return
    _print(article, versions)


def _find(
    database: duckdb.DuckDBPyConnection, name: str
) -> tuple[str, list[dict[str, Any]], list[dict[str, Any]]] | None:
    """Id, what readers see and all versions of the article with this id or address, if there is one."""
    found = database.execute(_ID_OF, [name]).fetchone()
    if found is None:
        return None
    shown = rows_of(database, "select * from articles where article_id = ?", found[0])
    return found[0], shown, rows_of(database, _VERSIONS, found[0])


def _print(article: dict[str, Any] | None, versions: list[dict[str, Any]]) -> None:
    if article is None:
        result.print(
            "Readers do not see this article now: withheld, embargoed, killed or for editors only.\n"
        )
    else:
        result.print(article["headline"] or "(no headline)", style="bold", markup=False)
        lines = [(name, article[name]) for name in _LINES if article[name] not in (None, [])]
        print_table(("field", "value"), lines)
        result.print("\n" + (article["body_text"] or "") + "\n", markup=False)
    columns = ("received", "change_type", "pub_status", "version", "superseded", "source", "offset")
    print_table(
        columns, ([cell_text(row[column]) for column in columns] for row in versions), title="Versions"
    )

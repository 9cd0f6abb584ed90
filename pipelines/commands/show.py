"""`copydesk show ID|URL`: one article as readers see it, and what became of it."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import duckdb
import typer

from connectors.search.opensearch.cluster import IndexTarget
from pipelines.commands.arguments import named_path, readable
from pipelines.commands.asked_index import Editors, asked_index, check_editors, index_or_folder
from pipelines.commands.cluster.index_options import with_index
from pipelines.commands.events import rows_of
from pipelines.commands.opened import read_output
from pipelines.commands.output import cell_text, print_json, print_table, result
from pipelines.options import Misuse, parse_as_of
from schemas.article import Article
from schemas.codec import to_row
from schemas.generate import index_mapping
from schemas.visibility import readable as for_readers

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
    "visible_from",
    "visible_until",
    "language",
    "byline",
    "origin_agency",
    "event_id",
    "copy_family",
    "dup_kind",
    "quality_flags",
)
_FOLDER = Path("copydesk-data")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """An article, `None` where it may not be seen or `is_elsewhere`, and its versions as far as they are known."""

    article_id: str
    article: dict[str, Any] | None
    versions: list[dict[str, Any]] = field(default_factory=list)
    for_readers: bool = True
    is_elsewhere: bool = False


@with_index
def show(
    context: typer.Context,
    index: IndexTarget | None,
    name: Annotated[str, typer.Argument(metavar="ID|URL", help="article_id, URL or guid.")],
    data: Annotated[
        Path | None,
        typer.Option(
            parser=named_path, metavar="PATH", help=f"Folder of the output. Without --index: {_FOLDER}."
        ),
    ] = None,
    as_of: Annotated[str | None, typer.Option(help="Time that counts as now (ISO 8601).")] = None,
    editors: Editors = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Show one article with all its versions.

    With --index the article is shown as that index holds it. An index holds one version; the others stand in the history
    of a folder, and are told when --data is given too.
    """
    index = index_or_folder(context, index, both=True)
    check_editors(index, editors=editors)
    wanted, moment = readable(name), parse_as_of(as_of)
    if index is None:
        found = read_output(data or _FOLDER, moment, partial(_find, name=wanted))
    else:
        with asked_index(index, as_of=as_of, editors=editors) as asked:
            article = asked.article(wanted, moment)
        found = None if article is None else _indexed(article, moment)
        if data is not None:
            history = read_output(data, moment, partial(_find, name=found.article_id if found else wanted))
            found = _with_versions(found, history)
    if found is None:
        raise Misuse("ID|URL", name, "no such article; find it with `copydesk search` or `copydesk sql`")
    if json:
        print_json({"article_id": found.article_id, "article": found.article, "versions": found.versions})
    else:
        _print(found)


def _find(database: duckdb.DuckDBPyConnection, name: str) -> _Shown | None:
    """What readers see, and all versions, of the article with this id or address, if there is one."""
    found = database.execute(_ID_OF, [name]).fetchone()
    if found is None:
        return None
    shown = rows_of(database, "select * from articles where article_id = ?", found[0])
    versions = rows_of(database, _VERSIONS, found[0])
    return _Shown(article_id=found[0], article=shown[0] if shown else None, versions=versions)


def _indexed(article: Article, moment: datetime) -> _Shown:
    """What an index holds of an article, as `articles` has it."""
    held = index_mapping(Article)["properties"]
    row = {name: value for name, value in to_row(article).items() if name in held}
    return _Shown(article_id=article.article_id, article=row, for_readers=for_readers(article, moment))


def _with_versions(found: _Shown | None, history: _Shown | None) -> _Shown | None:
    """What the index shows, with the versions that history knows; what only history knows is not shown."""
    if history is None:
        return found
    if found is not None:
        return replace(found, versions=history.versions)
    return replace(history, article=None, is_elsewhere=history.article is not None)


def _print(found: _Shown) -> None:
    article = found.article
    if found.is_elsewhere:
        result.print("Not in this index, though readers of the folder see it; `copydesk publish` fills it.\n")
    elif article is None:
        result.print(
            "Readers do not see this article now: withheld, embargoed, killed or for editors only.\n"
        )
    else:
        if not found.for_readers:
            result.print(
                "For editors only: readers do not see this article now.\n", style="bold red", markup=False
            )
        result.print(article["headline"] or "(no headline)", style="bold", markup=False)
        lines = [(name, article[name]) for name in _LINES if article[name] not in (None, [])]
        print_table(("field", "value"), lines)
        result.print("\n" + (article["body_text"] or "") + "\n", markup=False)
    if found.versions:
        columns = ("received", "change_type", "pub_status", "version", "superseded", "source", "offset")
        rows = ([cell_text(row[column]) for column in columns] for row in found.versions)
        print_table(columns, rows, title="Versions")

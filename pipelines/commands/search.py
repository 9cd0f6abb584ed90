"""`copydesk search QUERY`: full text over what readers may see."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from connectors.search.opensearch.cluster import IndexTarget
from connectors.search.query import Facet, Hit, Marks, Page, Query, Sort
from connectors.search.sqlite.index import SqliteIndex
from pipelines.commands.arguments import DataFolder, readable
from pipelines.commands.asked_index import Editors, asked_index, check_editors, index_or_folder
from pipelines.commands.cluster.index_options import with_index
from pipelines.commands.output import cell_text, print_json, print_jsonl, result
from pipelines.options import SEARCH, Misuse, broken_index, existing_folder, parse_as_of, parse_instant

if TYPE_CHECKING:  # as in asked_index.py
    from connectors.search.opensearch.index import OpenSearchIndex

# Private-use characters: no article has them, so they can be told from text.
_BEFORE, _AFTER = "\ue000", "\ue001"


@with_index
def search(
    context: typer.Context,
    index: IndexTarget | None,
    text: Annotated[str, typer.Argument(metavar="QUERY", help='Words, "a phrase", a OR b, -not, prefix*.')],
    data: DataFolder = Path("copydesk-data"),
    language: Annotated[str | None, typer.Option("--lang", help="BCP 47: en, zh, zh-Hant.")] = None,
    source: Annotated[str | None, typer.Option(help="Provider or domain.")] = None,
    event: Annotated[str | None, typer.Option(help="Event id.")] = None,
    subject: Annotated[str | None, typer.Option(help="Subject URI or name.")] = None,
    since: Annotated[str | None, typer.Option(help="Published at or after (ISO 8601).")] = None,
    until: Annotated[str | None, typer.Option(help="Published before (ISO 8601).")] = None,
    sort: Annotated[Sort, typer.Option(help="Order of the hits.")] = Sort.RELEVANCE,
    size: Annotated[int, typer.Option(min=1, max=1000, help="Hits a page.")] = 10,
    after: Annotated[str | None, typer.Option(help="`next` of the page before.")] = None,
    facet: Annotated[list[Facet] | None, typer.Option(help="Also count hits by this.")] = None,
    copies: Annotated[bool, typer.Option("--copies", help="Show every copy.")] = False,
    as_of: Annotated[str | None, typer.Option(help="Time that counts as now (ISO 8601).")] = None,
    editors: Editors = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="A hit a line on stdout.")] = False,
) -> None:
    """Search the articles that readers may see; one of each copy family, with the number of its copies.

    Looks into the folder --data, or into the index of a cluster with --index, which answers the same but ranks by the
    rules of each language.
    """
    index = index_or_folder(context, index)
    check_editors(index, editors=editors)
    first, end = parse_instant("--since", since), parse_instant("--until", until)
    if first is not None and end is not None and first >= end:
        raise Misuse("--since", since, f"must be earlier than --until {until}")
    query = Query(
        text=readable(text),
        language=_readable(language),
        source=_readable(source),
        event=_readable(event),
        subject=_readable(subject),
        since=first,
        until=end,
        sort=sort,
        size=size,
        after=after,
        facets=tuple(facet or ()),
        copies=copies,
        marks=Marks(before="<b>", after="</b>") if json or jsonl else Marks(before=_BEFORE, after=_AFTER),
    )
    moment = parse_as_of(as_of)
    if index is None:
        page, is_empty = _page(existing_folder(data) / SEARCH, query, moment)
    else:
        with asked_index(index, as_of=as_of, editors=editors) as asked, _naming_after(query):
            page, is_empty = _answer(asked, query, moment)
    if json:
        print_json(page)
    elif jsonl:
        print_jsonl(page.hits)
    else:
        _print(page, text, is_empty=is_empty)


def _readable(text: str | None) -> str | None:
    return None if text is None else readable(text)


def _answer(index: "SqliteIndex | OpenSearchIndex", query: Query, as_of: datetime) -> tuple[Page, bool]:
    """The page, and whether nothing at all can be found."""
    page = index.search(query, as_of)
    return page, page.total == 0 and index.search(Query(size=1), as_of).total == 0


def _page(path: Path, query: Query, as_of: datetime) -> tuple[Page, bool]:
    try:
        with SqliteIndex.open_to_read(str(path)) as index, _naming_after(query):
            return _answer(index, query, as_of)
    except FileNotFoundError as error:
        raise Misuse("--data", path.parent, "holds no search index; `copydesk replay` makes one") from error
    except sqlite3.DatabaseError as error:
        if _primary_code(error) not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise
        raise broken_index(path) from error


@contextmanager
def _naming_after(query: Query) -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise Misuse("--after", query.after, str(error)) from error


def _primary_code(error: sqlite3.DatabaseError) -> int:
    # The lowest byte of an extended code (SQLite, "Result and Error Codes"). An error of Python's own has none.
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _print(page: Page, text: str, *, is_empty: bool) -> None:
    if is_empty:
        result.print("Nothing is there to be seen yet; `copydesk run` and `copydesk replay` fill an index.")
        return
    if not page.hits:
        result.print(f"Nothing found for {text!r}. Try fewer words, or a prefix*.", markup=False)
        return
    for hit in page.hits:
        _print_hit(hit)
    result.print(f"\n{page.total:,} found", style="dim")
    for count in page.facets:
        result.print(f"  {count.facet}: {count.value}  {count.count:,}", markup=False)
    if page.next is not None:
        result.print(f"next page: --after {page.next}", style="dim", markup=False)


def _print_hit(hit: Hit) -> None:
    more = f" · and {hit.copies} more of its copies" if hit.copies else ""
    if hit.for_editors:
        result.print("For editors only: readers do not see this article now.", style="bold red", markup=False)
    result.print(hit.headline or "(no headline)", style="bold", markup=False)
    when = hit.published or "undated"
    facts: tuple[Any, ...] = (when, hit.source_name or hit.source, hit.language, hit.event_id)
    result.print("  " + " · ".join(cell_text(fact) for fact in facts) + more, style="dim", markup=False)
    result.print(highlighted("  " + hit.snippet))


def highlighted(snippet: str) -> Text:
    """A snippet with its matches in bold."""
    text = Text()
    for place, part in enumerate(snippet.split(_BEFORE)):
        found, _, rest = part.partition(_AFTER) if place else ("", "", part)
        text.append(found, style="bold yellow").append(rest)
    return text

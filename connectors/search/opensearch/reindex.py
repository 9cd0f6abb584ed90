"""A month made anew behind its alias, while it is written to and read.

    news-articles-2026.03 ──▶ …-000001      1  …-000002 is made by the templates of today, seen by nobody
                              │  copied     2  what was written since the pass before is copied, until that is little
                              ▼             3  …-000001 takes no writes; writers wait; the rest is copied
    news-articles-2026.03 ──▶ …-000002      4  in one step all aliases move and …-000001 is gone

A copy keeps its version and takes the last word of its version, as the writers' do. It may be broken off at any point:
what is copied is noted in the mapping of the new index, and the next run goes on there. Until step 4 the month is what
it was.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from connectors.search.opensearch.bulk_load import put_declared_settings
from connectors.search.opensearch.client import IndexClient
from connectors.search.opensearch.copying import NOTHING, copy_since, end_copies, remove_deleted, written_to
from connectors.search.opensearch.months import Month, months
from connectors.search.opensearch.names import IndexNames
from connectors.search.opensearch.templates import kept_meta, searched_aliases
from connectors.search.opensearch.trouble import IndexRefused

# Writers wait for the last pass. A document costs the cluster 1.7 ms of CPU (2.5 KB; 10,000 measured), so these a second.
_LITTLE = 500
# A stream that writes faster than is copied never leaves little: after so many passes the rest is copied all the same.
_MOST_PASSES = 10
_NOTE = "reindex"


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """How far a reindex is: of the documents of this pass, how many are copied."""

    month: str
    number: int
    documents: int
    of: int


Told = Callable[[Copied], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reindexed:
    """What came of a reindex."""

    month: str
    before: str
    after: str
    documents: int
    resumed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Move:
    """A month on its way, and who moves it."""

    names: IndexNames
    month: str
    old: str
    new: str
    by: str


def reindex_month(client: IndexClient, names: IndexNames, month: Month, told: Told) -> Reindexed:
    """Make the month anew. Safe to break off at any point, and then to run again.

    Raises:
        IndexRefused: a document does not fit the new mapping; another reindex of the month has taken over.
        IndexTrouble: the cluster does not answer, or refuses us.
    """
    move = _Move(
        names=names,
        month=month.month,
        old=month.index,
        new=names.generation(month.month, month.number + 1),
        by=uuid4().hex,
    )
    resumed = _make(client, move)
    copied_to, passes = _noted(client, move), 0
    while passes < _MOST_PASSES:
        passes += 1
        copied_to, documents = _pass(client, move, copied_to, passes, told)
        if documents <= _LITTLE:
            break
    documents = _finish(client, move, copied_to, passes + 1, told)
    return Reindexed(month=move.month, before=move.old, after=move.new, documents=documents, resumed=resumed)


def _make(client: IndexClient, move: _Move) -> bool:
    """Make the new index, or take over one that was left; whether it was left."""
    resumed = not _made(client, move)
    if resumed and not _is_of_today(client, move):
        client.ask("DELETE", f"/{move.new}")
        resumed = not _made(client, move)
    # The templates gave it the aliases that are searched. It is empty; once it is not, nobody may find things twice.
    aliases = [move.names.readers, move.names.editors]
    action = {"remove": {"index": move.new, "aliases": aliases, "must_exist": False}}
    client.ask("POST", "/_aliases", {"actions": [action]})
    return resumed


def _made(client: IndexClient, move: _Move) -> bool:
    try:
        client.ask("PUT", f"/{move.new}", {"settings": {"index": {"refresh_interval": "-1"}}})
    except IndexRefused as refused:
        if refused.kind != "resource_already_exists_exception":
            raise
        return False
    return True


def _is_of_today(client: IndexClient, move: _Move) -> bool:
    """Whether an index that was left is of the templates that stand now."""
    meta = _mapping_meta(client, move.new)
    return {name: told for name, told in meta.items() if name != _NOTE} == kept_meta(client, move.names)


def _mapping_meta(client: IndexClient, index: str) -> dict[str, Any]:
    return client.ask("GET", f"/{index}/_mapping")[index]["mappings"].get("_meta", {})


def _noted(client: IndexClient, move: _Move) -> int:
    """How far the index was copied before; from now on the copy is ours."""
    meta = _mapping_meta(client, move.new)
    copied_to = int(meta.get(_NOTE, {}).get("copied_to", NOTHING))
    _note(client, move, copied_to)
    return copied_to


def _note(client: IndexClient, move: _Move, copied_to: int) -> None:
    meta = {**_mapping_meta(client, move.new), _NOTE: {"by": move.by, "copied_to": copied_to}}
    client.ask("PUT", f"/{move.new}/_mapping", {"_meta": meta})


def _pass(client: IndexClient, move: _Move, copied_to: int, number: int, told: Told) -> tuple[int, int]:
    """Copy what was written since; up to where that was, and how many documents."""
    upto = written_to(client, move.old)
    client.ask("POST", f"/{move.old}/_refresh")

    def tell(documents: int, of: int) -> None:
        told(Copied(month=move.month, number=number, documents=documents, of=of))

    documents = copy_since(client, move.old, move.new, copied_to, tell)
    _check_ours(client, move)
    _note(client, move, upto)
    return upto, documents


def _finish(client: IndexClient, move: _Move, copied_to: int, number: int, told: Told) -> int:
    """Copy the rest while nobody writes, and move the aliases; how many documents the new index has."""
    put_declared_settings(client, move.new)
    moved = False
    try:
        # Answers when every write that had begun has ended.
        client.ask("PUT", f"/{move.old}/_block/write")
        _pass(client, move, copied_to, number, told)
        # None may write once the month is written to again: its word would come after the stream's.
        end_copies(client, move.new)
        client.ask("POST", f"/{move.new}/_refresh")
        documents = remove_deleted(client, move.old, move.new)
        _check_ours(client, move)
        _move_aliases(client, move)
        moved = True
        # A bulk load that ended before looked at the months as they were then.
        put_declared_settings(client, move.new)
    finally:
        if not moved:
            _let_write(client, move.old)
    return documents


def _let_write(client: IndexClient, index: str) -> None:
    try:
        client.ask("PUT", f"/{index}/_settings", {"index": {"blocks.write": False}})
    except IndexRefused as refused:
        if refused.status != 404:  # it is gone: what broke us off came just after the aliases had moved
            raise


def _check_ours(client: IndexClient, move: _Move) -> None:
    if _mapping_meta(client, move.new).get(_NOTE, {}).get("by") != move.by:
        told = f"another reindex of {move.month} has taken over {move.new}; nothing is lost, let that one end"
        raise IndexRefused(told, status=409)


def _move_aliases(client: IndexClient, move: _Move) -> None:
    written = {"index": move.new, "alias": move.names.month_alias(move.month), "is_write_index": True}
    searched = [
        {"add": {"index": move.new, "alias": alias, **filtered}}
        for alias, filtered in searched_aliases(move.names).items()
    ]
    actions = [{"add": written}, *searched, {"remove_index": {"index": move.old}}]
    try:
        client.ask("POST", "/_aliases", {"actions": actions})
    except IndexRefused:
        # Asked again after an outage in which it was done.
        if all(month.index != move.new for month in months(client, move.names)):
            raise

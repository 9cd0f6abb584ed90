"""What an index on a cluster holds of articles, asked for by id in every month: up to the last write, searched or not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from connectors.search.opensearch.bulk import Seat
from connectors.search.opensearch.client import IndexClient
from connectors.search.opensearch.names import IndexNames
from connectors.search.opensearch.rewrites import KNOWN_FIELDS, Known, known_in
from connectors.search.opensearch.trouble import IndexRefused
from connectors.search.versions import place_of
from schemas.article import Article
from schemas.codec import from_row
from schemas.standing import Place

_ASKED = (
    *(
        "article_id",
        "order_key",
        "pub_status",
        "visible_from",
        "content_hash",
        "month",
        "digest",
        "is_tombstone",
    ),
    *KNOWN_FIELDS,
)
_FILTER = "docs._source,docs._version,docs._seq_no,docs._primary_term,docs.error"
# Not the text again, folded for ranking.
_WHOLE = {"_source_excludes": "ranked", "filter_path": "docs._source,docs.error"}
# Of one request: 6,000 ids times months, of 83 bytes each; a front before the cluster often takes no more than 1 MB. What an
# index of one node on two cores takes for 500 ids: 15 to 30 ms in 1 month, 0.13 to 0.26 s in 12, 0.4 to 0.6 s in 36; nearly
# all of it is looking where nothing is.
_MAX_BYTES = 500_000
_TOO_LARGE = 413
# Of 2.5 KB, and no more than 2 MB each.
_TEXTS_AT_ONCE = 100
# A month that was taken away between its listing and the question holds nothing.
_GONE = "index_not_found_exception"
# A login or a role that may not read; an alias that stands for two indices. The status as OpenSearch gives it to whole
# requests: it tells none of one document of many.
_REFUSALS = {"security_exception": 403, "illegal_argument_exception": 400}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A document as it stands in a month. `known` is what a later row is compared with; a tombstone knows nothing."""

    article_id: str
    order_key: int
    pub_status: str
    visible_from: datetime | None
    content_hash: str | None
    month: str
    digest: str
    seat: Seat
    known: Known | None

    @property
    def place(self) -> Place:
        """Its place among the versions of its article."""
        return place_of(self.order_key, self.pub_status, self.visible_from, self.content_hash)

    @property
    def is_tombstone(self) -> bool:
        """Whether it has no text."""
        return self.known is None


def look_up(
    client: IndexClient, names: IndexNames, months: Sequence[str], ids: Sequence[str]
) -> dict[str, list[Standing]]:
    """The documents of these articles in these months by id, the one that stands first: a move that was broken off leaves two.

    Raises:
        IndexTrouble: the cluster does not answer, or refuses us.
    """
    found: dict[str, list[Standing]] = {}
    for standing in _documents(client, names, months, ids):
        found.setdefault(standing.article_id, []).append(standing)
    for several in found.values():
        several.sort(key=lambda standing: standing.month)
        # Of the same place one that was withdrawn comes first: the other may have been moved while it was.
        several.sort(key=lambda standing: (standing.place, standing.is_tombstone), reverse=True)
    return found


def texts_of(client: IndexClient, names: IndexNames, standing: Sequence[Standing]) -> dict[Standing, Article]:
    """The articles that these documents are, as far as the index holds them; a tombstone is none.

    Raises:
        IndexTrouble: the cluster does not answer, or refuses us.
    """
    with_text = {(one.month, one.article_id): one for one in standing if not one.is_tombstone}
    pairs = list(with_text)
    found: dict[Standing, Article] = {}
    for start in range(0, len(pairs), _TEXTS_AT_ONCE):
        for document in _found(client, _lines(names, pairs[start : start + _TEXTS_AT_ONCE]), _WHOLE):
            source = document["_source"]
            if not source["is_tombstone"]:  # it may have become one meanwhile
                one = with_text[source["month"], source["article_id"]]
                found[one] = from_row(Article, source)
    return found


def _documents(
    client: IndexClient, names: IndexNames, months: Sequence[str], ids: Sequence[str]
) -> Iterator[Standing]:
    ids = [one for one in ids if one]  # none has an empty id, and to ask for it would be refused for all
    if not months or not ids:
        return
    params = {"_source": ",".join(_ASKED), "filter_path": _FILTER}
    pairs = [(month, article_id) for month in months for article_id in ids]
    for lines in _bounded(_lines(names, pairs)):
        for document in _found(client, lines, params):
            yield _standing(document)


def _lines(names: IndexNames, pairs: Sequence[tuple[str, str]]) -> list[bytes]:
    """The questions after months and ids, put together by hand: with many months it is most of what a look costs us."""
    heads = {
        month: b'{"_index":%b,"_id":' % orjson.dumps(names.month_alias(month))
        for month in {month for month, _ in pairs}
    }
    return [b"%b%b}" % (heads[month], orjson.dumps(one)) for month, one in pairs]


def _bounded(lines: list[bytes]) -> Iterator[list[bytes]]:
    """Questions that are one request."""
    begin = size = 0
    for place, line in enumerate(lines):
        if size + len(line) > _MAX_BYTES and place > begin:
            yield lines[begin:place]
            begin, size = place, 0
        size += len(line) + 1
    yield lines[begin:]


def _found(client: IndexClient, lines: list[bytes], params: dict[str, str]) -> list[dict[str, Any]]:
    """The documents that are there; a request that is too large to whatever stands before the index is halved."""
    try:
        return _answer(client, b'{"docs":[%b]}' % b",".join(lines), params)
    except IndexRefused as refused:
        if refused.status != _TOO_LARGE or len(lines) == 1:
            raise
        half = len(lines) // 2
        return [*_found(client, lines[:half], params), *_found(client, lines[half:], params)]


def _answer(client: IndexClient, body: bytes, params: dict[str, str]) -> list[dict[str, Any]]:
    """The documents that are there. A month that cannot be read is waited for: what it holds must not be taken for nothing.

    Raises:
        IndexTrouble: it cannot be read beyond patience, or not by us, or not as it is asked for.
    """
    patience = client.patience()
    while True:
        answer = client.ask_within(patience, "POST", "/_mget", body, params=params)
        told: list[dict[str, Any]] = answer.get("docs", [])
        errors = [one["error"] for one in told if "error" in one and one["error"]["type"] != _GONE]
        for error in errors:
            if error["type"] in _REFUSALS:
                raise _refused(error)
        if not errors:
            patience.heard()
            return [one for one in told if "_source" in one]
        patience.wait_out(errors[0]["type"])


def _refused(error: dict[str, Any]) -> IndexRefused:
    kind = error["type"]
    told = f"the index does not tell what it holds: {kind}: {error.get('reason')}"
    return IndexRefused(told, status=_REFUSALS[kind], kind=kind)


def _standing(document: dict[str, Any]) -> Standing:
    source = document["_source"]
    embargo = source.get("visible_from")
    return Standing(
        article_id=source["article_id"],
        order_key=source["order_key"],
        pub_status=source["pub_status"],
        visible_from=None if embargo is None else datetime.fromisoformat(embargo),
        content_hash=source.get("content_hash"),
        month=source["month"],
        digest=source["digest"],
        seat=Seat(document["_version"], document["_seq_no"], document["_primary_term"]),
        known=None if source["is_tombstone"] else known_in(source),
    )

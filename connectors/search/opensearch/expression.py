"""A query in OpenSearch's language: what must match, what ranks beside it, what is highlighted, and who may see it.

`text.exact` alone decides what matches, and scores it. Words in headline, abstract and the field of the article's
language add to the score of what matches. All is built of the parsed tree; no text reaches a query language.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from itertools import chain
from typing import Any

from connectors.search.folding import is_unspaced, storable
from connectors.search.instants import epoch_ms
from connectors.search.query import Query, QueryTree, Term
from schemas.visibility import readable_query

Clause = dict[str, Any]

_EXACT = "text.exact"
# All words that begin so, where 50 are the default: the most that Java's int holds.
_EXPANSIONS = 2_147_483_647
# With the 1 of `text.exact`, which holds them too, SQLite's 4 and 2 for a match in the headline and in the abstract.
_HEADLINE, _ABSTRACT = 3, 1
# Each is looked up in the fields of some 40 languages, and a cluster allows 1,024 look-ups a query. An analyzer may make of
# a word as many as it has characters (smartcn of all but Latin letters); the longest of German are about as long.
_RANKING_WORDS, _RANKING_CHARS = 12, 30
_WORD = re.compile(r"\S+")


class Audience(StrEnum):
    """Who asks: what there is to be found, and by which alias."""

    READERS = (
        "readers"  # what readers may see, by the readers' alias, which also goes by the cluster's own clock
    )
    READERS_AT = "readers-at"  # what they may see at any other time, by the editors' alias
    EDITORS = "editors"  # all that has a text: embargoed, restricted and advisory articles too


def seen_by(audience: Audience, as_of: datetime) -> Clause:
    """What an audience may see at `as_of`. Withdrawn articles have no text and are for none."""
    if audience is Audience.EDITORS:
        return {"bool": {"must_not": [{"term": {"is_tombstone": True}}]}}
    return readable_query(str(epoch_ms(as_of)))


def matching(query: Query, tree: QueryTree, seen: Clause) -> Clause:
    """What the whole query asks for of what is `seen`. Score 0 without a required word."""
    return {
        "bool": {
            "must": [any_of(group) for group in tree.required],
            "must_not": [_occurrence(term) for term in tree.excluded],
            "filter": [seen, *_filters(query)],
        }
    }


def ranking(tree: QueryTree) -> tuple[Clause, ...]:
    """What adds to the score of a match: the first words, where they stand and in whatever form their language has."""
    words = _spoken(term.words for term in chain.from_iterable(tree.required) if not term.is_prefix)
    if not words:
        return ()
    return (
        {"match": {"headline": {"query": words, "boost": _HEADLINE}}},
        {"match": {"abstract": {"query": words, "boost": _ABSTRACT}}},
        {"multi_match": {"query": words, "fields": ["ranked.*"], "type": "best_fields"}},
    )


def highlighted(tree: QueryTree) -> Clause | None:
    """What is marked in a text; None where nothing is."""
    if not tree.required:
        return None
    return any_of(tuple(chain.from_iterable(tree.required)))


def any_of(terms: Sequence[Term]) -> Clause:
    """At least one of the terms.

    >>> any_of([Term(words="dock strike")])
    {'match_phrase': {'text.exact': 'dock strike'}}
    """
    if len(terms) == 1:
        return _occurrence(terms[0])
    return {"bool": {"should": [_occurrence(term) for term in terms], "minimum_should_match": 1}}


def _occurrence(term: Term) -> Clause:
    if not term.is_prefix:
        return {"match_phrase": {_EXACT: term.words}}
    if " " not in term.words:
        # Of one word alone, a phrase becomes one clause for each word that begins so, of which 1,024 are allowed.
        return {"match_bool_prefix": {_EXACT: term.words}}
    return {"match_phrase_prefix": {_EXACT: {"query": term.words, "max_expansions": _EXPANSIONS}}}


def _filters(query: Query) -> list[Clause]:
    given = (
        ("source", query.source),
        ("event_id", query.event),
        ("pub_status", query.status),
    )
    filters: list[Clause] = [
        {"term": {field: storable(value)}} for field, value in given if value is not None
    ]
    if query.language is not None:
        language = storable(query.language)
        filters.append(_either({"term": {"language": language}}, {"prefix": {"language": f"{language}-"}}))
    if query.subject is not None:
        subject = storable(query.subject)
        filters.append(_either({"term": {"subjects.uri": subject}}, {"term": {"subjects.name": subject}}))
    if query.since is not None or query.until is not None:
        filters.append(_between(query.since, query.until))
    return filters


def _between(since: datetime | None, until: datetime | None) -> Clause:
    """Published, or where that is not known first received, from one time (inclusive) to the other."""
    bounds = {"gte": epoch_ms(since, round_up=True), "lt": epoch_ms(until, round_up=True)}
    span = {name: bound for name, bound in bounds.items() if bound is not None} | {"format": "epoch_millis"}
    undated = {
        "bool": {
            "filter": [{"range": {"first_received": span}}],
            "must_not": [{"exists": {"field": "published"}}],
        }
    }
    return _either({"range": {"published": span}}, undated)


def _either(*clauses: Clause) -> Clause:
    return {"bool": {"should": list(clauses), "minimum_should_match": 1}}


def _spoken(terms: Iterable[str]) -> str:
    """The first words as they are written: an analyzer of Chinese knows none of characters that stand apart.

    >>> _spoken(["dock", "台 风 1"])
    'dock 台风 1'
    """
    words = [word for word in _WORD.findall(" ".join(terms)) if len(word) <= _RANKING_CHARS][:_RANKING_WORDS]
    text = ""
    for before, word in zip(["", *words], words, strict=False):
        apart = not (is_unspaced(before) and is_unspaced(word))
        text += f" {word}" if before and apart else word
    return text

"""Documents as the index returns them, made into hits with snippets, and into one article."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from connectors.search.folding import is_unspaced
from connectors.search.opensearch.document import RANKED_CHARS
from connectors.search.opensearch.expression import Clause
from connectors.search.query import Document, Hit, Marks
from connectors.search.snippets import CLOSE, OPEN, OPENING_CHARS, one_line, opening, snippet_tokens

# By which a text is told to be long.
LENGTH = "word_count"
# What of a document a hit is made of: of its text no more than the opening, as it is ranked.
HIT_FIELDS = (
    *("headline", "abstract", "ranked", "published", "source", "source_name", "url", "event_id"),
    *("language", "family"),
)
DOCUMENT_FIELDS = (
    *("headline", "abstract", "body_text", "published", "source", "source_name", "url", "event_id"),
    *("language", "family", "order_key"),
)
# Ten hits of such length are a megabyte. Of a longer one a piece is fetched, out of its beginning: five texts of 2,000,000
# characters took 3 s. The highlighter that knows sentences takes minutes to cut them (OpenSearch 3.8).
_LONG_WORDS, _PIECE_CHARS, _LOOKED_INTO_CHARS = 10_000, 2_000, 500_000
_CHARACTER = re.compile(f"{OPEN}*[^{OPEN}{CLOSE}]{CLOSE}*")
# Of a text that says the words more often than that, a snippet comes from its front.
_MARKS_LOOKED_AT = 200


def is_long(found: dict[str, Any]) -> bool:
    """Whether a match, of which its length was fetched, has a text of which a hit takes a piece only."""
    words: int = found.get("_source", {}).get(LENGTH, 0)
    return words > _LONG_WORDS


def highlight(matched: Clause, *, long: bool) -> dict[str, Any]:
    """What is asked for to make snippets: the texts with all that matched marked, to be cut here.

    A fragment of the index's own begins with a sentence, and may have one of two words that stand side by side. So it is
    taken of a `long` text only.
    """
    piece = {
        "type": "plain",
        "number_of_fragments": 1,
        "fragment_size": _PIECE_CHARS,
        "order": "score",
        "max_analyzer_offset": _LOOKED_INTO_CHARS,
    }
    return {
        "type": "unified",
        "pre_tags": [OPEN],
        "post_tags": [CLOSE],
        "require_field_match": False,  # it is `text.exact` that was searched
        "highlight_query": matched,
        "number_of_fragments": 0,
        "fields": {"body_text": piece if long else {}, "headline": {}, "abstract": {}},
    }


def hit_of(
    found: dict[str, Any], marks: Marks, *, score: float, copies: int, for_editors: bool, long: bool
) -> Hit:
    """The hit that a found document is, which was asked for as `long` or not."""
    source = found["_source"]
    return Hit(
        article_id=found["_id"],
        score=score,
        headline=source.get("headline"),
        snippet=_snippet(source, found.get("highlight", {}), marks, long=long),
        published=instant(source.get("published")),
        source=source["source"],
        source_name=source.get("source_name"),
        url=source.get("url"),
        event_id=source.get("event_id"),
        language=source["language"],
        copies=copies,
        for_editors=for_editors,
    )


def document_of(found: dict[str, Any], *, copies: int) -> Document:
    """The article that a found document is."""
    source = found["_source"]
    return Document(
        article_id=found["_id"],
        order_key=source["order_key"],
        headline=source.get("headline"),
        abstract=source.get("abstract"),
        body_text=source.get("body_text"),
        published=instant(source.get("published")),
        source=source["source"],
        source_name=source.get("source_name"),
        url=source.get("url"),
        event_id=source.get("event_id"),
        language=source["language"],
        copies=copies,
    )


def instant(stored: str | None) -> datetime | None:
    """The UTC time that a document states."""
    return None if stored is None else datetime.fromisoformat(stored)


def _snippet(source: dict[str, Any], marked: dict[str, list[str]], marks: Marks, *, long: bool) -> str:
    """A piece of the text around the matched words; of headline or abstract where the text has none; else its beginning."""
    for field in ("body_text", "headline", "abstract"):
        if field in marked:
            cut = _cut(one_line(marked[field][0]), marks.ellipsis)
            if long and field == "body_text":
                cut = marks.ellipsis + cut.removeprefix(marks.ellipsis)
            return cut.replace(OPEN, marks.before).replace(CLOSE, marks.after)
    return opening(_beginning(source), marks.ellipsis)


def _beginning(source: dict[str, Any]) -> str:
    """Abstract and opening of the text, which are ranked after the headline."""
    ranked = next(iter(source.get("ranked", {}).values()), "")
    headline = source.get("headline")
    return ranked[len(headline[:RANKED_CHARS]) + 1 :] if headline else ranked


def _cut(text: str, ellipsis: str) -> str:
    r"""As much of a marked text as a snippet has, from where most of the words are.

    >>> _cut("The " + OPEN + "ferry" + CLOSE + " sank.", "…")
    'The \ufdd0ferry\ufdd1 sank.'
    """
    text = text.replace(CLOSE + OPEN, "")  # characters of one word
    front = text[:OPENING_CHARS]
    unspaced = is_unspaced(front)
    tokens = _CHARACTER.findall(text) if unspaced else text.split()
    limit = snippet_tokens(front)
    start = max(0, min(_start(tokens, limit), len(tokens) - limit))
    shown = ("" if unspaced else " ").join(tokens[start : start + limit])
    if shown.rfind(OPEN) > shown.rfind(CLOSE):  # the cut went through a mark
        shown += CLOSE
    if CLOSE in shown.partition(OPEN)[0]:
        shown = OPEN + shown
    return (ellipsis if start else "") + shown + (ellipsis if start + limit < len(tokens) else "")


def _start(tokens: Sequence[str], limit: int) -> int:
    """Where a piece of so many tokens begins that has the most different words of those marked, in its middle."""
    marked = [place for place, token in enumerate(tokens) if OPEN in token][:_MARKS_LOOKED_AT]
    best: tuple[int, int, int] = (0, 0, 0)
    for number, first in enumerate(marked):
        within = [place for place in marked[number : number + limit] if place < first + limit]
        words = len({tokens[place].casefold() for place in within})
        best = max(best, (words, -first, within[-1]))
    _, negated, last = best
    first = -negated
    return first - min((limit - (last + 1 - first)) // 2, limit // 4)

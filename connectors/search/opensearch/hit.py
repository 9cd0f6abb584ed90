"""Documents as the index returns them, made into hits with snippets, and into one article."""

import re
from datetime import datetime
from typing import Any

from connectors.search.folding import is_unspaced
from connectors.search.opensearch.expression import Clause
from connectors.search.query import Document, Hit, Marks
from connectors.search.snippets import CLOSE, OPEN, one_line, opening, snippet_tokens

# What of a document a hit is made of; the text for its beginning, and to see whether a snippet reaches its ends.
HIT_FIELDS = (
    *("headline", "abstract", "body_text", "published", "source", "source_name", "url", "event_id"),
    *("language", "family"),
)
DOCUMENT_FIELDS = (*HIT_FIELDS, "order_key")
# Some 28 words, of which a snippet is cut; a fragment ends with a sentence where one is near.
_FRAGMENT_CHARS = 200
_CHARACTER = re.compile(f"{OPEN}*[^{OPEN}{CLOSE}]{CLOSE}*")


def highlight(matched: Clause) -> dict[str, Any]:
    """What is asked for to make snippets: the best fragment of the text, and headline and abstract whole."""
    return {
        "type": "unified",
        "order": "score",
        "pre_tags": [OPEN],
        "post_tags": [CLOSE],
        "require_field_match": False,  # it is `text.exact` that was searched
        "highlight_query": matched,
        "fields": {
            "body_text": {"number_of_fragments": 1, "fragment_size": _FRAGMENT_CHARS},
            "headline": {"number_of_fragments": 0},
            "abstract": {"number_of_fragments": 0},
        },
    }


def hit_of(found: dict[str, Any], marks: Marks, *, score: float, copies: int) -> Hit:
    """The hit that a found document is."""
    source = found["_source"]
    return Hit(
        article_id=found["_id"],
        score=score,
        headline=source.get("headline"),
        snippet=_snippet(source, found.get("highlight", {}), marks),
        published=instant(source.get("published")),
        source=source["source"],
        source_name=source.get("source_name"),
        url=source.get("url"),
        event_id=source.get("event_id"),
        language=source["language"],
        copies=copies,
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


def _snippet(source: dict[str, Any], marked: dict[str, list[str]], marks: Marks) -> str:
    """A piece of the text around the matched words; of headline or abstract where the text has none; else its beginning."""
    for field in ("body_text", "headline", "abstract"):
        if field in marked:
            cut = _cut(one_line(marked[field][0]), one_line(source[field]), marks.ellipsis)
            return cut.replace(OPEN, marks.before).replace(CLOSE, marks.after)
    text = " ".join(filter(None, (source.get("abstract"), source.get("body_text"))))
    return opening(text, marks.ellipsis)


def _cut(fragment: str, text: str, ellipsis: str) -> str:
    r"""As much of a fragment of a text as a snippet has, from a little before its first mark.

    >>> _cut("Then the " + OPEN + "ferry" + CLOSE + " sank.", "Then the ferry sank. All were saved.", "…")
    'Then the \ufdd0ferry\ufdd1 sank.…'
    """
    fragment = fragment.replace(CLOSE + OPEN, "")  # characters of one word
    plain = fragment.replace(OPEN, "").replace(CLOSE, "")
    unspaced = is_unspaced(plain)
    tokens = _CHARACTER.findall(fragment) if unspaced else fragment.split()
    limit = snippet_tokens(plain)
    first = next(place for place, token in enumerate(tokens) if OPEN in token)
    start = max(0, min(first - limit // 4, len(tokens) - limit))
    shown = ("" if unspaced else " ").join(tokens[start : start + limit])
    if shown.count(OPEN) > shown.count(CLOSE):
        shown += CLOSE
    before = "" if start == 0 and text.startswith(plain) else ellipsis
    after = "" if start + limit >= len(tokens) and text.endswith(plain) else ellipsis
    return f"{before}{shown}{after}"

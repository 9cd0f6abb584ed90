"""One query, whatever index answers it: what is asked (`Query`) and what comes back (`Page`).

The grammar is what SQLite FTS5 and OpenSearch can do alike. Each index builds its own expression from the parsed tree;
no user text reaches a query language.

    dock strike            both words, anywhere in headline, abstract or text; so does dock AND strike
    "dock strike"          the words side by side
    dock OR quay           either; OR binds closer than the space: a b OR c = a and (b or c)
    -football              not this word; also -"own goal" and -foot*
    harbour*               words that begin so

Matching ignores case and diacritics. A word with punctuation inside (`covid-19`) is its parts side by side. In scripts
without spaces each character is a word and a run of them is a phrase. No stemming: what matches is the same in every
index; ranking may differ.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from connectors.search.folding import searchable
from schemas.article_parts import PubStatus

# A pasted page must not become a thousand look-ups; what stands beyond is passed over.
MAX_QUERY_CHARS = 2_000
MAX_QUERY_TERMS = 64
MAX_PAGE_SIZE = 1_000
FACET_VALUES = 10

# A minus before a word or a phrase; an unclosed quote runs to the end.
_TOKEN = re.compile(r'(-?)"([^"]*)"?(\*?)|(\S+)')
_QUOTES = str.maketrans(dict.fromkeys("“”„«»＂", '"'))


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """Words that stand side by side, folded and free of punctuation; the last may be a beginning only."""

    words: str
    is_prefix: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryTree:
    """What a text asks for: one of each group of `required`, and none of `excluded`.

    `finds_nothing` if the text is not blank but has no letter or digit: it says something that no text can match. A
    tree without terms is the blank text, and constrains nothing.
    """

    required: tuple[tuple[Term, ...], ...] = ()
    excluded: tuple[Term, ...] = ()
    finds_nothing: bool = False


def parse_query(text: str) -> QueryTree:
    """The tree of a query text. Total: every string has one, and nothing is raised.

    A token without letter or digit is passed over, as are a stray `OR` (first, last, doubled, beside an exclusion) and
    what stands beyond `MAX_QUERY_CHARS` and `MAX_QUERY_TERMS`.

    >>> tree = parse_query('storm "dock strike" quay OR harbo* -goal')
    >>> [" | ".join(term.words for term in group) for group in tree.required]
    ['storm', 'dock strike', 'quay | harbo']
    >>> [term.words for term in tree.excluded]
    ['goal']
    """
    groups: list[list[Term]] = []
    excluded: list[Term] = []
    joins = False
    for token in _TOKEN.finditer(text[:MAX_QUERY_CHARS].translate(_QUOTES)):
        if token[0] in ("OR", "AND"):
            joins = token[0] == "OR" and bool(groups)
            continue
        negated, term = _term(token)
        if not term.words:
            continue
        if sum(map(len, groups)) + len(excluded) == MAX_QUERY_TERMS:
            break
        if negated:
            excluded.append(term)
        elif joins:
            groups[-1].append(term)
        else:
            groups.append([term])
        joins = False
    nothing = not groups and not excluded and bool(text.strip())
    return QueryTree(required=tuple(map(tuple, groups)), excluded=tuple(excluded), finds_nothing=nothing)


def _term(token: re.Match[str]) -> tuple[bool, Term]:
    minus, quoted, star, bare = token.groups()
    if bare is None:
        return bool(minus), Term(words=searchable(quoted), is_prefix=bool(star))
    negated = bare.startswith("-")
    return negated, Term(words=searchable(bare), is_prefix=bare.endswith("*"))


class Sort(StrEnum):
    """In which order hits come. Without a required word every score is equal, and relevance is recency."""

    RELEVANCE = "relevance"
    NEWEST = "newest"


class Facet(StrEnum):
    """What hits can be counted by."""

    SOURCE = "source"
    LANGUAGE = "language"
    EVENT = "event"


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What is put around matched words and for left-out text in a snippet. Text is not escaped: that is the caller's."""

    before: str = "["
    after: str = "]"
    ellipsis: str = "…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What is asked. Everything that is given must hold.

    `language` takes its subtags in (`zh` finds `zh-Hant`). `subject` is a concept URI or a name as delivered. `since`
    (inclusive) and `until` (exclusive) judge `published`, for undated articles `first_received`. `after` is the `next`
    of the page before, of the same query. With `copies` every member of a copy family is a hit, else the earliest
    published of those that match.

    Raises:
        ValueError: `size` out of 1..1000, or an instant without zone.
    """

    text: str = ""
    language: str | None = None
    source: str | None = None
    event: str | None = None
    subject: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    status: PubStatus | None = None
    sort: Sort = Sort.RELEVANCE
    size: int = 10
    after: str | None = None
    facets: tuple[Facet, ...] = ()
    copies: bool = False
    marks: Marks = Marks()

    def __post_init__(self) -> None:
        if not 1 <= self.size <= MAX_PAGE_SIZE:
            raise ValueError(f"size is {self.size}; allowed is 1 to {MAX_PAGE_SIZE}")
        for name, instant in (("since", self.since), ("until", self.until)):
            if instant is not None and instant.tzinfo is None:
                raise ValueError(
                    f"{name} is {instant.isoformat()}, without a zone; allowed is a time with its zone"
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One article found. `score`: greater is better, comparable within one query only; 0 without a required word.

    `copies` is how many other members of its copy family readers may see, matching or not. `snippet` carries the
    query's marks. `for_editors` is what readers may not see now; only editors find it.
    """

    article_id: str
    score: float
    headline: str | None
    snippet: str
    published: datetime | None
    source: str
    source_name: str | None
    url: str | None
    event_id: str | None
    language: str
    copies: int
    for_editors: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One article as an index holds it. Text is composed; SQLite also has full-width Latin letters and digits narrow."""

    article_id: str
    order_key: int
    headline: str | None
    abstract: str | None
    body_text: str | None
    published: datetime | None
    source: str
    source_name: str | None
    url: str | None
    event_id: str | None
    language: str
    copies: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetCount:
    """How many hits there would be if the query were narrowed to this value."""

    facet: Facet
    value: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What comes back: `total` hits over all pages, this page's, and where the next one begins (None: at the end).

    Facet counts stand by facet in the order asked for, greatest first, `FACET_VALUES` of each at
    most.
    """

    total: int
    hits: tuple[Hit, ...]
    facets: tuple[FacetCount, ...] = ()
    next: str | None = None

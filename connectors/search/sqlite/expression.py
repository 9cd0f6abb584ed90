"""What a query asks for, in FTS5's language."""

from collections.abc import Iterable

from connectors.search.query import QueryTree, Term


def expression(tree: QueryTree) -> tuple[str | None, str | None]:
    """A tree in FTS5's language: what must match (exclusions within it), or else what alone must not.

    >>> from connectors.search.query import parse_query
    >>> expression(parse_query("dock OR quay stri* -goal"))
    ('(("dock" OR "quay") AND ("stri" *)) NOT ("goal")', None)
    """
    required = " AND ".join(any_of(group) for group in tree.required) or None
    excluded = any_of(tree.excluded) if tree.excluded else None
    if required and excluded:
        return f"({required}) NOT {excluded}", None
    return required, excluded


def any_of(terms: Iterable[Term]) -> str:
    """What matches whatever has one of these terms.

    >>> any_of([Term(words="dock strike"), Term(words="qua", is_prefix=True)])
    '("dock strike" OR "qua" *)'
    """
    # A term's words are letters, numbers, marks and spaces only: nothing in them can end the quote.
    strings = (f'"{term.words}" *' if term.is_prefix else f'"{term.words}"' for term in terms)
    return f"({' OR '.join(strings)})"

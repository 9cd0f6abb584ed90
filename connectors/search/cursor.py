"""Where in the order of its hits a page ended, as an opaque text: the same of every index."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence

import orjson

from connectors.search.query import Sort

# What counts as the time of an undated article, in milliseconds since 1970: before all others.
UNDATED = -(1 << 60)
_FIRST, _LAST = UNDATED, -UNDATED


def read_cursor(text: str, sort: Sort) -> list[object]:
    """The place after which a page begins: score, published and first received, all negated, and id; newest has no score.

    Raises:
        ValueError: no cursor, or one of another sort.
    """
    try:
        stated, *place = orjson.loads(urlsafe_b64decode(text))
    except (ValueError, TypeError):
        place, stated = [], None
    kinds = [float, int, int, str] if sort is Sort.RELEVANCE else [int, int, str]
    if stated != sort or [type(value) for value in place] != kinds or not all(map(_is_told, place)):
        raise ValueError(
            f"after is {text!r}; allowed is the `next` of a page of the same query sorted by {sort}"
        )
    return place


def _is_told(value: object) -> bool:
    """Whether a page can have told it: another number is more than an index can compare."""
    return isinstance(value, str) or (isinstance(value, int | float) and _FIRST <= value <= _LAST)


def write_cursor(sort: Sort, place: Sequence[object]) -> str:
    """The text that `read_cursor` makes this place of."""
    return urlsafe_b64encode(orjson.dumps([sort, *place])).decode()

"""What an item is: an article, a flash, a note to editors, a take, a picture, a package.

Source: IPTC itemClass (ninat:); research/wire.md §2.2.
"""

import re
from dataclasses import dataclass

from pipelines.core.wire.item import WireItem
from pipelines.core.wire.kill_reference import names_a_kill
from pipelines.core.wire.profile import Profile
from schemas.article_parts import ItemKind

_MEDIA = {
    "picture": ItemKind.PICTURE,
    "video": ItemKind.VIDEO,
    "audio": ItemKind.AUDIO,
    "graphic": ItemKind.GRAPHIC,
}
# Genres whose items are for editors (research/wire.md §2.2); whole names, so `Health advisory` is none.
_ADVISORY_GENRES = frozenset(
    {"advisory", "media advisory", "notice", "note to editors", "editorial note", "hinweis"}
)
_DAYBOOK_GENRES = frozenset(
    {"daybook", "notebook", "vorschau", "tagesvorschau", "agenda", "budget", "digest"}
)
# In capitals and set off at the start of a headline.
_ADVISORY = re.compile(
    r"\W*(?:MEDIA |PHOTO |NEWS )?(?:ADVISORY|ATTENTION EDITORS|NOTE TO EDITORS|EDITORS' NOTE|AN DIE REDAKTIONEN)"
    r"\s*(?:[-:–—/)\]]|$)"
)
_DAYBOOK = re.compile(r"\W*(?:DAYBOOK|NOTEBOOK|TAGESVORSCHAU|VORSCHAU|NEWS DIGEST)\s*(?:[-:–—/)\]]|$)")
_TAKE = re.compile(
    r"\b(?:(\d{1,2})(?:st|nd|rd|th)\s+take|take\s+(\d{1,2})(?:\s+of\s+\d{1,2})?)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Kind:
    """What an item is, and which take of its story."""

    item_kind: ItemKind
    take_no: int | None = None


def kind_of(item: WireItem, profile: Profile) -> Kind:
    """What the item is, by its type, genre and marks; an order to kill is an order in any type. A package with a text of its own is an article."""
    stated = (item.item_type or "text").lower()
    if stated in _MEDIA and names_a_kill(item):
        return Kind(ItemKind.ADVISORY)
    if stated in _MEDIA:
        return Kind(_MEDIA[stated])
    if _is_advisory(item, profile):
        return Kind(ItemKind.ADVISORY)
    if _has_genre(item, _DAYBOOK_GENRES) or _DAYBOOK.match(item.headline or ""):
        return Kind(ItemKind.DAYBOOK)
    if not item.paragraphs and stated == "composite":
        return Kind(ItemKind.COMPOSITE)
    if not item.paragraphs and item.abstract is None:
        return Kind(ItemKind.FLASH)
    take = _TAKE.search(item.slugline or "")
    if take is not None:
        return Kind(ItemKind.TAKE, int(take[1] or take[2]))
    return Kind(ItemKind.ARTICLE)


def _is_advisory(item: WireItem, profile: Profile) -> bool:
    words = _ADVISORY_GENRES | {word.casefold() for word in profile.tokens.get("advisory", ())}
    return _has_genre(item, words) or bool(_ADVISORY.match(item.headline or "")) or names_a_kill(item)


def _has_genre(item: WireItem, names: frozenset[str]) -> bool:
    return any(genre.casefold() in names for genre in (*item.genres, item.profile or ""))

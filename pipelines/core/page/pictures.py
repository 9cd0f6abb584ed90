"""The pictures of a page's article: the main one, and those with a caption of their own."""

import re
from collections.abc import Iterator

from lxml.etree import _Element

from pipelines.core.page.head import one_line
from pipelines.core.page.jsonld import Picture
from pipelines.core.urls import absolute_url
from schemas.article_parts import Media

_MAX_FIGURES = 30
_MAX_CAPTION_CHARS = 2_000
_MAX_CREDIT_CHARS = 150
_ASIDE = frozenset({"aside", "nav", "footer"})
_SOURCES = ("src", "data-src", "data-original", "data-lazy-src")

# The credit at the end of a caption: after a label, a copyright sign, or in brackets. It credits the picture, never
# the text.
_CREDIT = re.compile(
    r"(?:^|[\s.(|\[])(?:(?:photo(?:graph)?s?|picture|image|foto|bild|crédits?|credits?|imagen|immagine|quelle|source|фото|写真|图)"
    r"(?:\s+(?:by|credit|de|di|von)\b)?\s*[:：/]?\s|©|\(c\)\s)\s*([^.()\[\]]{2,140})[)\]]?\.?$"
    r"|[(\[]([^()\[\]]{2,80}(?:/|\bvia\b|\bphoto\b)[^()\[\]]{2,60})[)\]]\.?$",
    re.IGNORECASE,
)


def media_of(tree: _Element, pictures: tuple[Picture, ...], *, base: str | None) -> tuple[Media, ...]:
    """Main picture first, then figures with a caption, each address or caption once."""
    found: dict[str, Media] = {}
    for picture in pictures:
        url = absolute_url(base, picture.url)
        if url is not None:
            caption, credit = split_credit(picture.caption or "")
            found[url] = Media(role="main", url=url, caption=caption, credit=picture.credit or credit)
    for media in _figures(tree, base):
        key = media.url or media.caption or ""
        known = found.get(key)
        if known is None:
            found[key] = media
        elif known.caption is None:
            found[key] = Media(
                role=known.role, url=known.url, caption=media.caption, credit=media.credit or known.credit
            )
    return tuple(found.values())


def split_credit(caption: str) -> tuple[str | None, str | None]:
    """A caption without its photo credit, and the credit.

    >>> split_credit("The harbour at dawn. Photo: Bo Finch")
    ('The harbour at dawn.', 'Bo Finch')
    """
    line = " ".join(caption.split())[:_MAX_CAPTION_CHARS]
    tail = max(0, len(line) - _MAX_CREDIT_CHARS)
    found = _CREDIT.search(line, tail)
    if found is None:
        return line or None, None
    credit = (found.group(1) or found.group(2)).strip(" |/:")
    kept = line[: found.start() + 1].rstrip(" (|[") if found.start() else ""
    return kept or None, credit or None


def _figures(tree: _Element, base: str | None) -> Iterator[Media]:
    taken = 0
    for figure in tree.iter("figure"):
        line = next((one_line(element) for element in figure.iter("figcaption")), "")
        if not line or any(ancestor.tag in _ASIDE for ancestor in figure.iterancestors()):
            continue
        caption, credit = split_credit(line)
        yield Media(role="inline", url=_image(figure, base), caption=caption, credit=credit)
        taken += 1
        if taken == _MAX_FIGURES:
            return


def _image(figure: _Element, base: str | None) -> str | None:
    for image in figure.iter("img"):
        for source in _SOURCES:
            reference = image.get(source, "")
            if reference and not reference.startswith("data:"):
                return absolute_url(base, reference)
    return None

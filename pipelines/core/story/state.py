"""How one row moves the state of its story: which version stands, and what readers had.

Source: research/wire.md §2.3; DESIGN.md §6, Order.
"""

from dataclasses import replace

from pipelines.core.language.tags import language_key
from pipelines.core.story.record import hash_of
from pipelines.core.story.remembered import StoryState
from schemas.article import Article
from schemas.article_parts import PubStatus
from schemas.standing import standing
from schemas.visibility import EDITORS_ONLY_KINDS, readable

_DIGEST_BYTES = 8


def outranks(article: Article, story: StoryState) -> bool:
    """Whether a version becomes the present of its story."""
    present = standing(story.seen_until, story.pub_status, story.visible_from, story.content_hash)
    return (
        standing(article.order_key, article.pub_status, article.visible_from, article.content_hash) > present
    )


def version_digest(article_id: str, article: Article) -> int:
    """64 bits, never 0, that tell one version of one article from all others."""
    lifts = "" if article.visible_from is None else article.visible_from.isoformat()
    said = f"{article.order_key}\x1f{article.pub_status}\x1f{lifts}\x1f{article.content_hash or ''}"
    return int.from_bytes(hash_of(f"{article_id}\x1f{said}", _DIGEST_BYTES), "little") or 1


def first_state(article: Article) -> StoryState:
    """The state of a story that begins with this row."""
    return StoryState(
        article_id=article.article_id,
        order_key=article.order_key,
        content_hash=article.content_hash,
        pub_status=article.pub_status,
        item_kind=article.item_kind,
        restricted=article.restricted,
        visible_from=article.visible_from,
        visible_until=article.visible_until,
        was_public=False,
        first_received=article.received,
        language_key=_language_key(article),
        has_canonical=article.canonical_key is not None,
        seen_until=article.order_key,
    )


def next_state(story: StoryState, article: Article, *, current: bool) -> StoryState:
    """The state of a story after this row; `current` says that the row is its new present."""
    if current:
        return replace(
            story,
            order_key=article.order_key,
            content_hash=article.content_hash,
            pub_status=article.pub_status,
            item_kind=article.item_kind,
            restricted=article.restricted,
            visible_from=article.visible_from,
            visible_until=article.visible_until,
            was_public=was_public(story, article),
            language_key=story.language_key or _language_key(article),
            seen_until=article.order_key,
        )
    # Only the same text seen again moves the present's own place; an older version leaves it where it is.
    same = article.content_hash == story.content_hash
    return replace(
        story,
        was_public=was_public(story, article),
        language_key=story.language_key or _language_key(article),
        seen_until=max(story.seen_until, article.order_key) if same else story.seen_until,
    )


def _language_key(article: Article) -> str | None:
    """A row without text and without a declared language decides no key."""
    has_text = article.content_hash is not None
    return language_key(article.language) if has_text or article.language != "und" else None


def was_public(story: StoryState | None, article: Article) -> bool:
    """Whether readers had the article before this row, judged at its `received`."""
    if story is None:
        return False
    if story.was_public or article.received is None:
        return story.was_public or (story.visible_from is None and _open(story))
    return readable(story, article.received)


def _open(story: StoryState) -> bool:
    editors_only = story.item_kind in EDITORS_ONLY_KINDS
    return story.pub_status is PubStatus.USABLE and not story.restricted and not editors_only

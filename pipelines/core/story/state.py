"""How one row moves the state of its story: which version stands, and what readers had.

Source: research/wire.md §2.3; DESIGN.md §6, Order.
"""

from collections.abc import Iterator
from dataclasses import replace

from pipelines.core.identity import digest, standing
from pipelines.core.language.tags import language_key
from pipelines.core.story.kills import name_of
from pipelines.core.story.memory import StoryState
from schemas.article import Article
from schemas.article_parts import PubStatus, SourceKind
from schemas.visibility import EDITORS_ONLY_KINDS, readable

# A live blog of the fundus set has some 40 states a day; a version seen again beyond these is a full row once more,
# which changes no output.
VERSIONS_KEPT = 64


def outranks(article: Article, story: StoryState) -> bool:
    """Whether a version becomes the present of its story."""
    present = standing(story.seen_until, story.pub_status, story.visible_from, story.content_hash)
    return (
        standing(article.order_key, article.pub_status, article.visible_from, article.content_hash) > present
    )


def is_repeat(story: StoryState, article: Article) -> bool:
    """Whether this very version, or the unchanged text of a page, has been seen before."""
    if article.source_kind is SourceKind.WEB and article.content_hash == story.content_hash:
        return True
    return _version_digest(article) in story.versions


def _version_digest(article: Article) -> str:
    lifts = "" if article.visible_from is None else article.visible_from.isoformat()
    said = (str(article.order_key), article.pub_status, lifts, article.content_hash or "")
    return digest(*said)[:16]


def first_state(article: Article) -> StoryState:
    """The state of a story that begins with this row."""
    return StoryState(
        article_id=article.article_id,
        source=article.source,
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
        versions=(_version_digest(article),),
    )


def next_state(story: StoryState, article: Article, *, current: bool) -> StoryState:
    """The state of a story after this row; `current` says that the row is its new present."""
    kept = replace(
        story,
        was_public=was_public(story, article),
        language_key=story.language_key or _language_key(article),
        seen_until=max(story.seen_until, article.order_key),
        versions=(*story.versions, _version_digest(article))[-VERSIONS_KEPT:],
    )
    if not current:
        # Only the same text seen again moves the present's own place; an older version leaves it where it is.
        same = article.content_hash == story.content_hash
        return kept if same else replace(kept, seen_until=story.seen_until)
    return replace(
        kept,
        order_key=article.order_key,
        content_hash=article.content_hash,
        pub_status=article.pub_status,
        item_kind=article.item_kind,
        restricted=article.restricted,
        visible_from=article.visible_from,
        visible_until=article.visible_until,
        seen_until=article.order_key,
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
    present = replace(
        article,
        pub_status=story.pub_status,
        item_kind=story.item_kind,
        restricted=story.restricted,
        visible_from=story.visible_from,
        visible_until=story.visible_until,
    )
    return readable(present, article.received)


def _open(story: StoryState) -> bool:
    editors_only = story.item_kind in EDITORS_ONLY_KINDS
    return story.pub_status is PubStatus.USABLE and not story.restricted and not editors_only


def url_keys(article: Article) -> Iterator[str]:
    """The keys under which a later fetch of the page finds its story."""
    for key in (article.url_key, article.canonical_key):
        if key is not None:
            yield name_of("url", article.source, key)


def names(article: Article) -> Iterator[str]:
    """The names by which a notice may mean this item; a notice itself bears none."""
    if article.kill_target is not None:
        return
    if article.message_number is not None:
        yield name_of("number", article.source, article.message_number)
    if article.slugline is not None and article.source_kind is SourceKind.WIRE:
        yield name_of("slug", article.source, article.slugline.casefold())

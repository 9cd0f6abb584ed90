"""Kills by reference: a notice that names another item by its id, its number or its slug.

In IPTC 7901, ANPA and RSS a kill points at its target in free text; NITF and NewsML-G2 do it in markup. Either way the
parser fills `kill_target`, and here it becomes an order that finds its target now or waits for it, for good.

Source: research/wire.md §2.1–2.2.
"""

from datetime import timedelta

from pipelines.core.identity import digest, epoch_ms, order_key
from pipelines.core.story_memory import KillOrder, StoryMemory
from schemas.article import Article
from schemas.article_parts import ChangeType, PubStatus, SourceKind

# Agencies number their messages by the day, and sluglines come again the next day (research/wire.md §2.1): a notice
# that names a number or a slug means a message of its own day.
REFERENCE_WINDOW = timedelta(days=1)


def name_of(kind: str, source: str, value: str) -> str:
    """The key under which a story may be found within its source."""
    return f"{kind}:{source}\x1f{value}"


def kill_order(article: Article) -> KillOrder | None:
    """The order that a notice gives, `None` when the item is no such notice."""
    if article.kill_target is None:
        return None
    created = article.version_created or article.received
    return KillOrder(
        target=article.kill_target,
        source=article.source,
        origin=article.origin,
        payload_sha256=article.payload_sha256,
        order_key=order_key(canceled=True, version=0, created=created),
        version_created=created,
        received=article.received,
    )


def known_target(memory: StoryMemory, order: KillOrder) -> str | None:
    """The article_id that an order names; an item id always names one, a number or slug only when it is known."""
    kind, _, value = order.target.partition(":")
    if kind == "guid":
        return digest("wire", order.source, value)
    name = name_of(kind, order.source, value.casefold() if kind == "slug" else value)
    article_id = memory.keys.get(name)
    story = memory.stories.get(article_id) if article_id is not None else None
    if story is None:
        return None
    return story.article_id if _near(order, story.order_key) else None


def names_item(order: KillOrder, article: Article) -> bool:
    """Whether an order that waits means this item."""
    if order.source != article.source or article.kill_target is not None:
        return False
    kind, _, value = order.target.partition(":")
    if kind == "number":
        found = article.message_number == value
    else:
        found = kind == "slug" and (article.slugline or "").casefold() == value.casefold()
    return found and _near(order, article.order_key)


def _near(order: KillOrder, key: int) -> bool:
    stated = key & ((1 << 42) - 1)
    if order.version_created is None or stated == 0:
        return True
    return abs(stated - epoch_ms(order.version_created)) <= REFERENCE_WINDOW / timedelta(milliseconds=1)


def target_row(order: KillOrder, article_id: str) -> Article:
    """The row that withdraws the target: part 1 of the notice, without text."""
    return Article(
        article_id=article_id,
        source_kind=SourceKind.WIRE,
        source=order.source,
        order_key=order.order_key,
        origin=order.origin,
        payload_sha256=order.payload_sha256,
        part=1,
        pub_status=PubStatus.CANCELED,
        change_type=ChangeType.KILL,
        version_created=order.version_created,
        received=order.received,
    )

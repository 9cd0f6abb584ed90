"""Kills by reference: a notice that names another item by its id, its number or its slug.

In IPTC 7901, ANPA and RSS a kill points at its target in free text; NITF and NewsML-G2 do it in markup. Either way the
parser fills `kill_target`, and here it becomes an order that finds its target now or waits for it, for good.

Source: research/wire.md §2.1–2.2.
"""

from datetime import timedelta

from pipelines.core.identity import digest, epoch_ms, order_key
from pipelines.core.story.memory import KillOrder, StoryMemory
from schemas.article import Article
from schemas.article_parts import ChangeType, PubStatus, SourceKind

# Agencies number their messages by the day, so a number comes again some 24 hours later; sluglines come again the next
# day too (research/wire.md §2.1). A notice that names one means messages of the hours before it, all that bear the name:
# which of them came first must not decide which of them is withdrawn.
REFERENCE_WINDOW = timedelta(hours=18)
# Clocks of one agency's desks differ by minutes.
CLOCK_SKEW = timedelta(minutes=5)


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


def known_targets(memory: StoryMemory, order: KillOrder) -> tuple[str, ...]:
    """The articles that an order names: an item id always names one, a number or slug those that bore it."""
    kind, _, value = order.target.partition(":")
    if kind == "guid":
        return (digest("wire", order.source, value),)
    bearers = memory.named.get(_order_key(order), ())
    return tuple(dict.fromkeys(article_id for article_id, stated in bearers if _in_window(order, stated)))


def names_item(order: KillOrder, article_id: str, names: tuple[str, ...], stated: int) -> bool:
    """Whether an order that stands means this row, whose article it has not killed yet."""
    return article_id not in order.targets and _order_key(order) in names and _in_window(order, stated)


def _order_key(order: KillOrder) -> str:
    kind, _, value = order.target.partition(":")
    return name_of(kind, order.source, value.casefold() if kind == "slug" else value)


def is_by_name(order: KillOrder) -> bool:
    """Whether an order names a number or slug, which later rows may still bear."""
    return not order.target.startswith("guid:")


def stated_ms(article: Article) -> int:
    """The time a row states, in milliseconds; 0 when it states none."""
    created = article.version_created or article.received
    return 0 if created is None else epoch_ms(created)


def _in_window(order: KillOrder, stated: int) -> bool:
    if order.version_created is None or stated == 0:
        return True
    before = epoch_ms(order.version_created) - stated
    return -CLOCK_SKEW <= timedelta(milliseconds=before) <= REFERENCE_WINDOW


def target_row(order: KillOrder, article_id: str, part: int) -> Article:
    """The row that withdraws a target, without text: part 1 of the notice, 2 and more where its name was borne twice."""
    return Article(
        article_id=article_id,
        source_kind=SourceKind.WIRE,
        source=order.source,
        order_key=order.order_key,
        origin=order.origin,
        payload_sha256=order.payload_sha256,
        part=part,
        pub_status=PubStatus.CANCELED,
        change_type=ChangeType.KILL,
        version_created=order.version_created,
        received=order.received,
    )

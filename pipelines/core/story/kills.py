"""Kills by reference: a notice that names another item by its id, its number or its slug.

In IPTC 7901, ANPA and RSS a kill points at its target in free text; NITF and NewsML-G2 do it in markup. Either way the
parser fills `kill_target`, a line for each item that is named, and here it becomes an order that finds its targets now
or waits for them, for good.

    guid:<id>, item:<article_id>     always one article, known or not
    number:<n>, slug:<slug>          all that bear it within the hours before the notice

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
    """The articles that an order names, each once."""
    found = (_bearers(memory, order, target) for target in _targets(order))
    return tuple(dict.fromkeys(article_id for bearers in found for article_id in bearers))


def has_unknown_target(memory: StoryMemory, order: KillOrder) -> bool:
    """Whether something that the order names has not come yet."""
    return any(not _bearers(memory, order, target) for target in _targets(order))


def _targets(order: KillOrder) -> list[str]:
    return order.target.split("\n")


def _bearers(memory: StoryMemory, order: KillOrder, target: str) -> list[str]:
    """An item id always names one article, a number or slug those that bore it."""
    kind, _, value = target.partition(":")
    if kind == "guid":
        return [digest("wire", order.source, value)]
    if kind == "item":
        return [value]
    stated = memory.named.get(_name_key(order, target), ())
    return [article_id for article_id, at in stated if _in_window(order, at)]


def names_item(order: KillOrder, article_id: str, names: tuple[str, ...], stated: int) -> bool:
    """Whether an order that stands means this row, whose article it has not killed yet."""
    if article_id in order.targets or not _in_window(order, stated):
        return False
    return any(_name_key(order, target) in names for target in _targets(order))


def _name_key(order: KillOrder, target: str) -> str:
    kind, _, value = target.partition(":")
    return name_of(kind, order.source, value.casefold() if kind == "slug" else value)


def is_by_name(order: KillOrder) -> bool:
    """Whether an order names a number or slug, which later rows may still bear."""
    return any(not target.startswith(("guid:", "item:")) for target in _targets(order))


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
    """The row that withdraws a target, without text: part 1 of the notice, 2 and more where it named several."""
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

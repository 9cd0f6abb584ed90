"""Kills by reference: a notice that names another item by its id, its number or its slug.

In IPTC 7901, ANPA and RSS a kill points at its target in free text; NITF and NewsML-G2 do it in markup. Either way the
parser fills `kill_target`, a line for each item that is named, and here it becomes an order that finds its targets now
or waits for them, for good.

    guid:<id>, item:<article_id>     always one article, known or not
    number:<n>, slug:<slug>          all that bear it within the hours before the notice

Source: research/wire.md §2.1–2.2.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from pipelines.core.identity import digest, epoch_ms, order_key, row_key
from pipelines.core.instants import ordering_time
from pipelines.core.story.change import StoryChange, new_change
from pipelines.core.story.memory import StoryMemory, advanced
from pipelines.core.story.names import target_hash, targets_of
from pipelines.core.story.orders import order_id
from pipelines.core.story.remembered import KillOrder, StoryDecision, StoryNames, StoryState
from pipelines.core.story.stamp import stamped
from pipelines.core.story.state import first_state, next_state, outranks, version_digest
from schemas.article import Article
from schemas.article_parts import ChangeType, PubStatus, SourceKind

# Agencies number their messages by the day, so a number comes again some 24 hours later; sluglines come again the next
# day too (research/wire.md §2.1). A notice that names one means messages of the hours before it, all that bear the name:
# which of them came first must not decide which of them is withdrawn.
REFERENCE_WINDOW = timedelta(hours=18)
# Clocks of one agency's desks differ by minutes.
CLOCK_SKEW = timedelta(minutes=5)

Killed = Iterator[tuple[StoryChange, Article]]


def kill_order(article: Article) -> KillOrder | None:
    """The order that a notice gives, `None` when the item is no such notice."""
    if article.kill_target is None:
        return None
    created = ordering_time(article.version_created, article.received)
    return KillOrder(
        target=article.kill_target,
        source=article.source,
        origin=article.origin,
        payload_sha256=article.payload_sha256,
        order_key=order_key(canceled=True, version=0, created=created),
        version_created=created,
        received=article.received,
    )


def targets_by_name(memory: StoryMemory, order: KillOrder) -> list[list[str]]:
    """The articles of each thing that an order names; a name without one is a target that has not come yet.

    Each name is looked up once, however often a notice repeats it: the work is bounded by the rows that bear the names.
    """
    by_name: dict[int | str, list[str]] = {}
    for target in targets_of(order):
        kind, _, value = target.partition(":")
        # An item id always names one article.
        if kind == "guid":
            by_name[target] = [digest("wire", order.source, value)]
        elif kind == "item":
            by_name[target] = [value]
        elif (name := target_hash(order, target)) not in by_name:
            by_name[name] = _bearers(memory, order, name)
    return list(by_name.values())


def _bearers(memory: StoryMemory, order: KillOrder, name: int) -> list[str]:
    """The articles that bore a number or slug in the hours before the notice, each once, as they came."""
    stated = memory.bearers(name)
    return list(dict.fromkeys(article_id for article_id, at in stated if _in_window(order, at)))


def is_by_name(order: KillOrder) -> bool:
    """Whether an order names a number or slug, which later rows may still bear: such an order stands."""
    return any(not target.startswith(("guid:", "item:")) for target in targets_of(order))


def _in_window(order: KillOrder, stated: int) -> bool:
    if order.version_created is None or stated == 0:
        return True
    before = epoch_ms(order.version_created) - stated
    return -CLOCK_SKEW <= timedelta(milliseconds=before) <= REFERENCE_WINDOW


def kills_by_notice(memory: StoryMemory, order: KillOrder, clock: datetime | None) -> Killed:
    """The rows that withdraw the known targets of a new order; `clock` is the memory's after the notice itself."""
    for part, target in enumerate(order.targets, start=1):
        clock = advanced(clock, order.received)
        yield _kill(order, part, target, memory.story(target), memory.next_seq + part, clock)


def kills_by_standing_orders(
    memory: StoryMemory, story: StoryState, names: StoryNames, clock: datetime | None
) -> Killed:
    """The kills, by orders that stand, of the very item that has just come and made the story what it is."""
    orders = memory.orders_for((names.number, names.slug))
    means_it = (
        order for order in orders if story.article_id not in order.targets and _in_window(order, names.stated)
    )
    for place, order in enumerate(means_it, start=1):
        clock = advanced(clock, order.received)
        part = len(order.targets) + 1
        yield _kill(order, part, story.article_id, story, memory.next_seq + place, clock, is_standing=True)


def _kill(
    order: KillOrder,
    part: int,
    target: str,
    story: StoryState | None,
    story_seq: int,
    clock: datetime | None,
    *,
    is_standing: bool = False,
) -> tuple[StoryChange, Article]:
    row = target_row(order, target, part)
    state = first_state(row) if story is None else next_state(story, row, current=outranks(row, story))
    decision = StoryDecision(
        article_id=target,
        pub_status=PubStatus.CANCELED,
        change_type=ChangeType.KILL,
        was_public=state.was_public,
        first_received=state.first_received,
        language_key=state.language_key,
        story_seq=story_seq,
        superseded=state.order_key != row.order_key,
    )
    change = new_change(
        row_key(row),
        decision,
        state,
        clock=clock,
        version=version_digest(target, row),
        struck_by=order_id(order) if is_standing else b"",
    )
    return change, stamped(row, decision, change.record)


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

"""FollowStory: the place where the order of arrival is undone.

All versions of an article, its re-fetches and everything that acts on it come from its source, so here a late update
learns that it is late, a kill which article it is about, and every row which state its story is in.

    known row (same origin, same bytes)     -> its stored decisions again; nothing is remembered twice
    same version from another origin        -> `repeat`, without text
    a page fetched again, text unchanged    -> `repeat`, without text
    404, 410                                -> `removed` after one 410 or two 404s a day apart; status and text stay
    older than the story's present          -> a row of history only (`superseded`), with the story's present status
    a kill by reference                     -> the notice's row, and one of each target (part 1, 2, …)

The present is the greatest (order_key, withheld, visible_from, content_hash). The canceled bit stands on top of the order key, so a
kill wins in every order. Names are looked up within the source only: nobody can kill another agency's story.

Source: research/wire.md §2.2–2.3; DESIGN.md §6, Order.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from zlib import crc32

from pipelines.core.identity import epoch_ms, row_key
from pipelines.core.step import Step
from pipelines.core.story.kills import (
    has_unknown_target,
    is_by_name,
    kill_order,
    known_targets,
    name_of,
    names_item,
    stated_ms,
    target_row,
)
from pipelines.core.story.memory import (
    KillOrder,
    StoryChange,
    StoryDecision,
    StoryMemory,
    StoryState,
)
from pipelines.core.story.state import (
    first_state,
    is_repeat,
    names,
    next_state,
    outranks,
    url_keys,
    was_public,
)
from schemas.article import Article
from schemas.article_parts import ChangeType, PubStatus, SourceKind

# Fixed for good: another number is another place for every story (a state break). Single sources as keys cost ten
# times as much (research/local.md).
BUCKETS = 128
GONE_AFTER = timedelta(days=1)

KILL_TARGET_UNKNOWN = "kill_target_unknown"
USABLE_AFTER_KILL = "usable_after_kill"


def story_bucket(source: str) -> int:
    """The FollowStory key of a source."""
    return crc32(source.encode()) % BUCKETS


def follow_story(memory: StoryMemory, article: Article) -> Step[StoryChange]:
    """Decide what one row is to its story.

    Returns the rows in the order in which they flow on: the article, then the row of a target that it kills, or the
    row of a kill that has waited for it.
    """
    known = memory.rows.get(row_key(article))
    if known is not None:
        return Step((), tuple(_known_rows(memory, article, known)))
    if _is_sighting(article):
        change, row = _sighting(memory, article)
        return Step((change,), (row,))
    change, row = _version(memory, article)
    order = kill_order(article)
    if order is None:
        kills = _standing_orders(memory, change, row)
    else:
        targets = known_targets(memory, order)
        kills = _kills(memory, replace(order, targets=targets), targets)
        if has_unknown_target(memory, order):
            change = replace(
                change,
                order=replace(order, targets=targets),
                decision=_flagged(change.decision, KILL_TARGET_UNKNOWN),
            )
            row = _stamped(article, change.decision)
    return Step((change, *(one for one, _ in kills)), (row, *(target for _, target in kills)))


def _flagged(decision: StoryDecision, flag: str) -> StoryDecision:
    return replace(decision, flags=(*decision.flags, flag))


Killed = tuple[tuple[StoryChange, Article], ...]


def _kills(memory: StoryMemory, order: KillOrder, targets: tuple[str, ...]) -> Killed:
    """The rows that withdraw the known targets of a new order."""
    return tuple(
        _kill(order, target, memory.stories.get(target), memory.next_seq + place)
        for place, target in enumerate(targets, start=1)
    )


def _standing_orders(memory: StoryMemory, change: StoryChange, row: Article) -> Killed:
    """The kills, by orders that stand, of the very item that has just come."""
    orders = [
        replace(order, targets=(*order.targets, row.article_id))
        for order in memory.orders.values()
        if names_item(order, row.article_id, change.names, change.stated)
    ]
    return tuple(
        _kill(order, row.article_id, change.story, memory.next_seq + place)
        for place, order in enumerate(orders, start=1)
    )


def _kill(
    order: KillOrder, target: str, story: StoryState | None, story_seq: int
) -> tuple[StoryChange, Article]:
    row = target_row(order, target, order.targets.index(target) + 1)
    state = first_state(row) if story is None else next_state(story, row, current=outranks(row, story))
    decision = StoryDecision(
        article_id=target,
        pub_status=PubStatus.CANCELED,
        change_type=ChangeType.KILL,
        was_public=was_public(story, row),
        first_received=state.first_received,
        language_key=state.language_key,
        story_seq=story_seq,
        superseded=state.order_key != row.order_key,
        without_text=False,
    )
    change = StoryChange(
        row=row_key(row),
        decision=decision,
        received=order.received,
        story=state,
        order=order if is_by_name(order) else None,
    )
    return change, _stamped(row, decision)


def _known_rows(memory: StoryMemory, article: Article, known: StoryDecision) -> Iterator[Article]:
    yield _stamped(article, known)
    order = kill_order(article)
    if order is None:
        return
    for part in count(1):
        target = target_row(order, "", part)
        decision = memory.rows.get(row_key(target))
        if decision is None:
            return
        yield _stamped(target, decision)


def _stamped(article: Article, decision: StoryDecision) -> Article:
    row = replace(
        article,
        article_id=decision.article_id,
        pub_status=decision.pub_status,
        change_type=decision.change_type,
        was_public=decision.was_public,
        first_received=decision.first_received,
        language_key=decision.language_key,
        story_seq=decision.story_seq,
        superseded=decision.superseded,
        quality_flags=(*article.quality_flags, *decision.flags),
    )
    return _without_text(row) if decision.without_text else row


def _without_text(article: Article) -> Article:
    return replace(
        article,
        headline=None,
        byline=None,
        authors=(),
        dateline=None,
        abstract=None,
        body_text=None,
        removed_lines=(),
        media=(),
        word_count=0,
    )


def _version(memory: StoryMemory, article: Article) -> tuple[StoryChange, Article]:
    story = memory.stories.get(_story_id(memory, article))
    flags: tuple[str, ...] = ()
    if story is None:
        current, repeat, state = True, False, first_state(article)
    else:
        repeat = is_repeat(story, article)
        current = not repeat and outranks(article, story)
        state = next_state(story, article, current=current)
        if story.pub_status is PubStatus.CANCELED and article.pub_status is PubStatus.USABLE:
            flags = (USABLE_AFTER_KILL,)
    decision = StoryDecision(
        article_id=state.article_id,
        pub_status=article.pub_status if current else state.pub_status,
        change_type=ChangeType.REPEAT if repeat else article.change_type,
        was_public=was_public(story, article),
        first_received=state.first_received,
        language_key=state.language_key,
        story_seq=memory.next_seq,
        superseded=not current,
        without_text=repeat,
        flags=flags,
    )
    change = StoryChange(
        row=row_key(article),
        decision=decision,
        received=article.received,
        story=state,
        keys=tuple(url_keys(article)),
        names=tuple(names(article)),
        stated=stated_ms(article),
    )
    return change, _stamped(article, decision)


def _story_id(memory: StoryMemory, article: Article) -> str:
    """The id of the story a row belongs to: its own, or that of the page fetched at this URL before.

    A page that lost or gained its canonical link would change its id; the URL it was fetched at says that it is the
    same one. Two different canonical links are two articles.
    """
    if article.article_id in memory.stories or article.source_kind is not SourceKind.WEB:
        return article.article_id
    if article.url_key is None:
        return article.article_id
    found = memory.keys.get(name_of("url", article.source, article.url_key))
    story = memory.stories.get(found) if found is not None else None
    if story is None or (story.has_canonical and article.canonical_key is not None):
        return article.article_id
    return story.article_id


def _is_sighting(article: Article) -> bool:
    return "http:404" in article.signals or "http:410" in article.signals


def _sighting(memory: StoryMemory, article: Article) -> tuple[StoryChange, Article]:
    """A page that was not there: a fact about the page, which changes neither status nor text of the article."""
    article_id = _story_id(memory, article)
    story = memory.stories.get(article_id)
    was_there_later = story is not None and article.order_key < story.seen_until
    since = _missing_since(story, article)
    waited = article.received is not None and since is not None and article.received - since >= GONE_AFTER
    gone = not was_there_later and ("http:410" in article.signals or waited)
    decision = StoryDecision(
        article_id=article_id,
        pub_status=story.pub_status if story is not None else article.pub_status,
        change_type=ChangeType.REMOVED if gone else ChangeType.REPEAT,
        was_public=was_public(story, article),
        first_received=story.first_received if story is not None else article.received,
        language_key=story.language_key if story is not None else None,
        story_seq=memory.next_seq,
        superseded=True,
        without_text=True,
    )
    change = StoryChange(
        row=row_key(article),
        decision=decision,
        received=article.received,
        story=replace(story, missing_since=since) if story is not None and not was_there_later else story,
    )
    return change, _stamped(article, decision)


def _missing_since(story: StoryState | None, article: Article) -> datetime | None:
    """The first time that the page was missing since it was last there."""
    if story is None or story.missing_since is None or epoch_ms(story.missing_since) <= story.seen_until:
        return article.received
    return story.missing_since

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
from itertools import chain, count
from zlib import crc32

from pipelines.core.identity import epoch_ms, row_key
from pipelines.core.step import Step
from pipelines.core.story.change import StoryChange, new_change
from pipelines.core.story.kills import (
    is_by_name,
    kill_order,
    kills_by_notice,
    kills_by_standing_orders,
    target_row,
    targets_by_name,
)
from pipelines.core.story.memory import StoryMemory, advanced
from pipelines.core.story.names import name_hash, names_of
from pipelines.core.story.record import decision_of
from pipelines.core.story.remembered import KillOrder, StoryDecision, StoryState
from pipelines.core.story.stamp import stamped
from pipelines.core.story.state import first_state, next_state, outranks, version_digest, was_public
from schemas.article import Article
from schemas.article_parts import ChangeType, PubStatus, SourceKind
from schemas.changed import changed
from schemas.standing import standing

# Fixed for good: another number is another place for every story (a state break). Single sources as keys cost ten
# times as much (research/local.md).
BUCKETS = 128
GONE_AFTER = timedelta(days=1)


def story_bucket(source: str) -> int:
    """The FollowStory key of a source."""
    return crc32(source.encode()) % BUCKETS


def follow_story(memory: StoryMemory, article: Article) -> Step[StoryChange]:
    """Decide what one row is to its story.

    Returns the rows in the order in which they flow on: the article, then the row of a target that it kills, or the
    row of a kill that has waited for it.
    """
    row = row_key(article)
    known = memory.record(row)
    if known is not None:
        return Step((), tuple(_known_rows(memory, article, known)))
    clock = advanced(memory.clock, article.received)
    if _is_sighting(article):
        return _as_step(_sighting(memory, article, row, clock))
    return _as_step(*_version(memory, article, row, clock))


def _as_step(*rows: tuple[StoryChange, Article]) -> Step[StoryChange]:
    return Step(tuple(change for change, _ in rows), tuple(article for _, article in rows))


def _known_rows(memory: StoryMemory, article: Article, known: bytes) -> Iterator[Article]:
    yield _as_read_again(memory, stamped(article, decision_of(known), known))
    order = kill_order(article)
    if order is None:
        return
    for part in count(1):
        target = target_row(order, "", part)
        record = memory.record(row_key(target))
        if record is None:
            return
        yield stamped(target, decision_of(record), record)


def _as_read_again(memory: StoryMemory, row: Article) -> Article:
    """A known row as it goes to the sinks once more, told whether its story has gone on without it.

    A topic keeps what comes last: an old text behind its withdrawal, or behind its correction, would stand there.
    """
    story = memory.story(row.article_id)
    if story is None or row.superseded:
        return row
    present = standing(story.order_key, story.pub_status, story.visible_from, story.content_hash)
    own = standing(row.order_key, row.pub_status, row.visible_from, row.content_hash)
    return changed(row, overtaken=True) if own < present else row


def _version(
    memory: StoryMemory, article: Article, row: bytes, clock: datetime | None
) -> Iterator[tuple[StoryChange, Article]]:
    """The row of a version, then those of the kills that it orders, or that have waited for it."""
    story = _story(memory, article)
    version = version_digest(article.article_id if story is None else story.article_id, article)
    repeat = story is not None and _is_repeat(memory, story, article, version)
    state, current = _moved(story, article, is_repeat=repeat)
    order, is_unknown = _order(memory, article)
    decision = StoryDecision(
        article_id=state.article_id,
        pub_status=article.pub_status if current else state.pub_status,
        change_type=ChangeType.REPEAT if repeat else article.change_type,
        was_public=state.was_public,
        first_received=state.first_received,
        language_key=state.language_key,
        story_seq=memory.next_seq,
        superseded=not current,
        without_text=repeat,
        usable_after_kill=_is_usable_after_kill(story, article),
        kill_target_unknown=is_unknown,
    )
    names = names_of(article)
    change = new_change(
        row,
        decision,
        state,
        clock=clock,
        version=version,
        names=names,
        order=order if order is not None and is_by_name(order) else None,
    )
    yield change, stamped(article, decision, change.record)
    if order is None:
        yield from kills_by_standing_orders(memory, state, names, clock)
    else:
        yield from kills_by_notice(memory, order, clock)


def _moved(story: StoryState | None, article: Article, *, is_repeat: bool) -> tuple[StoryState, bool]:
    """The state of the story after a version, and whether the version is its present."""
    if story is None:
        return first_state(article), True
    current = not is_repeat and outranks(article, story)
    return next_state(story, article, current=current), current


def _is_repeat(memory: StoryMemory, story: StoryState, article: Article, version: int) -> bool:
    """Whether this very version, or the unchanged text of a page, has been seen before."""
    if article.source_kind is SourceKind.WEB and article.content_hash == story.content_hash:
        return True
    return memory.has_version(version)


def _is_usable_after_kill(story: StoryState | None, article: Article) -> bool:
    is_killed = story is not None and story.pub_status is PubStatus.CANCELED
    return is_killed and article.pub_status is PubStatus.USABLE


def _order(memory: StoryMemory, article: Article) -> tuple[KillOrder | None, bool]:
    """The order that a notice gives, with its known targets, and whether something that it names has not come yet."""
    order = kill_order(article)
    if order is None:
        return None, False
    named = targets_by_name(memory, order)
    targets = tuple(dict.fromkeys(chain.from_iterable(named)))
    return replace(order, targets=targets), not all(named)


def _story(memory: StoryMemory, article: Article) -> StoryState | None:
    """The story a row belongs to: its own, or that of the page fetched at this URL before.

    A page that lost or gained its canonical link would change its id; the URL it was fetched at says that it is the
    same one. Two different canonical links are two articles.
    """
    story = memory.story(article.article_id)
    if story is not None or article.source_kind is not SourceKind.WEB or article.url_key is None:
        return story
    found = memory.article_at(name_hash("url", article.source, article.url_key))
    story = None if found is None else memory.story(found)
    return None if story is None or (story.has_canonical and article.canonical_key is not None) else story


def _is_sighting(article: Article) -> bool:
    return "http:404" in article.signals or "http:410" in article.signals


def _sighting(
    memory: StoryMemory, article: Article, row: bytes, clock: datetime | None
) -> tuple[StoryChange, Article]:
    """A page that was not there: a fact about the page, which changes neither status nor text of the article."""
    story = _story(memory, article)
    was_there_later = story is not None and article.order_key < story.seen_until
    since = _missing_since(story, article)
    waited = article.received is not None and since is not None and article.received - since >= GONE_AFTER
    gone = not was_there_later and ("http:410" in article.signals or waited)
    decision = StoryDecision(
        article_id=story.article_id if story is not None else article.article_id,
        pub_status=story.pub_status if story is not None else article.pub_status,
        change_type=ChangeType.REMOVED if gone else ChangeType.REPEAT,
        was_public=was_public(story, article),
        first_received=story.first_received if story is not None else article.received,
        language_key=story.language_key if story is not None else None,
        story_seq=memory.next_seq,
        superseded=True,
        without_text=True,
    )
    if story is not None and not was_there_later:
        story = replace(story, missing_since=since)
    change = new_change(row, decision, story, clock=clock)
    return change, stamped(article, decision, change.record)


def _missing_since(story: StoryState | None, article: Article) -> datetime | None:
    """The first time that the page was missing since it was last there."""
    if story is None or story.missing_since is None or epoch_ms(story.missing_since) <= story.seen_until:
        return article.received
    return story.missing_since

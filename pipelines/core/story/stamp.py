"""A decision put on its row."""

from pipelines.core.story.remembered import StoryDecision
from schemas.article import Article
from schemas.changed import changed

KILL_TARGET_UNKNOWN = "kill_target_unknown"
USABLE_AFTER_KILL = "usable_after_kill"


def stamped(article: Article, decision: StoryDecision, record: bytes) -> Article:
    """The row as it flows on: what was decided for it, and the record by which a memory remembers it again."""
    row = _without_text(article) if decision.without_text else article
    flags = article.quality_flags
    if decision.usable_after_kill:
        flags = (*flags, USABLE_AFTER_KILL)
    if decision.kill_target_unknown:
        flags = (*flags, KILL_TARGET_UNKNOWN)
    return changed(
        row,
        article_id=decision.article_id,
        pub_status=decision.pub_status,
        change_type=decision.change_type,
        was_public=decision.was_public,
        first_received=decision.first_received,
        language_key=decision.language_key,
        story_seq=decision.story_seq,
        superseded=decision.superseded,
        quality_flags=flags,
        story_state=record,
    )


def _without_text(article: Article) -> Article:
    return changed(
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

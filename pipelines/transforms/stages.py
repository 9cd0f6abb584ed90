"""The three stages with memory: which key, which step, and how what they remember comes back.

FollowStory      per source: all versions of an article, and everything that acts on it, come from its source
LinkRepeats      per language of the article's first version
AssignEventIds   likewise
"""

from datetime import timedelta

from pipelines.core.events.assigning import assign_event_id
from pipelines.core.events.change_codec import pack_change as pack_event_change
from pipelines.core.events.change_codec import unpack_change as unpack_event_change
from pipelines.core.events.lives import HORIZON_MS
from pipelines.core.events.memory import EventMemory
from pipelines.core.events.rows_of_history import RECALLED as EVENT_COLUMNS
from pipelines.core.repeats.days import ROW_DAYS
from pipelines.core.repeats.journal import pack_change as pack_repeat_change
from pipelines.core.repeats.journal import unpack_change as unpack_repeat_change
from pipelines.core.repeats.linking import link_repeats
from pipelines.core.repeats.memory import RepeatMemory
from pipelines.core.repeats.recalled import RECALLED as REPEAT_COLUMNS
from pipelines.core.story.change import pack_change as pack_story_change
from pipelines.core.story.change import unpack_change as unpack_story_change
from pipelines.core.story.following import follow_story, story_bucket
from pipelines.core.story.memory import HORIZON as STORY_HORIZON
from pipelines.core.story.memory import RECALLED as STORY_COLUMNS
from pipelines.core.story.memory import StoryMemory
from pipelines.transforms.stateful_stage import Recall, StatefulStage
from schemas.article_parts import PubStatus

# An article that came at the end of an event's life stands in it for another horizon.
_EVENT_HORIZON = 2 * timedelta(milliseconds=HORIZON_MS)


def bucket_of(source: str | None) -> int:
    """FollowStory's key."""
    return story_bucket(source or "")


def language_of(language_key: str | None) -> str:
    """LinkRepeats' and AssignEventIds' key: as FollowStory stamped it, `und` until a version has a language."""
    return language_key or "und"


def _new_story_memory(_: int) -> StoryMemory:
    return StoryMemory()


def _new_repeat_memory(_: str) -> RepeatMemory:
    return RepeatMemory()


FOLLOW_STORY = StatefulStage(
    label="FollowStory",
    key_type=int,
    key_of=bucket_of,
    new_memory=_new_story_memory,
    step=follow_story,
    pack=pack_story_change,
    unpack=unpack_story_change,
    recall=Recall(
        columns=STORY_COLUMNS,
        key_column="source",
        order="story_seq",
        horizon=STORY_HORIZON,
        # A tombstone and an order to kill outlive the horizon.
        lasting=(("pub_status", PubStatus.CANCELED), ("kill_target", None)),
    ),
)
LINK_REPEATS = StatefulStage(
    label="LinkRepeats",
    key_type=str,
    key_of=language_of,
    new_memory=_new_repeat_memory,
    step=link_repeats,
    pack=pack_repeat_change,
    unpack=unpack_repeat_change,
    recall=Recall(
        columns=REPEAT_COLUMNS,
        key_column="language_key",
        order="language_seq",
        horizon=timedelta(days=ROW_DAYS),
    ),
)
ASSIGN_EVENT_IDS = StatefulStage(
    label="AssignEventIds",
    key_type=str,
    key_of=language_of,
    new_memory=EventMemory,
    step=assign_event_id,
    pack=pack_event_change,
    unpack=unpack_event_change,
    recall=Recall(
        columns=EVENT_COLUMNS,
        key_column="language_key",
        order="language_seq",
        horizon=_EVENT_HORIZON,
    ),
)

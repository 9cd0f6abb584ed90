"""What a stateful stage keeps in a runner's state is bounded by what is alive, however long the stream."""

import os
import random
from datetime import timedelta

import pytest
from apache_beam.coders import StrUtf8Coder, VarIntCoder

from pipelines.core.fold import content_hash
from pipelines.transforms.remembering import RememberFn, forget
from pipelines.transforms.stages import ASSIGN_EVENT_IDS, FOLLOW_STORY, LINK_REPEATS
from tests.builders import MORNING, an_article
from tests.builders_state import RunnersState

# Seventy-five days: two and a half horizons of the longest memory.
DAYS = 75
ARTICLES = 200_000 if os.environ.get("COPYDESK_FULL") else 3_000
RECORDS_A_BUNDLE = 250
RUN = "size"


def articles():
    """Short reports of one source in one language, every tenth a new version of one of the latest."""
    chance = random.Random(5)
    ids: list[int] = []
    for number in range(ARTICLES):
        again = number % 10 == 9
        told = chance.choice(ids[-50:]) if again else number
        ids.append(told)
        words = random.Random(told if not again else number)
        body = " ".join(f"w{words.randrange(30_000)}" for _ in range(60))
        headline = f"Report {told} of ward {told % 97}"
        received = MORNING + timedelta(days=DAYS) * number / ARTICLES
        yield an_article(
            f"item-{told}",
            offset=number,
            received=received,
            published=received,
            headline=headline,
            body_text=body,
            content_hash=content_hash(headline, body),
            order_key=number,
            language_seq=number,
            language="en",
            language_key="en",
        )


@pytest.mark.parametrize("stage", [FOLLOW_STORY, LINK_REPEATS, ASSIGN_EVENT_IDS], ids=lambda one: one.label)
def test_journal_and_snapshot_stay_within_twice_what_is_alive(stage):
    state = RunnersState(stage.label, VarIntCoder() if stage.key_type is int else StrUtf8Coder())
    fn = RememberFn(RUN, stage, None)
    fn.setup()
    shadow = None
    most, snapshots = 0.0, 0
    journal = standing = 0
    try:
        for bundle in _bundles():
            key = stage.key(bundle[0])
            shadow = shadow or stage.new_memory(key)
            one = state.bundle(fn)
            one.process(key, *bundle)
            one.commit()
            for article in bundle:
                for change in stage.step(shadow, article).changes:
                    shadow.apply(change)
            before = (journal, standing)
            journal, standing = state.sizes(key)
            if journal < before[0]:
                snapshots += 1
                alive = sum(map(len, shadow.snapshot()))
                most = max(most, sum(before) / alive, (journal + standing) / alive)
    finally:
        forget(RUN)

    assert snapshots >= 3
    assert most <= 2


def _bundles():
    bundle = []
    for article in articles():
        bundle.append(article)
        if len(bundle) == RECORDS_A_BUNDLE:
            yield bundle
            bundle = []

"""Versions of articles whose lives have everything in them, and every way in which they may come to an index."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import strategies as st

from schemas.article import Article
from schemas.article_parts import ChangeType, ItemKind, PubStatus
from tests.builders import MORNING, an_article

HOUR = timedelta(hours=1)
CANCELED = 1 << 62


def a_version(key: int, article_id: str = "a1", **fields: object) -> Article:
    text = f"Version {key} of {article_id}"
    base = {"order_key": key, "headline": text, "content_hash": f"hash {key}"}
    return an_article(article_id, offset=key, **(base | fields))


def a_kill(article_id: str = "a1", number: int = 0) -> Article:
    return a_version(
        CANCELED | number,
        article_id,
        pub_status=PubStatus.CANCELED,
        change_type=ChangeType.KILL,
        headline=None,
        body_text=None,
        content_hash=None,
    )


def a_hold(key: int, article_id: str = "a1") -> Article:
    return a_version(key, article_id, pub_status=PubStatus.WITHHELD, change_type=ChangeType.HOLD)


# No release without text: what the index holds after one depends on whether an older text came before it, until publish
# brings the filled row. The rules of such a release are below; that all orders of it end in one state once published is
# held by tests/test_ingest.py.
LIFE = [
    a_version(1),
    a_version(2, headline="Dock strike over", change_type=ChangeType.CORRECTION),
    a_version(2, headline="Dock strike is over", content_hash="hash 2b"),
    a_hold(3),
    a_version(3),
    a_version(5, visible_from=MORNING + HOUR),
    a_version(5, headline="Without embargo", content_hash="zz"),
    a_version(5, headline="Embargoed for longer", content_hash="aa", visible_from=MORNING + 2 * HOUR),
    a_version(6, visible_until=MORNING + HOUR),
    a_version(6, superseded=True, headline="A sighting", content_hash="zz"),
    a_version(7, item_kind=ItemKind.ADVISORY),
    a_version(8, restricted=True),
    a_version(9, event_id="evt-1", copy_family="f"),
    a_version(9, event_id="evt-1", copy_family="f", first_received=MORNING + HOUR),
    a_version(9, copy_family="f", first_received=MORNING),
    a_kill("a2"),
    a_version(1, "a2"),
    a_version(5, "a2", copy_family="f"),
    a_hold(1, "a3"),
    a_version(1, "a3"),
    replace(a_hold(1, "a3"), visible_from=MORNING + HOUR, content_hash="a"),
    a_version(2, "a3"),
]


@st.composite
def arrivals(draw, rows):
    """Some of the rows, and these in any order, any of them repeated, cut into batches anywhere."""
    chosen = draw(st.lists(st.sampled_from(rows), min_size=1, max_size=12, unique_by=id))
    repeated = draw(st.permutations(chosen + draw(st.lists(st.sampled_from(chosen), max_size=6))))
    cuts = draw(st.lists(st.integers(0, len(repeated)), max_size=4).map(sorted))
    return chosen, [
        repeated[start:end] for start, end in zip([0, *cuts], [*cuts, len(repeated)], strict=True)
    ]

"""Of equal keys nothing is shown that one version forbids."""

from datetime import timedelta
from itertools import pairwise

from schemas.article_parts import PubStatus
from schemas.standing import standing
from tests.builders import MORNING

HOUR = timedelta(hours=1)


def test_versions_are_ordered_by_key_then_hold_then_embargo_then_hash():
    ordered = [
        standing(6, PubStatus.WITHHELD, MORNING, "ff"),
        standing(7, PubStatus.USABLE, None, None),
        standing(7, PubStatus.USABLE, None, "aa"),
        standing(7, PubStatus.USABLE, None, "ff"),
        standing(7, PubStatus.USABLE, MORNING, "bb"),
        standing(7, PubStatus.USABLE, MORNING + HOUR, "aa"),
        standing(7, PubStatus.WITHHELD, None, None),
        standing(7, PubStatus.WITHHELD, MORNING, None),
        standing(8, PubStatus.USABLE, None, None),
    ]

    assert all(one < other for one, other in pairwise(ordered))

"""What the memory of events makes of its rows when they have come back: counts of terms, and by what events are found."""

from collections.abc import Iterator
from itertools import islice
from typing import Final

import numpy as np

from pipelines.core.events.frequencies import TermFrequencies
from pipelines.core.events.index import Found
from pipelines.core.events.live import LiveEvent
from pipelines.core.events.log import Numbers, RowLog
from pipelines.core.events.term_matrix import Hashes, TermMatrix

# Rows whose terms are read at once: some 10 MB of temporary arrays.
_SLICE: Final = 2_000
# Terms that are counted at once: sorted in 50 ms.
_TERMS_AT_ONCE: Final = 1 << 22


def count_rows(rows: Numbers, log: RowLog, frequencies: TermFrequencies) -> None:
    """Count the terms of rows."""
    waiting: list[Hashes] = []
    articles = terms = 0
    for begin in range(0, len(rows), _SLICE):
        texts = log.terms_of_each(rows[begin : begin + _SLICE])
        waiting.append(TermMatrix(texts).counted())
        articles, terms = articles + len(texts), terms + len(waiting[-1])
        if terms >= _TERMS_AT_ONCE:
            frequencies.add_many(articles, np.concatenate(waiting))
            waiting.clear()
            articles = terms = 0
    if waiting:
        frequencies.add_many(articles, np.concatenate(waiting))


def found_by(rows: Numbers, several: dict[int, LiveEvent], log: RowLog) -> Iterator[Found]:
    """By which terms the events of some rows are found, some rows at once; those of several reports are named."""
    for begin in range(0, len(rows), _SLICE):
        some = rows[begin : begin + _SLICE]
        is_alone = np.array([row not in several for row in some.tolist()], np.bool_)
        changed = [several[row] for row in some[~is_alone].tolist()]
        members = [event.found_by() for event in changed]
        terms = iter(log.terms_of_each(np.array([row for one in members for row in one], np.int64)))
        yield Found(
            some[is_alone],
            log.terms_of_each(some[is_alone]),
            [
                (event.indexed, list(islice(terms, len(one))))
                for event, one in zip(changed, members, strict=True)
            ],
        )

"""What the memory of events makes of its rows when they have come back: counts of terms, and by what events are found."""

from collections.abc import Iterable, Iterator
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
        texts = terms_of_rows(rows[begin : begin + _SLICE].tolist(), log)
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
        some = rows[begin : begin + _SLICE].tolist()
        alone = [row for row in some if row not in several]
        yield Found(
            np.array(alone, np.int64),
            terms_of_rows(alone, log),
            [(row, terms_of_rows(several[row].found_by(), log)) for row in some if row in several],
        )


def terms_of_rows(rows: Iterable[int], log: RowLog) -> list[bytes]:
    """The terms of each row."""
    return [log.terms(row) for row in rows]

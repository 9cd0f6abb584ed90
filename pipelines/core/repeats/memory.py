"""What LinkRepeats remembers of one language, and the one way it changes.

rows       every row, 30 days: what was decided, and the state of its article
sketches   every text that may be repeated, 7 days: what later texts are compared with
days       where each day begins in both (`days`)
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pipelines.core.repeats.changes import RepeatChange
from pipelines.core.repeats.days import Days, day_of
from pipelines.core.repeats.known_row import KnownRow
from pipelines.core.repeats.recalled import NO_DAY, RecalledRows, recalled_rows
from pipelines.core.repeats.row_layout import text_key
from pipelines.core.repeats.rows import RowTable
from pipelines.core.repeats.shingles import Sketch, unpack
from pipelines.core.repeats.sketches import Likeness, SketchTable, family_key, family_of, key_of_family
from pipelines.core.repeats.snapshots import RepeatTables, restored, snapshot_of
from pipelines.core.repeats.taking import take_in

# Rows that are recalled at once: their columns take some 10 MB for a moment.
_RECALLED_AT_ONCE = 1 << 14


@dataclass(frozen=True, slots=True)
class Match:
    """An article that a text is like: its present state, and two estimates, 0..1, both 1 for the very same text."""

    article: KnownRow
    jaccard: float
    containment: float


class RepeatMemory:
    """One language key's memory. Reading it changes nothing; `apply` is the only way it changes."""

    __slots__ = ("_days", "_next_seq", "_rows", "_sketches")

    def __init__(self) -> None:
        self._rows = RowTable()
        self._sketches = SketchTable()
        self._days = Days()
        self._next_seq = 1

    @property
    def next_seq(self) -> int:
        """The place of the next row in the order of this language key, from 1."""
        return self._next_seq

    @property
    def live_sketches(self) -> int:
        """Number of texts that can be found."""
        return len(self._sketches)

    @property
    def nbytes(self) -> int:
        """Bytes that rows and sketches take."""
        return self._rows.nbytes + self._sketches.nbytes

    def row(self, row_key: bytes) -> KnownRow | None:
        """A row that has passed already, as it was stamped."""
        return self._rows.row(row_key)

    def article(self, article_id: str) -> KnownRow | None:
        """The present state of an article."""
        return self._rows.article(article_id)

    def same_text(self, content_hash: str) -> list[Match]:
        """Articles that had this very text in one of their versions, and were not killed."""
        rows = self._rows.with_text(text_key(content_hash))
        return self._matches([(row, 1.0, 1.0) for row in rows])

    def near(self, sketch: Sketch) -> list[Match]:
        """Articles that may be like a text, and were not killed, with how like they are."""
        return self._likenesses(self._sketches.near(sketch))

    def founder(self, sketch: Sketch, family: str) -> Match | None:
        """How like the founder of a family is, where its text is remembered and it was not killed."""
        found = self._likenesses(self._sketches.of_founder(sketch, key_of_family(family)))
        return next((match for match in found if family_of(match.article.article_id) == family), None)

    def _likenesses(self, found: list[Likeness]) -> list[Match]:
        return self._matches([(self._rows.at(one.row), one.jaccard, one.containment) for one in found])

    def _matches(self, found: list[tuple[KnownRow, float, float]]) -> list[Match]:
        """The best match of each article, in its present state."""
        best: dict[str, Match] = {}
        for row, index, share in found:
            before = best.get(row.article_id)
            if before is not None and before.jaccard >= index:
                continue
            state = before.article if before is not None else self._rows.article(row.article_id) or row
            if not state.is_killed and state.copy_family is not None:
                best[row.article_id] = Match(state, index, share)
        return list(best.values())

    def apply(self, change: RepeatChange) -> None:
        """Remember one row. A row that is known already changes nothing. Never raises."""
        if self._rows.row(change.row_key) is not None:
            return
        self._advance(None if change.received is None else day_of(change.received))
        before = self._rows.article(change.article_id)
        row = _state(change, before)
        number = self._rows.next_number
        self._rows.add(row)
        self._next_seq = max(self._next_seq, change.language_seq + 1)
        sketch = _comparable(change, before)
        if sketch is not None and not row.is_killed:
            self._sketches.add(number, sketch, family_key(change.article_id))

    def _advance(self, today: int | None) -> None:
        if self._days.advance(today, self._rows.next_number, self._sketches.next_number):
            first_row, first_sketch = self._days.first_alive()
            self._rows.forget_before(first_row)
            self._sketches.forget_before(first_sketch)

    def snapshot(self) -> Iterator[bytes]:
        """What is alive, in blocks of at most `SNAPSHOT_BLOCK_BYTES`, each with a version byte in front."""
        return snapshot_of(self._tables())

    def restore(self, blocks: Iterable[bytes]) -> None:
        """Take in a snapshot, its blocks in their order. The memory is empty before.

        Raises:
            UnknownSnapshotVersion: it was written by another release.
        """
        tables = self._tables()
        for block in blocks:
            tables = restored(tables, block)
        self._next_seq, self._days = tables.next_seq, tables.days
        self._rows, self._sketches = tables.rows, tables.sketches

    def _tables(self) -> RepeatTables:
        return RepeatTables(
            next_seq=self._next_seq, days=self._days, rows=self._rows, sketches=self._sketches
        )

    def recall(self, rows: pa.Table) -> None:
        """Take in rows of history with the columns `RECALLED`, in the order of `language_seq`.

        As `apply` of the change of each. May be called again with the rows that follow.
        """
        for begin in range(0, len(rows), _RECALLED_AT_ONCE):
            self._recall(recalled_rows(rows.slice(begin, _RECALLED_AT_ONCE)))

    def _recall(self, recalled: RecalledRows) -> None:
        if self._rows.knows_any(recalled.row_keys) or recalled.has_doubles():
            # Rare: history has each row once.
            for place, row_key in enumerate(recalled.row_keys):
                if self._rows.row(row_key.tobytes()) is None:
                    self._take(recalled, place, place + 1)
            return
        begin = 0
        while begin < len(recalled):
            begin = self._take(recalled, begin, len(recalled))

    def _take(self, recalled: RecalledRows, begin: int, end: int) -> int:
        """Take in the rows up to the next that begins a day; where that is."""
        day = int(recalled.days[begin])
        self._advance(None if day == NO_DAY else day)
        clock = self._days.clock
        is_later = recalled.days[begin + 1 : end] > (NO_DAY if clock is None else clock)
        if is_later.any():
            end = begin + 1 + int(np.argmax(is_later))
        take_in(recalled, begin, end, self._rows, self._sketches)
        self._next_seq = max(self._next_seq, int(recalled.rows["language_seq"][begin:end].max()) + 1)
        return end


def _state(change: RepeatChange, before: KnownRow | None) -> KnownRow:
    """The row to be remembered: its own decisions, and the state of its article after it."""
    stands = before is not None and change.is_aside
    return KnownRow(
        row_key=change.row_key,
        article_id=change.article_id,
        language_seq=change.language_seq,
        text_key=change.text_key,
        site=change.site,
        is_killed=change.is_killed or (before is not None and before.is_killed),
        is_hidden=before.is_hidden if stands and before else change.is_hidden,
        is_sketched=change.repeat_sketch is not None,
        visible_from=before.visible_from if stands and before else change.visible_from,
        visible_until=before.visible_until if stands and before else change.visible_until,
        copy_family=change.copy_family,
        dup_of=change.dup_of,
        dup_kind=change.dup_kind,
        dup_similarity=change.dup_similarity,
        dup_containment=change.dup_containment,
    )


def _comparable(change: RepeatChange, before: KnownRow | None) -> Sketch | None:
    """The sketch by which later texts find this row; none for an old version of an article that is linked already."""
    is_old = change.is_aside and before is not None and before.copy_family is not None
    if change.repeat_sketch is None or is_old:
        return None
    sketch = unpack(change.repeat_sketch)
    return sketch if sketch is not None and sketch.is_comparable else None

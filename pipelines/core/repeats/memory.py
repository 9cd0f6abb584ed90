"""What LinkRepeats remembers of one language, and the one way it changes.

    rows       every row, 30 days: what was decided, and the state of its article
    sketches   every text that may be repeated, 7 days: what later texts are compared with
    days       where each day begins in both; a day is forgotten whole

The clock is the `received` of the changes. A row that comes late belongs to the present day, a row without a time too.
"""

from collections import deque
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from pipelines.core.identity import digest
from pipelines.core.repeats.changes import RepeatChange
from pipelines.core.repeats.known_row import KnownRow
from pipelines.core.repeats.row_layout import text_key
from pipelines.core.repeats.rows import RowTable
from pipelines.core.repeats.shingles import Sketch, unpack
from pipelines.core.repeats.sketches import Likeness, SketchTable

# All dated pairs of real copies and versions are 0 or 1 day apart (`research/text.md` §4.1, §4.5).
SKETCH_DAYS = 7
# Row keys and content hashes are small; a month is how far back a replay or a re-publication is met (§4.5).
ROW_DAYS = 30
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Match:
    """An article that a text is like: its present state, and two estimates, 0..1, both 1 for the very same text."""

    article: KnownRow
    jaccard: float
    containment: float


@dataclass(frozen=True, slots=True)
class _Day:
    day: int | None
    first_row: int
    first_sketch: int


def family_of(article_id: str) -> str:
    """The copy family that an article founds: an opaque id."""
    return digest("family", article_id)


class RepeatMemory:
    """One language key's memory. Reading it changes nothing; `apply` is the only way it changes."""

    __slots__ = ("_days", "_next_seq", "_rows", "_sketches")

    def __init__(self) -> None:
        self._rows = RowTable()
        self._sketches = SketchTable()
        self._days: deque[_Day] = deque()
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
        found = self._likenesses(self._sketches.of_founder(sketch, _family_key(family)))
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
        self._advance(change.received)
        before = self._rows.article(change.article_id)
        row = _state(change, before)
        number = self._rows.next_number
        self._rows.add(row)
        self._next_seq = max(self._next_seq, change.language_seq + 1)
        sketch = _comparable(change, before)
        if sketch is not None and not row.is_killed:
            self._sketches.add(number, sketch, _family_key(family_of(change.article_id)))

    def _advance(self, received: datetime | None) -> None:
        today = None if received is None else (received - _EPOCH).days
        if not self._days:
            self._days.append(_Day(today, 0, 0))
            return
        clock = self._days[-1].day
        if today is None or (clock is not None and today <= clock):
            return
        if clock is None:
            self._days[-1] = replace(self._days[-1], day=today)
            return
        # One wrong clock must not empty the memory: however far ahead a row is, time advances by one day.
        self._days.append(_Day(clock + 1, self._rows.next_number, self._sketches.next_number))
        self._forget(clock + 1)

    def _forget(self, today: int) -> None:
        while self._days[0].day is not None and self._days[0].day < today - ROW_DAYS:
            self._days.popleft()
        self._rows.forget_before(self._days[0].first_row)
        live = next(one for one in self._days if one.day is not None and one.day >= today - SKETCH_DAYS)
        self._sketches.forget_before(live.first_sketch)


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


def _family_key(family: str) -> int:
    return int(family[:8], 16)

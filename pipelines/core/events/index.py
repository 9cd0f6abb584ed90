"""Which live events an article might tell of: an inverted index over each event's heaviest terms.

    put        an event under its heaviest terms, as of a row
    pieces     postings of many rows, 10 bytes each: term, row, weight; sorted by term, then by row
    waiting    postings of the latest rows, until they make a piece

Rows only come, so an event is never taken out: whether a row still says what an event is found by, the memory knows
(`is_live`). Pieces are merged when the next one is an eighth as large, and rows that say nothing any more stay out then.

Source: `research/events.md` §3.1 (the true event is among the ten best in 97.8-100 %).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipelines.core.events.log import Numbers
from pipelines.core.events.term_matrix import Hashes, TermMatrix, Weights
from pipelines.core.events.terms import Vector

_TERMS_OF_ONE, _TERMS_OF_SEVERAL = 20, 30
# Of a common term only the events that were indexed last are looked at: the cost of a candidate search stays flat.
_MOST_POSTINGS: Final = 400
_WEIGHT_UNIT: Final = 65_535
_LEAST_PIECE: Final = 4_096
_MERGED_FROM: Final = 8
# Postings that are sorted into one piece when a memory comes back: 20 MB of them.
_MOST_JOINED: Final = 1 << 20
# Terms of an event are ordered by weight to 28 bits, then by hash.
_HASH_BITS: Final = np.uint64(0xFF_FFFF)
_EVENT_SHIFT: Final = np.uint64(24)
# A posting as one number: term, row, weight.
_TERM_SHIFT, _ROW_SHIFT, _MOST_ROWS = np.uint64(40), np.uint64(16), np.uint64(0xFF_FFFF)

# Shares are at most 1, whose bits these are; eighths of an octave below it are counted down to 2^-16.
_ONE, _OCTAVE_SHIFT, _OCTAVES = np.float64(1.0).view(np.uint64), np.uint64(49), 128

IsLive = Callable[[Numbers], NDArray[np.bool_]]


@dataclass(frozen=True, slots=True)
class _Postings:
    terms: Hashes
    rows: NDArray[np.uint32]
    weights: NDArray[np.uint16]

    def __len__(self) -> int:
        return len(self.terms)

    def only(self, places: NDArray[np.bool_] | NDArray[np.int64]) -> "_Postings":
        return _Postings(self.terms[places], self.rows[places], self.weights[places])


def _joined(pieces: Sequence[_Postings]) -> _Postings:
    """Pieces as one, in the order of terms; of one term in the order of rows."""
    terms = np.concatenate([piece.terms for piece in pieces]).astype(np.uint64)
    rows = np.concatenate([piece.rows for piece in pieces]).astype(np.uint64)
    weights = np.concatenate([piece.weights for piece in pieces])
    if not len(rows):
        return pieces[0]
    first = rows.min()
    if rows.max() - first > _MOST_ROWS:
        order = np.lexsort((rows, terms))
        return _Postings(terms[order].astype(np.uint32), rows[order].astype(np.uint32), weights[order])
    # Sorted as one number, in half the time of an order to be looked up.
    whole = np.sort(terms << _TERM_SHIFT | (rows - first) << _ROW_SHIFT | weights)
    return _Postings(
        (whole >> _TERM_SHIFT).astype(np.uint32),
        ((whole >> _ROW_SHIFT & _MOST_ROWS) + first).astype(np.uint32),
        whole.astype(np.uint16),
    )


@dataclass(frozen=True, slots=True)
class Found:
    """By what some events are found: those of one report, by rows and terms; those of several, each by its members."""

    rows: Numbers
    texts: Sequence[bytes]
    several: Sequence[tuple[int, Sequence[bytes]]]


def _postings_of(found: Found) -> list[_Postings]:
    pieces = []
    # An event of which one report is left, or one that was corrected, is found as one of one report is: as by `put`.
    lone = [(row, members[0]) for row, members in found.several if len(members) == 1]
    several = [(row, members) for row, members in found.several if len(members) > 1]
    if several:
        of_event, hashes, weights = _heaviest_of_each([members for _, members in several])
        newest = np.array([row for row, _ in several], np.uint32)
        pieces.append(_Postings(hashes, newest[of_event], weights))
    texts = [*found.texts, *(text for _, text in lone)]
    if texts:
        rows = np.concatenate((found.rows, np.array([row for row, _ in lone], np.int64)))
        matrix = TermMatrix(texts)
        hashes, weights = _heaviest(matrix.hashes, matrix.words(), _TERMS_OF_ONE)
        of_row = np.broadcast_to(rows.astype(np.uint32)[:, None], hashes.shape)
        has = weights > 0
        pieces.append(_Postings(hashes[has], of_row[has], weights[has]))
    return pieces


class EventIndex:
    """Rows by the terms that an event is found by, as of the row."""

    __slots__ = ("_is_live", "_pieces", "_waiting", "_waiting_size")

    def __init__(self, is_live: IsLive) -> None:
        self._is_live = is_live
        self._pieces: list[_Postings] = []
        self._waiting: dict[int, list[tuple[int, int]]] = {}
        self._waiting_size = 0

    @property
    def nbytes(self) -> int:
        """Bytes that the postings take."""
        return 10 * sum(map(len, self._pieces)) + 100 * self._waiting_size

    def put(self, row: int, members: Sequence[bytes]) -> None:
        """Index an event under the heaviest terms of its members, as of a row that is newer than all before."""
        hashes, weights = heaviest_terms(members)
        for term, weight in zip(hashes.tolist(), weights.tolist(), strict=True):
            self._waiting.setdefault(term, []).append((row, weight))
        self._waiting_size += len(hashes)
        if self._waiting_size >= _LEAST_PIECE:
            self._pack_waiting()

    def put_all(self, found: Iterable[Found]) -> None:
        """Index many events, some at once, in the order of their rows; all rows are newer than those before."""
        self._pack_waiting()
        pieces: list[_Postings] = []
        for some in found:
            pieces += _postings_of(some)
            if sum(map(len, pieces)) >= _MOST_JOINED:
                self._add(_joined(pieces))
                pieces.clear()
        if pieces:
            self._add(_joined(pieces))

    def _pack_waiting(self) -> None:
        rows = [(term, row, weight) for term, found in self._waiting.items() for row, weight in found]
        if not rows:
            return
        packed = np.array(rows, np.int64)
        self._waiting.clear()
        self._waiting_size = 0
        terms, of_row = packed[:, 0].astype(np.uint32), packed[:, 1].astype(np.uint32)
        self._add(_joined([_Postings(terms, of_row, packed[:, 2].astype(np.uint16))]))

    def _add(self, piece: _Postings) -> None:
        pieces = self._pieces
        pieces.append(piece)
        while len(pieces) > 1 and len(pieces[-2]) < _MERGED_FROM * len(pieces[-1]):
            newer, older = pieces.pop(), pieces.pop()
            merged = _joined([older, newer])
            pieces.append(merged.only(self._is_live(merged.rows.astype(np.int64))))

    def candidates(self, words: Vector) -> tuple[Numbers, Weights]:
        """Rows by which live events are found that are like an article, and how like they are."""
        mine = np.fromiter(words.values(), np.float64, len(words))
        room = np.full(len(words), _MOST_POSTINGS)
        rows: list[Numbers] = []
        scores: list[Weights] = []
        for places, found, weights in self._newest_first(words):
            latest = np.flatnonzero(self._is_live(found))
            latest = latest[_latest(places[latest], room)]
            terms = places[latest]
            room -= np.bincount(terms, minlength=len(room))
            rows.append(found[latest])
            scores.append(mine[terms] * (weights[latest] * (1.0 / _WEIGHT_UNIT)))
        if not rows:
            return np.zeros(0, np.int64), np.zeros(0)
        unique, of_row = np.unique(np.concatenate(rows), return_inverse=True)
        # A row's postings are all in one piece, in the order of the article's terms.
        likeness = np.bincount(of_row, np.concatenate(scores), len(unique))
        return unique, np.asarray(likeness, np.float64)

    def _newest_first(self, words: Vector) -> Iterator[tuple[Numbers, Numbers, NDArray[np.uint16]]]:
        """Postings of an article's terms, piece by piece: place of the term, row, weight, by place and then by row."""
        waiting = [
            (place, row, weight)
            for place, term in enumerate(words)
            for row, weight in self._waiting.get(term, ())
        ]
        if waiting:
            packed = np.array(waiting, np.int64)
            yield packed[:, 0], packed[:, 1], packed[:, 2].astype(np.uint16)
        wanted = np.fromiter(words, np.uint32, len(words))
        for piece in reversed(self._pieces):
            begins = np.searchsorted(piece.terms, wanted)
            counts = np.searchsorted(piece.terms, wanted, side="right") - begins
            places = np.repeat(np.arange(len(wanted)), counts)
            at = np.arange(len(places)) + np.repeat(begins - np.cumsum(counts) + counts, counts)
            yield places, piece.rows[at].astype(np.int64), piece.weights[at]


def _latest(places: Numbers, room: Numbers) -> NDArray[np.bool_]:
    """Which postings are among the last of their term, as many as it has room for."""
    counts = np.bincount(places, minlength=len(room))
    behind = np.cumsum(counts)[places] - 1 - np.arange(len(places))
    return behind < room[places]


def heaviest_terms(members: Sequence[bytes]) -> tuple[Hashes, NDArray[np.uint16]]:
    """What an event is found by: its heaviest terms, each with its share in the length of the event's vector."""
    if len(members) > 1:
        _, hashes, weights = _heaviest_of_each([members])
        return hashes, weights
    matrix = TermMatrix(members)
    hashes, weights = _heaviest(matrix.hashes, matrix.words(), _TERMS_OF_ONE)
    return hashes[weights > 0], weights[weights > 0]


def _heaviest_of_each(
    events: Sequence[Sequence[bytes]],
) -> tuple[Numbers, Hashes, NDArray[np.uint16]]:
    """The heaviest terms of events of several members: place of the event, term, weight."""
    matrix = TermMatrix([member for members in events for member in members])
    words = matrix.words()
    has = words > 0
    of_member = np.repeat(np.arange(len(events), dtype=np.uint64), [len(members) for members in events])
    keys = (of_member[:, None] << _EVENT_SHIFT | matrix.hashes)[has]
    unique, sums = _summed(keys, words[has])
    of_event, hashes = (unique >> _EVENT_SHIFT).astype(np.int64), (unique & _HASH_BITS).astype(np.uint32)
    shares = sums / np.sqrt(np.bincount(of_event, sums * sums, len(events)))[of_event]
    weighty = np.flatnonzero(_is_weighty(shares, of_event, len(events)))
    heads = shares[weighty].view(np.uint64) & ~_HASH_BITS
    order = weighty[np.lexsort((heads | hashes[weighty], of_event[weighty]))]
    # Rank from the end of each event, where its heaviest terms stand.
    counts = np.bincount(of_event[order], minlength=len(events))
    behind = np.cumsum(counts)[of_event[order]] - np.arange(len(order))
    heaviest = order[behind <= _TERMS_OF_SEVERAL]
    weights = _in_steps(shares[heaviest])
    return of_event[heaviest], hashes[heaviest], weights


def _is_weighty(shares: Weights, of_event: Numbers, events: int) -> NDArray[np.bool_]:
    """Which terms are in an eighth of an octave of weight that may hold one of the heaviest of their event."""
    octaves = (_ONE - np.minimum(shares, 1.0).view(np.uint64)) >> _OCTAVE_SHIFT
    below = np.minimum(octaves, _OCTAVES - 1).astype(np.int64)
    counts = np.bincount(of_event * _OCTAVES + below, minlength=events * _OCTAVES)
    heavier = np.cumsum(counts.reshape(-1, _OCTAVES), axis=1)
    least = np.count_nonzero(heavier < _TERMS_OF_SEVERAL, axis=1)
    is_weighty: NDArray[np.bool_] = below <= least[of_event]
    return is_weighty


def _summed(keys: NDArray[np.uint64], values: Weights) -> tuple[NDArray[np.uint64], Weights]:
    """Each key once, ascending, and the sum of its values, added up in their order."""
    places = np.arange(len(keys), dtype=np.uint64)
    room = np.uint64(len(keys).bit_length())
    # Key and place as one number: sorted in half the time of an order to be looked up.
    ordered = np.sort(keys << room | places)
    values = values[ordered & (np.uint64(1) << room) - np.uint64(1)]
    keys = ordered >> room
    begins = np.ones(len(keys), np.bool_)
    begins[1:] = keys[1:] != keys[:-1]
    sums = np.bincount(np.cumsum(begins) - 1, values)
    return keys[begins], np.asarray(sums, np.float64)


def _heaviest(hashes: Hashes, weights: Weights, count: int) -> tuple[Hashes, NDArray[np.uint16]]:
    """Of each row the heaviest terms, in no order, and their weights in steps."""
    if hashes.shape[1] > count:
        order = weights.view(np.uint64) & ~_HASH_BITS | hashes
        heaviest = np.argpartition(order, -count, axis=1)[:, -count:]
        hashes = np.take_along_axis(hashes, heaviest, axis=1)
        weights = np.take_along_axis(weights, heaviest, axis=1)
    return hashes, _in_steps(weights)


def _in_steps(weights: Weights) -> NDArray[np.uint16]:
    return np.rint(weights * _WEIGHT_UNIT).astype(np.uint16)

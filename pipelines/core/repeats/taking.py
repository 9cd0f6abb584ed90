"""Many recalled rows into the tables of a repeat memory, as one after the other would have gone in."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.core.repeats.recalled import RecalledRows
from pipelines.core.repeats.row_layout import HIDDEN, KILLED, LINKED, Rows
from pipelines.core.repeats.rows import RowTable
from pipelines.core.repeats.sketches import SketchTable, family_key


@dataclass(frozen=True, slots=True, kw_only=True)
class _States:
    """What rows are after those that came before them."""

    rows: Rows
    is_newest: NDArray[np.bool_]
    is_after_linked: NDArray[np.bool_]


def take_in(recalled: RecalledRows, begin: int, end: int, rows: RowTable, sketches: SketchTable) -> None:
    """Give the next numbers to the recalled rows between two places, between which nothing is forgotten."""
    part = slice(begin, end)
    article_ids, keys = recalled.article_ids[part], recalled.article_keys[part]
    known = rows.newest_of_each(article_ids, keys)
    own = recalled.rows[part].copy()
    if begin:
        own["ids_end"] -= recalled.rows["ids_end"][begin - 1]
    states = _states(own, recalled.is_aside[part], article_ids, known, rows)
    first = rows.next_number
    for number in known.values():
        rows.hide(number)
    rows.extend(states.rows, b"".join(recalled.ids[part]), keys, ~states.is_newest)

    every = recalled.sketches
    is_kept = every.is_comparable[part] & ~(recalled.is_aside[part] & states.is_after_linked)
    is_kept &= states.rows["flags"] & KILLED == 0
    kept = np.flatnonzero(is_kept)
    samples = np.flatnonzero(every.is_comparable)
    places = np.searchsorted(samples, kept + begin)
    sketches.extend(
        rows=(kept + first).astype(np.uint64),
        shingles=every.shingles[part][kept],
        family_keys=np.fromiter(
            (family_key(article_ids[place]) for place in kept.tolist()), np.uint32, len(kept)
        ),
        keys=every.keys[places],
        slots=every.slots[places],
    )


def _states(
    rows: Rows,
    is_aside: NDArray[np.bool_],
    article_ids: tuple[str, ...],
    known: dict[str, int],
    table: RowTable,
) -> _States:
    """As `memory.apply` says it of one row: killed for good, and seen by whom the last row that is not aside may be."""
    numbers = {article_id: place for place, article_id in enumerate(dict.fromkeys((*known, *article_ids)))}
    articles = np.array([numbers[one] for one in (*known, *article_ids)])
    before = np.fromiter(known.values(), np.int64, len(known)) - table.first_number
    every = np.concatenate([table.rows()[before], rows])
    order = np.argsort(articles, kind="stable")
    rank = np.arange(len(order))
    is_first = np.append(True, np.diff(articles[order]) != 0)

    flags = every["flags"][order]
    is_killed = flags & KILLED != 0
    kills = np.cumsum(is_killed)
    of_others = np.maximum.accumulate(np.where(is_first, kills - is_killed, 0))
    is_own = is_first | ~np.append(np.zeros(len(known), np.bool_), is_aside)[order]
    standing = np.maximum.accumulate(np.where(is_own, rank, 0))
    flags = flags & ~np.uint8(KILLED | HIDDEN) | flags[standing] & np.uint8(HIDDEN)
    flags |= (kills > of_others) * np.uint8(KILLED)

    back = np.empty_like(order)
    back[order] = rank
    back = back[len(known) :]
    states = rows.copy()
    states["flags"] = flags[back]
    for name in ("visible_from", "visible_until"):
        states[name] = every[name][order][standing][back]
    is_after_linked = np.append(False, flags[:-1] & LINKED != 0) & ~is_first
    return _States(
        rows=states,
        is_newest=np.append(is_first[1:], True)[back],
        is_after_linked=is_after_linked[back],
    )

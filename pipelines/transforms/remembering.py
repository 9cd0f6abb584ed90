"""The Beam around a stateful stage: read the memory of the key, step, journal and remember the changes, emit.

    process-wide index   one memory a run, stage and key: not of the DoFn instance, which the SDK drops when idle
    journal              one record an element, in the runner's state (transforms/journal.py)
    nonce                written anew once a key and bundle, into the state and beside the index

On the first touch of a key in a bundle the nonce of the state is compared with that of the index. Equal: the index is
this state's. Different (another process, a bundle that failed after the index was changed, another bundle of the key
beside this one): the index is dropped, and made again from what the state has. So state and source move together and
memory follows. A counter would not do: after a restore two lineages reach the same number (research/beam.md §4.1).

A change is journalled and applied only after the step has decided everything and the changes are packed, so nothing is
remembered of an article whose step raised. When the journal has grown to half of what it stands on, a snapshot of what
is alive takes the place of both; where history keeps up with the bundles (the local runner, whose sinks flush in the
bundle of the step), a note of the place up to which history has it is enough, and costs no memory.
"""

import os
import threading
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import apache_beam as beam

from pipelines.core.step import Memory
from pipelines.transforms.journal import (
    JOURNAL,
    NONCE,
    NONCE_BYTES,
    STANDING,
    InHistory,
    history_note,
    record,
    recorded,
    snapshot_block,
    standing,
)
from pipelines.transforms.metrics import REBUILT, count
from pipelines.transforms.recalling import forget_recalled, recall_all, recall_key, take
from pipelines.transforms.stateful_stage import History, StatefulStage
from schemas.article import Article

# A snapshot when the journal has half the bytes of what it stands on: the two stay within 1.5 times what is alive, and
# each byte that is journalled costs two of snapshots.
_JOURNAL_SHARE = 0.5
# A note costs a look at the folders of history, whatever the size of the memory: the less a journal may hold, the less
# memory a local run takes (20,000 pages: 5.2 KB an article with snapshots, 4.1 with notes, benchmarks.memory).
_JOURNAL_SHARE_OF_A_NOTE = 0.125
# Of the 128 keys of FollowStory most are small: below this a journal is not worth a snapshot.
_LEAST_JOURNAL_BYTES = 64 << 10


@dataclass(slots=True)
class _Held:
    """The index of one key in this process, and which state it is the index of.

    `place` is the greatest place in the order of the key that the memory has taken in; a known row may have a lesser.
    """

    nonce: bytes | None
    memory: Memory[Any]
    place: int
    next_record: int
    journal_bytes: int
    standing_bytes: int


@dataclass(frozen=True, slots=True)
class _State:
    """The runner's state of the key that is being worked on."""

    nonce: Any
    journal: Any
    standing: Any


_Name = tuple[str, str, Hashable]
_held: dict[_Name, _Held] = {}
_locks: dict[_Name, threading.Lock] = {}
_names = threading.Lock()


def forget(run: str) -> None:
    """Drop every memory of a run that has ended."""
    with _names:
        for name in [name for name in _locks if name[0] == run]:
            del _locks[name]
            _held.pop(name, None)
    forget_recalled(run)


def _lock_of(name: _Name) -> threading.Lock:
    lock = _locks.get(name)
    if lock is not None:
        return lock
    with _names:
        return _locks.setdefault(name, threading.Lock())


class RememberFn(beam.DoFn):
    """One stage's memory under the journal; `process` decides one article."""

    def __init__(
        self, run: str, stage: StatefulStage, history: History | None, *, history_keeps_up: bool = False
    ) -> None:
        self._run = run
        self._stage = stage
        self._history = history
        self._history_keeps_up = history_keeps_up
        self._nonces: dict[Hashable, bytes] = {}

    def setup(self) -> None:
        recall_all(self._run, self._stage, self._history)

    def start_bundle(self) -> None:
        self._nonces = {}

    def process(
        self,
        keyed: tuple[Hashable, Article],
        nonce: Any = beam.DoFn.StateParam(NONCE),
        journal: Any = beam.DoFn.StateParam(JOURNAL),
        standing_bag: Any = beam.DoFn.StateParam(STANDING),
    ) -> tuple[Article, ...]:
        key, article = keyed
        name = (self._run, self._stage.label, key)
        with _lock_of(name):
            return self._decided(name, article, _State(nonce, journal, standing_bag))

    def _decided(self, name: _Name, article: Article, state: _State) -> tuple[Article, ...]:
        held = self._index(name, state)
        outcome = self._stage.step(held.memory, article)
        if outcome.changes:
            packed = [self._stage.pack(change) for change in outcome.changes]
            order = self._stage.recall.order
            held.place = max(held.place, *(getattr(row, order) for row in outcome.articles))
            self._journal(held, record(held.next_record, held.place, packed), state)
            for change in outcome.changes:
                held.memory.apply(change)
            if held.journal_bytes >= self._most_journal_bytes(held):
                self._compact(held, state)
        return outcome.articles

    def _most_journal_bytes(self, held: _Held) -> float:
        share = _JOURNAL_SHARE_OF_A_NOTE if self._history_keeps_up else _JOURNAL_SHARE
        return max(_LEAST_JOURNAL_BYTES, share * held.standing_bytes)

    def _compact(self, held: _Held, state: _State) -> None:
        """Let something shorter take the place of the journal and of what it stood on."""
        if self._history_keeps_up and self._history is not None:
            since = self._history.first_day(self._stage.recall.horizon)
            if since is not None:
                _stand_on(held, [history_note(InHistory(upto=held.place, since=since))], state)
                held.standing_bytes = held.memory.nbytes
                return
        blocks = enumerate(held.memory.snapshot())
        _stand_on(held, [snapshot_block(number, held.place, block) for number, block in blocks], state)

    def _index(self, name: _Name, state: _State) -> _Held:
        """The memory of the key, proven to be that of its state, and marked as this bundle's."""
        key = name[2]
        mine = self._nonces.get(key)
        held = _held.get(name)
        if held is not None and mine is not None and held.nonce == mine:
            return held
        stored = state.nonce.read()
        if held is None or stored is None or held.nonce != stored:
            held = _held[name] = self._rebuilt(key, stored, state)
        if mine is None:
            mine = self._nonces[key] = os.urandom(NONCE_BYTES)
            state.nonce.write(mine)
        held.nonce = mine
        return held

    def _rebuilt(self, key: Hashable, stored: bytes | None, state: _State) -> _Held:
        """The memory that the state says: history or a snapshot, and the journal on top."""
        if stored is None:
            return self._begun(key, state)
        count(f"{REBUILT}.{self._stage.label}")
        base = standing(state.standing.read())
        if base.history is not None:
            memory = recall_key(self._stage, key, self._history, base.history)
        else:
            memory = self._stage.new_memory(key)
            if base.blocks:
                memory.restore(base.blocks)
        standing_bytes = memory.nbytes if base.history is not None else sum(map(len, base.blocks))
        held = _Held(stored, memory, base.place, 0, 0, standing_bytes)
        blobs = list(state.journal.read())
        for one in recorded(blobs):
            for change in one.changes:
                memory.apply(self._stage.unpack(change))
            held.next_record, held.place = one.number + 1, max(held.place, one.place)
        held.journal_bytes = sum(map(len, blobs))
        return held

    def _begun(self, key: Hashable, state: _State) -> _Held:
        """The memory of a key that has no state yet: what history says of it, or nothing."""
        part = take(self._run, self._stage, key, self._history)
        if part is None:
            return _Held(None, self._stage.new_memory(key), -1, 0, 0, 0)
        memory, in_history = part
        state.standing.add(history_note(in_history))
        return _Held(None, memory, in_history.upto, 0, 0, memory.nbytes)

    def _journal(self, held: _Held, blob: bytes, state: _State) -> None:
        state.journal.add(blob)
        held.next_record += 1
        held.journal_bytes += len(blob)


def _stand_on(held: _Held, blobs: list[bytes], state: _State) -> None:
    state.standing.clear()
    for blob in blobs:
        state.standing.add(blob)
    state.journal.clear()
    held.standing_bytes, held.journal_bytes = sum(map(len, blobs)), 0


class Remember(beam.PTransform):
    """Articles in, articles out, decided one after another under each key.

    Bounded and unbounded; parallel by key; order within a key is the order of arrival. State: nonce, journal, snapshot.
    Delivery: as the runner's, and memory and state always agree. `run` names the run that the memories of this process
    belong to; `history` is where a key without state comes from, if anywhere. `history_keeps_up` says that it has every
    row of a bundle once the bundle is complete.
    """

    def __init__(
        self,
        run: str,
        stage: StatefulStage,
        history: History | None = None,
        *,
        history_keeps_up: bool = False,
    ) -> None:
        super().__init__(stage.label)
        self._run = run
        self._stage = stage
        self._history = history
        self._history_keeps_up = history_keeps_up

    def expand(self, articles: beam.PCollection) -> beam.PCollection:
        stage = self._stage
        remember = RememberFn(self._run, stage, self._history, history_keeps_up=self._history_keeps_up)
        return (
            articles
            | "Key"
            >> beam.Map(lambda article: (stage.key(article), article)).with_output_types(
                tuple[stage.key_type, Article]  # type: ignore[name-defined]
            )
            | "Step" >> beam.ParDo(remember).with_output_types(Article)
        )

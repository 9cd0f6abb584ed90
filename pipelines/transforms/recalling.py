"""Warm start: what history says, taken into memories once a process, before the first record.

    history ─▶ rows of the days within the horizon, by key, in the order of the key's sequence ─▶ memory.recall

All keys come back in one scan, because a scan a key would take minutes (research/local.md). A key without state takes
its part; what history has need not go into the runner's state as well, which notes up to where history has it.
"""

import threading
import time
from collections.abc import Generator, Hashable
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from pipelines.core.step import Memory
from pipelines.transforms.journal import InHistory
from pipelines.transforms.metrics import RECALLED_BYTES, RECALLED_MS, RECALLED_ROWS, note
from pipelines.transforms.stateful_stage import History, StatefulStage


@dataclass(slots=True)
class _Part:
    memory: Memory[Any] | None
    history: InHistory


_lock = threading.Lock()
_parts: dict[tuple[str, str], dict[Hashable, _Part]] = {}


def recall_all(run: str, stage: StatefulStage, history: History | None) -> None:
    """Recall the memories of all keys of a stage, unless this process has done so for this run."""
    with _lock:
        if (run, stage.label) not in _parts:
            _parts[run, stage.label] = {} if history is None else _scan(stage, history)


def _scan(stage: StatefulStage, history: History) -> dict[Hashable, _Part]:
    started = time.monotonic()
    parts: dict[Hashable, _Part] = {}
    since = history.first_day(stage.recall.horizon)
    if since is None:
        return parts
    order = stage.recall.order
    with closing(_rows(stage, history, since)) as rows:
        for key, table in rows:
            memory = parts[key].memory if key in parts else stage.new_memory(key)
            assert memory is not None
            memory.recall(table)
            parts[key] = _Part(memory, InHistory(upto=table[order][-1].as_py(), since=since))
            note(f"{RECALLED_ROWS}.{stage.label}", table.num_rows)
    note(RECALLED_BYTES, sum(part.memory.nbytes for part in parts.values() if part.memory is not None))
    note(RECALLED_MS, round((time.monotonic() - started) * 1000))
    return parts


def _rows(
    stage: StatefulStage,
    history: History,
    since: str,
    *,
    only: Hashable | None = None,
    upto: int | None = None,
) -> Generator[tuple[Hashable, pa.Table], None, None]:
    recall = stage.recall
    return history.rows(
        recall.columns,
        key_column=recall.key_column,
        key_of=stage.key_of,
        order=recall.order,
        since=since,
        horizon=recall.horizon,
        lasting=recall.lasting,
        only=only,
        upto=upto,
    )


def take(
    run: str, stage: StatefulStage, key: Hashable, history: History | None
) -> tuple[Memory[Any], InHistory] | None:
    """The memory of a key that has no state, as history has it; `None` when history has nothing.

    The caller owns it. Whoever asks again (the bundle that took it has failed) gets it anew.
    """
    with _lock:
        part = _parts.get((run, stage.label), {}).get(key)
        if part is None:
            return None
        memory, part.memory = part.memory, None
    if memory is None:
        memory = recall_key(stage, key, history, part.history)
    return memory, part.history


def recall_key(
    stage: StatefulStage, key: Hashable, history: History | None, standing: InHistory
) -> Memory[Any]:
    """The memory of one key as history had it when its state began.

    Raises:
        MissingHistory: this process was given no history, and the state stands on one.
    """
    if history is None:
        raise MissingHistory(
            f"the state of {stage.label} stands on history; give --memory the folder it was started with"
        )
    memory: Memory[Any] = stage.new_memory(key)
    with closing(_rows(stage, history, standing.since, only=key, upto=standing.upto)) as rows:
        for _, table in rows:
            memory.recall(table)
    return memory


class MissingHistory(RuntimeError):
    """State that notes what history has, in a job that was given none."""


def forget_recalled(run: str) -> None:
    """Drop what was recalled for a run that has ended."""
    with _lock:
        for name in [name for name in _parts if name[0] == run]:
            del _parts[name]

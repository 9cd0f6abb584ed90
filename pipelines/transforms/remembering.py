"""The Beam around a stateful stage: read the memory of the key, step, remember the changes, emit.

The memory lives in the process (not in the DoFn instance: the SDK drops idle instances after a minute), one for each
run and key. A change is applied only after the step has decided everything, so nothing is remembered of an article
whose step raised.
"""

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from typing import Any

import apache_beam as beam

from pipelines.core.step import Step
from schemas.article import Article

_memories: dict[tuple[str, str, Hashable], Any] = {}


def forget(run: str) -> None:
    """Drop every memory of a run that has ended."""
    for name in [name for name in _memories if name[0] == run]:
        del _memories[name]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatefulStage:
    """The parts of a stateful stage: its key, an empty memory for a key, and the pure step.

    The three fit together: `step` takes what `new_memory` makes, and its changes are what that memory applies.
    """

    label: str
    key_of: Callable[[Article], Hashable]
    new_memory: Callable[[Any], Any]
    step: Callable[[Any, Article], Step[Any]]


class _StepFn(beam.DoFn):
    def __init__(self, run: str, stage: StatefulStage) -> None:
        self._run = run
        self._stage = stage

    def process(self, keyed: tuple[Hashable, Article]) -> Iterator[Article]:
        key, article = keyed
        name = (self._run, self._stage.label, key)
        memory = _memories.get(name)
        if memory is None:
            memory = _memories[name] = self._stage.new_memory(key)
        outcome = self._stage.step(memory, article)
        for change in outcome.changes:
            memory.apply(change)
        yield from outcome.articles


class Remember(beam.PTransform):
    """Articles in, articles out, decided one after another under each key.

    Bounded and unbounded; parallel by key; order within a key is the order of arrival. `run` names the run that the
    memories belong to.
    """

    def __init__(self, run: str, stage: StatefulStage) -> None:
        super().__init__(stage.label)
        self._run = run
        self._stage = stage

    def expand(self, articles: beam.PCollection) -> beam.PCollection:
        key_of = self._stage.key_of
        return (
            articles
            | "Key" >> beam.Map(lambda article: (key_of(article), article))
            | "Step" >> beam.ParDo(_StepFn(self._run, self._stage)).with_output_types(Article)
        )

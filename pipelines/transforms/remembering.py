"""The Beam around a stateful stage: read the memory of the key, step, remember the changes, emit.

The memory lives in the process (not in the DoFn instance: the SDK drops idle instances after a minute), one for each
run and key. A change is applied only after the step has decided everything, so nothing is remembered of an article
whose step raised.
"""

from collections.abc import Callable, Iterator
from typing import Generic, Protocol, TypeVar

import apache_beam as beam

from pipelines.core.step import Step
from schemas.article import Article

C = TypeVar("C")
C_contra = TypeVar("C_contra", contravariant=True)
K = TypeVar("K", int, str)


class Memory(Protocol[C_contra]):
    """What a stateful stage remembers under one key."""

    def apply(self, change: C_contra) -> None:
        """Take one change in."""


M = TypeVar("M", bound=Memory)  # type: ignore[type-arg]

_memories: dict[tuple[str, str, int | str], object] = {}


def forget(run: str) -> None:
    """Drop every memory of a run that has ended."""
    for name in [name for name in _memories if name[0] == run]:
        del _memories[name]


class _StepFn(beam.DoFn, Generic[K, M, C]):
    def __init__(
        self, run: str, stage: str, new_memory: Callable[[K], M], step: Callable[[M, Article], Step[C]]
    ) -> None:
        self._run = run
        self._stage = stage
        self._new_memory = new_memory
        self._step = step

    def process(self, keyed: tuple[K, Article]) -> Iterator[Article]:
        key, article = keyed
        name = (self._run, self._stage, key)
        memory = _memories.get(name)
        if memory is None:
            memory = _memories[name] = self._new_memory(key)
        outcome = self._step(memory, article)  # type: ignore[arg-type]
        for change in outcome.changes:
            memory.apply(change)  # type: ignore[attr-defined]
        yield from outcome.articles


class Remember(beam.PTransform, Generic[K, M, C]):
    """Articles in, articles out, decided one after another under each key.

    `key_of` gives the key, `new_memory` an empty memory for a key, `step` decides. Bounded and unbounded; parallel by
    key; order within a key is the order of arrival.
    """

    def __init__(
        self,
        *,
        run: str,
        stage: str,
        key_of: Callable[[Article], K],
        new_memory: Callable[[K], M],
        step: Callable[[M, Article], Step[C]],
    ) -> None:
        super().__init__()
        self._key_of = key_of
        self._fn = _StepFn(run, stage, new_memory, step)

    def expand(self, articles: beam.PCollection) -> beam.PCollection:
        key_of = self._key_of
        return (
            articles
            | "Key" >> beam.Map(lambda article: (key_of(article), article))
            | "Step" >> beam.ParDo(self._fn).with_output_types(Article)
        )

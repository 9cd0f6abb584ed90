"""WriteDeadLetters: what was rejected, with its original bytes, in the same way as history."""

import apache_beam as beam
from apache_beam.pvalue import PCollection

from connectors.parquet.arrivals import AppendArrivalsFn, Ledger, Place
from schemas.dead_letter import DeadLetter

_ROW_BYTES = 1_024


def _identity(dead_letter: DeadLetter) -> Place:
    return (dead_letter.dead_letter_id,)


def _weight(dead_letter: DeadLetter) -> int:
    return _ROW_BYTES + len(dead_letter.payload or b"")


def dead_letter_ledger(stage: str) -> Ledger[DeadLetter]:
    """The ledger of one stage's rejects; all stages share the folder, and a file says in its name whose it is."""
    return Ledger(name="dead_letters", record=DeadLetter, prefix=stage, identity=_identity, weight=_weight)


@beam.typehints.with_input_types(DeadLetter)
@beam.typehints.with_output_types(DeadLetter)
class WriteDeadLetters(beam.PTransform[PCollection[DeadLetter], PCollection[DeadLetter]]):
    """Append what `stage` rejected to `dead_letters/arrived=YYYY-MM-DD/` under `folder`, then hand it on.

    Input and output: `DeadLetter`, bounded or unbounded, order, timestamps and windows kept. Delivery: at least once; a
    dead letter is identified by its origin and id. Parallel without bounds; no state; lateness does not matter.

    Raises in the worker: `OSError` (disk full, no permission); the bundle fails and is retried.
    """

    def __init__(self, folder: str, stage: str) -> None:
        super().__init__()
        self._folder = folder
        self._stage = stage

    def expand(self, dead_letters: PCollection[DeadLetter]) -> PCollection[DeadLetter]:
        ledger = dead_letter_ledger(self._stage)
        return dead_letters | "AppendDeadLetters" >> beam.ParDo(
            AppendArrivalsFn(self._folder, ledger)
        ).with_output_types(DeadLetter)

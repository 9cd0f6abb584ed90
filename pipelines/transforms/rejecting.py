"""A stage that may reject: what it accepts flows on, what it rejects becomes a dead letter beside it.

Three fates of an element and no fourth: it flows on; it is `Rejected` (its own fault); or the bundle fails and the
runner retries. Whatever is not `Rejected` is not caught.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import TaggedOutput

from pipelines.core.dead_letters import dead_letter, looks_like_wire
from pipelines.transforms.metrics import REJECTED, count
from schemas.record import Record
from schemas.rejection import Rejected

ACCEPTED = "accepted"
REJECTS = "rejects"


class _OrRejectFn(beam.DoFn):
    def __init__(self, stage: str, function: Callable[[Any], Iterable[Any]]) -> None:
        self._stage = stage
        self._function = function

    def process(self, element: Any) -> Iterator[Any]:
        return judged(self._stage, self._function, element)


def judged(stage: str, function: Callable[[Any], Iterable[Any]], element: Any) -> Iterator[Any]:
    """What becomes of an element in a stage that may reject: what flows on, or its dead letter, tagged `REJECTS`."""
    try:
        # The list ends the work here: a generator would raise outside of this `try`.
        accepted = list(function(element))
    except Rejected as rejected:
        record = element if isinstance(element, Record) else element.record
        count(f"{REJECTED}.{rejected.reason}")
        is_wire = looks_like_wire(record, element)
        yield TaggedOutput(REJECTS, dead_letter(record, stage, rejected, is_wire=is_wire))
    else:
        yield from accepted


def or_reject(stage: str, function: Callable[[Any], Iterable[Any]], accepted: type) -> beam.PTransform:
    """ParDo of a core function that may raise `Rejected`, with two outputs: `accepted` and `rejects`.

    `stage` is the label, written into the dead letters; `accepted` the class of what flows on, by which Beam finds
    its coder.
    """
    return (
        beam.ParDo(_OrRejectFn(stage, function))
        .with_output_types(accepted)
        .with_outputs(REJECTS, main=ACCEPTED)
    )

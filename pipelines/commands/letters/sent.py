"""Dead letters on their way: to their topics again, or as the records they were through the pipeline of today."""

import time
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from uuid import uuid4

from connectors.kafka.cluster import KafkaCluster
from connectors.kafka.producing import BoundedProducer
from connectors.parquet.chosen_letters import ChosenLetters, in_batches
from connectors.parquet.handled import append_handlings
from connectors.parquet.pending import settle_pending
from connectors.search.opensearch.cluster import IndexTarget
from pipelines.commands.cluster.reaching import reached
from pipelines.commands.cluster.reaching_index import make_index_ready
from pipelines.commands.interrupts import leaving_on_interrupt
from pipelines.commands.kept_index import kept_up, tell_refused
from pipelines.commands.letters.sources import LetterSource
from pipelines.commands.opened import naming_broken_files
from pipelines.commands.output import people
from pipelines.commands.progress import shown
from pipelines.commands.publish import publish_folder
from pipelines.commands.replay import run_shown
from pipelines.commands.sole_writer import sole_writer
from pipelines.commands.telling_readers import ReadersTeller
from pipelines.core.replays import sent_again
from pipelines.options import IngestConfig, Outlets, parse_workers, writable_folder
from schemas.handling import Deed, Handling
from schemas.topic_record import TopicRecord

# A person waits: as long as it takes a cluster to choose another leader, and not the ten minutes of a stream.
PATIENCE_S = 60.0
# After so many acknowledged ones it is noted that they were sent: a crash sends no more than these twice.
_NOTED_AT_ONCE = 500
_QUIET_S = 2.0
_INTERRUPTED = "interrupted. Run the same command again: what has come out does not come out twice."
_STATES = "select state, count(*) from dead_letters semi join (select unnest(?) as dead_letter_id) using (dead_letter_id) group by all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A record that its topic did not take, and why."""

    dead_letter_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SentLetters:
    """How many were acknowledged, and what was refused."""

    count: int
    refused: tuple[Refused, ...]


def send_to_topics(
    source: LetterSource, sizes: Sequence[tuple[str, int]], cluster: KafkaCluster, by: str
) -> SentLetters:
    """Send the records of these dead letters to their topics again, and note in their folder that they were sent.

    Raises:
        KafkaTrouble: the cluster does not answer, or has not such a topic; what was noted was sent.
    """
    records = ((letter.dead_letter_id, (sent_again(letter),)) for letter in source.with_bytes(sizes))
    return deliver_records(source.folder, records, cluster, by, Deed.SENT, len(sizes))


def deliver_records(
    folder: Path | None,
    records: Iterable[tuple[str, Sequence[TopicRecord]]],
    cluster: KafkaCluster,
    by: str,
    deed: Deed,
    total: int,
) -> SentLetters:
    """Write records, those of a dead letter behind its id, and note the deed once all of these are acknowledged.

    Raises:
        KafkaTrouble: as `send_to_topics`.
    """
    producer = BoundedProducer(cluster, patience_s=PATIENCE_S)
    remaining, count, refused = iter(records), 0, list[Refused]()

    def line(seconds: float) -> str:
        return f"{count:,} of {total:,} sent · {len(refused):,} refused · {seconds:.0f} s"

    try:
        with shown(line, after_s=_QUIET_S):
            while batch := list(islice(remaining, _NOTED_AT_ONCE)):
                failed = _sent(producer, batch)
                refused += failed
                done = {letter for letter, _ in batch} - {one.dead_letter_id for one in failed}
                count += len(done)
                note(folder, sorted(done), by, deed)
    finally:
        producer.close()
    return SentLetters(count=count, refused=tuple(refused))


def _sent(producer: BoundedProducer, batch: Sequence[tuple[str, Sequence[TopicRecord]]]) -> list[Refused]:
    for letter, records in batch:
        for record in records:
            producer.send(record, letter)
    return [Refused(dead_letter_id=str(failure.mark), reason=failure.reason) for failure in producer.flush()]


def note(folder: Path | None, ids: Sequence[str], by: str, deed: Deed) -> None:
    """Note in their folder, if they have one, what was done about dead letters."""
    if folder is not None:
        now = datetime.now(UTC)
        append_handlings(folder, [Handling(dead_letter_id=one, deed=deed, by=by, at=now) for one in ids])


def run_locally(
    source: LetterSource,
    folder: Path,
    sizes: Sequence[tuple[str, int]],
    workers: int | None,
    outlets: Outlets | None,
    index: IndexTarget | None,
) -> dict[str, int]:
    """Run the records of these dead letters through the pipeline into their folder; how they stand then, counted.

    What comes out goes to the topics of `outlets` as well, and to `index` if it is on a cluster, as that of a stream does.
    Leaves with exit code 3 if a cluster goes away.

    Raises:
        Misuse: another run writes there, it cannot be written, or a file of it cannot be read.
    """
    config = IngestConfig(
        letters=ChosenLetters(folder=str(folder), batches=in_batches(sizes)),
        outlets=outlets,
        index=index,
        data=writable_folder(folder),
        as_of=datetime.now(UTC),
        run=uuid4().hex,
        workers=parse_workers(workers),
        memory=folder,
    )
    began_ns = time.time_ns()
    teller = None if outlets is None else ReadersTeller(cluster=outlets.cluster, topics=outlets.articles)
    answering = nullcontext() if outlets is None else reached(outlets.cluster)
    with (
        leaving_on_interrupt(_INTERRUPTED),
        sole_writer(config.data),
        answering,
        kept_up(index, config.data) as upkeep,
    ):
        make_index_ready(index)
        with naming_broken_files(config.data):
            run_shown(config)
        publish_folder(config.data, config.as_of, teller, upkeep)
        settle_pending(config.data, began_ns)
    _tell_trouble(teller)
    tell_refused(upkeep)
    return dict(source.ask(_STATES, [[letter for letter, _ in sizes]]))


def _tell_trouble(teller: ReadersTeller | None) -> None:
    for told in () if teller is None else (*filter(None, [teller.trouble]), *teller.refused):
        people.print(
            f"copydesk: not told to readers, left to the next publish: {told}", style="yellow", markup=False
        )

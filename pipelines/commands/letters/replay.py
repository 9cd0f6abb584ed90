"""`copydesk dead-letters replay`: what was rejected comes again, once its cause is mended."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from connectors.kafka.cluster import KafkaCluster
from connectors.kafka.topics import Topics
from connectors.search.opensearch.cluster import IndexTarget
from pipelines.commands.arguments import DataFolder
from pipelines.commands.cluster.index_options import with_index
from pipelines.commands.cluster.options import with_cluster_if_named
from pipelines.commands.cluster.outlets import outlets_of
from pipelines.commands.cluster.reaching import reached
from pipelines.commands.cluster.reaching_index import index_reached
from pipelines.commands.cluster.topics_file import TopicsFile, topics_told
from pipelines.commands.interrupts import leaving_on_interrupt
from pipelines.commands.letters.by import By, person
from pipelines.commands.letters.checked import article_topics, checked_plan, tells_readers
from pipelines.commands.letters.chosen import STANDING, parse_choice
from pipelines.commands.letters.options import Ids, Json, Reason, Since, Source, Stage, Until, Yes
from pipelines.commands.letters.plan import Means, Plan, Way, plan_replay
from pipelines.commands.letters.safe_text import safe_text
from pipelines.commands.letters.sources import LetterSource, choose, letters_at, needed_folder
from pipelines.commands.output import people, print_json, print_table
from pipelines.commands.sole_writer import sole_sender
from pipelines.core.replays import MAX_ATTEMPTS
from schemas.handling import Deed, LetterState
from schemas.topic_record import TopicRecord

_SENDING = (Way.TOPIC, Way.DELIVERY)
_INTERRUPTED = "interrupted. What was sent is noted but for the last few; the same command sends the rest."


@with_cluster_if_named
@with_index
def replay(
    cluster: KafkaCluster | None,
    index: IndexTarget | None,
    ids: Ids = None,
    data: DataFolder = Path("copydesk-data"),
    reason: Reason = None,
    source: Source = None,
    stage: Stage = None,
    since: Since = None,
    until: Until = None,
    locally: Annotated[
        bool, typer.Option("--locally", help="Run here what came by a topic, too, in its old place.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Also what was sent and has not come out yet.")
    ] = False,
    max_attempts: Annotated[
        int, typer.Option(min=1, max=1_000, metavar="N", help="What was tried so often stays.")
    ] = MAX_ATTEMPTS,
    by: By = None,
    workers: Annotated[
        int | None,
        typer.Option(
            help="Processes that extract pages; 0: no sandbox. Default: one a core.", show_default=False
        ),
    ] = None,
    topics: TopicsFile = None,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Replay open dead letters, all or those chosen; without --yes only what would be done is shown.

    What came by a topic goes to that topic again (--bootstrap-servers), with its own key, value and headers, for the
    stream to read; what came from a file runs through the pipeline into the folder, in its old place, and with
    --bootstrap-servers to the topics of articles, too. What an index did not take is written to it again (--index), as
    history has it now; with --index what runs here is written there and not to the index in the folder.

    Exit code 1 if anything chosen did not go, was refused or was rejected again.
    """
    choice = parse_choice(ids=ids, reason=reason, source=source, stage=stage, since=since, until=until)
    declared = topics_told(topics)
    names = declared.dead_letters.name, declared.dead_letters_restricted.name
    with letters_at(data, cluster, names) as found, _sending_alone(found.folder if yes else None):
        if locally:
            needed_folder(found, "--locally")
        means = Means(
            has_folder=found.folder is not None,
            has_cluster=cluster is not None,
            has_index=index is not None,
            tells_readers=found.folder is not None and tells_readers(found.folder),
            locally=locally,
            again=again,
            max_attempts=max_attempts,
        )
        plan = _planned(found, choose(found, choice), means)
        plan = checked_plan(found, plan, cluster, declared)
        if not yes:
            _tell_plan(plan, json)
            return
        outcome = _done(found, plan, Reached(cluster=cluster, index=index), declared, person(by), workers)
    _tell_outcome(plan, outcome, json)
    if outcome["refused"] or outcome["rejected_again"] or plan.going(Way.STAYS):
        raise typer.Exit(1)


def _sending_alone(folder: Path | None) -> AbstractContextManager[None]:
    """From the plan on to the end: who plans meanwhile would send the same ones."""
    return nullcontext() if folder is None else sole_sender(folder)


def _planned(source: LetterSource, chosen: Sequence[Any], means: Means) -> Plan:
    standing = [letter.dead_letter_id for letter in chosen if letter.state in STANDING]
    return plan_replay(chosen, source.without_bytes(standing) if standing else frozenset(), means)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """The clusters that were named."""

    cluster: KafkaCluster | None
    index: IndexTarget | None


def _done(
    source: LetterSource,
    plan: Plan,
    clusters: Reached,
    declared: Topics,
    by: str,
    workers: int | None,
) -> dict[str, Any]:
    """Let each go its way; what became of them, counted."""
    # Beam and kafka-python take seconds to import: not before there is something to do.
    from pipelines.commands.letters import sent as dead_letters_sent

    outcome: dict[str, Any] = {"sent": 0, "delivered": 0, "refused": [], "came_out": 0, "rejected_again": 0}
    cluster, index = clusters.cluster, clusters.index
    sizes = plan.sizes(Way.PIPELINE)
    outlets = None if cluster is None else outlets_of(cluster, declared, dead_letters_sent.PATIENCE_S)
    if sizes:
        # First: if that is refused (another run writes there, a file is damaged), nothing was sent.
        folder = needed_folder(source, "replay")
        states = dead_letters_sent.run_locally(source, folder, sizes, workers, outlets, index)
        outcome["came_out"] = states.get(LetterState.SETTLED, 0)
        outcome["rejected_again"] = len(sizes) - outcome["came_out"]
    if index is not None and plan.going(Way.INDEX):
        with leaving_on_interrupt(_INTERRUPTED), index_reached():
            _index_again(needed_folder(source, "replay"), plan.sizes(Way.INDEX), index, by, outcome)
    if cluster is not None and any(plan.going(way) for way in _SENDING):
        with leaving_on_interrupt(_INTERRUPTED), reached(cluster):
            _send(source, plan, cluster, declared, by, outcome)
    return outcome


def _index_again(
    folder: Path, sizes: Sequence[tuple[str, int]], index: IndexTarget, by: str, outcome: dict[str, Any]
) -> None:
    from pipelines.commands.letters.indexed import index_again

    written = index_again(folder, sizes, index, by)
    outcome["delivered"] += written.count
    outcome["refused"] += [(one.dead_letter_id, one.reason) for one in written.refused]


def _send(
    source: LetterSource,
    plan: Plan,
    cluster: KafkaCluster,
    declared: Topics,
    by: str,
    outcome: dict[str, Any],
) -> None:
    from pipelines.commands.letters.sent import send_to_topics

    sizes = plan.sizes(Way.TOPIC)
    if sizes:
        sent = send_to_topics(source, sizes, cluster, by)
        outcome["sent"] = sent.count
        outcome["refused"] += [(one.dead_letter_id, one.reason) for one in sent.refused]
    sizes = plan.sizes(Way.DELIVERY)
    if sizes:
        _deliver(needed_folder(source, "replay"), sizes, cluster, declared, by, outcome)


def _deliver(
    folder: Path,
    sizes: Sequence[tuple[str, int]],
    cluster: KafkaCluster,
    declared: Topics,
    by: str,
    outcome: dict[str, Any],
) -> None:
    from pipelines.commands.letters.delivery import deliveries
    from pipelines.commands.letters.sent import deliver_records

    # What has come since it was planned counts, too.
    stayed: list[tuple[str, str]] = []

    def records() -> Iterator[tuple[str, tuple[TopicRecord, ...]]]:
        for delivery in deliveries(folder, sizes, article_topics(declared)):
            if delivery.stays is None:
                yield delivery.dead_letter_id, delivery.records
            else:
                stayed.append((delivery.dead_letter_id, delivery.stays))

    sent = deliver_records(folder, records(), cluster, by, Deed.DELIVERED, len(sizes))
    outcome["delivered"] += sent.count
    outcome["refused"] += [(one.dead_letter_id, one.reason) for one in sent.refused] + stayed


def _tell_plan(plan: Plan, json: bool) -> None:
    if json:
        print_json({"done": False, **_counts(plan), "plan": _lines(plan)})
        return
    if not plan.planned:
        people.print("copydesk: no open dead letter is among them.", markup=False)
        return
    print_table(
        ("way", "where or why not", "reason", "count"),
        (
            (line["way"], safe_text(line["told"], one_line=True), line["reason_code"], line["count"])
            for line in _lines(plan)
        ),
    )
    going = len(plan.planned) - len(plan.going(Way.STAYS))
    told = "nothing was done; the same with --yes does it." if going else "none of them can be replayed so."
    people.print(f"copydesk: {going:,} of {len(plan.planned):,} would be replayed; {told}", markup=False)


def _counts(plan: Plan) -> dict[str, int]:
    return {str(way): len(plan.going(way)) for way in Way}


def _lines(plan: Plan) -> list[dict[str, Any]]:
    return [
        {"way": way, "told": told, "reason_code": reason, "count": count}
        for way, told, reason, count in plan.counted()
    ]


def _tell_outcome(plan: Plan, outcome: dict[str, Any], json: bool) -> None:
    stayed = [line for line in _lines(plan) if line["way"] is Way.STAYS]
    if json:
        refused = [{"dead_letter_id": letter, "why": why} for letter, why in outcome["refused"]]
        print_json({"done": True, **_counts(plan), **outcome, "refused": refused, "stayed": stayed})
        return
    meanings = {
        "sent": "sent to their topics; the stream makes rows of them",
        "delivered": "rows delivered",
        "came_out": "came out of the pipeline",
        "rejected_again": "rejected again",
    }
    rows = [(f"{outcome[name]:,}", told) for name, told in meanings.items() if outcome[name]]
    rows += [("1", f"{letter[:12]}: {safe_text(why, one_line=True)}") for letter, why in outcome["refused"]]
    rows += [(f"{line['count']:,}", f"stayed: {line['told']}") for line in stayed]
    print_table(("count", "what"), rows)

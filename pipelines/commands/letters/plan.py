"""What becomes of each dead letter that is to come again: where it goes, or why it stays.

of a file              the pipeline of today, in its old place; to the topics of articles, too, if a cluster is named
of a topic             that topic, for the stream; with --locally as one of a file
a failed delivery      its row, to the topic that it was meant for, or to the index
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from pipelines.commands.letters.chosen import ListedLetter
from pipelines.core.dead_letters import INDEX_STAGE
from pipelines.core.replays import MAX_ATTEMPTS, cannot_replay
from schemas.dead_letter import DeadLetter, DeadLetterKind
from schemas.handling import LetterState
from schemas.record import is_of_a_file


class Way(StrEnum):
    """Where a dead letter goes."""

    TOPIC = "topic"
    PIPELINE = "pipeline"
    DELIVERY = "delivery"
    INDEX = "index"
    STAYS = "stays"


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What is at hand, and what was asked for. `tells_readers`: a topic has the articles of the folder."""

    has_folder: bool
    has_cluster: bool
    has_index: bool = False
    tells_readers: bool = False
    locally: bool = False
    again: bool = False
    max_attempts: int = MAX_ATTEMPTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A dead letter and its way; `told` names the topic, or says why it stays."""

    letter: ListedLetter
    way: Way
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All that were chosen, in the order in which they came."""

    planned: tuple[Planned, ...]

    def going(self, way: Way) -> tuple[str, ...]:
        """Ids of those that go this way."""
        return tuple(one.letter.dead_letter_id for one in self.planned if one.way is way)

    def sizes(self, way: Way) -> tuple[tuple[str, int], ...]:
        """Ids and sizes of those that go this way."""
        return tuple(
            (one.letter.dead_letter_id, one.letter.payload_size) for one in self.planned if one.way is way
        )

    def staying(self, reasons: Mapping[str, str]) -> "Plan":
        """The plan without those that cannot go after all, ids with the reasons."""
        return Plan(
            planned=tuple(
                replace(one, way=Way.STAYS, told=reasons[one.letter.dead_letter_id])
                if one.letter.dead_letter_id in reasons
                else one
                for one in self.planned
            )
        )

    def counted(self) -> list[tuple[Way, str, str, int]]:
        """Way, what is told of it, reason and how many, the largest first."""
        counts = Counter((one.way, one.told, str(one.letter.reason_code)) for one in self.planned)
        return [(*key, count) for key, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]


def plan_replay(letters: Sequence[ListedLetter], without_bytes: frozenset[str], means: Means) -> Plan:
    """The way of each of these dead letters."""
    return Plan(
        planned=tuple(
            _planned(letter, letter.dead_letter_id not in without_bytes, means) for letter in letters
        )
    )


def _planned(letter: ListedLetter, is_kept: bool, means: Means) -> Planned:
    reason = _stays(letter, is_kept, means)
    if reason is not None:
        return Planned(letter=letter, way=Way.STAYS, told=reason)
    if is_of_the_index(letter):
        return Planned(letter=letter, way=Way.INDEX, told="its article as it is now, to the index")
    if letter.kind is DeadLetterKind.DELIVERY:
        return Planned(letter=letter, way=Way.DELIVERY, told="its row, to the sink that did not take it")
    if is_of_a_file(letter.source) or means.locally:
        return Planned(letter=letter, way=Way.PIPELINE, told="the pipeline here, in its old place")
    return Planned(letter=letter, way=Way.TOPIC, told=letter.source)


def _stays(letter: ListedLetter, is_kept: bool, means: Means) -> str | None:
    """Why a dead letter does not go anywhere, in words for a person."""
    if letter.state is LetterState.WAITING and not means.again:
        return "it was sent again and nothing has come of it yet; --again sends it once more"
    if letter.state not in (LetterState.OPEN, LetterState.WAITING):
        return _FINISHED[letter.state]
    if letter.kind is DeadLetterKind.DELIVERY:
        return _undeliverable(letter, means)
    reason = cannot_replay(
        letter.reason_code,
        size=letter.payload_size,
        is_kept=is_kept,
        attempt=letter.attempt,
        max_attempts=means.max_attempts,
    )
    return reason or _without_means(letter, means)


_FINISHED = {
    LetterState.SETTLED: "it is settled: a row has come of it",
    LetterState.AGAIN: "its replay became a dead letter in its turn, which stands for it",
    LetterState.DISCARDED: "it was discarded",
}


def is_of_the_index(letter: ListedLetter | DeadLetter) -> bool:
    """Whether a dead letter is a row that the index did not take."""
    return letter.kind is DeadLetterKind.DELIVERY and letter.stage == INDEX_STAGE


def _undeliverable(letter: ListedLetter, means: Means) -> str | None:
    if not means.has_folder:
        return "its row is in the history of a folder; give --data"
    if is_of_the_index(letter):
        return None if means.has_index else "its row is in history; give --index to write it again"
    return None if means.has_cluster else "its row is in history; give --bootstrap-servers to send it again"


def _without_means(letter: ListedLetter, means: Means) -> str | None:
    needs_folder = is_of_a_file(letter.source) or means.locally
    if needs_folder and not means.has_folder:
        return "it runs through the pipeline into its folder; give --data"
    if needs_folder and means.tells_readers and not means.has_cluster:
        return "a topic has the articles of this folder and would lack its article: give --bootstrap-servers"
    if not needs_folder and not means.has_cluster:
        return "it came by a topic: give --bootstrap-servers to send it there, or --locally to run it here"
    return None

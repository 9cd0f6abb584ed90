"""Where dead letters are read: in a folder of output, which knows how each stands, or on their topics, which do not."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import duckdb

from connectors.kafka.cluster import KafkaCluster
from connectors.parquet.chosen_letters import in_batches, letters_of
from connectors.parquet.letters_at_hand import letters_database
from pipelines.commands.cluster.reaching import reached
from pipelines.commands.letters.chosen import (
    GROUPED,
    LISTED,
    LetterChoice,
    ListedLetter,
    check_ids,
    listed_letter,
)
from pipelines.commands.opened import read_output
from pipelines.commands.output import people
from pipelines.commands.progress import shown
from pipelines.options import DEAD_LETTERS, HISTORY, Misuse, existing_folder, parse_as_of
from schemas.dead_letter import DeadLetter

_QUIET_S = 2.0
_WITHOUT_BYTES = """
select dead_letter_id from dead_letters_once semi join (select unnest(?) as dead_letter_id) using (dead_letter_id)
where payload is null or octet_length(payload) < {kept_size}
"""

Row = tuple[Any, ...]


class LetterSource(Protocol):
    """Dead letters, wherever they stand."""

    @property
    def folder(self) -> Path | None:
        """The folder of output, if it is one."""
        ...

    def ask(self, query: str, values: Sequence[Any]) -> list[Row]:
        """What a query finds in the view `dead_letters`."""
        ...

    def without_bytes(self, ids: Sequence[str]) -> frozenset[str]:
        """Those of which the bytes were not kept."""
        ...

    def with_bytes(self, sizes: Sequence[tuple[str, int]]) -> Iterator[DeadLetter]:
        """The dead letters of these ids and sizes in bytes, one after another."""
        ...


def choose(source: LetterSource, choice: LetterChoice) -> list[ListedLetter]:
    """The dead letters that are meant, in the order in which they came.

    Raises:
        Misuse: an id that names none or several.
    """
    where, values = choice.where()
    found = [listed_letter(row) for row in source.ask(LISTED.format(where=where), values)]
    check_ids(choice.ids, found)
    return found


def grouped(source: LetterSource, choice: LetterChoice) -> list[Row]:
    """The dead letters that are meant, counted by reason, source, day and state; kill suspects first."""
    where, values = choice.where()
    return source.ask(GROUPED.format(where=where), values)


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderLetters:
    """The dead letters of a folder of output."""

    folder: Path

    def ask(self, query: str, values: Sequence[Any]) -> list[Row]:
        """What a query finds in the view `dead_letters`, as the folder is at one moment."""
        return read_output(self.folder, parse_as_of(None), partial(_asked, query=query, values=values))

    def without_bytes(self, ids: Sequence[str]) -> frozenset[str]:
        """Those of which the bytes were not kept. That reads the bytes of all."""
        return _ids(self.ask(_WITHOUT_BYTES.format(kept_size="payload_size"), [list(ids)]))

    def with_bytes(self, sizes: Sequence[tuple[str, int]]) -> Iterator[DeadLetter]:
        """These dead letters in this order; of a batch the bytes are held at once."""
        for batch in in_batches(sizes):
            yield from letters_of(self.folder, batch)


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicLetters:
    """The dead letters on the topics of a cluster, read to their end once, and again for their bytes."""

    database: duckdb.DuckDBPyConnection
    read: Callable[[], Iterable[DeadLetter]]

    @property
    def folder(self) -> None:
        """There is none."""
        return

    def ask(self, query: str, values: Sequence[Any]) -> list[Row]:
        """What a query finds in the view `dead_letters`."""
        return _asked(self.database, query=query, values=values)

    def without_bytes(self, ids: Sequence[str]) -> frozenset[str]:
        """Those of which the topics do not hold the bytes."""
        return _ids(self.ask(_WITHOUT_BYTES.format(kept_size="0"), [list(ids)]))

    def with_bytes(self, sizes: Sequence[tuple[str, int]]) -> Iterator[DeadLetter]:
        """In the order of the topics, which is that of their rejection."""
        left = {letter for letter, _ in sizes}
        for letter in self.read():
            if letter.dead_letter_id in left:
                left.remove(letter.dead_letter_id)
                yield letter


def _asked(database: duckdb.DuckDBPyConnection, query: str, values: Sequence[Any]) -> list[Row]:
    return database.execute(query, list(values)).fetchall()


def _ids(rows: Sequence[Row]) -> frozenset[str]:
    return frozenset(letter for (letter,) in rows)


@contextmanager
def letters_at(data: Path, cluster: KafkaCluster | None, topics: Sequence[str]) -> Iterator[LetterSource]:
    """The dead letters of a folder; of these topics where the folder is no output and a cluster is named.

    Raises:
        Misuse: neither is there.
    """
    if _is_output(data) or cluster is None:
        yield FolderLetters(folder=existing_folder(data))
        return
    from connectors.kafka.dead_letter_record import NotADeadLetter
    from connectors.kafka.letters_read import letters_on_topics

    def read() -> Iterator[DeadLetter]:
        for letter in letters_on_topics(cluster, topics):
            if not isinstance(letter, NotADeadLetter):
                yield letter

    people.print(
        f"copydesk: {data} holds no output, so the topics {', '.join(topics)} are read. What has come of a dead letter"
        " since, they do not tell.",
        markup=False,
    )
    with reached(cluster):
        with shown(lambda seconds: f"reading dead letters · {seconds:.0f} s", after_s=_QUIET_S):
            database = letters_database(read())
        with database:
            yield TopicLetters(database=database, read=read)


def _is_output(data: Path) -> bool:
    return (data / HISTORY).is_dir() or (data / DEAD_LETTERS).is_dir()


def needed_folder(source: LetterSource, option: str) -> Path:
    """The folder of output that an act needs.

    Raises:
        Misuse: the dead letters were read from topics.
    """
    if source.folder is None:
        raise Misuse(
            option, "", "needs the folder of the output, which says what has come of them; give --data"
        )
    return source.folder

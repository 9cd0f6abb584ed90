"""What a stateful stage returns and what it remembers with: what to remember, and what flows on.

The form is the same for FollowStory, LinkRepeats and AssignEventIds:

    step(memory, article) -> Step(changes, articles)      pure: reads the memory, changes nothing
    memory.apply(change)                                  the only way a memory changes; never raises on its own changes

A change is a frozen record that can be journalled: a memory to which the same changes are applied in the same order is
the same memory. Expiry happens inside `apply`, driven by the `received` of the changes and never by a clock. A row
whose `row_key` is known goes on with its stored decisions and changes nothing.

A memory comes back in two ways, and both give what had been: from the journal of its changes behind a snapshot of
itself, and from the rows of history that the stage has stamped.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

import pyarrow as pa

from schemas.article import Article

C = TypeVar("C")
C_contra = TypeVar("C_contra", contravariant=True)

# A block of a snapshot is one value of a runner's state; Beam's state requests are chunked at a few MB.
SNAPSHOT_BLOCK_BYTES: Final = 4 << 20


@dataclass(frozen=True, slots=True)
class Step(Generic[C]):
    """Outcome of one article in one stateful stage."""

    changes: tuple[C, ...]
    articles: tuple[Article, ...]


class Memory(Protocol[C_contra]):
    """What a stateful stage remembers under one key.

    Three ways lead to one memory, which then answers every step alike: `apply` of the same changes in the same order;
    `restore` of its `snapshot`; `recall` of the rows of history that those changes were made of.
    """

    @property
    def nbytes(self) -> int:
        """Bytes that the memory takes, near enough: its tables, not the interpreter's overhead."""
        ...

    def apply(self, change: C_contra) -> None:
        """Take one change in and forget what has passed the horizon. Never raises on a change of its own stage."""
        ...

    def snapshot(self) -> Iterator[bytes]:
        """What is alive, in blocks of at most `SNAPSHOT_BLOCK_BYTES`, each with a version byte in front."""
        ...

    def restore(self, blocks: Iterable[bytes]) -> None:
        """Take in a snapshot, its blocks in their order. The memory is empty before."""
        ...

    def recall(self, rows: pa.Table) -> None:
        """Take in rows of history of this key, as the stage has stamped them, in the order of its sequence.

        May be called again with the rows that follow. Nothing else has been taken in before.
        """
        ...

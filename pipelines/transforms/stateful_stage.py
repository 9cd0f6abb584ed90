"""What makes a stage with memory: its key, its step, the codec of its changes, and how its memory comes back."""

from collections.abc import Callable, Generator, Hashable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

import pyarrow as pa

from pipelines.core.step import Memory, Step
from schemas.article import Article

# A column, and the value that marks a row, or `None` for any value.
Mark = tuple[str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """How a stage's memory comes back from the columns of history.

    `key_column` is the column that the stage's key is made of; `order` the one with the place in the order of the key.
    Of days older than `horizon` only rows are read that one of `lasting` marks.
    """

    columns: tuple[str, ...]
    key_column: str
    order: str
    horizon: timedelta
    lasting: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StatefulStage:
    """The parts of a stateful stage, which fit together.

    `key_of` gives the key for a value of `recall.key_column`, of type `key_type`. `step` takes what `new_memory` makes;
    its changes are what that memory applies, and `pack` and `unpack` carry them through a journal.
    """

    label: str
    key_type: type
    key_of: Callable[[str | None], Hashable]
    new_memory: Callable[[Any], Memory[Any]]
    step: Callable[[Any, Article], Step[Any]]
    pack: Callable[[Any], bytes]
    unpack: Callable[[bytes], Any]
    recall: Recall

    def key(self, article: Article) -> Hashable:
        """The key under which an article is decided."""
        return self.key_of(getattr(article, self.recall.key_column))


class History(Protocol):
    """Rows of history as a connector reads them. Picklable."""

    def first_day(self, horizon: timedelta) -> str | None:
        """The first day of arrival within the horizon of the latest; `None`: there is no history."""
        ...

    def rows(
        self,
        columns: Sequence[str],
        *,
        key_column: str,
        key_of: Callable[[str | None], Hashable],
        order: str,
        since: str,
        horizon: timedelta,
        lasting: Sequence[Mark] = (),
        only: Hashable | None = None,
        upto: int | None = None,
    ) -> Generator[tuple[Hashable, pa.Table], None, None]:
        """Every row once, as it was written last, by key and then by `order`, in tables of one key each.

        `only` and `upto` keep to one key, and to its rows up to that place in the order. Closed, it lets go of history.
        """
        ...

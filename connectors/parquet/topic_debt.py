"""Which articles a topic that readers read has still to be told of, from one run of `publish` to the next.

A stream tells its topic of each row as it comes; of what time and several rows make of an article, `publish` tells. It
tells twice: a row of the stream may be on its way while `publish` reads it from history, and then lands behind what
`publish` has told. The next run tells it once more, and has the last word. What a run without a topic, or with one that
was out of reach or refused it, finds to tell is owed by the next run that has one.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from schemas.article import Article

# Tells a topic of these rows; the ids of the articles that it has not taken.
Tell = Callable[[Sequence[Article]], Collection[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicDebt:
    """Articles that are to be told of, by id.

    `is_known`: some run had a topic. Before that nothing is owed: there may never be one.
    """

    is_known: bool = False
    owed: tuple[str, ...] = ()

    def after(
        self, untold: Sequence[Article], touched: Collection[str], not_taken: Collection[str] | None
    ) -> "TopicDebt":
        """What is owed after a run that found these rows to tell; `touched` are the articles that it looked at anew.

        `not_taken` are those that the topic has not taken; `None`: there was no topic.
        """
        found = {row.article_id for row in untold}
        if not_taken is None:
            return replace(self, owed=tuple(sorted(found | set(self.owed)))) if self.is_known else self
        return TopicDebt(is_known=True, owed=tuple(sorted((found & set(touched)) | set(not_taken))))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadersTopic:
    """A topic of readers in one run: what it is owed, and how to tell it; `None`: this run cannot."""

    debt: TopicDebt
    tell: Tell | None

    @property
    def due(self) -> tuple[str, ...]:
        """What is owed and can be told now."""
        return self.debt.owed if self.tell is not None else ()

    def told(self, untold: Sequence[Article], touched: Collection[str]) -> TopicDebt:
        """Tell these rows; what is owed then."""
        if self.tell is None:
            return self.debt.after(untold, touched, None)
        return self.debt.after(untold, touched, self.tell(untold) if untold else ())

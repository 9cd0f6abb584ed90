"""Which articles a topic that readers read has still to be told of, from one run of `publish` to the next.

A stream tells its topic of each row as it comes; of what time and several rows make of an article, `publish` tells. It
tells twice: a row of the stream may be on its way while `publish` reads it from history, and then lands behind what
`publish` has told. The next run tells it once more, and has the last word. What a run without a topic, or with one that
was out of reach, finds to tell is owed by the next run that has one.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from schemas.article import Article

# Tells a topic of these rows; whether it has taken them.
Tell = Callable[[Sequence[Article]], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicDebt:
    """Articles that are to be told of, by id.

    `is_known`: some run had a topic. Before that nothing is owed: there may never be one.
    """

    is_known: bool = False
    owed: tuple[str, ...] = ()

    def after(
        self, untold: Sequence[Article], touched: Collection[str], *, has_topic: bool, is_told: bool
    ) -> "TopicDebt":
        """What is owed after a run that found these rows to tell; `touched` are the articles that it looked at anew."""
        if not (self.is_known or has_topic):
            return self
        found = {row.article_id for row in untold}
        owed = found & set(touched) if is_told else found | set(self.owed)
        return TopicDebt(is_known=True, owed=tuple(sorted(owed)))


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
        is_told = self.tell is not None and (not untold or self.tell(untold))
        return self.debt.after(untold, touched, has_topic=self.tell is not None, is_told=is_told)

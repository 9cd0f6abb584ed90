"""What a stateful stage returns: what to remember, and what flows on.

The form is the same for FollowStory, LinkRepeats and AssignEventIds:

    step(memory, article) -> Step(changes, articles)      pure: reads the memory, changes nothing
    memory.apply(change)                                  the only way a memory changes; never raises on its own changes

A change is a frozen record that can be journalled: a memory to which the same changes are applied in the same order is
the same memory. Expiry happens inside `apply`, driven by the `received` of the changes and never by a clock. A row
whose `row_key` is known goes on with its stored decisions and changes nothing.
"""

from dataclasses import dataclass
from typing import Generic, TypeVar

from schemas.article import Article

C = TypeVar("C")


@dataclass(frozen=True, slots=True)
class Step(Generic[C]):
    """Outcome of one article in one stateful stage."""

    changes: tuple[C, ...]
    articles: tuple[Article, ...]

"""A row that LinkRepeats has stamped, as its memory knows it."""

from dataclasses import dataclass
from datetime import datetime

from schemas.article_parts import DupKind


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownRow:
    """A row as it was stamped; the newest of an article is the article's present state."""

    row_key: bytes
    article_id: str
    language_seq: int
    text_key: bytes | None
    site: int
    is_killed: bool
    is_hidden: bool
    is_sketched: bool
    visible_from: datetime | None
    visible_until: datetime | None
    copy_family: str | None
    dup_of: str | None
    dup_kind: DupKind | None
    dup_similarity: float | None
    dup_containment: float | None

    def is_readable(self, as_of: datetime | None) -> bool:
        """Whether readers may see the article at `as_of`; without a time, whether they may at any time."""
        if self.is_killed or self.is_hidden:
            return False
        if as_of is None:
            return self.visible_from is None and self.visible_until is None
        return (self.visible_from is None or self.visible_from <= as_of) and (
            self.visible_until is None or self.visible_until > as_of
        )

"""Rows that wait to be indexed together: a fifth of the work of indexing each for itself."""

from pipelines.core.events.change_codec import article_of, event_of, row_key_of


class Held:
    """The newest rows by what they may be found by, from the row `first` on."""

    __slots__ = ("articles", "events", "families", "first", "rows")

    def __init__(self, first: int) -> None:
        self.first = first
        self.rows: dict[bytes, int] = {}
        self.articles: dict[bytes, int] = {}
        self.events: dict[bytes, int] = {}
        self.families: dict[int, int] = {}

    def note(self, number: int, packed: bytes, family: int, *, begins_event: bool) -> None:
        """Take in the next row."""
        self.rows[row_key_of(packed)] = number
        self.articles[article_of(packed)] = number
        if begins_event:
            self.events[event_of(packed)] = number
        if family:
            self.families[family] = number

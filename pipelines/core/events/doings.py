"""What has happened in the live events since it was last asked for."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Doings:
    """Rows whose article has come to stand in an event, or stands there no more; rows that an event is found by now."""

    entered: list[int] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    indexed: list[int] = field(default_factory=list)

    def clear(self) -> None:
        """Begin anew."""
        self.entered.clear()
        self.left.clear()
        self.indexed.clear()

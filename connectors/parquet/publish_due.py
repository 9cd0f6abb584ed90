"""Whether a publish would find anything to do: a look at the names of files, cheap enough for each minute of a quiet day."""

from collections import Counter
from datetime import datetime
from pathlib import Path

from connectors.parquet.listing import listed_files
from connectors.parquet.publish_state import read_already, read_state, stamps

# Files of dead letters of one day that wait to be merged when nothing else does: fewer than 100 are to stand in a day.
_MANY_FILES = 50


def is_publish_due(folder: str, as_of: datetime) -> bool:
    """Whether there is something for `publish` to do at `as_of`.

    So it is after new rows of history, when the time of an embargo or an expiry has come, when files of readers are not
    those that the last complete run has written, when a topic is owed something, and when dead letters have left many
    small files.
    """
    root = Path(folder).resolve()
    before = read_state(root)
    if before is None or before.topic.owed or not before.holds_at(as_of):
        return True
    history = listed_files(root / "history")
    if len(read_already(root, history, before.history)) < len(history):
        return True
    outputs = stamps(root, (*listed_files(root / "articles"), *listed_files(root / "events")))
    return before.outputs != outputs or _is_littered(root / "dead_letters")


def _is_littered(folder: Path) -> bool:
    waiting = Counter(file.path.parent for file in listed_files(folder) if not file.is_merged)
    return max(waiting.values(), default=0) > _MANY_FILES

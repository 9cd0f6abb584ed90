"""publish.json: what the last complete run of `publish` had read and written.

A run that was cut short leaves outputs that are not those of publish.json: then the next one trusts nothing and builds
all anew, which touches no file whose bytes are right.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import orjson

from connectors.parquet.listing import ListedFile, Stamp
from connectors.parquet.merged_file import is_no_news
from connectors.parquet.sorted_file import place_bytes
from connectors.parquet.topic_debt import TopicDebt
from schemas.version import PIPELINE_VERSION, SCHEMA_VERSION

NAME = "publish.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishState:
    """The inputs and outputs of one complete run, by path relative to the data folder.

    `holds_until` is the next time at which a row of history is to be shown or hidden; `topic` what a topic that readers
    read has still to be told.
    """

    as_of: datetime
    holds_until: datetime | None
    history: dict[str, Stamp]
    outputs: dict[str, Stamp]
    topic: TopicDebt

    def holds_at(self, as_of: datetime) -> bool:
        """Whether time alone has changed nothing for readers between this run and `as_of`."""
        return self.as_of <= as_of and (self.holds_until is None or as_of < self.holds_until)


def stamps(root: Path, files: Iterable[ListedFile]) -> dict[str, Stamp]:
    """The files by name, as they were listed."""
    return dict(sorted((_name(root, file), file.stamp) for file in files))


def read_already(
    root: Path, files: Iterable[ListedFile], read: Mapping[str, Stamp]
) -> tuple[ListedFile, ...]:
    """Those of the files that tell nothing new to who has read these: the same ones, and what was merged of them."""
    return tuple(
        file for file in files if read.get(_name(root, file)) == file.stamp or is_no_news(file, root, read)
    )


def _name(root: Path, file: ListedFile) -> str:
    return str(file.path.relative_to(root))


def read_state(root: Path) -> PublishState | None:
    """The last complete run; `None` if there was none, or it was one of another release."""
    try:
        state = orjson.loads((root / NAME).read_bytes())
    except (FileNotFoundError, orjson.JSONDecodeError):
        return None
    if state.get("release") != _RELEASE:
        return None
    until, owed = state["holds_until"], state.get("owed_to_topic")
    return PublishState(
        as_of=datetime.fromisoformat(state["as_of"]),
        holds_until=datetime.fromisoformat(until) if until else None,
        history={name: (size, time) for name, (size, time) in state["history"].items()},
        outputs={name: (size, time) for name, (size, time) in state["outputs"].items()},
        topic=TopicDebt() if owed is None else TopicDebt(is_known=True, owed=tuple(owed)),
    )


def write_state(root: Path, state: PublishState) -> None:
    """Mark a run as complete."""
    document = {
        "release": _RELEASE,
        "as_of": state.as_of.astimezone(UTC).isoformat(),
        "holds_until": state.holds_until.astimezone(UTC).isoformat() if state.holds_until else None,
        "history": state.history,
        "outputs": state.outputs,
        "owed_to_topic": list(state.topic.owed) if state.topic.is_known else None,
    }
    place_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2), root / NAME)


# Other columns or other rules: every row may come out differently.
_RELEASE = [SCHEMA_VERSION, PIPELINE_VERSION]

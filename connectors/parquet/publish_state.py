"""publish.json: what the last complete run of `publish` had read and written.

A run that was cut short leaves outputs that are not those of publish.json: then the next one trusts nothing and builds
all anew, which touches no file whose bytes are right.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from connectors.parquet.listing import ListedFile, Stamp
from connectors.parquet.merged_file import is_no_news
from connectors.parquet.sorted_file import place_bytes
from connectors.parquet.topic_debt import TopicDebt
from schemas.version import PIPELINE_VERSION, SCHEMA_VERSION

NAME = "publish.json"
# Beside it, of which index on a cluster it is known that the folder has filled it.
INDEX_NAME = "publish-index.json"


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
    """The last complete run; `None` if there was none, it was one of another release, or what stands there is no account of one.

    Raises:
        OSError: it is there and cannot be read.
    """
    try:
        return _state(orjson.loads((root / NAME).read_bytes()))
    except (FileNotFoundError, KeyError, TypeError, ValueError):
        return None


def _state(document: Any) -> PublishState | None:
    """The run that a document tells of.

    Raises:
        KeyError, TypeError, ValueError: it is not of the form that `write_state` gives it.
    """
    if not isinstance(document, dict):
        raise TypeError(f"an account of a run is an object, not {type(document).__name__}")
    if document.get("release") != _RELEASE:
        return None
    until, owed = document["holds_until"], document["owed_to_topic"]
    return PublishState(
        as_of=_instant(document["as_of"]),
        holds_until=None if until is None else _instant(until),
        history=_stamps(document["history"]),
        outputs=_stamps(document["outputs"]),
        topic=TopicDebt() if owed is None else TopicDebt(is_known=True, owed=_names(owed)),
    )


def _instant(stated: Any) -> datetime:
    instant = datetime.fromisoformat(stated)
    if instant.tzinfo is None:
        raise ValueError(f"{stated} is a time without zone")
    return instant


def _stamps(stated: Any) -> dict[str, Stamp]:
    if not isinstance(stated, dict):
        raise TypeError("files are told by name")
    return {name: (int(size), int(time)) for name, (size, time) in stated.items()}


def _names(stated: Any) -> tuple[str, ...]:
    if not isinstance(stated, list) or not all(isinstance(name, str) for name in stated):
        raise TypeError("what is owed are ids")
    return tuple(stated)


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

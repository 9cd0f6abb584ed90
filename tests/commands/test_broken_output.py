"""A file of the output that is no Parquet any more is named, by every verb that reads it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.commands.replay import replay
from pipelines.commands.sql import sql
from pipelines.options import Misuse
from tests.builders_history import NOON, a_copy, a_life, arrive, publish_at
from tests.commands.copydesk import copydesk

AS_OF = NOON.isoformat()


def cut_short(content: bytes) -> bytes:
    return content[:-20]


def emptied(_: bytes) -> bytes:
    return b""


def overwritten(content: bytes) -> bytes:
    return content[:100] + b"\xff" * 400 + content[500:]


@pytest.mark.parametrize("damage", [cut_short, emptied, overwritten])
@pytest.mark.parametrize("name", ["history", "articles", "events"])
def test_a_damaged_file_is_named(tmp_path: Path, name: str, damage: Callable[[bytes], bytes]):
    arrive(tmp_path, a_life()["new"], a_copy())
    publish_at(tmp_path)
    [path] = (tmp_path / name).rglob("*.parquet")
    path.write_bytes(damage(path.read_bytes()))

    with pytest.raises(Misuse) as told:
        sql(f"select * from {name}", data=tmp_path, as_of=AS_OF)

    assert [word for word in ("--data", str(path), "damaged") if word not in str(told.value)] == []


@pytest.mark.parametrize("verb", ["events", "publish"])
def test_other_verbs_name_it_too(tmp_path: Path, verb: str):
    arrive(tmp_path, a_life()["new"])
    [path] = (tmp_path / "history").rglob("*.parquet")
    path.write_bytes(b"no Parquet")

    told = copydesk(verb, "--data", tmp_path, "--as-of", AS_OF)

    assert told.code == 2
    assert path.name in told.err


def test_a_replay_that_remembers_it_names_it_too(tmp_path: Path):
    arrive(tmp_path / "out", a_life()["new"])
    [path] = (tmp_path / "out" / "history").rglob("*.parquet")
    path.write_bytes(b"no Parquet")
    page = tmp_path / "a.txt"
    page.write_text("A headline of some words\n\nA sentence that is long enough to be a text of its own.\n")

    with pytest.raises(Misuse, match=path.name):
        replay(paths=[page], data=tmp_path / "out", as_of=AS_OF, runner="direct", workers=0)

"""Processes beside a test of `publish`: one that is killed at chosen points, one that writes, one that publishes.

python -m tests.publishing_beside kill BASE WORK COUNT SEED     prints how each of COUNT copies of BASE was ended
python -m tests.publishing_beside write FOLDER COUNT            one bundle after the other, then a file `written`
python -m tests.publishing_beside publish FOLDER                again and again, until all is written
"""

import json
import os
import random
import shutil
import signal
import sys
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Any

from pipelines.commands.publish import publish_folder
from schemas.article import Article
from schemas.article_parts import ChangeType, PubStatus
from tests.builders import MORNING, an_article
from tests.builders_history import NOON, a_copy, a_life, arrive

LATER = NOON + timedelta(hours=2)
ARTICLES = 12


def rows_of_a_bundle(number: int) -> list[Article]:
    """A version of every article, and an article that is new; every third article moves from day to day."""
    versions = [
        an_article(
            f"a{place}",
            offset=1_000 + number * 100 + place,
            order_key=(number + 1) << 42,
            headline=f"Version {number}",
            change_type=ChangeType.UPDATE if number else ChangeType.NEW,
            published=MORNING - timedelta(days=number % 3 if place % 3 == 0 else 0),
            received=MORNING + timedelta(minutes=number),
        )
        for place in range(ARTICLES)
    ]
    return [*versions, an_article(f"only{number}", offset=1_000 + number * 100 + 99, received=MORNING)]


def rows_before() -> list[Article]:
    """What has been published before the run that is killed."""
    life = a_life()
    embargoed = an_article("secret", offset=70, visible_from=NOON + timedelta(hours=1))
    return [life["update"], a_copy(), embargoed, *rows_of_a_bundle(0)]


def rows_meanwhile(files: int) -> list[list[Article]]:
    """What the run that is killed finds new, a list a file: a move, a kill, new versions, old ones again."""
    life = a_life()
    told = [
        [an_article(f"s{number}", offset=10_000 + number, received=MORNING), *rows_of_a_bundle(0)[:2]]
        for number in range(files)
    ]
    killed = an_article("a1", offset=71, order_key=1 << 62, pub_status=PubStatus.CANCELED, body_text=None)
    return [[life["correction"]], [killed], rows_of_a_bundle(1), *told]


def main(verb: str, *given: str) -> None:
    match verb:
        case "kill":
            base, work, count, seed = given
            sys.stdout.write(json.dumps(_kill_copies(Path(base), Path(work), int(count), int(seed))))
        case "write":
            _write(Path(given[0]), int(given[1]))
        case "publish":
            _publish(Path(given[0]))


def _kill_copies(base: Path, work: Path, count: int, seed: int) -> list[int]:
    calls = _run_forked(shutil.copytree(base, work / "counted"), None)
    chosen = sorted(random.Random(seed).sample(range(1, calls), count))
    return [
        _run_forked(shutil.copytree(base, work / f"killed{place}"), point)
        for place, point in enumerate(chosen)
    ]


def _run_forked(folder: Path, point: int | None) -> int:
    """Publish in a process of its own; how many calls it made, or if it was killed at one, by which signal."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, str(_publish_counting(folder, point)).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as told:
        calls = told.read()
    _, status = os.waitpid(child, 0)
    return -os.WTERMSIG(status) if os.WIFSIGNALED(status) else int(calls)


def _publish_counting(folder: Path, point: int | None) -> int:
    calls = 0

    def count(_frame: FrameType, event: str, _what: Any) -> None:
        nonlocal calls
        if event in ("call", "c_call"):
            calls += 1
            if calls == point:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(count)
    publish_folder(folder, LATER)
    sys.setprofile(None)
    return calls


def _write(folder: Path, count: int) -> None:
    for number in range(1, count):
        arrive(folder, *rows_of_a_bundle(number))
    (folder / "written").touch()


def _publish(folder: Path) -> None:
    is_last = False
    while not is_last:
        is_last = (folder / "written").exists()
        publish_folder(folder, NOON)


if __name__ == "__main__":
    main(*sys.argv[1:])

"""A replay over more days than the memories keep: run again, and killed and run again, it changes nothing."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.commands.publish import publish_folder
from pipelines.ingest import run
from pipelines.options import ingest_config
from tests.test_survival import outputs

START = datetime(2026, 1, 1, 8, tzinfo=UTC)
DAYS = 46


def daily_pages(path: Path) -> Path:
    """One report a day of two matters that go on for weeks, and every tenth day the same page again."""
    lines = []
    for day in range(DAYS):
        fetched = START + timedelta(days=day)
        matter = ("The harbour dredging in Port Lowry", "The tram works in Saltmarsh")[day % 2]
        number = day - day % 10 if day % 10 == 9 else day
        lines.append(
            {
                "url": f"https://post.example/{number}",
                "fetched_at": fetched.isoformat(),
                "content_type": "text/plain",
                "title": f"{matter} enters day {number}",
                "text": f"{matter} entered day {number} with {40 + number % 3} workers and two barges on the site.\n"
                f"The county engineer said that the work would cost {number % 4 + 3} million crowns more than planned.",
            }
        )
    path.write_text("\n".join(map(json.dumps, lines)))
    return path


def replay(path: Path, data: Path) -> None:
    config = ingest_config([path], data=data, as_of="2026-03-02T12:00:00Z", received=None, runner="direct")
    run(config)
    publish_folder(data, config.as_of)


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> Path:
    return daily_pages(tmp_path_factory.mktemp("pages") / "pages.ndjson")


def test_the_same_long_replay_again_changes_nothing(tmp_path, pages):
    replay(pages, tmp_path)
    before = outputs(tmp_path)

    replay(pages, tmp_path)

    assert len(before["history"]) == DAYS
    assert outputs(tmp_path) == before


def test_a_long_replay_that_was_cut_short_and_run_again_ends_as_an_undisturbed_one(tmp_path, pages):
    replay(pages, tmp_path / "undisturbed")
    cut = tmp_path / "cut" / pages.name
    cut.parent.mkdir()
    cut.write_text("\n".join(pages.read_text().split("\n")[: DAYS - 5]))
    replay(cut, tmp_path / "out")

    replay(pages, tmp_path / "out")

    assert outputs(tmp_path / "out") == outputs(tmp_path / "undisturbed")

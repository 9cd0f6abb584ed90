"""`copydesk audit`: what it lists, and what its exit code says."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from pipelines.commands.audit import audit
from pipelines.options import Misuse
from tests.builders import an_article, an_origin
from tests.builders_history import arrive


def rows(*offsets):
    return [
        an_article(f"a{offset}", origin=an_origin(offset, follows=offset - 1 if offset else None))
        for offset in offsets
    ]


COPYDESK = Path(sys.executable).with_name("copydesk")


def exit_code(**options) -> int:
    try:
        audit(**options)
    except typer.Exit as left:
        return left.exit_code
    return 0


def test_an_output_that_accounts_for_everything_ends_with_0(tmp_path, capsys):
    arrive(tmp_path, *rows(0, 1, 2))

    assert exit_code(data=tmp_path) == 0
    assert capsys.readouterr().out == "3 records of 1 partition or file: nothing is unaccounted for.\n"


def test_a_record_that_came_to_nothing_is_listed_and_ends_with_1(tmp_path, capsys):
    arrive(tmp_path, *rows(0, 4))

    assert exit_code(data=tmp_path) == 1
    printed = capsys.readouterr()
    assert printed.out.splitlines()[1].split() == ["news.pages.raw", "0", "1", "3", "3", "records"]
    assert "3 records unaccounted for, beside 2 records of 1 partition or file" in printed.err


def test_missing_items_of_a_record_are_told_apart(tmp_path, capsys):
    arrive(tmp_path, an_article(origin=an_origin(7, item=2)))

    assert exit_code(data=tmp_path) == 1
    assert "2 of its items" in capsys.readouterr().out


def test_a_program_gets_one_document_or_a_range_a_line(tmp_path, capsys):
    arrive(tmp_path, *rows(0, 4, 6))
    first = {"source": "news.pages.raw", "partition": 0, "first": 1, "last": 3, "count": 3, "items": 0}
    second = first | {"first": 5, "last": 5, "count": 1}

    assert exit_code(data=tmp_path, json=True) == 1
    assert json.loads(capsys.readouterr().out) == {
        "records": 3,
        "partitions": 1,
        "unaccounted": 4,
        "ranges": [first, second],
    }
    assert exit_code(data=tmp_path, jsonl=True) == 1
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [first, second]


def test_a_folder_without_output_is_misuse(tmp_path):
    with pytest.raises(Misuse, match="holds no output"):
        audit(data=tmp_path)


@pytest.mark.parametrize(("offsets", "code"), [((0, 1), 0), ((0, 4), 1), ((), 2)])
def test_the_exit_code_tells_done_from_trouble_and_misuse(tmp_path, offsets, code):
    if offsets:
        arrive(tmp_path, *rows(*offsets))
    outcome = subprocess.run(
        [COPYDESK, "audit", "--data", tmp_path, "--json"], capture_output=True, text=True, check=False
    )

    assert outcome.returncode == code, outcome.stderr
    assert code == 2 or json.loads(outcome.stdout)["unaccounted"] == 3 * code

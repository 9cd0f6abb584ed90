"""A misuse names the option, its value and what is allowed: exit code 2, no traceback."""

import subprocess
import sys
from pathlib import Path

import pytest

COPYDESK = Path(sys.executable).with_name("copydesk")


def copydesk(*arguments):
    return subprocess.run(
        [COPYDESK, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=120
    )


@pytest.fixture
def pages(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.html").write_text("<p>a</p>")
    return tmp_path / "in"


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["replay", "{tmp}/nothing"], ["PATH", "nothing", "no such file"]),
        (["replay", "{tmp}/empty"], ["PATH", "empty", "holds no file"]),
        (["replay", "{in}", "--data", "{tmp}/in/a.html"], ["--data", "a.html", "cannot be written"]),
        (["replay", "{in}", "--data", "/proc/none/x"], ["--data", "/proc/none/x", "cannot be written"]),
        (["replay", "{in}", "--data", "{in}"], ["--data", "folder of its own"]),
        (["replay", "{in}", "--runner", "spark"], ["--runner", "spark", "allowed: direct"]),
        (["replay", "{in}", "--as-of", "soon"], ["--as-of", "'soon'", "2026-03-02T09:30:00Z"]),
        (["replay", "{in}", "--received", "13/13/13"], ["--received", "13/13/13"]),
        (["replay"], ["PATH"]),
        (["publish", "--data", "{tmp}/none"], ["--data", "none", "replay"]),
        (["search", "x", "--data", "{tmp}/none"], ["--data", "none", "replay"]),
        (["search", "x", "--sort", "loudest"], ["--sort", "loudest", "relevance", "newest"]),
        (["search", "x", "--size", "0"], ["--size"]),
        (["events", "--data", "{tmp}/none"], ["--data", "none"]),
        (["show", "x", "--data", "{tmp}/none"], ["--data", "none"]),
        (["sql", "select 1", "--data", "{tmp}/none"], ["--data", "none"]),
        (["replai"], ["replai"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_misuse_is_told_with_exit_code_2(tmp_path, pages, arguments, named):
    (tmp_path / "empty").mkdir()
    outcome = copydesk(*(part.format(tmp=tmp_path, **{"in": pages}) for part in arguments))

    assert outcome.returncode == 2
    assert outcome.stdout == ""
    assert [word for word in named if word not in outcome.stderr] == []
    assert "Traceback" not in outcome.stderr


def test_help_tells_every_verb_without_loading_beam():
    outcome = subprocess.run(
        [sys.executable, "-c", "import sys, pipelines.__main__; print('apache_beam' in sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    told = copydesk("--help").stdout

    assert outcome.stdout.strip() == "False"
    assert [
        verb for verb in ("replay", "publish", "search", "show", "events", "sql") if verb not in told
    ] == []

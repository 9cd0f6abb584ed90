"""A misuse names the option, its value and what is allowed: exit code 2, no traceback."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from pipelines.options import Misuse, ingest_config

NOBODY = 65_534
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


@pytest.fixture(scope="module")
def replayed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("misuse")
    (folder / "a.txt").write_text("Bridge shut\n\nThe harbour bridge in Port Lowry was shut on Monday.")
    assert copydesk("replay", folder / "a.txt", "--data", folder / "out").returncode == 0
    return folder / "out"


@pytest.fixture
def unprivileged():
    """A folder that everyone may enter, and no privilege to read what its modes forbid."""
    if os.geteuid() != 0:
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)
        return
    with tempfile.TemporaryDirectory() as folder:
        os.chown(folder, NOBODY, NOBODY)
        os.seteuid(NOBODY)
        try:
            yield Path(folder)
        finally:
            os.seteuid(0)


@pytest.mark.parametrize("hidden", ["in/a.html", "in/deep", "in"])
def test_what_cannot_be_read_is_named_before_anything_is_read(unprivileged, hidden):
    (unprivileged / "in" / "deep").mkdir(parents=True)
    (unprivileged / "in" / "a.html").write_text("<p>a</p>")
    (unprivileged / hidden).chmod(0)
    try:
        with pytest.raises(Misuse) as caught:
            ingest_config(
                [unprivileged / "in", unprivileged / "in" / "a.html"],
                data=unprivileged / "out",
                as_of=None,
                received=None,
                runner="direct",
            )
    finally:
        (unprivileged / hidden).chmod(0o700)

    assert caught.value.option == "PATH"
    assert str(unprivileged / hidden) in str(caught.value)
    assert "cannot be read" in str(caught.value)
    assert not (unprivileged / "out").exists()


def test_output_inside_the_input_is_not_input(pages):
    config = {"as_of": None, "received": None, "runner": "direct"}
    before = ingest_config([pages], data=pages / "out", **config).files
    (pages / "out" / "history").mkdir()
    (pages / "out" / "history" / "x.parquet").write_bytes(b"PAR1")

    assert ingest_config([pages], data=pages / "out", **config).files == before


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
        (["replay", ""], ["PATH", "empty"]),
        (["replay", "{in}", "--data", ""], ["--data", "empty"]),
        (["search", "x", "--data", ""], ["--data", "empty"]),
        (["replay", "{in}", "--data", b"{tmp}/\xff"], ["--data", "UTF-8"]),
        (["replay", "{tmp}/pipe"], ["PATH", "pipe", "pipe, socket or device"]),
        (["replay", "/dev/null"], ["PATH", "/dev/null", "device"]),
        (["replay", "{in}/a.html/b"], ["PATH", "a.html/b", "no such file"]),
        (["replay", "{in}", "--data", "{tmp}/broken"], ["--data", "search.sqlite", "damaged"]),
        (["publish", "--data", "{tmp}/broken"], ["--data", "search.sqlite", "damaged"]),
        (["search", "x", "--data", "{tmp}/broken"], ["--data", "search.sqlite", "damaged"]),
        (["search", "x", "--data", "{tmp}/damaged"], ["--data", "search.sqlite", "damaged"]),
        (["search", "x", "--data", "{tmp}/broken", "--as-of", "yesterday"], ["--as-of", "'yesterday'"]),
        (["show", b"\xff", "--data", "{tmp}/replayed"], ["ID|URL", "no such article"]),
        (["search", b"\xff", "--after", "x", "--data", "{tmp}/replayed"], ["--after"]),
        (["publish", "--data", "{tmp}/none"], ["--data", "none", "replay"]),
        (["search", "x", "--data", "{tmp}/none"], ["--data", "none", "replay"]),
        (["search", "x", "--sort", "loudest"], ["--sort", "loudest", "relevance", "newest"]),
        (["search", "x", "--size", "0"], ["--size"]),
        (["search", "x", "--since", "2026-03-02", "--until", "2026-03-01"], ["--since", "--until"]),
        (["events", "--data", "{tmp}/none"], ["--data", "none"]),
        (["show", "x", "--data", "{tmp}/none"], ["--data", "none"]),
        (["sql", "select 1", "--data", "{tmp}/none"], ["--data", "none"]),
        (["replai"], ["replai"]),
    ],
    ids=lambda value: ascii(value) if isinstance(value, list) else None,
)
def test_a_misuse_is_told_with_exit_code_2(tmp_path, pages, replayed, arguments, named):
    (tmp_path / "empty").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "broken" / "history").mkdir(parents=True)
    (tmp_path / "broken" / "search.sqlite").write_bytes(b"no database")
    (tmp_path / "damaged" / "history").mkdir(parents=True)
    index = (replayed / "search.sqlite").read_bytes()
    (tmp_path / "damaged" / "search.sqlite").write_bytes(index[:4_096] + b"\xff" * (len(index) - 4_096))
    (tmp_path / "replayed").symlink_to(replayed)
    texts = (part if isinstance(part, str) else os.fsdecode(part) for part in arguments)
    outcome = copydesk(*(text.format(tmp=tmp_path, **{"in": pages}) for text in texts))

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

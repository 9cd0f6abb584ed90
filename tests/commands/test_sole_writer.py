"""One run at a time writes an output."""

import fcntl
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.commands.sole_writer import sole_writer
from pipelines.options import Misuse

COPYDESK = Path(sys.executable).with_name("copydesk")


def test_a_second_run_into_one_folder_is_refused_and_told_why(tmp_path):
    page = tmp_path / "a.txt"
    page.write_text("A headline of some words\n\nA sentence that is long enough to be a text of its own.\n")
    out = tmp_path / "out"
    out.mkdir()
    with (out / "writer.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        refused = subprocess.run(
            [COPYDESK, "replay", page, "--data", out], capture_output=True, text=True, check=False
        )

    assert refused.returncode == 2
    assert "another run is writing there" in refused.stderr


def test_a_folder_is_free_again_when_its_run_has_ended(tmp_path):
    with sole_writer(tmp_path), pytest.raises(Misuse), sole_writer(tmp_path):
        pass

    with sole_writer(tmp_path):
        assert (tmp_path / "writer.lock").exists()

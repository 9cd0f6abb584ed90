"""A publish beside a stream: a process of its own, one at a time, that costs the stream nothing and outlives it not."""

import json
import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from connectors.parquet.publish_due import is_publish_due
from pipelines.commands.stream.publish_beside import PublishBeside, publish_command
from pipelines.options import Misuse
from schemas.article_parts import ChangeType
from tests.broker import eventually
from tests.builders_history import a_version, arrive, published_bytes


def python(text):
    return (sys.executable, "-c", text)


def beside(command, *, every_s=0.01, is_due=lambda: True, **told):
    return PublishBeside(command=command, is_due=is_due, every_s=every_s, **told)


def test_a_folder_is_published_by_a_process_of_its_own(tmp_path):
    arrive(tmp_path, a_version(1, ChangeType.NEW))
    publishing = beside(publish_command(tmp_path))

    assert publishing.publish()
    assert publishing.figures().done == 1
    assert publishing.figures().failure is None
    assert published_bytes(tmp_path)
    assert not is_publish_due(str(tmp_path), datetime.now(UTC))


def test_publishes_go_on_while_the_body_runs_and_are_over_when_it_has_ended(tmp_path):
    publishing = beside(python(f"open({str(tmp_path / 'log')!r}, 'a').write('begun ended ')"))
    with publishing.going():
        eventually(lambda: publishing.figures().done >= 2)
    done = publishing.figures().done

    assert (tmp_path / "log").read_text().split() == ["begun", "ended"] * done
    assert publishing.figures().running_since is None


def test_one_that_is_under_way_when_the_stream_ends_is_waited_for(tmp_path):
    slow = python(f"import time; time.sleep(0.5); open({str(tmp_path / 'done')!r}, 'w')")
    publishing = beside(slow)
    with publishing.going():
        eventually(lambda: publishing.figures().running_since is not None)

    assert (tmp_path / "done").exists()


def test_nothing_is_started_when_nothing_is_due():
    publishing = beside(python("raise SystemExit(1)"), is_due=lambda: False)
    with publishing.going():
        eventually(lambda: publishing.figures().not_needed >= 3)

    figures = publishing.figures()
    assert (figures.done, figures.failed) == (0, 0)
    assert figures.current_at is not None


def test_a_failure_is_counted_and_told_with_what_it_said_and_the_next_one_tries_again(capsys):
    publishing = beside(
        python("import sys; print('copydesk: the disk is full', file=sys.stderr); sys.exit(3)")
    )
    with publishing.going():
        eventually(lambda: publishing.figures().failed >= 2)

    assert publishing.figures().failure == "copydesk: the disk is full"
    assert publishing.figures().current_at is None
    assert (
        "publish failed, which does not end the stream: copydesk: the disk is full" in capsys.readouterr().err
    )


def damaged():
    raise pa.ArrowInvalid("no Parquet file")


def refused():
    raise duckdb.IOException("no such file")


def misused():
    raise Misuse("--data", "out", "is damaged")


def gone():
    raise FileNotFoundError(2, "No such file or directory", "history")


@pytest.mark.parametrize("is_due", [damaged, refused, misused, gone])
def test_a_folder_that_cannot_be_looked_at_is_a_failure_and_the_next_look_is_taken_all_the_same(is_due):
    publishing = beside(python(""), is_due=is_due)
    with publishing.going():
        eventually(lambda: publishing.figures().failed >= 2)

    assert "the folder cannot be read: " in publishing.figures().failure
    assert not publishing.publish_if_due()


def test_a_folder_that_is_published_is_current_though_its_topic_was_not_told_all():
    publishing = beside(python("import sys; sys.exit('copydesk: not told to readers')"))

    assert not publishing.publish()
    assert publishing.figures().failure == "copydesk: not told to readers"
    assert publishing.figures().current_at is not None


def test_one_that_is_killed_is_a_failure_of_its_own_and_never_of_the_stream():
    publishing = beside(python("import os; os.kill(os.getpid(), 9)"))

    assert not publishing.publish()
    assert publishing.figures().failure == "ended with exit code -9"


def test_a_program_that_cannot_be_started_is_counted(tmp_path):
    publishing = beside((str(tmp_path / "nothing"),))
    with publishing.going():
        eventually(lambda: publishing.figures().failed)

    assert "it cannot be started" in publishing.figures().failure


def test_a_success_takes_the_failure_back(tmp_path):
    flag = tmp_path / "flag"
    publishing = beside(python(f"import os, sys; sys.exit(os.path.exists({str(flag)!r}))"))
    flag.touch()
    assert not publishing.publish()
    flag.unlink()
    assert publishing.publish()

    assert publishing.figures().failure is None


def test_a_folder_that_is_never_to_be_published_never_is():
    publishing = beside(python("raise SystemExit(1)"), every_s=0)
    with publishing.going():
        assert publishing.publish_if_due()

    assert publishing.figures().failed == 0


def test_no_two_run_at_once(tmp_path):
    one = tmp_path / "one"
    alone = f"import os, time; os.mkdir({str(one)!r}); time.sleep(0.1); os.rmdir({str(one)!r})"
    publishing = beside(python(alone))
    threads = [threading.Thread(target=publishing.publish) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert publishing.figures().done == 4


def test_secrets_are_in_its_environment_and_in_no_argument_and_no_repr(tmp_path):
    told = tmp_path / "told"
    seen = f"import os, sys; open({str(told)!r}, 'w').write(os.environ['COPYDESK_SASL_PASSWORD'] + str(sys.argv))"
    publishing = beside(python(seen), environment={"COPYDESK_SASL_PASSWORD": "hunter-7"})
    assert publishing.publish()

    assert told.read_text() == "hunter-7['-c']"
    assert "hunter-7" not in repr(publishing)


def test_it_gives_way_to_the_stream(tmp_path):
    told = tmp_path / "told"
    seen = (
        "from pipelines.commands.attended import give_way; import os; give_way();"
        f"open({str(told)!r}, 'w').write(str(os.nice(0)))"
    )
    assert beside(python(seen)).publish()

    assert int(told.read_text()) == min(19, os.nice(0) + 10)


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_it_ends_when_the_stream_is_killed(tmp_path, end):
    told = tmp_path / "pid"
    lasting = (
        "from pipelines.commands.attended import give_way; import os, time; give_way();"
        f"open({str(told)!r}, 'w').write(str(os.getpid())); time.sleep(600)"
    )
    stream = (
        "import sys; from pipelines.commands.stream.publish_beside import PublishBeside;"
        f"PublishBeside(command=(sys.executable, '-c', {lasting!r}), is_due=bool, every_s=0).publish()"
    )
    process = subprocess.Popen([sys.executable, "-c", stream])
    pid = int(eventually(lambda: told.exists() and told.read_text()))
    process.send_signal(end)
    process.wait(10)

    eventually(lambda: not is_running(pid), 10)


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_publish_that_is_not_attended_needs_no_input(tmp_path):
    arrive(tmp_path, a_version(1, ChangeType.NEW))
    outcome = subprocess.run(
        [sys.executable, "-m", "pipelines", "publish", "--data", str(tmp_path), "--json"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
        timeout=60,
    )

    assert json.loads(outcome.stdout)["rows_read"] == 1

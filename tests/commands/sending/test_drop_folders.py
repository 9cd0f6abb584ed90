"""A delivered file is taken once, when it stands still, and never lost: not by a crash, not by a second sender."""

import os
import threading

import pytest

from pipelines.commands.sending.drop_folders import held

SETTLE_S = 0.0


@pytest.fixture
def drop(tmp_path):
    folder = tmp_path / "drop"
    folder.mkdir()
    return folder


def deliver(drop, name, text="x", mtime_s=None):
    path = drop / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    if mtime_s is not None:
        os.utime(path, (mtime_s, mtime_s))
    return path


def take_all(folder):
    taken = []
    while (file := folder.take()) is not None:
        taken.append(file.name)
        folder.put_away(file)
    return taken


def files_below(drop):
    return sorted(path.relative_to(drop).as_posix() for path in drop.rglob("*") if path.is_file())


def test_files_are_taken_in_the_order_of_their_times(drop):
    for name, mtime_s in (("b", 2), ("deep/a", 3), ("c", 1)):
        deliver(drop, name, mtime_s=mtime_s)
    with held(drop, SETTLE_S) as folder:
        assert take_all(folder) == ["c", "b", "deep/a"]

    assert files_below(drop) == ["done/b", "done/c", "done/deep/a"]


def test_a_file_that_changes_between_two_looks_is_left_to_its_writer(drop):
    path = deliver(drop, "a")
    with held(drop, 60) as folder:
        assert folder.take() is None
        path.write_text("more")
        assert folder.take() is None

    assert files_below(drop) == ["a"]


def test_a_file_that_has_stood_still_is_taken(drop):
    deliver(drop, "a")
    with held(drop, 0.01) as folder:
        assert folder.take() is None
        threading.Event().wait(0.02)
        file = folder.take()
        assert file is not None
        folder.put_away(file)


def test_a_file_that_is_written_to_after_all_is_seen_to_have_changed_and_put_back(drop):
    deliver(drop, "a")
    with held(drop, SETTLE_S) as folder, (drop / "a").open("a") as writer:
        file = folder.take()
        assert not file.has_changed()
        writer.write("more")
        writer.flush()
        assert file.has_changed()
        folder.put_back(file)

    assert files_below(drop) == ["a"]


@pytest.mark.parametrize(
    "name", [".hidden", "a.tmp", "A.PART", "a.filepart", "a~", ".dir/a", "done/a", "failed/a"]
)
def test_what_is_not_complete_hidden_or_ours_is_left_alone(drop, name):
    deliver(drop, name)
    with held(drop, SETTLE_S) as folder:
        assert folder.take() is None

    assert files_below(drop) == [name]


def test_links_and_pipes_are_left_alone(drop):
    os.mkfifo(drop / "pipe")
    (drop / "link").symlink_to("/etc/hostname")
    with held(drop, SETTLE_S) as folder:
        assert folder.take() is None


def test_a_name_that_comes_again_overwrites_nothing(drop):
    with held(drop, SETTLE_S) as folder:
        for number in range(3):
            deliver(drop, "a.xml", str(number))
            assert take_all(folder) == ["a.xml"]

    assert files_below(drop) == ["done/a.xml", "done/a~2.xml", "done/a~3.xml"]


def test_why_a_file_was_set_aside_stands_beside_it(drop):
    deliver(drop, "a.xml")
    with held(drop, SETTLE_S) as folder:
        folder.set_aside(folder.take(), ["record 3: too large", "record 7: cut off"])

    assert (drop / "failed" / "a.xml.reason").read_text() == "record 3: too large\nrecord 7: cut off\n"


def test_what_a_crash_has_left_in_hand_is_taken_by_the_next(drop):
    deliver(drop, "deep/a")
    crashed = held(drop, SETTLE_S)
    folder = crashed.__enter__()
    assert folder.take() is not None
    # What the end of a process does, and nothing else of leaving: its locks are let go.
    crashed.gen.close()

    with held(drop, 60) as other:
        assert take_all(other) == ["deep/a"]
    assert list((drop / ".sending").iterdir()) == []


def test_what_is_in_the_hand_of_a_living_sender_is_not_taken(drop):
    deliver(drop, "a")
    with held(drop, SETTLE_S) as one, held(drop, SETTLE_S) as other:
        file = one.take()

        assert other.take() is None
        one.put_away(file)


def test_two_senders_never_take_one_file_twice(drop):
    for number in range(300):
        deliver(drop, f"{number}")
    taken = []

    def send():
        with held(drop, SETTLE_S) as folder:
            taken.extend(take_all(folder))

    senders = [threading.Thread(target=send) for _ in range(4)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()

    assert sorted(taken) == sorted(str(number) for number in range(300))
    assert len(files_below(drop)) == 300

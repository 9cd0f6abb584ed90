"""Which Java a service runs on."""

import pytest

from deploy.local import java
from deploy.local.__main__ import main
from deploy.local.java import find_java
from deploy.local.unavailable import Unavailable


def jdk(folder, name, version):
    """A JDK that says `version`, or that is broken where it is `None`."""
    program = folder / name / "bin" / "java"
    program.parent.mkdir(parents=True)
    says = "exit 1" if version is None else f"echo 'openjdk version \"{version}\" 2026-01-20' >&2"
    program.write_text(f"#!/bin/sh\n{says}\n")
    program.chmod(0o755)
    return folder / name


def on_path(*homes):
    return {"PATH": ":".join(str(home / "bin") for home in homes)}


def test_java_home_is_asked_first_then_path_then_the_shelves(tmp_path):
    home, path, shelf = (jdk(tmp_path / name, name, "21.0.2") for name in ("home", "path", "shelf"))
    shelves = (f"{shelf.parent}/*",)

    assert find_java(17, environment={"JAVA_HOME": str(home)} | on_path(path), shelves=shelves).home == home
    assert find_java(17, environment=on_path(path), shelves=shelves).home == path
    assert find_java(17, environment={}, shelves=shelves).home == shelf


def test_one_that_is_too_old_or_broken_gives_way_to_the_next_that_fits(tmp_path):
    old, broken = jdk(tmp_path, "old", "1.8.0_402"), jdk(tmp_path, "broken", None)
    fits = jdk(tmp_path / "shelf", "fits", "17.0.15")

    found = find_java(
        17, environment={"JAVA_HOME": str(old)} | on_path(broken), shelves=(f"{fits.parent}/*",)
    )

    assert (found.home, found.version) == (fits, 17)


def test_each_service_takes_one_that_is_new_enough_for_it(tmp_path):
    older, newer = jdk(tmp_path, "a-17", "17.0.15"), jdk(tmp_path, "b-25", "25")
    shelves = (f"{tmp_path}/*",)

    assert find_java(17, environment={}, shelves=shelves).home == older
    assert find_java(21, environment={}, shelves=shelves).home == newer


def test_who_must_compile_passes_over_those_without_a_compiler(tmp_path):
    runs, compiles = jdk(tmp_path, "a-jre", "25"), jdk(tmp_path, "b-jdk", "21.0.2")
    (compiles / "bin" / "javac").touch()
    shelves = (f"{tmp_path}/*",)

    assert find_java(21, environment={}, shelves=shelves).home == runs
    assert find_java(21, with_compiler=True, environment={}, shelves=shelves).home == compiles
    with pytest.raises(Unavailable, match=rf"found: {runs} \(25, no javac\)"):
        find_java(25, with_compiler=True, environment={"JAVA_HOME": str(runs)}, shelves=())


def test_where_there_is_none_the_message_says_what_was_found_and_what_to_do(tmp_path):
    old = jdk(tmp_path, "old", "11.0.2")

    with pytest.raises(Unavailable) as refused:
        find_java(17, environment=on_path(old), shelves=())

    assert "a JDK 17 or later is needed" in str(refused.value)
    assert f"found: {old} (11)" in str(refused.value)


def test_services_without_a_jdk_are_one_sentence_and_exit_code_2(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(java, "SHELVES", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)

    with pytest.raises(SystemExit) as left:
        main(["up", "--build", str(tmp_path / "services")])

    told = capsys.readouterr()
    assert left.value.code == 2
    assert told.out == ""
    assert told.err.splitlines()[-1].startswith("a JDK 17 or later is needed and none was found")
    assert not (tmp_path / "services.json").exists()

"""Where the jars come from: a Maven that is there or one that is fetched and verified, and the paths are remembered."""

import hashlib
import os
import tarfile
from pathlib import Path

import pytest

from deploy.local import maven as module
from deploy.local.class_path import class_path
from deploy.local.java import Java
from deploy.local.maven import VERSION, maven
from deploy.local.unavailable import Unavailable

JAVA = Java(home=Path("/opt/jdk"), version=17)
PLACE = Path("org/apache/maven/apache-maven") / VERSION / f"apache-maven-{VERSION}-bin.tar.gz"


def mvn(folder, *lines):
    """A program named mvn that does `lines`."""
    program = folder / "mvn"
    folder.mkdir(parents=True, exist_ok=True)
    program.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    program.chmod(0o755)
    return program


def repository(folder):
    """A folder laid out as a Maven repository, with a small archive of Maven; and the archive's digest."""
    mvn(folder / f"apache-maven-{VERSION}" / "bin", "echo fetched")
    archive = folder / "repository" / PLACE
    archive.parent.mkdir(parents=True)
    with tarfile.open(archive, "w:gz") as packing:
        packing.add(folder / f"apache-maven-{VERSION}", f"apache-maven-{VERSION}")
    return (folder / "repository").as_uri(), hashlib.sha512(archive.read_bytes()).hexdigest()


def test_a_maven_that_is_installed_is_taken(tmp_path):
    installed = mvn(tmp_path / "bin")

    assert maven(tmp_path / "build", environment={"PATH": str(installed.parent)}) == str(installed)


def test_without_maven_and_without_a_repository_it_says_what_to_do(tmp_path):
    with pytest.raises(Unavailable, match="install Maven, or set MVNW_REPOURL"):
        maven(tmp_path, environment={"PATH": ""})


def test_it_is_fetched_once_from_the_repository_that_is_named(tmp_path):
    address, digest = repository(tmp_path)
    environment = {"PATH": "", "MVNW_REPOURL": address}

    program = maven(tmp_path / "build", environment=environment, sha512=digest)
    again = maven(tmp_path / "build", environment={"PATH": ""})

    assert program == again
    assert os.access(program, os.X_OK)
    assert [path.name for path in (tmp_path / "build").iterdir()] == [f"apache-maven-{VERSION}"]


def test_what_is_not_the_archive_expected_is_never_unpacked(tmp_path):
    address, _ = repository(tmp_path)

    with pytest.raises(Unavailable, match="wrong SHA-512"):
        maven(tmp_path / "build", environment={"PATH": "", "MVNW_REPOURL": address})

    assert not (tmp_path / "build").exists()


def test_a_repository_that_has_it_not_is_named(tmp_path):
    with pytest.raises(Unavailable, match=f"MVNW_REPOURL {tmp_path.as_uri()}: Maven {VERSION} could not"):
        maven(tmp_path, environment={"PATH": "", "MVNW_REPOURL": tmp_path.as_uri()})


def test_no_address_of_a_repository_is_written_in_the_sources():
    assert "://" not in Path(module.__file__).read_text().replace(
        '("https://", "http://", "file://")', ""
    ).replace("(https://, file://)", "")


def test_the_class_path_is_resolved_once_for_the_bytes_of_a_pom(tmp_path, monkeypatch):
    pom, jar, build = tmp_path / "thing.pom.xml", tmp_path / "a.jar", tmp_path / "build"
    pom.write_text("<project/>")
    jar.touch()
    resolving = (
        f'for word; do case "$word" in -Dmdep.outputFile=*) echo "{jar}" > "${{word#*=}}";; esac; done'
    )
    mvn(tmp_path / "bin", resolving, f"echo once >> {tmp_path}/calls")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")

    def calls_after():
        assert class_path(pom, JAVA, build=build) == str(jar)
        return len((tmp_path / "calls").read_text().splitlines())

    assert [calls_after(), calls_after()] == [1, 1]
    pom.write_text("<project> </project>")
    assert calls_after() == 2


def test_jars_that_are_gone_are_resolved_anew(tmp_path, monkeypatch):
    pom, jar = tmp_path / "thing.pom.xml", tmp_path / "a.jar"
    pom.write_text("<project/>")
    resolving = (
        f'for word; do case "$word" in -Dmdep.outputFile=*) echo "{jar}" > "${{word#*=}}";; esac; done'
    )
    mvn(tmp_path / "bin", resolving, f"touch {jar}")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")

    class_path(pom, JAVA, build=tmp_path / "build")
    jar.unlink()

    assert Path(class_path(pom, JAVA, build=tmp_path / "build")).is_file()


def test_what_maven_said_is_told_where_it_fails(tmp_path, monkeypatch):
    pom = tmp_path / "thing.pom.xml"
    pom.write_text("<project/>")
    mvn(tmp_path / "bin", "echo 'no such artifact'", "exit 1")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")

    with pytest.raises(Unavailable, match=r"could not resolve thing.pom.xml .*: no such artifact"):
        class_path(pom, JAVA, build=tmp_path / "build")

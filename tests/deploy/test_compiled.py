"""Java of our own is compiled once for the bytes of its source."""

import pytest

from deploy.local.compiled import classes
from deploy.local.java import find_java
from deploy.local.unavailable import Unavailable

SOURCE = "public class Ferry { int boats; }"


@pytest.fixture(scope="module")
def java():
    return find_java(21, with_compiler=True)


@pytest.fixture
def source(tmp_path):
    (tmp_path / "Ferry.java").write_text(SOURCE)
    return tmp_path / "Ferry.java"


def test_it_is_compiled_once_and_again_when_it_changes(source, java, tmp_path):
    first = classes(source, java, "", build=tmp_path / "build")
    made = (first / "Ferry.class").stat().st_mtime_ns

    again = classes(source, java, "", build=tmp_path / "build")
    source.write_text(SOURCE.replace("boats", "hulls"))
    changed = classes(source, java, "", build=tmp_path / "build")

    assert again == first != changed
    assert (first / "Ferry.class").stat().st_mtime_ns == made
    assert (changed / "Ferry.class").is_file()


def test_what_does_not_compile_is_told_and_leaves_nothing_that_looks_compiled(source, java, tmp_path):
    source.write_text("public class Ferry { boats")

    with pytest.raises(Unavailable, match=r"does not compile Ferry.java: [\s\S]*error"):
        classes(source, java, "", build=tmp_path / "build")

    assert not list((tmp_path / "build").glob("*.classes"))

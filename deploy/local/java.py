"""Which Java a service runs on: the first on this machine that is new enough for it."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local.unavailable import Unavailable

# Where Debian, Red Hat and macOS lay their JDKs.
SHELVES = ("/usr/lib/jvm/*", "/Library/Java/JavaVirtualMachines/*/Contents/Home")
# A loaded machine takes seconds to start a JVM; one that says nothing for so long is broken.
_ANSWERS_WITHIN_S = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Java:
    """A Java that told its version: `home` is its JAVA_HOME, `version` the feature release (17, 21, …)."""

    home: Path
    version: int

    @property
    def command(self) -> str:
        """The program to run."""
        return str(self.home / "bin" / "java")

    @property
    def compiler(self) -> str:
        """The program that compiles; where `find_java` was asked for it, it is there."""
        return str(self.home / "bin" / "javac")


def find_java(
    at_least: int,
    *,
    with_compiler: bool = False,
    environment: Mapping[str, str] | None = None,
    shelves: tuple[str, ...] | None = None,
) -> Java:
    """The first Java of JAVA_HOME, PATH and `shelves` (`SHELVES`) whose version is `at_least`; each is asked for its version.

    `with_compiler` passes over those that have no javac.

    Raises:
        Unavailable: there is none; names what was found instead.
    """
    told = []
    environment = os.environ if environment is None else environment
    for home in _candidates(environment, SHELVES if shelves is None else shelves):
        version = _version(home)
        lacks = with_compiler and not (home / "bin" / "javac").is_file()
        if version is not None and version >= at_least and not lacks:
            return Java(home=home, version=version)
        told.append(
            f"{home} ({'says no version' if version is None else version}{', no javac' if lacks else ''})"
        )
    raise Unavailable(
        f"a JDK {at_least} or later is needed and none was found in JAVA_HOME, on PATH or under /usr/lib/jvm; "
        f"install one or set JAVA_HOME; found: {', '.join(told) or 'none'}"
    )


def _candidates(environment: Mapping[str, str], shelves: tuple[str, ...]) -> Iterator[Path]:
    seen = set()
    for home in _homes(environment, shelves):
        if (home / "bin" / "java").is_file() and home not in seen:
            seen.add(home)
            yield home


def _homes(environment: Mapping[str, str], shelves: tuple[str, ...]) -> Iterator[Path]:
    if environment.get("JAVA_HOME"):
        yield Path(environment["JAVA_HOME"]).resolve()
    on_path = shutil.which("java", path=environment.get("PATH", ""))
    if on_path:
        yield Path(on_path).resolve().parents[1]
    for shelf in shelves:
        root, pattern = shelf.split("*", 1)
        yield from sorted(path.resolve() for path in Path(root).glob("*" + pattern))


def _version(home: Path) -> int | None:
    try:
        answer = subprocess.run(  # noqa: S603
            [home / "bin" / "java", "-version"],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=_ANSWERS_WITHIN_S,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return feature_release(answer.stderr + answer.stdout) if answer.returncode == 0 else None


def feature_release(told: str) -> int | None:
    """The feature release in what `java -version` prints; `None` where it tells no version.

    >>> feature_release('openjdk version "17.0.15" 2025-04-15'), feature_release('java version "1.8.0_402"')
    (17, 8)
    """
    found = re.search(r'version "(?:1\.)?(\d+)', told)
    return int(found[1]) if found else None

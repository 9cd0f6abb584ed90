"""Java of our own: compiled once for the bytes of its source, with the JDK that runs it."""

import shutil
import subprocess
from hashlib import blake2b
from pathlib import Path

from deploy.local.class_path import BUILD
from deploy.local.java import Java
from deploy.local.turns import alone
from deploy.local.unavailable import Unavailable


def classes(source: Path, java: Java, jars: str, *, build: Path = BUILD) -> Path:
    """The folder of the classes that a source makes, for a class path.

    Raises:
        Unavailable: the compiler does not take it; with what it said.
    """
    digest = blake2b(source.read_bytes() + f"\0{java.version}".encode(), digest_size=8).hexdigest()
    made = build / f"{source.stem}-{digest}.classes"
    with alone(build / "compiling.lock"):
        if not made.is_dir():
            _compile(source, java, jars, made)
    return made


def _compile(source: Path, java: Java, jars: str, into: Path) -> None:
    fresh = into.with_suffix(".fresh")
    shutil.rmtree(fresh, ignore_errors=True)
    command = [java.compiler, "-d", str(fresh), "-cp", jars, "-proc:none", str(source)]
    outcome = subprocess.run(  # noqa: S603
        command, capture_output=True, text=True, errors="replace", check=False
    )
    if outcome.returncode:
        said = (outcome.stdout + outcome.stderr).strip()[-600:]
        raise Unavailable(f"{java.compiler} does not compile {source.name}: {said}")
    fresh.replace(into)

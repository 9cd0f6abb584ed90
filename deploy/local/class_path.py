"""The jars of a service: resolved once by Maven from its pom, then remembered under the bytes of that pom."""

import os
import subprocess
from hashlib import blake2b
from pathlib import Path

from deploy.local.java import Java
from deploy.local.maven import maven
from deploy.local.turns import alone
from deploy.local.unavailable import Unavailable

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "services"
# Kafka's 45 jars took 20 s over a good line; a first download over a bad one takes minutes.
_RESOLVED_WITHIN_S = 900


def class_path(pom: Path, java: Java, *, build: Path = BUILD) -> str:
    """The class path of the runtime dependencies of `pom`, each jar being there.

    Raises:
        Unavailable: no Maven, or it could not resolve them; with what it said last.
    """
    remembered = _remembered(pom, build)
    if not is_resolved(pom, build=build):
        with alone(build / "resolving.lock"):
            # Whoever had the turn before may have resolved the same.
            if not is_resolved(pom, build=build):
                fresh = remembered.with_suffix(".fresh")
                _resolve(pom, java, fresh, build)
                fresh.replace(remembered)
    return remembered.read_text(encoding="utf-8").strip()


def is_resolved(pom: Path, *, build: Path = BUILD) -> bool:
    """Whether the class path of these bytes of `pom` is remembered and every jar of it is still there."""
    try:
        jars = _remembered(pom, build).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return False
    return bool(jars) and all(Path(jar).is_file() for jar in jars.split(os.pathsep))


def _remembered(pom: Path, build: Path) -> Path:
    digest = blake2b(pom.read_bytes(), digest_size=8).hexdigest()
    return build / f"{pom.name.split('.')[0]}-{digest}.class_path"


def _resolve(pom: Path, java: Java, into: Path, build: Path) -> None:
    command = [
        maven(build),
        *("-q", "-B", "-f", str(pom)),
        "dependency:build-classpath",
        "-DincludeScope=runtime",
        f"-Dmdep.outputFile={into}",
    ]
    environment = {**os.environ, "JAVA_HOME": str(java.home)}
    try:
        outcome = subprocess.run(  # noqa: S603
            command,
            env=environment,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=_RESOLVED_WITHIN_S,
        )
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"Maven did not resolve {pom.name} within {_RESOLVED_WITHIN_S} s") from error
    if outcome.returncode or not into.is_file():
        said = " ".join((outcome.stdout + outcome.stderr).split())[:600]
        raise Unavailable(f"Maven could not resolve {pom.name} (is its repository reached?): {said}")

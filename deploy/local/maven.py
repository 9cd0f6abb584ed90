"""Which Maven resolves the jars: the one that is installed, else one that is fetched, verified and kept under build/.

Stands for Maven's own wrapper script, and takes the same variable: MVNW_REPOURL, the address of a Maven repository. No
address is written here: whose repository is trusted is for who runs it to say.
"""

import hashlib
import os
import shutil
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from deploy.local.unavailable import Unavailable

VERSION = "3.9.11"
# Source: the digest published beside the archive, apache-maven-3.9.11-bin.tar.gz.sha512.
SHA512 = "bcfe4fe305c962ace56ac7b5fc7a08b87d5abd8b7e89027ab251069faebee516b0ded8961445d6d91ec1985dfe30f8153268843c89aa392733d1a3ec956c9978"
_ARCHIVE = f"org/apache/maven/apache-maven/{VERSION}/apache-maven-{VERSION}-bin.tar.gz"
_SILENT_FOR_S = 60


def maven(build: Path, *, environment: Mapping[str, str] | None = None, sha512: str = SHA512) -> str:
    """The `mvn` to run: that of PATH, else one under `build`, fetched from MVNW_REPOURL when it is not there yet.

    Raises:
        Unavailable: no `mvn` and no MVNW_REPOURL, the archive could not be fetched, or it is not the one expected.
    """
    environment = os.environ if environment is None else environment
    installed = shutil.which("mvn", path=environment.get("PATH", ""))
    if installed:
        return installed
    program = build / f"apache-maven-{VERSION}" / "bin" / "mvn"
    if not program.is_file():
        _fetch(environment.get("MVNW_REPOURL", ""), build, sha512)
    return str(program)


def _fetch(repository: str, build: Path, sha512: str) -> None:
    if not repository.startswith(("https://", "http://", "file://")):
        raise Unavailable(
            "Maven is needed once, to resolve the jars of the services, and no mvn is on PATH; install Maven, or set "
            "MVNW_REPOURL to the address (https://, file://) of a Maven repository to fetch it from"
        )
    address = f"{repository.rstrip('/')}/{_ARCHIVE}"
    try:
        with urlopen(address, timeout=_SILENT_FOR_S) as answer:  # noqa: S310
            archive = answer.read()
    except (URLError, OSError) as error:
        raise Unavailable(
            f"MVNW_REPOURL {repository}: Maven {VERSION} could not be fetched: {error}"
        ) from error
    if hashlib.sha512(archive).hexdigest() != sha512:
        raise Unavailable(
            f"MVNW_REPOURL {repository}: what it serves as Maven {VERSION} is not that: wrong SHA-512"
        )
    _unpack(archive, build)


def _unpack(archive: bytes, build: Path) -> None:
    """Whole or not at all: what another process runs meanwhile is never half an archive."""
    build.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=build) as unpacking:
        packed = Path(unpacking) / "maven.tar.gz"
        packed.write_bytes(archive)
        with tarfile.open(packed) as opened:
            opened.extractall(unpacking, filter="data")
        home = f"apache-maven-{VERSION}"
        try:
            (Path(unpacking) / home).replace(build / home)
        except OSError as error:
            if not (build / home / "bin" / "mvn").is_file():
                raise Unavailable(f"Maven could not be unpacked into {build}: {error}") from error

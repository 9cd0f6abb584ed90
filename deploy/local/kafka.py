"""A real Kafka broker of one node (KRaft), without containers: the jars of kafka.pom.xml on a JDK.

    folder/  server.properties  tls/ca.pem  tls/server.pem  password   made once, with ports of its own
             data/  log  pid                                           kept over stop, kill and restart

Two listeners on the loopback address: plain, and SASL_SSL for one user with SCRAM-SHA-512 or PLAIN.
"""

import signal
import subprocess
from base64 import urlsafe_b64encode
from pathlib import Path
from uuid import uuid4

from connectors.kafka.cluster import KafkaCluster
from connectors.kafka.probe import answers
from deploy.local.background import Background
from deploy.local.class_path import BUILD, class_path
from deploy.local.java import Java, find_java
from deploy.local.kafka_properties import server_properties
from deploy.local.login import USER, Login
from deploy.local.ports import free_ports, refuse_taken
from deploy.local.private_file import write_privately
from deploy.local.unavailable import DidNotStart, Unavailable

POM = Path(__file__).with_name("kafka.pom.xml")
# Source: Kafka's documentation, "Java version": brokers need 17.
JAVA_AT_LEAST = 17
# 440 MB resident with it (research/services.md §1); the tests write some hundred MB at most.
HEAP_MB = 512
# Ready in 3 to 6 s, 12 to 15 s after a kill (research/services.md §1), and a machine may be loaded ten times over.
_ANSWERS_WITHIN_S = 180


class Broker:
    """A broker whose data lie under `folder`: the same addresses, user and records whenever it is started there.

    `outlives_us` leaves it running when this process ends; else it is killed then, however this process ended.
    """

    def __init__(self, folder: Path, *, outlives_us: bool = False, build: Path = BUILD) -> None:
        self.folder = folder.resolve()
        self.login = Login(self.folder)
        self._settings = self.folder / "server.properties"
        self._process = Background(self.folder, self._settings)
        self._outlives_us = outlives_us
        self._build = build

    @property
    def pid(self) -> int | None:
        """The process of the broker if it runs."""
        return self._process.pid

    @property
    def bootstrap_servers(self) -> str:
        """The plain listener, `127.0.0.1:PORT`. Known once it was started for the first time."""
        return self._listener("PLAINTEXT")

    @property
    def secure_bootstrap_servers(self) -> str:
        """The listener with TLS and login."""
        return self._listener("SECURE")

    @property
    def cluster(self) -> KafkaCluster:
        """How a client of ours reaches the plain listener."""
        return KafkaCluster(bootstrap_servers=(self.bootstrap_servers,))

    @property
    def secure_cluster(self) -> KafkaCluster:
        """How a client of ours reaches the listener with TLS and SCRAM-SHA-512."""
        return KafkaCluster(
            bootstrap_servers=(self.secure_bootstrap_servers,),
            security_protocol="SASL_SSL",
            sasl_mechanism="SCRAM-SHA-512",
            sasl_username=USER,
            sasl_password=self.login.password(),
            ssl_cafile=str(self.login.ca_file),
        )

    def start(self) -> None:
        """Start it and return when a client had an answer: a record written and read, a group's offset committed.

        Raises:
            Unavailable: it runs already, another program has its ports, there is no JDK or no Maven.
            DidNotStart: it ended, or gave no answer; with the last lines of its log.
        """
        if self.pid is not None:
            raise Unavailable(f"a broker of {self.folder} already runs (pid {self.pid})")
        java = find_java(JAVA_AT_LEAST)
        jars = class_path(POM, java, build=self._build)
        if (self.folder / "data" / "meta.properties").exists():
            refuse_taken((self.bootstrap_servers, self.secure_bootstrap_servers), "the broker's", self.folder)
        else:
            self._format(java, jars)
        options = [f"-Xms{HEAP_MB}m", f"-Xmx{HEAP_MB}m", *_JAVA_OPTIONS]
        command = [java.command, *options, "-cp", jars, "kafka.Kafka", str(self._settings)]
        self._process.start(command, outlives_us=self._outlives_us)
        try:
            self.wait()
        except DidNotStart:
            self.kill()
            raise

    def wait(self) -> None:
        """Return when a client has an answer.

        Raises:
            DidNotStart: it ended, or gave none in time; with the last lines of its log.
        """
        self._process.wait_until(lambda: answers(self.cluster), _ANSWERS_WITHIN_S)

    def stop(self) -> None:
        """End it in good order (SIGTERM); nothing happens where none runs."""
        self._process.end(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once (SIGKILL), as a crash would."""
        self._process.end(signal.SIGKILL)

    def restart(self) -> None:
        """Stop it in good order and start it again."""
        self.stop()
        self.start()

    def _format(self, java: Java, jars: str) -> None:
        """Make the folder: certificates, a password, settings, and storage that knows the user."""
        server = self.login.make()
        password = self.login.password().revealed()
        write_privately(self._settings, server_properties(free_ports(3), server, USER, password))
        # Read from a file: what is in a command line, everybody on the machine can read.
        words = self.folder / "format.words"
        options = ["--standalone", "--ignore-formatted", "--cluster-id", _cluster_id()]
        user = ["--add-scram", f"SCRAM-SHA-512=[name={USER},password={password}]"]
        write_privately(words, "\n".join(["format", *options, "--config", str(self._settings), *user]))
        command = [java.command, *_JAVA_OPTIONS, "-cp", jars, "kafka.tools.StorageTool", f"@{words}"]
        outcome = subprocess.run(  # noqa: S603
            command, cwd=self.folder, capture_output=True, text=True, errors="replace", check=False
        )
        words.unlink()
        if outcome.returncode:
            said = (outcome.stdout + outcome.stderr).replace(password, "***")
            raise DidNotStart(f"Kafka could not format {self.folder}: {said.strip()[-600:]}")

    def _listener(self, name: str) -> str:
        for line in self._settings.read_text(encoding="utf-8").splitlines():
            if line.startswith("advertised.listeners="):
                return line.split(f"{name}://", 1)[1].split(",", 1)[0]
        raise ValueError(f"{self._settings} names no listener {name}")


# C1 only: 3.3 s of CPU to the first answer instead of 6.2, and 0.4 instead of 0.9 ms to take a record of 50 KB in the
# first hundred MB; C2 pays for itself later than a test or a developer's session lasts.
_JAVA_OPTIONS = (
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Djava.net.preferIPv4Stack=true",
    "-Dlog4j2.level=WARN",
)


def _cluster_id() -> str:
    """A name for the cluster: 16 bytes as Kafka writes its UUIDs, none that looks like an option."""
    return "c" + urlsafe_b64encode(uuid4().bytes).decode().rstrip("=")[1:]

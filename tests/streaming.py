"""`copydesk run` as a process on the tests' broker: topics of its own, started, watched, ended."""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from prometheus_client.parser import text_string_to_metric_families

from connectors.kafka.cluster import KafkaCluster
from connectors.kafka.topics import ROLES
from deploy.local.kafka import Broker
from pipelines.commands.cluster.environment import cluster_environment
from tests.broker import PATIENCE_S, eventually, make_topic, unique

COPYDESK = (sys.executable, "-m", "pipelines")
# Beam's import, the sandbox and the first look at the topics take 4 s on a quiet machine.
STARTS_WITHIN_S = 90
ENDS_WITHIN_S = 90
_ADDRESS = re.compile(r"(http://\S+)/metrics")


class Desk:
    """Topics of every role under names that no other test has, a group, and a folder for the output."""

    def __init__(self, broker: Broker, folder: Path, *, partitions: int = 1, created: bool = True) -> None:
        self.broker = broker
        self.folder = folder
        self.data = folder / "out"
        self.group = unique("group")
        stem = unique("t")
        self.names = {role: f"{stem}.{role.replace('_', '.')}" for role in ROLES}
        self.file = folder / "topics.yaml"
        self.file.write_text(yaml.safe_dump({role: {"name": name} for role, name in self.names.items()}))
        if created:
            for role, name in self.names.items():
                make_topic(broker, name, partitions if role in ("pages", "wire") else 1)

    @property
    def pages(self) -> str:
        """The topic of pages."""
        return self.names["pages"]

    @property
    def wire(self) -> str:
        """The topic of wire copy."""
        return self.names["wire"]

    def environment(self, cluster: KafkaCluster | None = None) -> dict[str, str]:
        """What a command finds in its environment: the cluster, the topics and the group."""
        return (
            dict(os.environ)
            | cluster_environment(cluster or self.broker.cluster)
            | {"COPYDESK_TOPICS": str(self.file), "COPYDESK_GROUP_ID": self.group}
        )

    def command(self, *options: str) -> list[str]:
        """`copydesk run` into the folder, without a sandbox unless the options say otherwise."""
        told = ["--data", str(self.data), "--json", "--metrics-port", "0"]
        workers = [] if "--workers" in options else ["--workers", "0"]
        return [*COPYDESK, "run", *told, *workers, *options]

    def start(self, *options: str, cluster: KafkaCluster | None = None) -> "Stream":
        """A stream that has begun to ask for records."""
        stream = Stream(self.command(*options), self.environment(cluster), self.folder)
        eventually(stream.is_reading, STARTS_WITHIN_S, told=stream.complained)
        return stream

    @contextmanager
    def running(self, *options: str, cluster: KafkaCluster | None = None) -> Iterator["Stream"]:
        """A stream while the body runs; whatever of it is left then is killed."""
        stream = self.start(*options, cluster=cluster)
        try:
            yield stream
        finally:
            stream.kill()

    def run(self, *options: str, cluster: KafkaCluster | None = None) -> subprocess.CompletedProcess[str]:
        """A stream that ends by itself."""
        return subprocess.run(
            self.command(*options),
            env=self.environment(cluster),
            capture_output=True,
            text=True,
            check=False,
            timeout=STARTS_WITHIN_S + ENDS_WITHIN_S,
        )


class Stream:
    """One process of `copydesk run`."""

    def __init__(self, command: Sequence[str], environment: dict[str, str], folder: Path) -> None:
        number = len(list(folder.glob("stream-*.err")))
        self._out, self._err = folder / f"stream-{number}.out", folder / f"stream-{number}.err"
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(command, env=environment, stdout=out, stderr=err)

    def complained(self) -> str:
        """What it has written to stderr so far."""
        return self._err.read_text(errors="replace")

    def ask(self, path: str) -> tuple[int, str]:
        """The answer to a GET: status and text."""
        found = _ADDRESS.search(self.complained())
        if found is None:
            return 0, ""
        try:
            with urllib.request.urlopen(found[1] + path, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def is_reading(self) -> bool:
        """Whether it asks for records; the test fails if it has ended."""
        assert self.process.poll() is None, self.complained()
        status, text = self.ask("/healthz")
        return bool(status) and json.loads(text)["status"] != "starting"

    def metric(self, name: str, **labels: str) -> float | None:
        """One figure of /metrics; the sum over all that have these labels."""
        _, text = self.ask("/metrics")
        found = [
            sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        ]
        return sum(found) if found else None

    def waits_for(self, name: str, value: float, within_s: float = PATIENCE_S, **labels: str) -> None:
        """Return when a figure has reached a value."""
        eventually(lambda: (self.metric(name, **labels) or 0) >= value, within_s, told=self.complained)

    def waits_for_nothing(self, name: str, within_s: float = PATIENCE_S) -> None:
        """Return when a figure is 0."""
        eventually(lambda: self.metric(name) == 0, within_s, told=self.complained)

    def end(self, number: int = signal.SIGTERM) -> dict[str, Any]:
        """Drain it: what it says in the end."""
        self.process.send_signal(number)
        assert self.process.wait(ENDS_WITHIN_S) == 0, self.complained()
        return json.loads(self._out.read_text())

    def kill(self) -> None:
        """End it where it stands, if it has not ended."""
        self.process.kill()
        self.process.wait(ENDS_WITHIN_S)

"""`make services` and `make services-down`: where services answer stands in services.json, while they do."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from connectors.kafka.cluster import KafkaCluster
from connectors.kafka.probe import answers
from connectors.search.opensearch.client import IndexClient
from connectors.secret import Secret
from deploy.local.class_path import BUILD
from pipelines.commands.cluster.index_options import index_target

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def build(tmp_path):
    # With what this checkout has resolved and compiled, where it has: that is test_maven.py's and test_compiled.py's.
    made = tmp_path / "services"
    made.mkdir()
    for kept in [*BUILD.glob("*.class_path"), *BUILD.glob("*.classes")]:
        (shutil.copytree if kept.is_dir() else shutil.copyfile)(kept, made / kept.name)
    yield made
    told("down", tmp_path / "services")


def begun(verb, build, *options):
    command = [sys.executable, "-m", "deploy.local", verb, "--build", build, *options]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def told(verb, build, *options):
    return outcome(begun(verb, build, *options))


def outcome(process):
    said, complained = process.communicate()
    assert process.returncode == 0, complained
    return said


def secure_cluster(listed):
    options = dict(listed)
    password = Path(options.pop("sasl_password_file")).read_text().strip()
    servers = options.pop("bootstrap_servers")
    return KafkaCluster(bootstrap_servers=(servers,), sasl_password=Secret(password), **options)


def plugins(index):
    """What the cluster that these options name has, asked through them."""
    with IndexClient(index_target(**index).cluster, patience_s=0) as client:
        return {
            plugin["component"] for plugin in client.ask("GET", "/_cat/plugins", params={"format": "json"})
        }


def pids(build):
    return [int((build / name / "pid").read_text()) for name in ("kafka", "opensearch")]


def test_services_start_once_come_back_after_a_crash_and_end(build):
    listing = build.parent / "services.json"

    at_once = [begun("up", build) for _ in range(2)]
    first, second = sorted((outcome(each) for each in at_once), reverse=True)
    listed = json.loads(listing.read_text())
    crashed = pids(build)
    for pid in crashed:
        os.kill(pid, signal.SIGKILL)
    mended = json.loads(told("up", build, "--json"))

    assert f"Kafka already runs and answers: {listed['kafka']}\n" in second
    assert f"OpenSearch already runs and answers: {listed['opensearch']}\n" in second
    assert first.startswith("Kafka answers after ")
    assert "\nOpenSearch answers after " in first
    assert mended == listed == json.loads(listing.read_text())
    assert not set(pids(build)) & set(crashed)
    assert answers(KafkaCluster(bootstrap_servers=(listed["kafka"],)))
    assert answers(secure_cluster(listed["kafka_secure"]))
    assert plugins({"index": listed["opensearch"]}) == plugins(listed["opensearch_secure"])
    assert told("down", build) == "ended: kafka, opensearch\n"
    assert told("down", build, "--json") == '{"ended": []}\n'
    assert not listing.exists()

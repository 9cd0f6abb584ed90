"""The services of this checkout, up and down: where each answers is in `services.json`, written when all of them do.

One folder a service under `services/`, its entries in the file. They start side by side. What `up` finds running it
leaves alone, so a crash, of a service or of `up` itself, is mended by the next `up`.
"""

import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.local import kafka, opensearch
from deploy.local.class_path import BUILD, is_resolved
from deploy.local.kafka import Broker
from deploy.local.login import USER
from deploy.local.opensearch import IndexServer
from deploy.local.turns import alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What `up` did: `answering` is what stands in `services.json`, `started` names what did not run before."""

    answering: dict[str, Any]
    started: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Service:
    name: str
    title: str
    server: Broker | IndexServer
    pom: Path
    jars_mb: int


def up(build: Path = BUILD, *, tell: Callable[[str], None]) -> Outcome:
    """Start what does not run, wait until all answer, then write `services.json`; `tell` hears what takes long.

    Raises:
        Unavailable: something that a service needs is not here.
        DidNotStart: a service ended or gave no answer.
    """
    with alone(build / "lock"):
        listing(build).unlink(missing_ok=True)
        broker, index = _broker(build), _index(build)
        services = _services(broker, index)
        with ThreadPoolExecutor(len(services)) as together:
            # Whoever fails, the others are waited for: the next `up` finds them running.
            outcomes = together.map(lambda service: _is_started(service, build, tell), services)
        started = tuple(
            service.name for service, is_started in zip(services, outcomes, strict=True) if is_started
        )
        answering = _of_kafka(broker) | _of_opensearch(index)
        _write_whole(listing(build), json.dumps(answering, indent=2) + "\n")
        return Outcome(answering=answering, started=started)


def down(build: Path = BUILD) -> tuple[str, ...]:
    """End what runs, in good order, and name it. Its data stay."""
    with alone(build / "lock"):
        listing(build).unlink(missing_ok=True)
        services = _services(_broker(build), _index(build))
        ended = tuple(service.name for service in services if service.server.pid)
        for service in services:
            service.server.stop()
        return ended


def listing(build: Path = BUILD) -> Path:
    """`services.json`, beside the folder of the services."""
    return build.parent / "services.json"


def _is_started(service: _Service, build: Path, tell: Callable[[str], None]) -> bool:
    """Start it, unless it runs, which is waited for until it answers."""
    if service.server.pid:
        service.server.wait()
        return False
    jars = (
        ""
        if is_resolved(service.pom, build=build)
        else f" its jars are fetched first, {service.jars_mb} MB …"
    )
    tell(f"{service.title}: starting …{jars}")
    service.server.start()
    return True


def _broker(build: Path) -> Broker:
    return Broker(build / "kafka", outlives_us=True, build=build)


def _index(build: Path) -> IndexServer:
    return IndexServer(build / "opensearch", outlives_us=True, build=build)


def _services(broker: Broker, index: IndexServer) -> tuple[_Service, ...]:
    return (
        _Service(name="kafka", title="Kafka", server=broker, pom=kafka.POM, jars_mb=45),
        _Service(name="opensearch", title="OpenSearch", server=index, pom=opensearch.POM, jars_mb=105),
    )


def _of_kafka(broker: Broker) -> dict[str, Any]:
    """The names are those of our options: --bootstrap-servers and so on."""
    secure = {
        "bootstrap_servers": broker.secure_bootstrap_servers,
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_username": USER,
        "sasl_password_file": str(broker.login.password_file),
        "ssl_cafile": str(broker.login.ca_file),
    }
    return {"kafka": broker.bootstrap_servers, "kafka_secure": secure}


def _of_opensearch(index: IndexServer) -> dict[str, Any]:
    """The names are those of our options: --index and so on."""
    secure = {
        "index": index.secure_url,
        "index_username": USER,
        "index_password_file": str(index.login.password_file),
        "index_cafile": str(index.login.ca_file),
    }
    return {"opensearch": index.url, "opensearch_secure": secure}


def _write_whole(path: Path, text: str) -> None:
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)

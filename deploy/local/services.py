"""The services of this checkout, up and down: where each answers is in `services.json`, written when all of them do.

One folder a service under `services/`, one entry a service in the file. What `up` finds running it leaves alone, so a
crash, of a service or of `up` itself, is mended by the next `up`.
"""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.local.class_path import BUILD, is_resolved
from deploy.local.kafka import POM, USER, Broker
from deploy.local.turns import alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What `up` did: `answering` is what stands in `services.json`, `started` names what did not run before."""

    answering: dict[str, Any]
    started: tuple[str, ...]


def up(build: Path = BUILD, *, tell: Callable[[str], None]) -> Outcome:
    """Start what does not run, wait until all answer, then write `services.json`; `tell` hears what takes long.

    Raises:
        Unavailable: something that a service needs is not here.
        DidNotStart: a service ended or gave no answer.
    """
    with alone(build / "lock"):
        listing(build).unlink(missing_ok=True)
        kafka = _kafka(build)
        started = () if kafka.pid else ("kafka",)
        if started:
            jars = "" if is_resolved(POM, build=build) else " its jars are fetched first, 45 MB …"
            tell(f"Kafka: starting …{jars}")
            kafka.start()
        else:
            kafka.wait()
        answering = {
            "kafka": kafka.bootstrap_servers,
            # The names are those of our options: --bootstrap-servers and so on.
            "kafka_secure": {
                "bootstrap_servers": kafka.secure_bootstrap_servers,
                "security_protocol": "SASL_SSL",
                "sasl_mechanism": "SCRAM-SHA-512",
                "sasl_username": USER,
                "sasl_password_file": str(kafka.password_file),
                "ssl_cafile": str(kafka.ca_file),
            },
        }
        _write_whole(listing(build), json.dumps(answering, indent=2) + "\n")
        return Outcome(answering=answering, started=started)


def down(build: Path = BUILD) -> tuple[str, ...]:
    """End what runs, in good order, and name it. Its data stay."""
    with alone(build / "lock"):
        listing(build).unlink(missing_ok=True)
        kafka = _kafka(build)
        ended = ("kafka",) if kafka.pid else ()
        kafka.stop()
        return ended


def listing(build: Path = BUILD) -> Path:
    """`services.json`, beside the folder of the services."""
    return build.parent / "services.json"


def _kafka(build: Path) -> Broker:
    return Broker(build / "kafka", outlives_us=True, build=build)


def _write_whole(path: Path, text: str) -> None:
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)

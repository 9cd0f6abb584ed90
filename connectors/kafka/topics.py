"""The declared topics: which role each plays and how it must be, from topics.yaml and what an operator declares otherwise.

Roles, not names, are what the rest of the code speaks of: `declared_topics().wire.name`. Nothing here connects;
comparing with a cluster is `topics_on_cluster.py`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

# Source: Kafka, `org.apache.kafka.common.internals.Topic`.
_NAME = re.compile(r"[A-Za-z0-9._-]{1,249}")
_FIELDS = ("name", "key", "partitions", "replication_factor", "configs")
BROKERS_DEFAULT = -1
# A broker holds some thousands of partitions in all; a number beyond is a mistake.
MAX_PARTITIONS = 10_000


class BadDeclaration(ValueError):
    """A declaration of topics cannot be as it is; the message says where and what is allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredTopic:
    """One topic as it must be.

    `partitions` are at least so many; `replication_factor` -1 is the broker's default; `configs` are Kafka's own names
    and values, ordered by name. `key` says in words what a record's key is.
    """

    role: str
    name: str
    key: str
    partitions: int
    replication_factor: int
    configs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Topics:
    """The topics of the pipeline by role."""

    pages: DeclaredTopic
    wire: DeclaredTopic
    articles: DeclaredTopic
    articles_restricted: DeclaredTopic
    dead_letters: DeclaredTopic
    dead_letters_restricted: DeclaredTopic

    def __iter__(self) -> Iterator[DeclaredTopic]:
        for role in ROLES:
            yield getattr(self, role)

    def sized(self, partitions: int | None, replication_factor: int | None) -> "Topics":
        """The same topics with another number of partitions or replicas, where one is given."""
        return Topics(
            **{
                topic.role: replace(
                    topic,
                    partitions=topic.partitions if partitions is None else partitions,
                    replication_factor=topic.replication_factor
                    if replication_factor is None
                    else replication_factor,
                )
                for topic in self
            }
        )


ROLES = tuple(field.name for field in fields(Topics))


def declared_topics(path: Path | None = None) -> Topics:
    """The topics that a file declares, or ours; what the file does not say of a role is as in ours.

    Raises:
        BadDeclaration: not YAML, an unknown role or field, a value that Kafka would refuse, or one name for two roles.
        OSError: the file cannot be read.
    """
    ours = _ours()
    if path is None:
        return ours
    stated = _parsed(path.read_text(encoding="utf-8", errors="replace"))
    unknown = sorted(set(stated) - set(ROLES))
    if unknown:
        raise BadDeclaration(f"unknown role {unknown[0]!r}; allowed: {', '.join(ROLES)}")
    topics = Topics(**{topic.role: _told_otherwise(topic, stated.get(topic.role)) for topic in ours})
    _check_names(topics)
    return topics


@cache
def _ours() -> Topics:
    stated = _parsed(files("connectors.kafka").joinpath("topics.yaml").read_text(encoding="utf-8"))
    return Topics(**{role: _told_otherwise(_unstated(role), stated[role]) for role in ROLES})


def _unstated(role: str) -> DeclaredTopic:
    return DeclaredTopic(
        role=role, name=role, key="", partitions=1, replication_factor=BROKERS_DEFAULT, configs=()
    )


def _parsed(text: str) -> dict[str, Any]:
    try:
        stated = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise BadDeclaration(f"not YAML: {error}") from error
    if stated is None:
        return {}
    if not isinstance(stated, dict):
        raise BadDeclaration("must be a mapping from roles to topics")
    return {str(role): told for role, told in stated.items()}


def _told_otherwise(topic: DeclaredTopic, told: object) -> DeclaredTopic:
    if told is None:
        return topic
    if not isinstance(told, dict):
        raise BadDeclaration(f"{topic.role} must be a mapping of {', '.join(_FIELDS)}")
    unknown = sorted(map(str, set(told) - set(_FIELDS)))
    if unknown:
        raise BadDeclaration(f"unknown field {unknown[0]!r} of {topic.role}; allowed: {', '.join(_FIELDS)}")
    return DeclaredTopic(
        role=topic.role,
        name=_name(topic.role, told.get("name", topic.name)),
        key=str(told.get("key", topic.key)),
        partitions=_number(topic.role, "partitions", told.get("partitions", topic.partitions), 1),
        replication_factor=_number(
            topic.role, "replication_factor", told.get("replication_factor", topic.replication_factor), -1
        ),
        configs=tuple(sorted((dict(topic.configs) | _configs(topic.role, told.get("configs"))).items())),
    )


def _name(role: str, value: object) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value) or value in (".", ".."):
        raise BadDeclaration(f"name of {role} must be a topic's name: letters, digits, `.`, `_` and `-`")
    return value


def _number(role: str, name: str, value: object, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= MAX_PARTITIONS:
        raise BadDeclaration(f"{name} of {role} must be a whole number from {least} to {MAX_PARTITIONS}")
    return value


def _configs(role: str, value: object) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadDeclaration(f"configs of {role} must be a mapping of Kafka's names to values")
    return {str(name): _config(f"{name} of {role}", stated) for name, stated in value.items()}


def _config(told: str, value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return str(value)
    raise BadDeclaration(f"config {told} must be a text or a number")


def _check_names(topics: Topics) -> None:
    roles: dict[str, str] = {}
    for topic in topics:
        other = roles.setdefault(topic.name, topic.role)
        if other != topic.role:
            # Readers' records beside editors' in one topic would be open to both.
            raise BadDeclaration(f"{other} and {topic.role} have one name, {topic.name}")

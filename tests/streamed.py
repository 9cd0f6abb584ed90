"""A stream over topics that are already full: read to their end, published, and then looked at."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from connectors.kafka.cluster import KafkaCluster
from connectors.kafka.places import Stop, StopKind
from connectors.kafka.subscription import Subscription
from connectors.parquet.views import connect
from pipelines.commands.publish import publish_folder
from pipelines.ingest import run
from pipelines.options import stream_config
from tests.broker import unique


def stream_to_the_end(
    cluster: KafkaCluster, topics: tuple[str, ...], data: Path, *, workers: int = 0, **changes: Any
) -> None:
    """What the topics hold goes through the whole graph into `data`, for a group of its own unless told which."""
    settings = {"group_id": unique("group"), "stop": Stop(kind=StopKind.LATEST)} | changes
    subscription = Subscription(cluster=cluster, topics=topics, **settings)
    run(stream_config(subscription, None, data=data, workers=workers))
    publish_folder(data, datetime.now(UTC))


def ask(data: Path, query: str) -> list[tuple[Any, ...]]:
    """What a query of the views answers now."""
    with connect(str(data), datetime.now(UTC)) as database:
        return database.execute(query).fetchall()

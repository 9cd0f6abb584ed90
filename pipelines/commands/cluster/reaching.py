"""A verb that needs a cluster: first whether it answers, and at the end one sentence where it does not."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from connectors.kafka.cluster import KafkaCluster, quiet_client_logs
from connectors.kafka.reach import Unreachable, check_reachable
from connectors.kafka.record_limits import MissingTopic
from connectors.kafka.trouble import KafkaTrouble
from pipelines.commands.output import people


@contextmanager
def reached(cluster: KafkaCluster) -> Iterator[None]:
    """Run the body on a cluster that answers.

    If it does not, or no longer, that is said in a sentence, and the exit code is 3; if a topic is missing, 2.
    """
    quiet_client_logs()
    try:
        check_reachable(cluster)
        yield
    except (Unreachable, KafkaTrouble) as error:
        people.print(f"copydesk: {error}", style="red", markup=False)
        raise typer.Exit(2 if isinstance(error, MissingTopic) else 3) from None

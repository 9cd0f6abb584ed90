"""A verb that needs a cluster: first whether it answers, and at the end one sentence where it does not."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from connectors.kafka.cluster import KafkaCluster, quiet_client_logs
from connectors.kafka.trouble import KafkaTrouble
from pipelines.commands.output import people


@contextmanager
def reached(_cluster: KafkaCluster) -> Iterator[None]:
    """Run the body on a cluster that answers; if it does not, or no longer, say why and leave with exit code 3."""
    quiet_client_logs()
    try:
        yield
    except KafkaTrouble as error:
        people.print(f"copydesk: {error}", style="red", markup=False)
        raise typer.Exit(3) from None

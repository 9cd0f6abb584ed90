"""Trouble with a cluster that a run writes to, found in what its runner raises."""

from collections.abc import Iterator
from contextlib import contextmanager

from connectors.kafka.trouble import KafkaTrouble
from connectors.search.opensearch.trouble import IndexTrouble


@contextmanager
def naming_sink_trouble() -> Iterator[None]:
    """The runner puts errors of its own around what ends it; trouble with Kafka or with the index comes out as that."""
    try:
        yield
    except (KafkaTrouble, IndexTrouble, RuntimeError) as error:
        cause: BaseException | None = error
        found: KafkaTrouble | IndexTrouble | None = None
        while cause is not None:
            # The innermost does not say where in the graph it happened, which says nothing to whoever runs it.
            found = cause if isinstance(cause, (KafkaTrouble, IndexTrouble)) else found
            cause = cause.__cause__ or cause.__context__
        if found is None:
            raise
        raise found from None

"""The real OpenSearch of the tests: an installation of its own for each."""

from uuid import uuid4

from connectors.search.opensearch.names import IndexNames


def unique_names() -> IndexNames:
    """Names that no other test has; none begins with another's."""
    return IndexNames(prefix=f"t{uuid4().hex[:10]}")

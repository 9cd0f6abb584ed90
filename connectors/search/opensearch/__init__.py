"""The index on a cluster: OpenSearch behind the same query."""

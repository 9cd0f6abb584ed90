"""`copydesk index`: the search index on a cluster, made and kept."""
